# escape=`
FROM debian:12 AS base
RUN echo one `
 && echo two
COPY --chown=0:0 `
     --from=ghcr.io/acme/tools:1 `
     /a /b
FROM base
