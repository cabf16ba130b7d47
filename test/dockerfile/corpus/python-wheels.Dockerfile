FROM python:3.12-alpine AS wheels
RUN pip wheel --wheel-dir /wheels -r requirements.txt
FROM python:3.12-alpine
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --no-index --find-links=/wheels -r requirements.txt
