#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every client in every mode gets a file from vsftpd, and puts one there.
# timeout: 240

. "$(dirname "$0")/../../lib.sh"
. "$ROOT/selftests/peers.sh"
. "$ROOT/selftests/vm/ftp_matrix.sh"
need curl lftp tnftp
ftp_matrix vsftpd
finish
