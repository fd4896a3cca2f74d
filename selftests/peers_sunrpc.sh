#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_sunrpc.sh - rpcbind, and services that register there on ports of the
# system's choice (deps.sh peers), after peers.sh.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

# Services and rpcbind meet at a socket in /run: it is that of the mounts of
# one "ip netns exec", so that nobody else's rpcbind is asked.
sunrpc_start()	# NAMESPACE: rpcbind, rusersd (UDP) and mountd (TCP and UDP)
{
	mkdir -p "$tmp/run" "$tmp/nfs"
	echo "$tmp 10.0.1.0/24(ro) 192.0.2.0/24(ro)" > "$tmp/exports"
	# shellcheck disable=SC2016 # for that shell
	start "$1" tcp 111 sh -c 'mount --bind "$0/run" /run
		mount --bind "$0/nfs" /var/lib/nfs
		mount --bind "$0/exports" /etc/exports
		rpcbind -f & pid=$!
		until [ -S /run/rpcbind.sock ]; do sleep 0.1; done
		exportfs -ra
		rpc.rusersd; rpc.mountd -F -N 4 &
		wait $pid' "$tmp" || return
	busywait 20 sunrpc_registered "$1"
}

sunrpc_registered()	# NAMESPACE
{
	local list

	list=$(on "$1" rpcinfo -p 127.0.0.1) && [[ $list = *rusersd* ]] &&
		[[ $list = *" tcp "*mountd* ]] && [[ $list = *" udp "*mountd* ]]
}

# The null procedure of mountd (100005) or rusersd (100002), at the port that
# rpcbind tells: version 4's GETADDR or version 2's GETPORT.
rpc_getaddr()	# NAMESPACE ADDRESS udp|tcp PROGRAM
{
	on "$1" timeout -s KILL "${rpc_limit:-20}" rpcinfo -T "$3" "$2" "$4" 2
}

rpc_getport()	# NAMESPACE ADDRESS udp|tcp PROGRAM
{
	python3 "$ROOT/selftests/vm/rpc_getport.py" "$@" 2
}

rpc_exports()	# NAMESPACE ADDRESS: asked of mountd
{
	on "$1" timeout -s KILL "${rpc_limit:-20}" showmount --no-headers -e "$2" |
		grep -q "^$tmp "
}

# shellcheck disable=SC2034 # for capture.sh
capture_filter='port 111'
capture_sunrpc()
{
	local ask

	sunrpc_start "$s" || return
	for ask in rpc_getport rpc_getaddr; do
		$ask "$c0" "$s_ip" udp 100002 &&
			$ask "$c0" "$s_ip" udp 100005 &&
			$ask "$c0" "$s_ip" tcp 100005 || return
	done
	rpc_exports "$c0" "$s_ip" && on "$c0" rpcinfo -p "$s_ip" &&
		on "$c0" rpcinfo -s "$s_ip"
}
