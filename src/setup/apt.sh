#!/bin/sh
# apt.sh <package>...: installs Debian packages, as root. Debian's docker-registry brings a service that listens without
# a password; the factory wants the program alone, so that service neither starts now nor at the next boot.
set -eu

lib=${0%/*}
policy=/usr/sbin/policy-rc.d
kept=$policy.before-image-factory
mark='# image-factory set-up'

restore_policy() {
  if [ -e "$policy" ] && grep -q "^$mark" "$policy"; then rm -f "$policy"; fi
  if [ -e "$kept" ]; then mv -f "$kept" "$policy"; fi
}

# Names that service alone and asks the policy that was there before about every other: harmless if it is left behind.
forbid_registry_service() {
  if [ -e "$policy" ]; then mv "$policy" "$kept"; fi
  cat >"$policy" <<EOF
#!/bin/sh
$mark
case \$* in *docker-registry*) exit 101 ;; esac
if [ -x $kept ]; then exec $kept "\$@"; fi
exit 0
EOF
  chmod 755 "$policy"
  mkdir -p /etc/systemd/system
  if [ ! -e /etc/systemd/system/docker-registry.service ]; then
    ln -s /dev/null /etc/systemd/system/docker-registry.service
  fi
}

# shellcheck source=src/setup/lock.sh
. "$lib/lock.sh"
mkdir -p /run/lock
take_lock /run/lock/image-factory-apt "another set-up on this machine"

export DEBIAN_FRONTEND=noninteractive
restore_policy
trap restore_policy EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
case " $* " in *' docker-registry '*) forbid_registry_service ;; esac

dpkg --configure -a
apt-get -q update
apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 install "$@"
case " $* " in
  *' docker-registry '*) if command -v update-rc.d >/dev/null; then update-rc.d docker-registry disable; fi ;;
esac
