FROM rust:1.82
RUN cargo build
FROM node:20
RUN npm run build
FROM debian:12
COPY --from=0 /target/release/x /x
COPY --from=1 /dist /dist
RUN --mount=from=1,target=/node ls /node
