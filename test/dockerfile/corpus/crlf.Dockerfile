ARG V=12
FROM debian:${V} AS one
RUN apt-get update && \
    apt-get install -y curl

FROM one
COPY --from=busybox:1.36 /bin/busybox /bb
