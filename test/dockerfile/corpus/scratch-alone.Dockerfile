FROM scratch
ADD rootfs.tar.gz /
COPY --from=scratch / /nothing
CMD ["/bin/sh"]
