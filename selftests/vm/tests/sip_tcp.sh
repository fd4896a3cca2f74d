#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Calls over TCP, in both directions: held, moved, with early media, refused,
# cancelled, several at a time, to a registered phone. Media reaches both ends
# at their announced ports, through a filter that drops unexpected packets.
# timeout: 900

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
# shellcheck source=selftests/peers_sip.sh
. "$ROOT/selftests/peers_sip.sh"
# shellcheck source=selftests/vm/sip_matrix.sh
. "$ROOT/selftests/vm/sip_matrix.sh"
need sipp python3
sip_matrix t1
finish
