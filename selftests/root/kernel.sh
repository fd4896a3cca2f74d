#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# kernel.sh SERIES[-rt] - called by root.sh in a private root: adds the newest
# kernel of a series, with its headers. SERIES may also be a version without the
# flavour, or "newest" (of all series). Headers and image are only unpacked,
# because installing the image would make an initial RAM disk; the packages that
# the headers depend on are installed. Writes the version to
# /var/lib/algate/SERIES[-rt].
set -eu

series=${1%-rt}
number=$series
[ "$series" != newest ] || number='[0-9]+'
number=$number'(\.[0-9.]+(-[0-9]+)?([+][a-z0-9]+)?)?'
flavour=
[ "$series" = "$1" ] || flavour=-rt
state=/var/lib/algate
export DEBIAN_FRONTEND=noninteractive

# an earlier run may have been interrupted
dpkg --configure -a
apt-get -qq update
version=$(apt-cache pkgnames linux-headers- | sed -nE \
	"s/^linux-headers-($number$flavour-amd64)\$/\1/p" |
	sort -V | tail -n 1)
[ -n "$version" ] || { echo "no headers of a kernel $1"; exit 1; }
apt-cache show --no-all-versions "linux-headers-$version" |
	sed -n 's/^Depends: //p' | tr , '\n' |
	sed -E 's/^ *([^ (:|]*).*/\1/; /^linux-image-/d' |
	xargs apt-get -qq install

# The mirror may have the headers earlier than the signed image. Then take the
# unsigned image.
download()	# KIND
{
	apt-get -qq download "linux-$1-$version" && return
	case $1 in
	image)	apt-get -qq download "linux-image-$version-unsigned" ;;
	binary)	apt-get -qq download "linux-binary-unsigned-$version" ;;
	*)	return 1 ;;
	esac
}

# Prints the directories of drivers for hardware that no VM here has. They are
# most of a kernel.
absent()
{
	echo '*/kernel/sound'
	for dir in accel ata bluetooth comedi crypto firewire gpu hid hwmon iio \
		infiniband input leds md media mfd misc mmc mtd nvme platform \
		power scsi staging target thunderbolt usb video net/can \
		net/dsa net/ethernet net/phy net/usb net/wan net/wireless \
		net/wwan; do
		echo "*/kernel/drivers/$dir"
	done
}

cd /tmp
download headers
download image
# from 7.x on, the image is split into several packages
for kind in binary modules; do
	! apt-cache show "linux-$kind-$version" > /dev/null 2>&1 ||
		download $kind
done
absent > excluded
for deb in ./*.deb; do
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C / --exclude-from=excluded \
		--exclude=./usr/share --keep-directory-symlink
done
# from 7.x on, the kernel is in the directory of its modules
[ -e "/boot/vmlinuz-$version" ] ||
	mv "/lib/modules/$version/vmlinuz" "/boot/vmlinuz-$version"
# Decompress modules once here, not in each emulated guest.
find "/lib/modules/$version/kernel" -name '*.ko.xz' -print0 |
	xargs -0 -r -n 64 -P "$(nproc)" xz -d -f
depmod "$version"
apt-get clean
mkdir -p $state
echo "$version" > "$state/new"
mv "$state/new" "$state/$1"
