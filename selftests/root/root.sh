#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# root.sh - makes private roots: Debian releases in the cache, made with
# mmdebstrap. VMs run from them, and the modules and programs for the VMs are
# built in them. This machine's own packages and services do not change.
# shellcheck disable=SC2317 # locked calls functions
set -euo pipefail

usage()
{
	cat << END
usage: root.sh RELEASE                print the root's path; make it if missing
       root.sh run RELEASE COMMAND... run COMMAND in the root, in the project's
                                      present directory
       root.sh made RELEASE           succeed if there is one
       root.sh kernel RELEASE SERIES  add Debian's newest kernel of SERIES
                                      (7.3, 7.3-rt) and its headers if the root
                                      has none; print its version
       root.sh headers MACHINE        the same for the headers of a kernel for
                                      MACHINE (see headers.sh), in the root
                                      "cross"; print their path. For arm64 with
                                      the kernel
RELEASE is bookworm or trixie; or cross: trixie with only compilers and
emulators for other architectures; or arm64: programs of trixie for guests of
this architecture, which this machine cannot run; or tshark or browser: bookworm
with only tshark or Chromium; or deb or deb12: trixie or bookworm with the tools
that make and check packages. The mirror is that of this machine's apt. An
ordinary user needs user namespaces and the package uidmap.
The name of a root contains a checksum of its recipe, so a new list of packages
makes a new root. Making a root removes all roots that were not used for a day.
END
}

here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
cache=${ALGATE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/algate}

die()
{
	echo "root.sh: $*" >&2
	exit 1
}

step()
{
	echo "root.sh: $*" >&2
}

# --- contents

# Compilers, libraries and emulators.
cross_packages()
{
	local name

	echo gcc make libc6-dev kmod xz-utils qemu-user pahole libelf1t64 \
		qemu-system-arm
	for name in aarch64-linux-gnu arm-linux-gnueabihf i686-linux-gnu \
		mips-linux-gnu mips64el-linux-gnuabi64 mipsel-linux-gnu \
		riscv64-linux-gnu s390x-linux-gnu; do
		echo "gcc-$name"
	done
	for name in arm64 armhf i386 mips mips64el mipsel riscv64 s390x; do
		echo "libc6-dev-$name-cross"
	done
}

# The programs in guests of other architectures, and libraries for algctl.
foreign_packages()
{
	echo base-files base-passwd libc-bin bash dash coreutils mawk sed grep \
		findutils diffutils util-linux mount hostname procps kmod \
		busybox-static iproute2 nftables conntrack ethtool python3 \
		curl lftp tnftp vsftpd libmnl-dev libnetfilter-conntrack-dev \
		libpcap-dev libjansson-dev
}

# Tools that make and check packages, a kernel's headers for DKMS, shells for
# completions, and the programs that read metrics
deb_packages()
{
	echo build-essential debhelper dh-dkms dkms lintian linux-headers-amd64 \
		pkg-config libmnl-dev libnetfilter-conntrack-dev libpcap-dev \
		libjansson-dev kmod xz-utils python3 systemd mandoc man-db \
		bash-completion zsh fish prometheus prometheus-node-exporter
}

packages()	# RELEASE
{
	case $1 in
	cross)		cross_packages; return ;;
	arm64)		foreign_packages; return ;;
	tshark)		echo tshark python3-minimal libpython3-stdlib; return ;;
	browser)	echo chromium; return ;;
	deb|deb12)	deb_packages; return ;;
	esac
	# to build the module, algctl and the tests for this release's guests
	echo gcc make pkg-config libc6-dev libmnl-dev \
		libnetfilter-conntrack-dev libpcap-dev libjansson-dev kmod \
		xz-utils
	# tools in the guest
	echo busybox-static iproute2 nftables iptables conntrack ethtool \
		tcpdump procps iputils-ping socat hostname python3 \
		python3-scapy openssl screen
	# peers
	echo curl vsftpd lftp tnftp tftpd-hpa dnsmasq-base tftp-hpa atftp \
		sane-utils snmpd snmp snmptrapd rpcbind rusers rusersd \
		nfs-common nfs-kernel-server ngircd irssi pptpd pptp-linux ppp \
		amanda-server amanda-client libencode-locale-perl \
		openvswitch-switch sip-tester kamailio baresip-core ffmpeg \
		python3-gi gstreamer1.0-tools gir1.2-gst-rtsp-server-1.0 \
		gstreamer1.0-plugins-base gstreamer1.0-plugins-good \
		openbsd-inetd talk talkd samba avahi-daemon ldnsutils minidlna \
		gir1.2-gupnp-1.6 wide-dhcpv6-client xdm xvfb bind9 \
		bind9-dnsutils
	case $1 in
	# peers that trixie does not have, or that one release suffices for;
	# checkers, fuzzers, the debug kernel, and counts of instructions
	bookworm)
		echo rsh-client rsh-redone-server dante-server \
			dante-client opentracker transmission-daemon \
			transmission-cli aria2
		echo clang libclang-rt-14-dev llvm sparse shellcheck cppcheck \
			mandoc valgrind linux-source-6.12 bc flex bison \
			libelf-dev lz4
		;;
	trixie)	echo pahole ;;
	esac
}

# Debian's packages of FTP servers conflict, and so do tftpd-hpa and atftpd.
# unpack.sh unpacks these packages without installing them.
conflicting=(pure-ftpd proftpd-core atftpd)

options=(--variant=minbase --dpkgopt=force-unsafe-io
	--dpkgopt='path-exclude=/usr/share/doc/*'
	--dpkgopt='path-exclude=/usr/share/man/*'
	--dpkgopt='path-exclude=/usr/share/locale/*')

suite()	# RELEASE
{
	case $1 in
	cross|arm64|deb) echo trixie ;;
	tshark|browser|deb12) echo bookworm ;;
	*) echo "$1" ;;
	esac
}

sources()	# RELEASE
{
	local release

	release=$(suite "$1")
	echo "deb $mirror $release main"
	echo "deb $mirror $release-updates main"
	echo "deb $security $release-security main"
	case $1 in
	trixie)	echo "deb $mirror $1-backports main" ;;
	esac
}

# --- this machine's mirror and settings

# In a user namespace, an ordinary user makes and reads the files of a root as
# root. Mounts for a root end with the last process in their mount namespace.
userns=()
[ "$(id -u)" = 0 ] || userns=(unshare --user --map-root-user --map-auto)
namespaces=("${userns[@]:-unshare}" --mount)

# shellcheck disable=SC2016 # apt expands the variables
find_mirror()
{
	local uri suite found=

	mirror=http://deb.debian.org/debian
	security=http://deb.debian.org/debian-security
	while read -r uri suite; do
		case $suite in
		*-security)	security=${uri%/} ;;
		*)		[ -n "$found" ] || mirror=${uri%/} found=1 ;;
		esac
	done < <(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' \
		'Created-By: Packages' 'Origin: Debian')
}

# Check-Valid-Until: a mirror may be a frozen copy, whose signed index has
# expired.
apt_settings()
{
	apt-config dump --no-empty Acquire |
		grep -E '^Acquire::(https?::|Check-|ForceIPv|Retries)' || true
	cat <<- END
		Acquire::Check-Valid-Until "false";
		Acquire::Languages "none";
		APT::Sandbox::User "root";
		APT::Install-Recommends "false";
	END
}

# --- running a command in a root

# Mounts the project and the cache in the root, and runs the command there. The
# mount namespace ends with the command.
# shellcheck disable=SC2016 # the inner shell expands the variables
mounts='set -e
	root=$1 project=$2 cache=$3 dir=$4
	shift 4
	mount --rbind /dev "$root/dev"
	mount --rbind /proc "$root/proc"
	mount -t tmpfs -o mode=1777 tmp "$root/tmp"
	for path in "$project" "$cache"; do
		mkdir -p "$root$path"
		mount --bind "$path" "$root$path"
	done
	exec chroot "$root" /usr/bin/env -u TMPDIR -C "$dir" LC_ALL=C.UTF-8 \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		ALGATE_CACHE="$cache" ALGATE_ROOT="${root##*/}" "$@"'

enter()	# ROOT COMMAND...
{
	local root=$1 dir=/

	shift
	case $PWD/ in
	"$project"/*)	dir=$PWD ;;
	esac
	"${namespaces[@]}" sh -c "$mounts" sh "$root" "$project" \
		"$cache" "$dir" "$@"
}

# --- making a root

cleanup()
{
	[ -z "${made:-}" ] || "${userns[@]}" rm -rf "$made"
	rm -f "$cache/apt.conf.$$"
}

# Unpacks packages without running anything of theirs, and does what their
# scripts would do for the tests.
# shellcheck disable=SC2016 # the inner shell expands the variables
unpack_foreign()	# ARCHITECTURE PATH
{
	sources "$1" | "${namespaces[@]}" mmdebstrap --mode=root \
		--variant=extract --architectures="$1" \
		--include="$(packages "$1" | tr '\n ' ,,)" \
		--aptopt="$cache/apt.conf.$$" --dpkgopt=force-unsafe-io \
		"$(suite "$1")" "$2" - || return
	"${userns[@]:-env}" sh -ec 'cd "$0"
		for file in passwd group; do
			cp "usr/share/base-passwd/$file.master" "etc/$file"
		done
		echo "ftp:x:100:65534::/srv/ftp:/usr/sbin/nologin" >> etc/passwd
		ln -sf mawk usr/bin/awk
		mkdir -p srv/ftp var/lib/algate' "$2"
}

bootstrap()	# RELEASE PATH
{
	[ "$1" != arm64 ] || { unpack_foreign "$@"; return; }
	sources "$1" | "${namespaces[@]}" mmdebstrap --mode=root \
		--include="$(packages "$1" | tr '\n ' ,,)" \
		--aptopt="$cache/apt.conf.$$" "${options[@]}" \
		"$(suite "$1")" "$2" - || return
	case $1 in
	cross|tshark|browser|deb|deb12) return ;;
	esac
	enter "$2" "$here/unpack.sh" "${conflicting[@]}"
}

make_root()	# RELEASE ROOT
{
	"${namespaces[@]}" true ||
		die "an ordinary user needs user namespaces and the package uidmap"
	find_mirror
	step "$1: $(packages "$1" | wc -w) packages and those that they need," \
		"from $mirror (once, some 5 minutes)"
	made=$2.new
	trap cleanup EXIT
	trap 'exit 129' HUP INT TERM
	cleanup
	apt_settings > "$cache/apt.conf.$$"
	bootstrap "$1" "$made" > "$2.log" 2>&1 < /dev/null || {
		tail -n 20 "$2.log" >&2
		die "$1 was not made, see $2.log"
	}
	mv -T "$made" "$2"
	made=
	rm -f "$2.log" "$cache/apt.conf.$$"
	step "$1: made, $("${userns[@]}" du -sh "$2" | cut -f 1)"
}

remove_unused()	# RELEASE ROOT
{
	find "$cache" -maxdepth 1 -name "root-$1-*.used" ! -path "$2.used" \
		-mmin +1440 | while read -r used; do
		step "$1: removing ${used%.used}, not used for a day"
		"${userns[@]}" rm -rf "${used%.used}" "$used"
	done
}

locked()	# RELEASE COMMAND...
{
	exec 9> "$cache/root-$1.lock"
	flock 9
	shift
	"$@" 9>&-
	exec 9>&-
}

make_missing()	# RELEASE ROOT
{
	[ -d "$2" ] || make_root "$@"
	remove_unused "$@"
}

name_root()	# RELEASE: sets $root
{
	local sum

	case $1 in
	bookworm|trixie|cross|arm64|tshark|browser|deb|deb12) ;;
	*) usage >&2; exit 2 ;;
	esac
	sum=$({
		mirror='' security='' sources "$1"
		echo "${options[@]}"
		packages "$1"
		echo "${conflicting[@]}"
		cat "$here/unpack.sh"
	} | sha256sum | cut -c 1-12)
	root=$cache/root-$1-$sum
}

find_root()	# RELEASE: sets $root
{
	name_root "$1"
	if [ ! -d "$root" ]; then
		mkdir -p "$cache"
		locked "$1" make_missing "$1" "$root"
	fi
	touch "$root.used"
}

# --- kernels

add_kernel()	# RELEASE ROOT SERIES
{
	[ ! -e "$2/var/lib/algate/$3" ] || return 0
	step "$1: a kernel $3 and its headers (once, some 30 seconds)"
	enter "$2" "$here/kernel.sh" "$3" > "$2.log" 2>&1 < /dev/null || {
		tail -n 20 "$2.log" >&2
		die "no kernel $3 in $1, see $2.log"
	}
	rm -f "$2.log"
}

add_headers()	# ROOT MACHINE
{
	[ ! -e "$1/var/lib/algate/headers-$2" ] || return 0
	step "cross: headers for $2 (once, some 30 seconds)"
	enter "$1" "$here/headers.sh" "$2" > "$1.log" 2>&1 < /dev/null || {
		tail -n 20 "$1.log" >&2
		die "no headers for $2, see $1.log"
	}
	rm -f "$1.log"
}

# The shell reads this function as a whole before it runs, so that an edit of
# this file does not affect a running script.
main()
{
	case ${1:-} in
	-h|--help)	usage; return ;;
	run|kernel)	[ $# -ge 3 ] || { usage >&2; exit 2; } ;;
	made|headers)	[ $# = 2 ] || { usage >&2; exit 2; } ;;
	*)		[ $# = 1 ] || { usage >&2; exit 2; } ;;
	esac
	case $1 in
	run)
		find_root "$2"
		shift 2
		enter "$root" "$@"
		;;
	made)
		name_root "$2"
		[ -d "$root" ]
		;;
	kernel)
		find_root "$2"
		[ -e "$root/var/lib/algate/$3" ] ||
			locked "$2" add_kernel "$2" "$root" "$3"
		cat "$root/var/lib/algate/$3"
		;;
	headers)
		find_root cross
		[ -e "$root/var/lib/algate/headers-$2" ] ||
			locked cross add_headers "$root" "$2"
		cat "$root/var/lib/algate/headers-$2"
		;;
	*)
		find_root "$1"
		echo "$root"
		;;
	esac
}

main "$@"; exit
