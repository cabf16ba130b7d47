#!/bin/sh
# system.sh: the packages of the builder image, its user, and nothing that may become root but what has to.
set -eu

# Documentation that nobody reads in a container, and the test programs that two packages bring along; licences stay.
cat >/etc/dpkg/dpkg.cfg.d/image-factory <<'END'
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
path-exclude=/usr/libexec/buildah/*
path-exclude=/usr/libexec/podman/podman-testing
END

# Debian's docker-registry and podman bring services; in an image none is started or enabled.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
sh /apt.sh \
  buildah podman skopeo netavark crun uidmap libcap2-bin \
  git openssh-client ca-certificates \
  mmdebstrap debian-archive-keyring docker-registry \
  kubernetes-client cosign jq tini
rm -f /usr/sbin/policy-rc.d /apt.sh

# Numbers that a pod's own user namespace has, for its root; high ones, that are nobody's, for a user of the node.
useradd --uid 1000 --user-group --home-dir /home/image-factory --create-home --shell /bin/sh image-factory
printf 'root:1:65535\nimage-factory:100000:65536\n' >/etc/subuid
cp /etc/subuid /etc/subgid

find / -xdev -type f -perm /6000 -exec chmod a-s {} +
setcap cap_setuid=ep /usr/bin/newuidmap
setcap cap_setgid=ep /usr/bin/newgidmap

mkdir -p /var/lib/image-factory /var/lib/image-factory-state /etc/image-factory /run/image-factory
chown 1000:1000 /var/lib/image-factory /var/lib/image-factory-state /run/image-factory
ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
rm -f /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /etc/subuid- /etc/subgid- /system.sh
