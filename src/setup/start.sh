#!/bin/sh
# start.sh <command> [word...]: sees to what scripts/<command>.ts needs, then becomes the Node that runs it.
# Where nothing is missing this costs a few milliseconds. Nothing is left behind a command: its signals reach Node.
set -eu

CDPATH='' cd -- "${0%/*}/../.."
command=$1
shift
script=scripts/$command.ts

if [ ! -f "$script" ]; then
  echo "set-up: there is no command $command: $script does not exist" >&2
  exit 64
fi

# Administrators' tools (runc, docker-registry's helpers) are not on every user's PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

if [ "${FACTORY_BUILDER:-}" = 1 ]; then
  # A cluster that does not know `hostUsers: false` drops it without a word, and a build would be root of the node.
  if [ -n "${KUBERNETES_SERVICE_HOST:-}" ] && [ "$(id -u)" = 0 ]; then
    read -r inside outside _ </proc/self/uid_map
    if [ "$inside$outside" = 00 ]; then
      echo "set-up: this pod is root of its node: a builder runs with hostUsers: false (Kubernetes 1.33, containerd 2.0 and a kernel of 6.3, or later), or as user 1000 with the pod profile rootless" >&2
      exit 69
    fi
  fi
  # A volume comes empty.
  if [ -n "${TMPDIR:-}" ]; then mkdir -p "$TMPDIR"; fi
fi

if ! cmp -s package-lock.json node_modules/.installed-lock.json; then
  sh src/setup/npm-ci.sh
fi

# `// needs: git buildah trivy` among the comments at the top of a script says what it cannot do without.
needs=
while read -r slashes word rest; do
  case $slashes in
    //) if [ "$word" = needs: ]; then needs=$rest; fi ;;
    '' | '#!'*) ;;
    *) break ;;
  esac
done <"$script"
# Explaining a command, or saying what it would do, takes Node alone: what else it turns out to need it asks for itself.
if [ "${npm_config_dry_run:-}" = true ]; then needs=; fi
for word; do
  case $word in --help | -h | --dry-run) needs= ;; esac
done
if [ -n "$needs" ]; then
  # shellcheck disable=SC2086 # a list of words
  sh src/setup/install.sh $needs
fi

node=
for candidate in "$PWD"/node_modules/node-linux-*/bin/node; do
  if [ -x "$candidate" ]; then node=$candidate; fi
done
if [ -z "$node" ]; then
  case $(node --version) in
    v2[4-9].* | v[3-9][0-9].*) node=node ;;
    *)
      echo "set-up: this system needs Node 24 or later of its own (no packaged one runs here); $(node --version) is installed" >&2
      exit 69
      ;;
  esac
fi

export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$PWD/node_modules/.cache/node}"
# A small nursery: each process that is started costs by the memory that this one writes to.
exec "$node" --max-semi-space-size=4 --disable-warning=ExperimentalWarning --import=./src/setup/quick-imports.ts "$script" "$@"
