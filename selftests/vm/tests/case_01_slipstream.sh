#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2119
#
# Cases 1 and 3: NAT slipstreaming. A web page makes a browser post text that
# looks like a message of another protocol. The text opens no port, wherever
# segments and fragments are cut.
# timeout: 120

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

topo
nat_masq
# Without offloads, each segment of the client is a packet on the link.
offload off || finish
load_module
for service in sip:5060 rtsp:554 ftp:21 irc:6667; do
	name=${service%:*}
	check "load $name" "$ALGCTL" plugin load "$PLUGINS/$name.alg" || finish
	check "attach $name" on "$r" "$ALGCTL" attach add "$name" tcp \
		dport "${service#*:}" || finish
done
check "attach sip, UDP" on "$r" "$ALGCTL" attach add sip udp dport 5060
verdicts "slipstream" python3 "$ROOT/selftests/vm/slipstream.py" "$c0" "$r" \
	"$s" $s_ip "$c0_ip"
finish
