ARG REGISTRY=registry.example.com/
ARG IMAGE=team/base
ARG TAG=2024.1
FROM ${REGISTRY}${IMAGE}:${TAG}
