# syntax=docker/dockerfile:1
FROM ubuntu:24.04 AS tools
FROM ubuntu:22.04
RUN --mount=type=secret,id=npm,target=/root/.npmrc \
    --mount=type=ssh \
    --mount=type=tmpfs,target=/tmp \
    --mount=type=cache,sharing=locked,target=/var/cache/apt \
    --mount=from=tools,target=/tools \
    true
RUN --network=none --mount=type=bind,target=/x,source=/bin,from=acme/a:1 \
    --mount=from=acme/b:2,target=/y true
RUN --mount=type=cache,from=acme/seed:3,target=/seed true
