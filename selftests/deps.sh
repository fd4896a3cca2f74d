#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# deps.sh - installs packages on this machine to build algate and to run its
# tests: a C compiler, QEMU, and tools that make private roots. All other
# packages are in the private roots (root/root.sh). A second run is instant.
set -eu

packages='gcc libc6-dev make pkg-config flex bison libmnl-dev
	libnetfilter-conntrack-dev libpcap-dev libjansson-dev xz-utils
	qemu-system-x86 busybox-static cpio mmdebstrap'
# An ordinary user needs uidmap for user namespaces.
[ "$(id -u)" = 0 ] || packages="$packages uidmap"

missing()
{
	for pkg; do
		dpkg-query -W -f '${Status}' "$pkg" 2> /dev/null |
			grep -q '^install ok installed$' || echo "$pkg"
	done
}

case ${1:-} in
'')	;;
-l)	# lists the packages
	# shellcheck disable=SC2086 # words are wanted
	printf '%s\n' $packages
	exit
	;;
*)	echo "usage: deps.sh [-l]" >&2; exit 2 ;;
esac

# shellcheck disable=SC2046,SC2086
set -- $(missing $packages)
[ $# != 0 ] || exit 0
if [ "$(id -u)" != 0 ]; then
	echo "deps.sh: missing; as root: apt-get install --no-install-recommends $*" >&2
	exit 1
fi
echo "deps.sh: installing $*" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
{
	apt-get -q update &&
		apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
			install -y --no-install-recommends "$@"
} > "$log" 2>&1 < /dev/null || {
	tail -n 20 "$log" >&2
	exit 1
}
