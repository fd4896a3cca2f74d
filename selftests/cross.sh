#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# cross.sh - builds the module for other architectures, and runs the engine's
# tests for them under qemu-user. A private root contains all compilers and
# emulators.
# shellcheck disable=SC2317 # functions are called by name
set -u

usage()
{
	cat << END
usage: cross.sh build [MACHINE...]   build the module for Debian's headers
       cross.sh check [MACHINE...]   engine, streams, golden files, images
       cross.sh engine [MACHINE...]  the engine alone
       cross.sh guest MACHINE...     the module and algctl, for guest.sh
MACHINE: arm64 armhf i386 mips64el mipsel riscv64 s390x; check and engine also
take mips, for which Debian has no kernel. Default: all.
Prints "ok NAME" or "not ok NAME". Logs: build/cross/MACHINE/
END
}

root=$(cd "$(dirname "$0")/.." && pwd)
in_root=("$root/selftests/root/root.sh" run cross)
# Undefined behaviour, also a misaligned access, traps instead of printing a
# message: the private root has no sanitizer library for these architectures.
cflags="-static -fsanitize=undefined -fsanitize-trap=undefined"
fail=0

# Prints the kernel's ARCH, the compiler's prefix and the emulator's suffix.
machine()	# MACHINE
{
	case $1 in
	arm64)		echo arm64 aarch64-linux-gnu aarch64 ;;
	armhf)		echo arm arm-linux-gnueabihf arm ;;
	i386)		echo x86 i686-linux-gnu i386 ;;
	mips)		echo mips mips-linux-gnu mips ;;
	mips64el)	echo mips mips64el-linux-gnuabi64 mips64el ;;
	mipsel)		echo mips mipsel-linux-gnu mipsel ;;
	riscv64)	echo riscv riscv64-linux-gnu riscv64 ;;
	s390x)		echo s390 s390x-linux-gnu s390x ;;
	*)		echo "cross.sh: unknown machine: $1" >&2; return 2 ;;
	esac
}

verdict()	# STATUS NAME LOG
{
	if [ "$1" = 0 ]; then
		echo "ok cross: $2"
	else
		echo "not ok cross: $2"
		tail -n 30 "$3" | sed 's/^/# /'
		fail=1
	fi
}

# Fails if the build printed a warning. Kbuild always warns that the cross
# compiler differs from the kernel's compiler; ignore this warning.
quiet()	# LOG
{
	! grep -i 'warning' "$1" |
		grep -v 'warning: the compiler differs from the one used'
}

build()	# MACHINE
{
	local arch triplet tree dir=$root/build/cross/$1 log rc=0 f

	read -r arch triplet _ <<< "$(machine "$1")"
	log=$dir/build.log
	mkdir -p "$dir/src"
	tree=$("$root/selftests/root/root.sh" headers "$1") || {
		echo "not ok cross: $1 has headers"
		fail=1
		return
	}
	for f in VERSION Kbuild kmod include; do
		cp -ru "$root/$f" "$dir/src/"
	done
	"${in_root[@]}" make -C "$tree" M="$dir/src" ARCH="$arch" \
		CROSS_COMPILE="$triplet-" CC="$triplet-gcc" -j"$(nproc)" \
		modules > "$log" 2>&1 || rc=1
	quiet "$log" || rc=1
	[ -e "$dir/src/kmod/algate.ko" ] || rc=1
	verdict "$rc" "the module builds for $1 (${tree##*/linux-headers-})" "$log"
}

# The libraries for algctl are in the guest's root, but its libc has absolute
# paths, so the cross compiler's libc comes first.
guest()	# MACHINE
{
	local triplet dir=$root/build/cross/$1 version lib log rc=0 rootfs

	build "$1"
	version=$("$root/selftests/root/root.sh" headers "$1")
	version=${version##*/linux-headers-}
	rootfs=$("$root/selftests/root/root.sh" "$1") || rc=1
	mkdir -p "$root/build/$version" "$root/build/$1"
	cp "$dir/src/kmod/algate.ko" "$root/build/$version/" || rc=1
	read -r _ triplet _ <<< "$(machine "$1")"
	lib=$rootfs/usr/lib/$triplet
	log=$dir/algctl.log
	"${in_root[@]}" env CC="$triplet-gcc" AR="$triplet-ar" PKG_CONFIG=true \
		CPPFLAGS="-idirafter $rootfs/usr/include" \
		LDFLAGS="-L/usr/$triplet/lib -L$lib -Wl,-rpath-link,$lib" \
		LDLIBS="-lmnl -lnetfilter_conntrack -lpcap -ljansson" \
		make -C "$root/tools" O="$dir/tools" OUT="$root/build/$1/algctl" \
		> "$log" 2>&1 || rc=1
	verdict "$rc" "algctl builds for $1" "$log"
}

script()	# MACHINE NAME
{
	local triplet emulator log=$root/build/cross/$1/$2.log rc=0

	read -r _ triplet emulator <<< "$(machine "$1")"
	mkdir -p "${log%/*}"
	"${in_root[@]}" env CC="$triplet-gcc" ALGATE_SLOW=20 \
		ALGATE_BUILD="$root/build/cross/$1" \
		ALGATE_CFLAGS="$cflags" \
		ALGATE_EMULATOR="qemu-$emulator" \
		"$root/selftests/quick/$2.sh" > "$log" 2>&1 || rc=1
	grep -q '^ok' "$log" || rc=1
	verdict "$rc" "$2 on $1: $(grep -c '^ok' "$log") passed" "$log"
}

images()	# DIR COMPILER [EMULATOR]
{
	cd "$root" &&
		"${in_root[@]}" env CC="$2" ALGATE_BUILD="$1" \
			ALGATE_CFLAGS="$cflags" make -s -C selftests images &&
		"${in_root[@]}" ${3:+"$3"} "$1/images" plugins/*.alg
}

same_images()	# MACHINE
{
	local triplet emulator dir=$root/build/cross/$1 rc=0

	read -r _ triplet emulator <<< "$(machine "$1")"
	mkdir -p "$dir"
	images "$root/build/cross/here" gcc > "$dir/images.here" 2> "$dir/images.log" &&
		images "$dir" "$triplet-gcc" "qemu-$emulator" \
			> "$dir/images.there" 2>> "$dir/images.log" &&
		cmp "$dir/images.here" "$dir/images.there" >> "$dir/images.log" || rc=1
	verdict "$rc" "images on $1 are those of this machine" "$dir/images.log"
}

check()	# MACHINE
{
	script "$1" engine
	script "$1" golden
	script "$1" stream
	same_images "$1"
}

mode=${1:-}
[ $# = 0 ] || shift
case $mode in
-h|--help)	usage; exit ;;
build)		all=(arm64 armhf i386 mips64el mipsel riscv64 s390x) ;;
guest)		all=() ;;
check|engine)	all=(arm64 armhf i386 mips mips64el mipsel riscv64 s390x) ;;
*)		usage >&2; exit 2 ;;
esac
[ $# != 0 ] || set -- "${all[@]}"
for name; do
	machine "$name" > /dev/null || exit 2
done
for name; do
	case $mode in
	engine)	script "$name" engine; same_images "$name" ;;
	*)	"$mode" "$name" ;;
	esac
done
exit $fail
