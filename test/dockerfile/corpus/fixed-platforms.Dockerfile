FROM --platform=linux/amd64 acme/generator:1 AS gen
RUN generate
FROM --platform=linux/arm64/v8 acme/firmware:1 AS fw
FROM --platform=$TARGETPLATFORM debian:12
COPY --from=gen /out /gen
COPY --from=fw /out /fw
COPY --from=acme/data:1 / /data
