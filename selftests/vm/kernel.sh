#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# kernel.sh KERNEL - one of Debian's stock kernels, or the one that
# debug_kernel.sh builds. KERNEL is 6.1, 6.12, 7.2, 7.3, each with -rt behind it
# for Debian's flavour with PREEMPT_RT; 6.1.0-50, the last 6.1 of Debian 12 in
# which an expectation has no assign_helper and has a timer; newest, the newest
# that the mirror had when it was asked for first; or debug.
#
# Prints shell assignments: VERSION=; RELEASE=, the Debian release whose private
# root its guests run from and its modules are built in; ROOTFS=, that root;
# TREE=, with boot/ and lib/modules/; KDIR=, to build modules against, a path in
# the private root.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root_sh=$here/../root/root.sh

case ${1:-} in
6.1|6.1.0-50|6.12|6.1-rt|6.12-rt|debug) RELEASE=bookworm ;;
7.2|7.3|7.2-rt|7.3-rt|newest) RELEASE=trixie ;;
*)	echo "usage: kernel.sh 6.1|6.1.0-50|6.12|7.2|7.3|6.1-rt|6.12-rt|7.2-rt|7.3-rt|newest|debug" >&2
	exit 2 ;;
esac

ROOTFS=$("$root_sh" $RELEASE)
if [ "$1" = debug ]; then
	"$root_sh" run $RELEASE "$here/debug_kernel.sh"
else
	VERSION=$("$root_sh" kernel $RELEASE "$1")
	echo "VERSION='$VERSION'"
	echo "TREE='$ROOTFS'"
	echo "KDIR='/usr/src/linux-headers-$VERSION'"
fi
echo "RELEASE='$RELEASE'"
echo "ROOTFS='$ROOTFS'"
