#!/bin/sh
# apt.sh <package>...: installs Debian packages as root, and starts none of the services that come with them.
set -eu
policy=/usr/sbin/policy-rc.d
kept=$policy.before-image-factory
mark='# image-factory set-up'

restore() {
  if [ -e "$policy" ] && grep -q "^$mark" "$policy"; then rm -f "$policy"; fi
  if [ -e "$kept" ]; then mv -f "$kept" "$policy"; fi
}

export DEBIAN_FRONTEND=noninteractive
mkdir -p /run/lock
exec 9>/run/lock/image-factory-apt
flock 9
restore
trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
if [ -e "$policy" ]; then mv "$policy" "$kept"; fi
printf '#!/bin/sh\n%s: no service starts while packages are being installed\nexit 101\n' "$mark" >"$policy"
chmod 755 "$policy"

dpkg --configure -a 9>&-
apt-get -q update 9>&-
apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 install "$@" 9>&-
