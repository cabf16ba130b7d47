ARG CUDA=12.4.1
ARG UBUNTU=22.04
ARG FLAVOUR=devel
FROM nvidia/cuda:${CUDA}-${FLAVOUR}-ubuntu${UBUNTU} AS cuda
ARG CUDA
RUN echo "cuda-compat-${CUDA%.*}" > /wanted
FROM cuda
RUN --mount=type=bind,from=python:3.11,source=/usr/local,target=/py cp -r /py /usr/local
