FROM debian:12 AS common
FROM common AS build-amd64
COPY --from=acme/simd:avx2 / /
FROM common AS build-arm64
COPY --from=acme/simd:neon / /
FROM build-${TARGETARCH}${TARGETVARIANT} AS final
RUN ldconfig
