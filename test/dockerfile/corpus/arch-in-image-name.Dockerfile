ARG TARGETARCH
FROM acme/base-${TARGETARCH}:1 AS a
FROM --platform=linux/${TARGETARCH} alpine:3
COPY --from=a / /
