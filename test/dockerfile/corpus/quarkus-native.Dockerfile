FROM quay.io/quarkus/ubi9-quarkus-mandrel-builder-image:jdk-21 AS native
USER root
RUN microdnf install -y findutils
FROM registry.access.redhat.com/ubi9/ubi-minimal:9.4-1227
COPY --chown=1001:root --from=native /project/target/*-runner /work/application
EXPOSE 8080
