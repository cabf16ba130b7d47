#!/bin/sh
# emulator.sh <architecture>: puts the emulator that a machine of this architecture needs for the other one into /out.
set -eu

architecture=$1
case $architecture in
  amd64) program=qemu-aarch64 ;;
  arm64) program=qemu-x86_64 ;;
esac
dpkg --add-architecture "$architecture"
KEEP_LISTS=1 sh /apt.sh
cd /tmp
apt-get -q download "qemu-user:$architecture"
mkdir /out
dpkg-deb --fsys-tarfile qemu-user_*.deb | tar --extract --strip-components=3 --directory=/out "./usr/bin/$program"
rm -rf qemu-user_*.deb /var/lib/apt/lists/*
