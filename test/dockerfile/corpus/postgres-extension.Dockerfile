ARG PG_MAJOR=16
FROM postgres:${PG_MAJOR}-bookworm AS build
ARG PG_MAJOR
RUN apt-get install -y postgresql-server-dev-${PG_MAJOR}
FROM postgres:${PG_MAJOR}-bookworm
ENV PG_MAJOR=11
COPY --from=build /usr/lib/postgresql/ /usr/lib/postgresql/
