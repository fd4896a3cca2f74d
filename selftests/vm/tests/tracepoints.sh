#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Each tracepoint tells the values of its message, for IPv4 and IPv6, and each
# counted refusal. Without being enabled, no tracepoint tells anything. The
# manual page names the fields.
# timeout: 180

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3
grep -qw tracefs /proc/filesystems || skip_all "no tracefs"

public=192.0.2.100
tracing=/sys/kernel/tracing
mountpoint -q $tracing || mount -t tracefs tracefs $tracing || exit
topo 2
ip -n "$r" addr add $public/24 dev wan
router_nft <<-END
	table inet masq {
		chain postrouting {
			type nat hook postrouting priority srcnat;
			oifname wan snat ip to $public
			oifname wan meta nfproto ipv6 masquerade
		}
	}
END
plugin_up ftp tcp 21
check "a plug-in for UDP" "$ALGCTL" plugin load "$PLUGINS/tftp.alg"
check "is attached" on "$r" "$ALGCTL" attach add tftp udp dport 69
check "a plug-in that opens several ports" "$ALGCTL" plugin load \
	"$ROOT/selftests/vm/ports.alg"
check "is attached, too" on "$r" "$ALGCTL" attach add ports tcp dport 7001
verdicts "trace" python3 "$ROOT/selftests/vm/tracepoints.py" $tracing \
	"$ROOT/tools/algctl.8" "$ALGCTL" "$c0" "$r" "$s" $public
finish
