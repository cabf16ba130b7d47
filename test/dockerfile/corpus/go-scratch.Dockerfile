FROM golang:1.22-alpine AS builder
RUN go build -o /bin/tool .

FROM scratch
COPY --from=alpine:3.20 /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=builder /bin/tool /tool
