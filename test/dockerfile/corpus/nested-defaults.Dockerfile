ARG A
ARG B
ARG C=c0
FROM acme/x:${A:-${B:-${C:-none}}} AS x
FROM acme/y${B:+-$B}:1${C:+.$C}
COPY --from=x / /
