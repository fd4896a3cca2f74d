#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# headers.sh MACHINE - called by root.sh in the private root "cross": unpacks
# Debian's newest kernel headers for MACHINE, and their build tools for this
# machine; for arm64 also the kernel, without most of its drivers. Writes the
# path of the build tree to /var/lib/algate/headers-MACHINE.
set -eu

case $1 in
arm64)		arch=arm64 flavour=arm64 suite=trixie ;;
armhf)		arch=armhf flavour=armmp suite=trixie ;;
riscv64)	arch=riscv64 flavour=riscv64 suite=trixie ;;
s390x)		arch=s390x flavour=s390x suite=trixie ;;
# trixie has no kernels for these any more
i386)		arch=i386 flavour=686-pae suite=bookworm ;;
mipsel)		arch=mipsel flavour=4kc-malta suite=bookworm ;;
mips64el)	arch=mips64el flavour=5kc-malta suite=bookworm ;;
*)		echo "headers.sh: unknown machine: $1" >&2; exit 2 ;;
esac
state=/var/lib/algate

# Use separate package lists: those of other architectures are large, and needed
# only here.
dir=$(mktemp -d)
mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/parts"
: > "$dir/status"
# The sources also include updates. An architecture that left the release has no
# updates any more.
sed -n "s/^deb \(\[[^]]*\] \)\?\([^ ]*\) trixie\([^ ]*\) main/deb \
[arch=$arch,amd64] \2 $suite\3 main/p" /etc/apt/sources.list \
	/etc/apt/sources.list.d/*.list > "$dir/sources" 2> /dev/null || true
cat > "$dir/conf" <<- END
	APT::Architecture "amd64";
	APT::Architectures { "amd64"; "$arch"; };
	Dir::State::lists "$dir/lists";
	Dir::State::status "$dir/status";
	Dir::Cache "$dir/cache";
	Dir::Etc::sourcelist "$dir/sources";
	Dir::Etc::sourceparts "$dir/parts";
END
export APT_CONFIG="$dir/conf"
# If the mirror lacks an index, continue with the others.
apt-get -qq update || true
cd "$dir"

# An index may name packages that the mirror does not have.
fetch()	# VERSION
{
	headers=linux-headers-$1-$flavour:$arch
	kbuild=$(apt-cache show --no-all-versions "$headers" |
		sed -n 's/^Depends:.*\(linux-kbuild-[^ ,]*\).*/\1/p')
	rm -f ./*.deb
	image=
	[ $arch != arm64 ] || image=linux-image-$1-$flavour:$arch
	# shellcheck disable=SC2086 # no word, or one
	apt-get -qq download "$headers" "linux-headers-$1-common" \
		"$kbuild:amd64" $image
}

for version in $(apt-cache search --names-only \
	"^linux-headers-[0-9].*-$flavour\$" |
	sed -n "s/^linux-headers-\([^ ]*\)-$flavour .*/\1/p" | sort -rV); do
	! fetch "$version" || break
done
tree=/usr/src/linux-headers-$version-$flavour
# dpkg -x would put a directory in the place of the link /lib
for deb in ./*.deb; do
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C / --keep-directory-symlink \
		--exclude='*/kernel/drivers/[abd-mo-rtu]*' \
		--exclude='*/kernel/sound'
done
modules=/lib/modules/$version-$flavour
[ ! -d "$modules/kernel" ] || {
	find "$modules/kernel" -name '*.ko.xz' -print0 | xargs -0 -r xz -d -f
	depmod "$version-$flavour"
}
[ -e "$tree/Module.symvers" ] || { echo "no headers for $1"; exit 1; }
rm -rf "$dir"
mkdir -p $state
echo "$tree" > "$state/new"
mv "$state/new" "$state/headers-$1"
