#!/bin/sh
# plain.sh push|digest|skopeo <folder> <repository>: what one writes by hand to build and publish one image for two
# platforms with the factory's tools and nothing else. The variables CONTAINERS_*_CONF say where storage and registry are.
set -eu
list=localhost/plain:list

buildah manifest rm "$list" >/dev/null 2>&1 || true
buildah manifest create "$list"
for platform in linux/amd64 linux/arm64; do
  buildah build --pull-always --layers --platform "$platform" --manifest "$list" "$2"
done
case $1 in
  push) buildah manifest push --all --tls-verify=false "$list" "docker://$3:stable" ;;
  digest)
    buildah manifest push --all --tls-verify=false --digestfile "$TMPDIR/digest" "$list" "docker://$3:stable"
    cat "$TMPDIR/digest"
    rm "$TMPDIR/digest"
    ;;
  skopeo)
    buildah manifest push --all "$list" "oci:$TMPDIR/layout:stable"
    skopeo copy --all --dest-tls-verify=false --retry-times 3 "oci:$TMPDIR/layout:stable" "docker://$3:stable"
    rm -r "$TMPDIR/layout"
    ;;
esac
buildah manifest rm "$list"
