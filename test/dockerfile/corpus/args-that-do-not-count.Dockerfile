ARG V=1
FROM debian:$V AS a
ARG V=2
ENV V=3
FROM debian:$V AS b
ARG OTHER=debian:9
FROM debian:${V}0
COPY --from=a / /
COPY --from=b / /
