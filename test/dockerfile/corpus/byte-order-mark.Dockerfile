FROM alpine:3.19
COPY --from=alpine/git:v2.45 /usr/bin/git /usr/bin/git
