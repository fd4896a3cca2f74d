#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# FTP with and without offloads: long transfers, many transfers on one control
# connection, and clients that announce the same port from behind the same
# address.
# timeout: 300

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
need curl python3

bulk()	# NAME
{
	local mode

	for mode in port eprt pasv; do
		check "$1: 10 MiB $mode get" ftp_get curl "$c0" $mode $s_ip
		check "$1: 10 MiB $mode put" ftp_put curl "$c0" $mode $s_ip
	done
}

# Five transfers on one control connection: curl logs in only once.
several()	# MODE OPTIONS...
{
	local i urls=() mode=$1 logins

	shift
	for i in 1 2 3 4 5; do
		urls+=(-o "$received/small$i" "ftp://$s_ip/small")
		rm -f "$received/small$i"
	done
	on "$c0" curl -sS -v -m $((3 * peer_limit)) --no-ftp-skip-pasv-ip "$@" "${urls[@]}" \
		2> "$tmp/several" || { cat "$tmp/several"; return 1; }
	for i in 1 2 3 4 5; do
		cmp "$served/small" "$received/small$i" || return
	done
	logins=$(grep -c '^> USER' "$tmp/several")
	[ "$logins" = 1 ] || { echo "$logins logins for $mode"; return 1; }
}

same_port()
{
	local i ns ip pids=() bad=0

	for i in 0 1 2; do
		ns=c$i ip=c${i}_ip
		on "${!ns}" curl -sS -m $((3 * peer_limit)) --disable-eprt \
			--ftp-port "${!ip}:40000-40000" \
			-o "$received/same$i" "ftp://$s_ip/small" &
		pids+=($!)
	done
	for i in 0 1 2; do
		wait "${pids[i]}" || bad=1
		cmp "$served/small" "$received/same$i" || bad=1
	done
	return "$bad"
}

# While all three clients wait for data, each client has a different port on the
# router.
three_ports()
{
	local i ns n

	: > "$tmp/ports"
	for i in 0 1 2; do
		ns=c$i
		python3 "$ROOT/selftests/vm/announce.py" "${!ns}" "$s" "$s_ip" \
			2121 hold >> "$tmp/ports" &
		defer kill $!
		busywait 20 announced $((i + 1)) || return
	done
	n=$(sort -u "$tmp/ports" | grep -c "^$r_wan ")
	[ "$n" = 3 ] || { cat "$tmp/ports"; return 1; }
}

announced()
{
	[ "$(wc -l < "$tmp/ports")" = "$1" ]
}

topo 3
nat_masq
strict tcp 21
mkdir -p "$served"
head -c $((10 << 20)) /dev/urandom > "$served/file"
head -c 200000 /dev/urandom > "$served/small"
check "start" vsftpd_start "$s" || finish
plugin_up ftp tcp 21

bulk "offloads"
check "no offloads" offload off
bulk "no offloads"
check "five on one control connection, PORT" several port \
	--ftp-port - --disable-eprt
check "five on one control connection, EPRT" several eprt --ftp-port - --eprt
check "five on one control connection, EPSV" several epsv --ftp-pasv
check "offloads again" offload on
check "five, offloads" several port --ftp-port - --disable-eprt
check "three clients announce the same port" same_port
check "another port" on "$r" "$ALGCTL" attach add ftp tcp dport 2121
strict tcp 2121
check "the router gives each a port of its own" three_ports
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 2121
finish
