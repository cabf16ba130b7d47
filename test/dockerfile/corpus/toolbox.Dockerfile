FROM --platform=$TARGETPLATFORM alpine/k8s:1.31.3 AS k8s
FROM hashicorp/terraform:1.10 AS terraform
FROM debian:trixie-slim
COPY --from=k8s --chmod=755 /usr/bin/kubectl /usr/bin/helm /usr/local/bin/
COPY --from=terraform /bin/terraform /usr/local/bin/
COPY --link --chown=0:0 --from=mikefarah/yq:4 /usr/bin/yq /usr/local/bin/yq
COPY --from=ghcr.io/jqlang/jq:1.7.1 /jq /usr/local/bin/jq
HEALTHCHECK --interval=30s CMD kubectl version --client || exit 1
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
