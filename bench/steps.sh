# What by-hand.sh and by-buildkit.sh have in common: read by them, in the folder that is theirs. It keeps its clone, the
# advisory database and what the scanner knows of layers from run to run.
#
#   BENCH_DIR         its folder            BENCH_SOURCE      git repository
#   BENCH_REPOSITORY  host:port/path        BENCH_PLATFORMS   words: linux/amd64 linux/arm64
#   BENCH_TRIVY       program               BENCH_TRIVY_FLAGS words: those that this build of it knows
#   BENCH_DATABASE    host:port/path:tag    DOCKER_CONFIG     folder with the config.json that has the credentials
#   BENCH_NETRC       the same for curl
# shellcheck shell=sh
set -eu
umask 022
mkdir -p "$BENCH_DIR/logs" "$BENCH_DIR/tmp"
cd "$BENCH_DIR"
TMPDIR=$PWD/tmp
export TMPDIR
trap 'status=$?; [ "$status" = 0 ] || tail -n 20 logs/* >&2; exit "$status"' EXIT

fetch_source() {
  if [ -d src/.git ]; then
    git -C src fetch --quiet --depth=1 origin main
    git -C src checkout --quiet --force FETCH_HEAD
  else
    git clone --quiet --depth=1 --branch=main "$BENCH_SOURCE" src
  fi
}

# ask <host:port/path> <manifests|blobs>/<reference>
ask() {
  curl --fail --silent --show-error --netrc-file "$BENCH_NETRC" \
    --header 'Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json' \
    "http://${1%%/*}/v2/${1#*/}/$2"
}

fetch_database() {
  [ ! -f database/db/metadata.json ] || return 0
  mkdir -p database/db
  layer=$(ask "${BENCH_DATABASE%:*}" "manifests/${BENCH_DATABASE##*:}" |
    sed -n 's/.*"layers":\[{[^]]*"digest":"\(sha256:[0-9a-f]*\)".*/\1/p')
  ask "${BENCH_DATABASE%:*}" "blobs/$layer" | tar --extract --gzip --directory=database/db
}

# scan <platform> <digest>: fails on a finding that is HIGH or CRITICAL and fixed.
scan() {
  mkdir -p "scan/${1#*/}"
  ln -sfn "$PWD/database/db" "scan/${1#*/}/db"
  # shellcheck disable=SC2086 # a list of words
  "$BENCH_TRIVY" image --image-src=remote --platform="$1" --scanners=vuln --format=json --list-all-pkgs \
    --severity=HIGH,CRITICAL --ignore-unfixed --exit-code=1 --output="scan/${1#*/}.json" \
    --cache-dir="$PWD/scan/${1#*/}" --skip-db-update --skip-java-db-update --offline-scan --no-progress --insecure \
    $BENCH_TRIVY_FLAGS "$BENCH_REPOSITORY@$2"
}
