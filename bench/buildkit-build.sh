#!/bin/sh
# buildkit-build.sh: the same job by BuildKit, whose daemon runs already: both platforms at once, pushed as one index, and
# the same scans of what was pushed. Variables as in raw-build.sh, and
#
#   BENCH_BUILDCTL    program               BENCH_BUILDKIT    address of the daemon
set -eu
umask 022
mkdir -p "$BENCH_DIR"
cd "$BENCH_DIR"

if [ -d src/.git ]; then
  git -C src fetch --quiet --depth=1 origin main
  git -C src checkout --quiet --force FETCH_HEAD
else
  git clone --quiet --depth=1 --branch=main "$BENCH_SOURCE" src
fi
[ -f database/db/metadata.json ] ||
  "$BENCH_TRIVY" image --download-db-only --db-repository="$BENCH_DATABASE" --cache-dir="$PWD/database" --insecure \
    --no-progress $BENCH_TRIVY_FLAGS >database.log 2>&1

"$BENCH_BUILDCTL" --addr="$BENCH_BUILDKIT" build --frontend=dockerfile.v0 --local=context=src --local=dockerfile=src \
  --opt="platform=$(echo "$BENCH_PLATFORMS" | tr ' ' ,)" --opt=image-resolve-mode=pull --metadata-file=metadata.json \
  --output="type=image,name=$BENCH_REPOSITORY:latest,push=true,oci-mediatypes=true,registry.insecure=true" >build.log 2>&1
digest=$(sed -n 's/.*"containerimage.digest": "\(sha256:[0-9a-f]*\)".*/\1/p' metadata.json)

scans=
for platform in $BENCH_PLATFORMS; do
  arch=${platform#*/}
  mkdir -p "$arch/scan"
  ln -sfn "$PWD/database/db" "$arch/scan/db"
  "$BENCH_TRIVY" image --image-src=remote --platform="$platform" --scanners=vuln --format=json --list-all-pkgs \
    --severity=HIGH,CRITICAL --ignore-unfixed --exit-code=1 --output="$arch/report.json" --cache-dir="$PWD/$arch/scan" \
    --skip-db-update --skip-java-db-update --offline-scan --no-progress --insecure $BENCH_TRIVY_FLAGS \
    "$BENCH_REPOSITORY@$digest" >"$arch.log" 2>&1 & scans="$scans $!"
done
for scan in $scans; do wait "$scan"; done
curl --fail --silent --show-error --netrc-file "$BENCH_NETRC" --output index.json \
  --header 'Accept: application/vnd.oci.image.index.v1+json' \
  "http://${BENCH_REPOSITORY%%/*}/v2/${BENCH_REPOSITORY#*/}/manifests/latest"
test "$digest" = "sha256:$(sha256sum index.json | cut -d ' ' -f 1)"
echo "$BENCH_REPOSITORY@$digest"
