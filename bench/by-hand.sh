#!/bin/sh
# by-hand.sh side-by-side|one-after-another: what a careful person writes by hand to build, scan and publish one image
# for every platform with the factory's tools and nothing else, so that the registry has the same in the end. It keeps its
# layers, and has no plan: it does not know what is still good. The last line is what it published. Variables as in
# steps.sh, and
#
#   BENCH_BUILDAH     words before the command and its storage: unshare … buildah
#   BENCH_STORAGE     overlay or vfs        BENCH_BUILD_FLAGS words: isolation and network as the factory has them
# shellcheck disable=SC2086 # lists of words
. "${0%/*}/steps.sh"
auth=$DOCKER_CONFIG/config.json

# in_storage <architecture> <words of buildah…>
in_storage() {
  storage=$PWD/storage/$1
  shift
  $BENCH_BUILDAH --root="$storage/graph" --runroot="$storage/run" --storage-driver="$BENCH_STORAGE" "$@"
}

build() {
  arch=${1#*/}
  in_storage "$arch" build --layers --force-rm --pull --platform="$1" $BENCH_BUILD_FLAGS --authfile="$auth" \
    --tls-verify=false --tag="bench:$arch" src
  in_storage "$arch" push --authfile="$auth" --tls-verify=false --digestfile="$arch.digest" "bench:$arch" \
    "docker://$BENCH_REPOSITORY:candidate-$arch"
  scan "$1" "$(cat "$arch.digest")"
}

# The index names what was scanned, is read back, and has to name every platform's digest.
publish() {
  check_tag
  arch=${BENCH_PLATFORMS##*/}
  in_storage "$arch" manifest create "index:$$"
  for platform in $BENCH_PLATFORMS; do
    in_storage "$arch" manifest add --authfile="$auth" --tls-verify=false "index:$$" \
      "docker://$BENCH_REPOSITORY@$(cat "${platform#*/}.digest")"
  done
  in_storage "$arch" manifest push --all --authfile="$auth" --tls-verify=false "index:$$" \
    "docker://$BENCH_REPOSITORY:latest"
  in_storage "$arch" manifest rm "index:$$"
  ask "$BENCH_REPOSITORY" manifests/latest >index.json
  for platform in $BENCH_PLATFORMS; do
    grep -q "$(cat "${platform#*/}.digest")" index.json
  done
  leave_record
}

case $1 in
  side-by-side)
    fetch_database &
    database=$!
    fetch_source
    wait "$database"
    jobs=
    for platform in $BENCH_PLATFORMS; do
      build "$platform" >"logs/${platform#*/}" 2>&1 &
      jobs="$jobs $!"
    done
    for job in $jobs; do wait "$job"; done
    ;;
  one-after-another)
    fetch_source
    fetch_database
    for platform in $BENCH_PLATFORMS; do
      build "$platform" >"logs/${platform#*/}" 2>&1
    done
    ;;
  *)
    echo "expected side-by-side or one-after-another, got $1" >&2
    exit 64
    ;;
esac
publish >logs/publish 2>&1
echo "$BENCH_REPOSITORY@$(sum index.json)"
