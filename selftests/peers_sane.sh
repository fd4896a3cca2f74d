#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_sane.sh - saned and scanimage (root/root.sh). Source it after peers.sh.
#
# The scanner is SANE's backend "test", which draws pictures. sane_scan()
# compares a picture from the network with a picture that the same backend draws
# locally.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

sane_config()	# DIR BACKEND [LINE of saned.conf...]
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

# A waiting scan ignores SIGTERM.
sane_image()	# CONFIG NAMESPACE DEVICE FILE [OPTIONS...]
{
	local config=$1 ns=$2 device=$3 file=$4

	shift 4
	SANE_CONFIG_DIR=$config on "$ns" timeout -s KILL "${scan_limit:-90}" \
		scanimage -d "$device" --format pnm "$@" > "$file"
}

# Draws the expected picture.
sane_draw()	# NAMESPACE of saned
{
	sane_image "$tmp/saned.d" "$1" test:0 "$tmp/drawn" "${sane_picture[@]}"
}

# The complete picture arrives.
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

# Without options: for each set option the client would read the descriptions of
# all options again, and the capture would become long.
# shellcheck disable=SC2034 # for capture.sh
capture_filter='tcp port 6566'
capture_sane()
{
	saned_start "$s" && sane_config "$tmp/scan.d" net &&
		sane_image "$tmp/scan.d" "$c0" "net:$s_ip:test:0" "$tmp/scanned"
}
