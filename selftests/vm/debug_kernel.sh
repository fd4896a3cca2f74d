#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# debug_kernel.sh - builds a kernel with KASAN, lockdep and other debug options.
#
# Runs in bookworm's private root. Builds linux-source-6.12 with
# selftests/config.debug in the cache, which takes 10 minutes on two processors
# and 2 GB. Builds again only if the source or the configuration has changed.
# Prints VERSION, TREE and KDIR as kernel.sh does.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=$ALGATE_CACHE
config=$here/../config.debug
source=/usr/src/linux-source-6.12.tar.xz

die()
{
	echo "debug_kernel.sh: $*" >&2
	exit 1
}

[ -e "$source" ] || die "no $source: not in bookworm's private root"
sum=$({
	cat "$config"
	dpkg-query -W -f '${Version}' linux-source-6.12
} | sha256sum | cut -c 1-12)
TREE=$cache/kernel-debug-$sum
KDIR=$TREE/build

# allnoconfig silently drops options with unmet dependencies, so check that the
# kernel has each wanted option.
check_config()
{
	local line missing=

	while read -r line; do
		case $line in
		CONFIG_*=*)	grep -qx "$line" "$KDIR/.config" ;;
		"# CONFIG_"*)	! grep -q "^${line:2:-11}=" "$KDIR/.config" ;;
		esac || missing+=" ${line%%=*}"
	done < "$config"
	[ -z "$missing" ] || die "this source does not take:$missing"
}

build()
{
	echo "debug_kernel.sh: building $KDIR (once, some 10 minutes)" >&2
	rm -rf "$TREE"
	mkdir -p "$TREE/src" "$TREE/boot" "$KDIR"
	tar -C "$TREE/src" --strip-components=1 -xf "$source"
	make -s -C "$TREE/src" O="$KDIR" KCONFIG_ALLCONFIG="$config" \
		allnoconfig
	check_config
	make -s -C "$KDIR" -j"$(nproc)" bzImage modules
	version=$(make -s -C "$KDIR" kernelrelease)
	make -s -C "$KDIR" INSTALL_MOD_PATH="$TREE" modules_install
	depmod -b "$TREE" "$version"
	cp "$KDIR/arch/x86/boot/bzImage" "$TREE/boot/vmlinuz-$version"
	# remove directories that a build of modules does not need
	rm -rf "$TREE"/src/{Documentation,drivers,sound,fs}
	echo "$version" > "$TREE/version"
}

mkdir -p "$cache"
exec 9> "$TREE.lock"
flock 9
[ -e "$TREE/version" ] || build >&2 9>&-

echo "VERSION='$(cat "$TREE/version")'"
echo "TREE='$TREE'"
echo "KDIR='$KDIR'"
