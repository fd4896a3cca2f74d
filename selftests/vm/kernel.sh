#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# kernel.sh 6.1|6.12|7.2|7.3|debug - Debian's stock kernel of a series, without
# installing it; or the one that debug_kernel.sh builds. 7.2 and 7.3 may have
# -rt behind them.
#
# Prints shell assignments: VERSION=, TREE= (has boot/ and lib/modules/), KDIR=
# (to build modules against), ROOTFS= (what its guests run from) and RELEASE=
# (the Debian release that ROOTFS is a private root of, empty if it is the
# machine's own). KDIR is a path in ROOTFS. 6.1 and 6.12 are those that the
# installed headers (deps.sh build) are for.
set -eu

cache=${ALGATE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/algate}

die()
{
	echo "kernel.sh: $*" >&2
	exit 1
}

usage="usage: kernel.sh 6.1|6.12|7.2|7.3|7.2-rt|7.3-rt|debug"
root_sh=$(dirname "$0")/../root/root.sh

# in_root RELEASE SERIES: a kernel that is in a private root
in_root()
{
	VERSION=$("$root_sh" kernel "$1" "$2") || exit
	ROOTFS=$("$root_sh" "$1") || exit
	echo "VERSION='$VERSION'"
	echo "TREE='$ROOTFS'"
	echo "KDIR='/usr/src/linux-headers-$VERSION'"
	echo "ROOTFS='$ROOTFS'"
	echo "RELEASE='$1'"
	exit
}

case ${1:-} in
7.[23]|7.[23]-rt)	in_root trixie "$1" ;;
6.1)	meta=linux-headers-amd64 ;;
6.12)	meta=linux-headers-6.12-amd64 ;;
debug)	exec "$(dirname "$0")/debug_kernel.sh" ;;
*)	echo "$usage" >&2; exit 2 ;;
esac

version=$(dpkg-query -W -f '${Depends}' "$meta" 2>/dev/null |
	sed -n 's/^linux-headers-\([^ ,]*\).*/\1/p')
[ -n "$version" ] || die "$meta is not installed: run deps.sh build"

KDIR=/usr/src/linux-headers-$version
TREE=$cache/kernel-$version

download()
{
	for name in "linux-image-$version" "linux-image-$version-unsigned"; do
		# The sandbox user of apt has no access to our directory.
		apt-get -qq -o APT::Sandbox::User=root download "$name" >&2 &&
			return
	done
	return 1
}

# The tree appears by a rename, so it is whole or absent.
make_tree()
{
	tmp=$(mktemp -d "$TREE.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	chmod 755 "$tmp"
	cd "$tmp"
	download || { apt-get -qq update && download; } ||
		die "linux-image-$version cannot be downloaded"
	dpkg -x linux-image-*.deb .
	rm linux-image-*.deb
	[ -e "boot/vmlinuz-$version" ] || die "no kernel in linux-image-$version"
	# Decompressed here once, not in each guest's emulated CPU.
	find lib/modules -name '*.ko.xz' -print0 |
		xargs -0 -r -n 64 -P "$(nproc)" xz -d
	depmod -b . "$version"
	cd /
	mv "$tmp" "$TREE"
}

if [ ! -d "$TREE" ]; then
	mkdir -p "$cache"
	exec 9> "$TREE.lock"
	flock 9
	[ -d "$TREE" ] || make_tree
fi

echo "VERSION='$version'"
echo "TREE='$TREE'"
echo "KDIR='$KDIR'"
echo "ROOTFS='/'"
echo "RELEASE=''"
