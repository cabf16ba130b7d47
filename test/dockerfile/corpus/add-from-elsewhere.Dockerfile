FROM alpine:3.20
ARG VERSION=1.0
ADD https://example.org/tool-${VERSION}.tar.gz /tmp/
ADD --checksum=sha256:4444444444444444444444444444444444444444444444444444444444444444 https://example.org/x /x
ADD https://git.example.org/acme/api.git#v1.2:docs /docs
ADD git@git.example.org:acme/api.git#main /api
ADD --keep-git-dir=true ssh://git@git.example.org/acme/lib.git /lib
ADD rootfs.tar.xz /
