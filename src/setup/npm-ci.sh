#!/bin/sh
# npm-ci.sh [npm option...]: makes node_modules what package-lock.json says, once for all who ask at the same time.
# A copy of the lockfile inside node_modules, written last, is the sign that it is whole: an interrupted run has none.
set -eu

CDPATH='' cd -- "${0%/*}/../.."
whole=node_modules/.installed-lock.json

if [ "${FACTORY_BUILDER:-}" = 1 ]; then
  echo "set-up: node_modules is not what package-lock.json says, and in a builder image set-up only checks" >&2
  exit 69
fi

. src/setup/lock.sh
take_lock .factory/locks/npm-ci "another set-up of this clone"
if cmp -s package-lock.json "$whole"; then exit 0; fi
rm -f "$whole"

. src/setup/npm-environment.sh
echo "set-up: installing the Node packages of package-lock.json (npm ci)" >&2
if ! npm ci --no-audit --no-fund --loglevel=error "$@" >&2; then
  echo "set-up: npm ci failed, see above; run the same command again when the cause is gone" >&2
  exit 75
fi

# A packaged Node that does not run here (another C library) must not stand before the system's.
for node in node_modules/node-linux-*/bin/node; do
  if [ -x "$node" ] && ! "$node" --version >/dev/null 2>&1; then rm -rf "${node%/bin/node}"; fi
done
cp package-lock.json "$whole.new"
mv "$whole.new" "$whole"
