#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_sunrpc.sh - rpcbind, and services that register their dynamic ports with
# it (root/root.sh). Source it after peers.sh.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

# A service reaches rpcbind through a socket in /run. rpcbind and all services
# run in a single "ip netns exec", so they share a mount namespace with its own
# /run, and no other rpcbind answers. utmp shows a user as logged in, and NFS
# exports a file.
sunrpc_start()	# NAMESPACE: rpcbind, rusersd (UDP), mountd and NFS
{
	mkdir -p "$tmp/run" "$tmp/nfs" "$tmp/shared" "$tmp/mounted"
	modprobe -a nfsd nfs nfsv3 || return
	logged_in guest tty1 far.example > "$tmp/run/utmp"
	[ -e "$tmp/file" ] || head -c 100000 /dev/urandom > "$tmp/file"
	printf '%s 10.0.1.0/24(%s) 192.0.2.0/24(%s) fd00:1::/64(%s) 2001:db8::/32(%s)\n' \
		"$tmp/shared" ro,fsid=1{,,,} > "$tmp/exports"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	start "$1" tcp 111 sh -c 'mount --bind "$0/run" /run
		mount --bind "$0/nfs" /var/lib/nfs
		mount --bind "$0/exports" /etc/exports
		mount -t tmpfs none "$0/shared"
		cp "$0/file" "$0/shared"
		mount -t nfsd none /proc/fs/nfsd
		rpcbind -f & pid=$!
		until [ -S /run/rpcbind.sock ]; do sleep 0.1; done
		exportfs -ra
		rpc.rusersd; rpc.mountd -F -N 4 &
		rpc.nfsd -N 4 1
		wait $pid' "$tmp" || return
	# The threads of nfsd would keep the namespace alive.
	defer sunrpc_stop "$1"
	busywait 40 sunrpc_registered "$1"
}

sunrpc_stop()	# NAMESPACE
{
	on "$1" sh -c 'mount -t nfsd none /proc/fs/nfsd && rpc.nfsd 0'
}

logged_in()	# USER TTY HOST: utmp(5)
{
	python3 -c 'import struct, sys
user, tty, host = (s.encode() for s in sys.argv[1:])
sys.stdout.buffer.write(struct.pack("<h2xi32s4s32s256s4x3i36x", 7, 1, tty,
                                    tty[-4:], user, host, 1, 1, 0))' "$@"
}

sunrpc_registered()	# NAMESPACE
{
	local list

	list=$(on "$1" rpcinfo -p 127.0.0.1) && [[ $list = *rusersd* ]] &&
		[[ $list = *" tcp "*mountd* ]] && [[ $list = *" udp "*mountd* ]] &&
		[[ $list = *" tcp "*nfs* ]]
}

# Calls the null procedure of mountd (100005) or rusersd (100002), at the port
# from rpcbind: rpc_getaddr asks by GETADDR of rpcbind's version 4, rpc_getport
# by GETPORT of version 2.
rpc_getaddr()	# NAMESPACE ADDRESS udp|tcp PROGRAM
{
	local netid=$3

	[[ $2 != *:* ]] || netid+=6
	on "$1" timeout -s KILL "${rpc_limit:-$peer_limit}" rpcinfo -T "$netid" "$2" "$4" 2
}

rpc_getport()	# NAMESPACE ADDRESS udp|tcp PROGRAM
{
	python3 "$ROOT/selftests/vm/rpc_getport.py" "$@" 2
}

rpc_exports()	# NAMESPACE ADDRESS: mountd lists the exported directory
{
	on "$1" timeout -s KILL "${rpc_limit:-$peer_limit}" showmount --no-headers -e "$2" |
		grep -q "^$tmp/shared "
}

rpc_rusers()	# NAMESPACE ADDRESS: rusersd lists the logged-in user
{
	on "$1" timeout -s KILL "${rpc_limit:-$peer_limit}" rusers -l "$2" |
		grep "guest.*tty1.*far.example"
}

# A client mounts the exported directory by NFS version 3, for which it asks
# mountd, and reads the complete file.
rpc_nfs()	# NAMESPACE ADDRESS
{
	local address=$2

	[[ $2 != *:* ]] || address="[$2]"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	on "$1" timeout -s KILL "${rpc_limit:-$((3 * peer_limit))}" sh -c 'mount -t nfs \
		-o ro,vers=3,proto=$3,nolock,soft,timeo=100,retrans=2 "$1:$2" "$0/mounted" &&
		cmp "$0/file" "$0/mounted/file" && umount "$0/mounted"' \
		"$tmp" "$address" "$tmp/shared" "tcp${3:-}"
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
