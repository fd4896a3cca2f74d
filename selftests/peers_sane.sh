#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_sane.sh - saned and scanimage (root/root.sh), after peers.sh.
#
# The scanner is the backend "test", which draws pictures. The test compares its
# first picture with the picture of the same backend without a network.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

sane_config()	# DIR BACKEND [LINE...]: lines of saned.conf
{
	local dir=$1 backend=$2

	shift 2
	mkdir -p "$dir"
	echo "$backend" > "$dir/dll.conf"
	echo "connect_timeout = 5" > "$dir/net.conf"
	cp /etc/sane.d/test.conf "$dir/"
	printf '%s\n' "$@" > "$dir/saned.conf"
}

saned_start()	# NAMESPACE [LINE...]
{
	local ns=$1

	shift
	sane_config "$tmp/saned.d" test 10.0.1.0/24 192.0.2.0/24 \
		'[fd00:1::]/64' '[2001:db8:2::]/64' "$@"
	SANE_CONFIG_DIR=$tmp/saned.d start "$ns" tcp 6566 saned -l -e
}

sane_picture=(--mode Color --depth 8 --test-picture 'Color pattern' --resolution 75
	-x 60 -y 40)

# It takes more than a SIGTERM to end a scan that waits.
sane_image()	# CONFIG NAMESPACE DEVICE FILE [OPTIONS...]
{
	local config=$1 ns=$2 device=$3 file=$4

	shift 4
	SANE_CONFIG_DIR=$config on "$ns" timeout -s KILL "${scan_limit:-90}" \
		scanimage -d "$device" --format pnm "$@" > "$file"
}

# The expected picture
sane_draw()	# NAMESPACE of saned
{
	sane_image "$tmp/saned.d" "$1" test:0 "$tmp/drawn" "${sane_picture[@]}"
}

# The picture arrives whole.
sane_scan()	# NAMESPACE ADDRESS
{
	local address=$2

	case $address in
	*:*) address="[$address]" ;;
	esac
	sane_config "$tmp/scan.d" net
	rm -f "$tmp/scanned"
	sane_image "$tmp/scan.d" "$1" "net:$address:test:0" "$tmp/scanned" \
		"${sane_picture[@]}" &&
		cmp "$tmp/drawn" "$tmp/scanned"
}

# Each option that is set makes the client read all descriptions anew.
# shellcheck disable=SC2034 # for capture.sh
capture_filter='tcp port 6566'
capture_sane()
{
	saned_start "$s" && sane_config "$tmp/scan.d" net &&
		sane_image "$tmp/scan.d" "$c0" "net:$s_ip:test:0" "$tmp/scanned"
}
