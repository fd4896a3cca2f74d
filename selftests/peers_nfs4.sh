#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_nfs4.sh - the kernel's NFS server and client at version 4.0
# (root/root.sh). Source it after peers.sh.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

# mountd answers the kernel's questions about exports. The grace period would
# delay the first open.
nfs4_start()	# NAMESPACE
{
	mkdir -p "$tmp/run" "$tmp/nfs" "$tmp/shared" "$tmp/mounted"
	modprobe -a nfsd nfs nfsv4 || return
	printf '%s *(rw,fsid=0,insecure,no_root_squash,no_subtree_check)\n' \
		"$tmp/shared" > "$tmp/exports"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	start "$1" tcp 2049 sh -c 'mount --bind "$0/run" /run
		mount --bind "$0/nfs" /var/lib/nfs
		mount --bind "$0/exports" /etc/exports
		mount -t tmpfs none "$0/shared"
		mount -t nfsd none /proc/fs/nfsd
		exportfs -ra
		rpc.nfsd -N 3 -V 4.0 1
		echo Y > /proc/fs/nfsd/v4_end_grace
		exec rpc.mountd -F -N 2 -N 3' "$tmp" || return
	nfs4_server=$server
	# The threads of nfsd would keep the namespace alive.
	defer nfs4_stop "$1"
}

nfs4_stop()	# NAMESPACE
{
	on "$1" sh -c 'mount -t nfsd none /proc/fs/nfsd && rpc.nfsd 0'
}

# A process keeps the mounted directory.
nfs4_mount()	# NAMESPACE ADDRESS
{
	local address=$2 proto=tcp

	[[ $2 != *:* ]] || { address="[$2]" proto=tcp6; }
	rm -f "$tmp/is_mounted"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	(exec ip netns exec "$1" sh -c 'mount -t nfs4 -o \
		vers=4.0,proto=$2,soft,timeo=100,retrans=2 "$1:/" "$0/mounted" &&
		: > "$0/is_mounted" && exec sleep infinity' \
		"$tmp" "$address" $proto) > "$tmp/mount.log" 2>&1 &
	nfs4_client=$!
	busywait 30 [ -e "$tmp/is_mounted" ] || { cat "$tmp/mount.log"; return 1; }
}

nfs4_umount()
{
	nsenter -t "$nfs4_client" -n -m umount "$tmp/mounted"
	kill "$nfs4_client"
	wait "$nfs4_client" || true
} 2> /dev/null

nfs4_at_server()	# COMMAND: $0 has the directory "shared"
{
	nsenter -t "$nfs4_server" -n -m sh -c "$1" "$tmp"
}

nfs4_reads()	# FILE TEXT
{
	[ "$(nsenter -t "$nfs4_client" -n -m cat "$tmp/mounted/$1")" = "$2" ]
}

# A server delegates a file only to a client that it has called back.
nfs4_delegates()	# FILE
{
	nfs4_reads "$1" first && nfs4_delegated "$1"
}

nfs4_delegated()	# FILE
{
	# shellcheck disable=SC2016 # the inner shell expands the variables
	nfs4_at_server 'cat /proc/fs/nfsd/clients/*/states' > "$tmp/states"
	grep "type: deleg.*$1" "$tmp/states"
}

# The server calls the client back when another program wants to write, and the
# client returns the file.
nfs4_recalls()	# FILE
{
	# shellcheck disable=SC2016 # the inner shell expands the variables
	nfs4_at_server "echo second > \"\$0/shared/$1\"" && ! nfs4_delegated "$1" &&
		nfs4_reads "$1" second
}

nfs4_calls_back()	# NAMESPACE ADDRESS
{
	local file rc=0

	file=file$((nfs4_files += 1))
	nfs4_at_server "echo first > \"\$0/shared/$file\"" &&
		nfs4_mount "$1" "$2" || return
	busywait 20 nfs4_delegates "$file" && nfs4_recalls "$file" || rc=1
	nfs4_umount
	return $rc
}
nfs4_files=0

# The file is read, but not delegated.
nfs4_only_reads()	# NAMESPACE ADDRESS
{
	local i rc=0

	nfs4_at_server "echo first > \"\$0/shared/file\"" &&
		nfs4_mount "$1" "$2" || return
	for i in 1 2 3; do
		nfs4_reads file first && ! nfs4_delegated file || rc=$i
	done
	nfs4_umount
	return $rc
}

# The connection to the client's own port is that for callbacks.
# shellcheck disable=SC2034 # for capture.sh
capture_filter='tcp port 2049 or (src 192.0.2.2 and tcp[tcpflags] & tcp-syn != 0)'
capture_nfs4()
{
	nfs4_start "$s" && nfs4_calls_back "$c0" "$s_ip"
}
