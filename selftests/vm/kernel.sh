#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# kernel.sh KERNEL - finds one of Debian's kernels, or the debug kernel. KERNEL
# is:
#
#	6.1 6.12 7.2 7.3	a series of Debian's stock kernels
#	6.1-rt 6.12-rt ...	the same with PREEMPT_RT
#	6.1.0-50	the last 6.1 of Debian 12 whose struct
#			nf_conntrack_expect has a timer and no assign_helper
#	newest		the newest kernel on the mirror when it was first
#			asked for
#	debug		the kernel that debug_kernel.sh builds
#	arm64		Debian 13's kernel for this architecture
#
# Prints shell assignments:
#
#	VERSION		the kernel's version
#	RELEASE		the Debian release whose private root contains the
#			compiler for modules and the programs of guests, or the
#			architecture of a root without a compiler
#	ROOTFS		the directory of this root
#	TREE		the directory with the kernel's boot/ and lib/modules/
#	KDIR		the kernel's build directory, as a path in the root
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root_sh=$here/../root/root.sh

case ${1:-} in
6.1|6.1.0-50|6.12|6.1-rt|6.12-rt|debug) RELEASE=bookworm ;;
7.2|7.3|7.2-rt|7.3-rt|newest) RELEASE=trixie ;;
arm64) RELEASE=arm64 ;;
*)	echo "usage: kernel.sh 6.1|6.1.0-50|6.12|7.2|7.3|6.1-rt|6.12-rt|7.2-rt|7.3-rt|newest|debug|arm64" >&2
	exit 2 ;;
esac

ROOTFS=$("$root_sh" $RELEASE)
if [ "$1" = debug ]; then
	"$root_sh" run $RELEASE "$here/debug_kernel.sh"
elif [ "$RELEASE" = "$1" ]; then
	KDIR=$("$root_sh" headers "$1")
	echo "VERSION='${KDIR##*/linux-headers-}'"
	echo "TREE='$("$root_sh" cross)'"
	echo "KDIR='$KDIR'"
else
	VERSION=$("$root_sh" kernel $RELEASE "$1")
	echo "VERSION='$VERSION'"
	echo "TREE='$ROOTFS'"
	echo "KDIR='/usr/src/linux-headers-$VERSION'"
fi
echo "RELEASE='$RELEASE'"
echo "ROOTFS='$ROOTFS'"
