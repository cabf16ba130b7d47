#!/bin/sh
version=1.0.0
. /etc/os-release
case $(busybox uname -m) in
  x86_64) platform=linux/amd64 ;;
  aarch64) platform=linux/arm64 ;;
  *) platform="an unknown platform" ;;
esac
echo "hello $version on $platform, $PRETTY_NAME"
