#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds the module for one of the tested kernels, outside the source tree's
# own build: module.sh KERNEL [MAKE ARGS...], KERNEL as for vm/kernel.sh. The
# result is build/VERSION/algate.ko. The private root with the kernel's headers
# also has the compiler.

set -e
root=$(cd "$(dirname "$0")/.." && pwd)
series=$1
shift
vars=$("$root/selftests/vm/kernel.sh" "$series")
eval "$vars"

# Kbuild writes beside its sources: each kernel gets a copy of them.
dir=$root/build/$VERSION
mkdir -p "$dir/src"
for f in VERSION Kbuild kmod include; do
	cp -ru "$root/$f" "$dir/src/"
done
"$root/selftests/root/root.sh" run "$RELEASE" \
	make -C "$KDIR" M="$dir/src" -j"$(nproc)" "$@" modules
cp "$dir/src/kmod/algate.ko" "$dir/algate.ko"
