#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_msrpc.sh - Samba's endpoint mapper with its services of MS-RPC, and its
# client for Python (root/root.sh). Source it after peers.sh.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

msrpc_config()	# DIR NAME [LINE...]
{
	local dir=$1 name=$2

	shift 2
	mkdir -p "$dir/ncalrpc"
	printf '%s\n' "[global]" "netbios name = $name" "workgroup = ALGATE" \
		"interfaces = eth0" "log file = $dir/log" "lock directory = $dir" \
		"state directory = $dir" "cache directory = $dir" \
		"pid directory = $dir" "private dir = $dir" \
		"ncalrpc dir = $dir/ncalrpc" \
		"rpc start on demand helpers = no" "$@" > "$dir/smb.conf"
}

# Each service listens on a port of its own from 49152 on.
msrpc_start()	# NAMESPACE [LINE of smb.conf...]
{
	local ns=$1 dir=$tmp/msrpc.d

	shift
	msrpc_config "$dir" BOX "$@"
	start "$ns" tcp 135 /usr/libexec/samba/samba-dcerpcd -F \
		--no-process-group -s "$dir/smb.conf" --libexec-rpcds || return
	busywait 20 listens "$ns" tcp 49154
}

# The service srvsvc, wkssvc or winreg answers, at the port that the mapper tells.
msrpc_asks()	# NAMESPACE ADDRESS SERVICE [OPTION]
{
	msrpc_config "$tmp/msrpc.c" ASKER
	on "$1" timeout -s KILL "${msrpc_limit:-$peer_limit}" \
		python3 "$ROOT/selftests/vm/msrpc_ask.py" \
		"$tmp/msrpc.c/smb.conf" "${@:2}" > "$tmp/msrpc.out" 2>&1
	grep -qxE 'BOX|5' "$tmp/msrpc.out" || { tail -n 5 "$tmp/msrpc.out"; return 1; }
}

# shellcheck disable=SC2034 # for capture.sh
capture_filter='tcp port 135'
capture_msrpc()
{
	msrpc_start "$s" && msrpc_asks "$c0" "$s_ip" srvsvc &&
		msrpc_asks "$c0" "$s_ip" winreg
}
