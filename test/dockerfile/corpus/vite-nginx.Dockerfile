FROM --platform=$BUILDPLATFORM node:lts AS assets
COPY . /src
RUN cd /src && npm ci && npm run build

FROM nginxinc/nginx-unprivileged:1.27-alpine-slim
COPY --from=assets /src/dist /usr/share/nginx/html
COPY nginx.conf /etc/nginx/conf.d/default.conf
