#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# The memory that packets allocate has a limit. If a flow uses it up, other
# flows go on, and another host gets its share. Memory is freed when the rest of
# a line arrives, when a rule deletes an entry, when a flow ends, and when a
# plug-in is unloaded.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3 conntrack

used()	# BYTES
{
	on "$r" "$ALGCTL" limit show | grep -E "^memory_used +$1 "
}

topo
other=${c0_ip%.*}.101
check "another address" ip -n "$c0" addr add "$other/24" dev eth0
nat_masq
plugin_up ftp tcp 21
check "load" "$ALGCTL" plugin load "$ROOT/selftests/vm/memory.alg"
check "attach" on "$r" "$ALGCTL" attach add memory udp dport 7001
verdicts "memory" python3 "$ROOT/selftests/vm/memory.py" "$ALGCTL" "$c0" \
	"$r" "$s" "$s_ip" "$r_wan" "$c0_ip" "$other"
check "detach" on "$r" "$ALGCTL" attach del memory udp dport 7001
check "a flow is left, with memory" fails used 0
check "unload" "$ALGCTL" plugin unload memory
check "a plug-in's flows give theirs back" used 0
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
finish
