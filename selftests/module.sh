#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds the module for one of the tested kernels, outside the source tree's
# own build: module.sh 6.1|6.12|debug [MAKE ARGS...]. The result is
# build/VERSION/algate.ko.

set -e
root=$(cd "$(dirname "$0")/.." && pwd)
series=$1
shift
vars=$("$root/selftests/vm/kernel.sh" "$series")
eval "$vars"

# Kbuild writes beside its sources: each kernel gets a copy of them.
dir=$root/build/$VERSION
mkdir -p "$dir/src"
for f in Kbuild kmod include; do
	cp -ru "$root/$f" "$dir/src/"
done
make -C "$KDIR" M="$dir/src" -j2 "$@" modules
cp "$dir/src/kmod/algate.ko" "$dir/algate.ko"
