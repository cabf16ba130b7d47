ARG FACTORY=factory.localhost
FROM ${FACTORY}/debian-base AS base
FROM ghcr.io/acme/runtime:stable
COPY --from=base / /
