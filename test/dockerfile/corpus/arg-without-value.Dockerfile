ARG BASE
FROM ${BASE:-debian:12} AS root
FROM root
