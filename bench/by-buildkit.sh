#!/bin/sh
# by-buildkit.sh: the same job by BuildKit, whose daemon runs already: both platforms at once, pushed as one index, and the
# same scans of what was pushed. Variables as in steps.sh, and
#
#   BENCH_BUILDCTL    program               BENCH_BUILDKIT    address of the daemon
. "${0%/*}/steps.sh"

fetch_database &
database=$!
fetch_source
wait "$database"
"$BENCH_BUILDCTL" --addr="$BENCH_BUILDKIT" build --frontend=dockerfile.v0 --local=context=src --local=dockerfile=src \
  --opt="platform=$(echo "$BENCH_PLATFORMS" | tr ' ' ,)" --opt=image-resolve-mode=pull --metadata-file=metadata.json \
  --output="type=image,name=$BENCH_REPOSITORY:latest,push=true,oci-mediatypes=true,registry.insecure=true" \
  >logs/build 2>&1
digest=$(sed -n 's/.*"containerimage.digest": "\(sha256:[0-9a-f]*\)".*/\1/p' metadata.json)
scans=
for platform in $BENCH_PLATFORMS; do
  scan "$platform" "$digest" >"logs/scan-${platform#*/}" 2>&1 &
  scans="$scans $!"
done
for scan in $scans; do wait "$scan"; done
ask "$BENCH_REPOSITORY" manifests/latest >index.json
test "$digest" = "$(sum index.json)"
leave_record >logs/publish 2>&1
echo "$BENCH_REPOSITORY@$digest"
