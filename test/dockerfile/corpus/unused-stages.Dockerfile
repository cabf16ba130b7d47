FROM golang:1.23 AS build
FROM build AS lint
COPY --from=golangci/golangci-lint:v1.62 /usr/bin/golangci-lint /bin/
FROM mcr.microsoft.com/playwright:v1.49.0-noble AS e2e
COPY --from=build /app /app
FROM ${NOT_DECLARED} AS broken
COPY --from=nobody:${KNOWS} / /
FROM gcr.io/distroless/base
COPY --from=build /app /app
