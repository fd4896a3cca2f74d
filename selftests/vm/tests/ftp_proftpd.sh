#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Every client in every mode gets a file from proftpd, and puts one there.
# timeout: 240

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
# shellcheck source=selftests/vm/ftp_matrix.sh
. "$ROOT/selftests/vm/ftp_matrix.sh"
need curl lftp tnftp
ftp_matrix proftpd
finish
