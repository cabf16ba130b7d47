# syntax=docker/dockerfile:1
# escape=`
ARG IMAGE=`
busybox
FROM $IMAGE
