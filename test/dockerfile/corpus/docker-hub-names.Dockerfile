FROM index.docker.io/library/busybox AS a
FROM docker.io/busybox:1 AS b
FROM library/busybox:2 AS c
FROM docker/compose:1.29.2
COPY --from=a / /a
COPY --from=b / /b
COPY --from=c / /c
