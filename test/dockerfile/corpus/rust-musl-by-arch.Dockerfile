ARG TAG=2024-12
FROM --platform=$BUILDPLATFORM ghcr.io/rust-cross/rust-musl-cross:x86_64-musl-$TAG AS cross-amd64
FROM --platform=$BUILDPLATFORM ghcr.io/rust-cross/rust-musl-cross:aarch64-musl-$TAG AS cross-arm64
FROM cross-${TARGETARCH} AS build
RUN cargo build --release
FROM scratch
COPY --from=build /home/rust/app /app
