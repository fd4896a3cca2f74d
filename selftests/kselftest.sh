#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kselftest.sh RELEASE - builds the tests that use kselftest's harness, and
# handover, into build/RELEASE/, in the private root of RELEASE. The first run
# unpacks the harness from Debian's linux-source in bookworm's root.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
run=(selftests/root/root.sh run)
harness=$(selftests/root/root.sh bookworm)/var/lib/algate/kselftest

# Unpacks the harness into a temporary directory and renames it to $1. The
# rename is atomic, so parallel runs do not disturb each other.
# shellcheck disable=SC2016 # the shell in the root expands the variables
unpack='set -e
	mkdir -p "${1%/*}"
	tmp=$(mktemp -d "$1.XXXXXX")
	tar -C "$tmp" --strip-components=4 \
		-xf /usr/src/linux-source-6.12.tar.xz \
		linux-source-6.12/tools/testing/selftests/kselftest.h \
		linux-source-6.12/tools/testing/selftests/kselftest_harness.h
	chmod 755 "$tmp"
	# The rename fails if a parallel run was faster.
	mv -T "$tmp" "$1" 2> /dev/null || rm -rf "$tmp"'

[ -d "$harness" ] || "${run[@]}" bookworm sh -c "$unpack" sh "${harness}"

mkdir -p "build/$1"
# -isystem: ignore warnings of the harness itself.
# shellcheck disable=SC2016
"${run[@]}" "$1" sh -c 'set -e
	out=$1 harness=$2
	for name in request rights state source random fault; do
		[ ! -e "$out/abi_$name" ] ||
			[ -n "$(find selftests/c/abi include/uapi \
				-newer "$out/abi_$name")" ] || continue
		gcc -O2 -g -Wall -Wextra -Werror -isystem "$harness" \
			-Iinclude/uapi -o "$out/abi_$name" \
			selftests/c/abi/abi_$name.c selftests/c/abi/abi.c \
			$(pkg-config --cflags --libs libmnl)
	done
	[ -e "$out/handover" ] && [ -z "$(find selftests/c/handover.c \
		-newer "$out/handover")" ] ||
		gcc -O2 -Wall -Wextra -Werror -o "$out/handover" \
			selftests/c/handover.c \
			$(pkg-config --cflags --libs libmnl libnetfilter_conntrack)
	' sh "build/$1" "$harness"
