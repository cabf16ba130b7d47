FROM docker:27-dind
COPY --from=docker/buildx-bin:0.19 /buildx /usr/libexec/docker/cli-plugins/docker-buildx
COPY --from=docker/compose-bin:v2.31.0 /docker-compose /usr/libexec/docker/cli-plugins/docker-compose
VOLUME ["/var/lib/docker"]
