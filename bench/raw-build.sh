#!/bin/sh
# raw-build.sh side-by-side|one-after-another: what a careful person writes by hand to build, scan and publish one image
# for every platform with the factory's tools and nothing else. It keeps its clone, layers, advisory database and scan
# cache from run to run, and has no plan: it does not know what is still good. The last line is what it published.
#
#   BENCH_DIR         its folder            BENCH_SOURCE      git repository
#   BENCH_REPOSITORY  host:port/path        BENCH_PLATFORMS   words: linux/amd64 linux/arm64
#   BENCH_BUILDAH     words before the command and its storage: unshare … buildah
#   BENCH_STORAGE     overlay or vfs        BENCH_BUILD_FLAGS words: isolation and network as the factory has them
#   BENCH_TRIVY       program               BENCH_TRIVY_FLAGS words: those that this build of it knows
#   BENCH_DATABASE    host:port/path:tag    DOCKER_CONFIG     folder with the config.json that has the credentials
#   BENCH_NETRC       the same for curl
set -eu
umask 022
mode=$1
auth=$DOCKER_CONFIG/config.json
mkdir -p "$BENCH_DIR"
cd "$BENCH_DIR"
TMPDIR=$PWD/tmp
mkdir -p "$TMPDIR"
export TMPDIR

fetch_source() {
  if [ -d src/.git ]; then
    git -C src fetch --quiet --depth=1 origin main
    git -C src checkout --quiet --force FETCH_HEAD
  else
    git clone --quiet --depth=1 --branch=main "$BENCH_SOURCE" src
  fi
}

fetch_database() {
  [ -f database/db/metadata.json ] ||
    "$BENCH_TRIVY" image --download-db-only --db-repository="$BENCH_DATABASE" --cache-dir="$PWD/database" --insecure \
      --no-progress $BENCH_TRIVY_FLAGS
}

in_storage() {
  storage=$1
  shift
  $BENCH_BUILDAH --root="$PWD/$storage/graph" --runroot="$PWD/$storage/run" --storage-driver="$BENCH_STORAGE" "$@"
}

build() {
  arch=${1#*/}
  mkdir -p "$arch/scan"
  in_storage "$arch" build --layers --force-rm --pull --platform="$1" $BENCH_BUILD_FLAGS --authfile="$auth" \
    --tls-verify=false --tag="bench:$arch" src
  in_storage "$arch" push --authfile="$auth" --tls-verify=false --digestfile="$arch/digest" "bench:$arch" \
    "docker://$BENCH_REPOSITORY:candidate-$arch"
}

scan() {
  arch=${1#*/}
  ln -sfn "$PWD/database/db" "$arch/scan/db"
  "$BENCH_TRIVY" image --image-src=remote --platform="$1" --scanners=vuln --format=json --list-all-pkgs \
    --severity=HIGH,CRITICAL --ignore-unfixed --exit-code=1 --output="$arch/report.json" --cache-dir="$PWD/$arch/scan" \
    --skip-db-update --skip-java-db-update --offline-scan --no-progress --insecure $BENCH_TRIVY_FLAGS \
    "$BENCH_REPOSITORY@$(cat "$arch/digest")"
}

# The index names what was scanned, is read back, and has to name every platform's digest.
publish() {
  in_storage "$arch" manifest create "index:$$" >/dev/null
  for platform in $BENCH_PLATFORMS; do
    in_storage "$arch" manifest add --authfile="$auth" --tls-verify=false "index:$$" \
      "docker://$BENCH_REPOSITORY@$(cat "${platform#*/}/digest")" >/dev/null
  done
  in_storage "$arch" manifest push --all --authfile="$auth" --tls-verify=false "index:$$" \
    "docker://$BENCH_REPOSITORY:latest"
  in_storage "$arch" manifest rm "index:$$" >/dev/null
  curl --fail --silent --show-error --netrc-file "$BENCH_NETRC" --output index.json \
    --header 'Accept: application/vnd.oci.image.index.v1+json' \
    "http://${BENCH_REPOSITORY%%/*}/v2/${BENCH_REPOSITORY#*/}/manifests/latest"
  for platform in $BENCH_PLATFORMS; do
    grep -q "$(cat "${platform#*/}/digest")" index.json
  done
}

case $mode in
  side-by-side)
    fetch_database & database=$!
    fetch_source
    wait "$database"
    jobs=
    for platform in $BENCH_PLATFORMS; do
      { build "$platform" && scan "$platform"; } >"${platform#*/}.log" 2>&1 & jobs="$jobs $!"
    done
    for job in $jobs; do wait "$job"; done
    arch=${platform#*/}
    ;;
  one-after-another)
    fetch_source
    fetch_database
    for platform in $BENCH_PLATFORMS; do
      build "$platform" && scan "$platform"
    done >build.log 2>&1
    ;;
  *)
    echo "expected side-by-side or one-after-another, got $mode" >&2
    exit 64
    ;;
esac
publish >>publish.log 2>&1
echo "$BENCH_REPOSITORY@sha256:$(sha256sum index.json | cut -d ' ' -f 1)"
