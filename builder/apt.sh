#!/bin/sh
# apt.sh <package>...: installs packages in a step of the Dockerfile, from DEBIAN_MIRROR, and leaves nothing that differs from
# time to time: no lists, caches or logs. Where packages come from later is what the base says.
set -eu

sources=/tmp/builder.list
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
cat >"$sources" <<END
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $DEBIAN_MIRROR $suite main
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $DEBIAN_MIRROR $suite-updates main
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $DEBIAN_MIRROR-security $suite-security main
END
from="-q -o Dir::Etc::sourcelist=$sources -o Dir::Etc::sourceparts=/dev/null -o Acquire::Languages=none -o Acquire::Retries=3"

export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of words
apt-get $from update
# shellcheck disable=SC2086
apt-get $from -y --no-install-recommends -o Dpkg::Use-Pty=0 install "$@"
if [ -z "${KEEP_LISTS:-}" ]; then
  rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/cache/ldconfig/aux-cache /var/lib/dpkg/*-old
fi
rm -f "$sources"
find /var/log -type f -delete
