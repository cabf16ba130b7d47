# syntax=docker/dockerfile:1.7
ARG GO_VERSION=1.23
FROM --platform=$BUILDPLATFORM tonistiigi/xx:1.5.0 AS xx
FROM --platform=${BUILDPLATFORM} golang:${GO_VERSION}-bookworm AS build
COPY --from=xx / /
ARG TARGETPLATFORM
RUN --mount=type=bind,target=. \
    --mount=type=cache,target=/go/pkg/mod \
    xx-go build -o /out/x . && xx-verify /out/x
FROM debian:bookworm-slim
COPY --link --from=build /out/x /usr/local/bin/
