# syntax=docker/dockerfile:1

FROM node:22-bookworm-slim AS deps
WORKDIR /srv
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev

FROM node:22-bookworm AS build
WORKDIR /srv
COPY . .
RUN npm ci && npm run build

FROM gcr.io/distroless/nodejs22-debian12:nonroot
WORKDIR /srv
COPY --from=deps /srv/node_modules ./node_modules
COPY --from=build /srv/dist ./dist
CMD ["dist/server.js"]
