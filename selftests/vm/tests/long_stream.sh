#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Two rewrites change the length of a stream, with 2 GB between them, half of
# the space of sequence numbers. Both rewrites take place, and the stream stays
# intact.
# timeout: 400

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

topo
nat_masq
plugin_up ftp tcp 21
verdicts "stream" python3 "$ROOT/selftests/vm/long_stream.py" "$c0" "$s" \
	"$s_ip6" "$r_wan6"
check "two were rewritten" counts "$r" ftp rewritten 2
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
finish
