FROM debian AS a
FROM ubuntu AS b
COPY --from=a / /a
FROM late AS c
COPY --from=b / /b
FROM alpine:3 AS late
FROM c
