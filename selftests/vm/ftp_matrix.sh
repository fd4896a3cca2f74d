#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ftp_matrix.sh - sourced by tests: all clients and modes with one server,
# through masquerading and a filter that drops unexpected data connections.
# shellcheck disable=SC2154 # variables from lib.sh

ftp_modes()	# CLIENT FAMILY
{
	case $1$2 in
	*6) echo eprt epsv ;;
	lftp4) echo port pasv epsv ;;
	*4) echo port eprt pasv epsv ;;
	esac
}

ftp_matrix()	# SERVER
{
	local client family mode verb address n=0

	topo
	nat_masq
	strict tcp 21
	check "start" "$1_start" "$s" || finish
	negative_control
	plugin_up ftp tcp 21
	for family in 4 6; do
		address=$s_ip
		[ $family = 4 ] || address=$s_ip6
		for client in curl lftp tnftp; do
			for mode in $(ftp_modes $client $family); do
				for verb in get put; do
					check "$client $mode IPv$family $verb" \
						"ftp_$verb" $client "$c0" "$mode" "$address"
					n=$((n + 1))
				done
			done
		done
	done
	# As many as transfers: no client fell back to another mode.
	check "an expectation for each" counts "$r" ftp opened $n
	check "and each was used" counts "$r" ftp used $n
	check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
}

# Without the plug-in, no data connection passes.
negative_control()
{
	local mode

	for mode in port epsv; do
		check "$mode fails without the plug-in" without "$mode"
	done
}

without()	# MODE
{
	! curl_ftp "$c0" "$1" "$s_ip" get -m 5
}
