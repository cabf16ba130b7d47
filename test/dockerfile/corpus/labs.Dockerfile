#syntax=docker/dockerfile-upstream:1.12-labs
#check=skip=JSONArgsRecommended
FROM alpine:3.21 AS src
COPY --parents ./x/*/y.txt /
COPY --exclude=*.md . /src
RUN --security=insecure --device=vendor/gpu true
FROM alpine:3.21
COPY --parents --from=src /src/./lib /
