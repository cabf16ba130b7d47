FROM alpine:3.17 AS x
FROM x AS x
RUN true
FROM x
