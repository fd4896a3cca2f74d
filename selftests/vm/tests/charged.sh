#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# An attachment is charged to the memory cgroup of the process that makes it,
# also of root in a user namespace. Removing the attachment ends the charge.
# timeout: 120

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need unshare

storm=5000	# attachments; the default limit is more
least=64	# lower bound for the bytes of an attachment: its keys

cgroups_up()
{
	mkdir "$tmp/cgroup" && mount -t cgroup2 none "$tmp/cgroup" || return
	defer umount "$tmp/cgroup"
	grep -qw memory "$tmp/cgroup/cgroup.controllers" &&
		echo +memory > "$tmp/cgroup/cgroup.subtree_control"
}

cgroup()	# NAME
{
	mkdir "$tmp/cgroup/$1" && defer cgroup_down "$1"
}

cgroup_down()	# NAME: kills its processes first
{
	busywait 10 cgroup_empty "$1"
	rmdir "$tmp/cgroup/$1"
}

cgroup_empty()	# NAME
{
	xargs -r kill -9 < "$tmp/cgroup/$1/cgroup.procs"
	[ ! -s "$tmp/cgroup/$1/cgroup.procs" ]
} 2> /dev/null

# Prints the charge for kernel objects only; the charge for memory of processes
# changes for other reasons.
charged()
{
	awk '$1 == "slab" { print $2 }' "$tmp/cgroup/user/memory.stat"
}

grown()	# BEFORE: the charge grew at least by the attachments' size
{
	echo "slab $1, then $(charged)"
	[ $(($(charged) - $1)) -ge $((storm * least)) ]
}

as_before()	# BEFORE: the charge grew at most by a few other objects
{
	echo "slab $1, then $(charged)"
	[ $(($(charged) - $1)) -lt $((storm * least / 2)) ]
}

# A user who is root in a new user and network namespace only. Both namespaces
# end with the user's process.
user_starts()
{
	mkfifo "$tmp/go"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	sh -c 'echo $$ > "$0" && exec unshare -Urn sh -c "$1"' \
		"$tmp/cgroup/user/cgroup.procs" "echo here
			read -r go < $tmp/go
			$ALGCTL restore $tmp/storm && echo finished
			exec sleep 1000" > "$tmp/user" 2>&1 &
	user=$!
	busywait 10 grep -q here "$tmp/user"
}

user_attaches()
{
	echo go > "$tmp/go"
	busywait 60 grep -q finished "$tmp/user" || { cat "$tmp/user"; return 1; }
}

[ -r /proc/self/cgroup ] || skip_all "no cgroups"
check "cgroups" cgroups_up || finish
check "a cgroup for the user" cgroup user
for ((i = 0; i < storm; i++)); do
	echo "attach add hello udp dport $((1024 + i))"
done > "$tmp/storm"
load_module
check "load" "$ALGCTL" plugin load "$ROOT/selftests/vm/hello.alg"
check "start the user" user_starts
before=$(charged)
setup_ns r
check "somebody else attaches $storm times" on "$r" "$ALGCTL" restore "$tmp/storm"
check "the user is not charged" as_before "$before"
check "the user attaches $storm times" user_attaches
check "the user is charged" grown "$before"
comment < "$tmp/check"
check "end the user's process" kill "$user"
check "the charge ends" busywait 30 as_before "$before"
finish
