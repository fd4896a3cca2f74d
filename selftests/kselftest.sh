#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kselftest.sh - builds the tests that use kselftest's harness into build/,
# which is taken from Debian's linux-source (deps.sh kselftest), once.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cache=${ALGATE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/algate}
version=$(dpkg-query -W -f '${Version}' linux-source-6.12)
harness=$cache/kselftest-$version

if [ ! -d "$harness" ]; then
	mkdir -p "$cache"
	tmp=$(mktemp -d "$harness.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	tar -C "$tmp" --strip-components=4 \
		-xf /usr/src/linux-source-6.12.tar.xz \
		linux-source-6.12/tools/testing/selftests/kselftest.h \
		linux-source-6.12/tools/testing/selftests/kselftest_harness.h
	chmod 755 "$tmp"
	# another run may have been faster
	mv -T "$tmp" "$harness" 2> /dev/null || [ -d "$harness" ]
fi

mkdir -p "$root/build"
for name in request rights state random fault; do
	# The harness's own warnings are not ours to mend.
	# shellcheck disable=SC2046 # words are wanted
	gcc -O2 -g -Wall -Wextra -Werror -isystem "$harness" \
		-I"$root/include/uapi" -o "$root/build/abi_$name" \
		"$root/selftests/c/abi/"{abi_$name,abi}.c \
		$(pkg-config --cflags --libs libmnl)
done
