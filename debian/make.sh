#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make.sh deb|deb12 [next] - makes the packages algate and algate-dkms in
# build/deb (Debian 13) or build/deb12 (Debian 12), and checks them with lintian.
# With "next", makes packages of a next version in build/deb/next, for the test
# of an upgrade. Works in the private root of the first word.
set -euo pipefail

cd "$(dirname "$0")/.."
case "$#${2:-}" in
1|2next) ;;
*)	echo "usage: make.sh deb|deb12 [next]" >&2; exit 2 ;;
esac
case ${ALGATE_ROOT:-} in
"root-$1-"*) ;;
*)
	selftests/deps.sh
	exec selftests/root/root.sh run "$1" debian/make.sh "$@"
	;;
esac

out=$PWD/build/$1 version=$(< VERSION)
[ $# = 1 ] || out+=/next version+=.1
grep -q "^algate ($(< VERSION)-" debian/changelog || {
	echo "make.sh: debian/changelog is not for $(< VERSION)" >&2
	exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dir=$work/algate-$version
mkdir -p "$dir"
rm -rf "$out"
mkdir -p "$out"
tar -c --exclude='*.o' --exclude='.*.cmd' --exclude='*.ko' --exclude='*.mod' \
	--exclude='*.mod.c' --exclude=tools/algctl Kbuild Makefile VERSION \
	README CHANGES SECURITY COPYING include kmod plugins tools debian |
	tar -x -C "$dir"
echo "$version" > "$dir/VERSION"
sed -i "1s/(.*)/($version-1)/" "$dir/debian/changelog"
cd "$dir"
dpkg-buildpackage -b -us -uc > "$out/log" 2>&1 || {
	tail -n 40 "$out/log" >&2
	exit 1
}
mv "$work"/algate*_* "$out/"
[ $# = 2 ] ||
	lintian --allow-root --fail-on error,warning --display-info \
		"$out"/*.changes
ls "$out"/*.deb
