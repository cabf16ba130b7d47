FROM registry.example.com:5000/team/base AS a
FROM localhost:5000/base:1.2 AS b
FROM 127.0.0.1:5000/app AS c
FROM Registry.Example.COM/app:1
COPY --from=a / /a
COPY --from=b / /b
COPY --from=c / /c
COPY --from=registry:5000/tool:2 / /d
