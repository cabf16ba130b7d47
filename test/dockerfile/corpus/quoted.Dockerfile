ARG TAG="3.12"
ARG SUFFIX='-slim'
ARG NAME="pyt"'hon'
FROM "${NAME}:${TAG}${SUFFIX}" AS quoted
COPY --from="busybox:1" /bin/sh /sh
RUN --mount=type=bind,"from=alpine:3",target=/a ls /a
