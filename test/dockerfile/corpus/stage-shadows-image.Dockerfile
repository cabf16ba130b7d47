FROM golang:1.23 AS golang
RUN go build -o /app
FROM alpine AS alpine
RUN apk add curl
FROM golang AS again
FROM alpine:3
COPY --from=golang /app /app
COPY --from=alpine /usr/bin/curl /curl
COPY --from=again /app /again
COPY --from=alpine:3.19 /etc/os-release /old
