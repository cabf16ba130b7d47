ARG NODE_VERSION=22.12
ARG PNPM=9

FROM docker.io/node:${NODE_VERSION}-alpine AS base
ARG PNPM
ENV PNPM_HOME=/pnpm PATH=/pnpm:$PATH
RUN corepack enable && corepack prepare pnpm@$PNPM --activate

FROM base AS prod
COPY pnpm-lock.yaml .
RUN --mount=type=cache,id=pnpm,target=/pnpm/store pnpm fetch --prod

FROM base
COPY --from=prod /app/node_modules /app/node_modules
CMD ["pnpm", "start"]
