FROM debian:12-slim
RUN echo "a << b" && test 1 -lt $((1<<4))
RUN cat <<< "here string"
LABEL note="<<EOF"
CMD echo <<EOF
COPY --from=busybox:uclibc /bin/sh /sh
