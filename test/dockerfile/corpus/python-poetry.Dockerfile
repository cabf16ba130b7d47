FROM python:3.11 AS python-base
ENV POETRY_HOME=/opt/poetry
FROM python-base AS builder-base
RUN curl -sSL https://install.python-poetry.org | python3 -
FROM builder-base AS development
COPY --from=mailhog/mailhog /usr/local/bin/MailHog /mail
FROM python:3.11-slim AS production
COPY --from=builder-base /opt/venv /opt/venv
