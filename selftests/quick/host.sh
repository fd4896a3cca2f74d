#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Checks that this machine's packages and services are the same as at the
# beginning of `make check`, except for packages of deps.sh.

cd "$(dirname "$0")/../.." || exit 1
note=build/host
if [ ! -e $note ]; then
	echo "# make check notes what there was"
	exit 4
fi
exec selftests/host.sh compare $note
