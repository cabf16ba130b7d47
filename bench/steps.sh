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

bench_accept='Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json'
bench_api=http://${BENCH_REPOSITORY%%/*}/v2/${BENCH_REPOSITORY#*/}

# request <address> <words for curl…>
request() {
  curl --fail --silent --show-error --netrc-file "$BENCH_NETRC" "$@"
}

# ask <host:port/path> <manifests|blobs>/<reference>
ask() {
  request "http://${1%%/*}/v2/${1#*/}/$2" --header "$bench_accept"
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

# check_tag: what the tag holds is what was published here the last time, or nothing.
check_tag() {
  holds=$(
    curl --silent --show-error --netrc-file "$BENCH_NETRC" --head --header "$bench_accept" "$bench_api/manifests/latest" |
      tr -d '\r' | sed -n 's/^docker-content-digest: //Ip'
  )
  [ -z "$holds" ] || [ "$holds" = "$(cat published)" ]
}

# sum <file>: its digest
sum() {
  echo "sha256:$(sha256sum "$1" | cut -d ' ' -f 1)"
}

# put <address> <media type> <file>
put() {
  request "$1" --request PUT --header "Content-Type: $2" --data-binary "@$3"
}

# put_manifest <tag or digest> <media type> <file>
put_manifest() {
  put "$bench_api/manifests/$1" "$2" "$3"
}

# put_blob <file>
put_blob() {
  to=$(
    request "$bench_api/blobs/uploads/" --request POST --output /dev/null --dump-header - |
      tr -d '\r' | sed -n 's/^location: //Ip'
  )
  put "$to&digest=$(sum "$1")" application/octet-stream "$1"
}

# descriptor <media type> <file> [more fields]
descriptor() {
  printf '{"mediaType":"%s","digest":"%s","size":%s%s}' "$1" "$(sum "$2")" "$(wc -c <"$2")" "${3-}"
}

# leave_record: what else a publication by the factory leaves, in the same form. A tag of its own, so that the index can be
# pulled when others have moved on; a receipt of what it was made of, as a referrer of the index, which is entered in the
# index of the fallback tag for a registry without the referrers API; and a note of what is published now.
leave_record() {
  index_type=$(tr -d ' \n' <index.json | sed -n 's/^{[^[]*"mediaType":"\([^"]*\)".*/\1/p')
  digest=$(sum index.json)
  at=$(date -u +%Y%m%dT%H%M%SZ)
  put_manifest "$at-$(echo "$digest" | cut -c 8-19)" "$index_type" index.json

  printf '{"image":"%s","commit":"%s","at":"%s","index":%s}\n' "$BENCH_REPOSITORY" "$(git -C src rev-parse HEAD)" "$at" \
    "$(cat index.json)" >receipt.json
  printf '{}' >empty.json
  put_blob empty.json &
  empty=$!
  put_blob receipt.json
  wait "$empty"
  manifest_type=application/vnd.oci.image.manifest.v1+json
  receipt_type=application/vnd.bench.receipt.v1+json
  {
    printf '{"schemaVersion":2,"mediaType":"%s","artifactType":"%s","config":' "$manifest_type" "$receipt_type"
    descriptor application/vnd.oci.empty.v1+json empty.json
    printf ',"layers":['
    descriptor "$receipt_type" receipt.json
    printf '],"subject":'
    descriptor "$index_type" index.json
    printf '}'
  } >referrer.json
  put_manifest "$(sum referrer.json)" "$manifest_type" referrer.json

  fallback=sha256-${digest#sha256:}
  entry=$(descriptor "$manifest_type" referrer.json ",\"artifactType\":\"$receipt_type\"")
  if ask "$BENCH_REPOSITORY" "manifests/$fallback" >referrers.json 2>/dev/null; then
    sed -i "s|\]}\$|,$entry]}|" referrers.json
  else
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[%s]}' "$entry" >referrers.json
  fi
  put_manifest "$fallback" application/vnd.oci.image.index.v1+json referrers.json
  ask "$BENCH_REPOSITORY" "manifests/$fallback" | grep -q "$(sum referrer.json)"
  echo "$digest" >published
}
