ARG PYTHON_VERSION=3.12 PYTHON_VARIANT=slim-bookworm
FROM python:${PYTHON_VERSION}-${PYTHON_VARIANT}
ENV PYTHONUNBUFFERED=1
COPY requirements /requirements
RUN pip install -r /requirements/production.txt
ENTRYPOINT ["gunicorn", "site.wsgi"]
