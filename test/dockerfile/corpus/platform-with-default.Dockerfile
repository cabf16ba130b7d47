ARG BUILDER=${BUILDPLATFORM:-linux/amd64}
FROM --platform=$BUILDER golang:1.23 AS build
FROM --platform=${TARGETPLATFORM} build AS same
FROM --platform=linux/arm64 scratch
COPY --from=same /app /app
COPY --from=gcr.io/distroless/static / /
