FROM oven/bun:1 AS base
FROM base AS test
RUN bun test
FROM oven/bun:1-distroless AS release
COPY --from=base /usr/src/app /app
