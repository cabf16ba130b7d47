ARG VERSION=v1.22.3-rc1
ARG IMAGE=registry.example.com/team/app:9
FROM acme/a:${VERSION#v} AS a
FROM acme/b:${VERSION%%-*} AS b
FROM acme/c:${VERSION//./_} AS c
FROM ${IMAGE%:*}:${IMAGE##*:}
COPY --from=a / /
COPY --from=b / /
COPY --from=c / /
