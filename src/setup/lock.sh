# shellcheck shell=sh
# take_lock <file> <who holds it>: waits until this shell alone holds the lock, and holds it until the shell and what
# it started have ended; the kernel frees it. Without flock(1) (macOS) a folder with the holder's pid stands in.
take_lock() {
  mkdir -p "${1%/*}"
  if command -v flock >/dev/null; then
    exec 9>"$1.lock"
    if ! flock -n 9; then
      echo "set-up: waiting for $2" >&2
      flock 9
    fi
    return
  fi
  waited=
  until mkdir "$1.held" 2>/dev/null; do
    holder=$(cat "$1.held/pid" 2>/dev/null || true)
    if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
      rm -rf "$1.held"
      continue
    fi
    if [ -z "$waited" ]; then echo "set-up: waiting for $2" >&2; fi
    waited=yes
    sleep 1
  done
  held=$1.held
  echo $$ >"$held/pid"
  trap 'rm -rf "$held"' EXIT
}
