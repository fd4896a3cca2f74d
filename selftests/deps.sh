#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# deps.sh GROUP... - install what a group of the test bed needs, if missing.
#
# A second run is instant and needs no network. Groups: see packages().
set -eu

cache=${ALGATE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/algate}
policy=/usr/sbin/policy-rc.d
export DEBIAN_FRONTEND=noninteractive

packages()
{
	case $1 in
	build)	echo gcc make flex bison pkg-config libmnl-dev \
			libnetfilter-conntrack-dev libpcap-dev libjansson-dev \
			linux-headers-amd64 linux-headers-6.12-amd64 ;;
	vm)	echo qemu-system-x86 busybox-static cpio zstd kmod iproute2 \
			nftables iptables conntrack ethtool tcpdump procps \
			iputils-ping socat python3 python3-scapy ;;
	demo)	echo curl vsftpd ;;
	# busybox conflicts with the busybox-static of the group vm, which
	# has the same tftp applet. The libraries are those of extracted().
	peers)	echo vsftpd lftp tnftp curl tftpd-hpa dnsmasq-base tftp-hpa \
			atftp busybox-static openssl socat \
			sane-utils snmpd snmp snmptrapd \
			rpcbind rusers rusersd nfs-common nfs-kernel-server \
			ngircd irssi screen pptpd pptp-linux ppp \
			amanda-server amanda-client libencode-locale-perl \
			libacl1 libcap2 libcrypt1 libhiredis0.14 libidn2-0 \
			libmemcached11 libmemcachedutil2 libncursesw6 \
			libpam0g libpcre2-8-0 libpcre2-posix3 libsodium23 \
			libssl3 libtinfo6 libwrap0 zlib1g \
			openvswitch-switch sip-tester kamailio baresip-core \
			ffmpeg python3-gi gstreamer1.0-tools \
			gir1.2-gst-rtsp-server-1.0 \
			gstreamer1.0-plugins-base gstreamer1.0-plugins-good ;;
	lint)	echo sparse shellcheck cppcheck linux-source-6.12 mandoc ;;
	bench)	echo gcc python3 valgrind ;;
	kselftest)	echo linux-source-6.12 ;;
	debug)	echo linux-source-6.12 bc flex bison libelf-dev ;;
	fuzz)	echo clang libclang-rt-14-dev llvm xz-utils ;;
	*)	echo "deps.sh: unknown group: $1" >&2; exit 2 ;;
	esac
}

# Servers that conflict with the one installed above (Debian allows one
# ftp-server, and one of tftpd-hpa and atftpd) are unpacked into the cache
# instead: $cache/peers/usr/sbin/NAME.
extracted()
{
	case $1 in
	peers)	echo pure-ftpd proftpd-core atftpd ;;
	esac
}

missing()
{
	for pkg; do
		dpkg-query -W -f '${Status}' "$pkg" 2>/dev/null |
			grep -q '^install ok installed$' || echo "$pkg"
	done
}

unpacked()
{
	for pkg; do
		[ -e "$cache/peers/.$pkg" ] || echo "$pkg"
	done
}

update_once()
{
	[ -n "${updated:-}" ] || apt-get -qq update
	updated=1
}

cleanup()
{
	[ -z "${own_policy:-}" ] || rm -f "$policy"
	[ -z "${tmp:-}" ] || rm -rf "$tmp"
}

# The peers' services must not start on this machine.
forbid_services()
{
	[ ! -e "$policy" ] || return 0
	own_policy=1
	printf '#!/bin/sh\nexit 101\n' > "$policy"
	chmod 755 "$policy"
}

install_packages()
{
	update_once
	forbid_services
	apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install -y \
		--no-install-recommends "$@" >&2
}

# Downloads into a private directory, so that two runs cannot meet there.
unpack()
{
	update_once
	mkdir -p "$cache/peers"
	tmp=$(mktemp -d)
	chmod 755 "$tmp"
	for pkg; do
		(cd "$tmp" && apt-get -qq -o APT::Sandbox::User=root \
			download "$pkg" >&2)
		dpkg -x "$tmp/${pkg}"_*.deb "$cache/peers"
		: > "$cache/peers/.$pkg"
	done
	rm -rf "$tmp"
}

[ $# -gt 0 ] || { echo "usage: deps.sh build|vm|demo|peers|kselftest|lint|debug|fuzz..." >&2; exit 2; }
for group; do
	packages "$group" > /dev/null
done
trap cleanup EXIT
trap 'exit 129' HUP INT TERM

for group; do
	# shellcheck disable=SC2046 # a list of words is wanted
	set -- $(missing $(packages "$group"))
	[ $# -eq 0 ] || install_packages "$@"
	# shellcheck disable=SC2046
	set -- $(unpacked $(extracted "$group"))
	[ $# -eq 0 ] || unpack "$@"
done
