# syntax=docker/dockerfile:1
FROM python:3.12
RUN <<EOF
set -e
cat > Dockerfile <<INNER
FROM inner:1
COPY --from=inner:2 / /
INNER
EOF
RUN python3 <<"PY" && echo FROM nothing
print("""
FROM python:2
""")
PY
COPY --from=redis:7.4 /usr/local/bin/redis-cli /bin/
