#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The specification of the netlink family (include/uapi/linux/algate.yaml) agrees
# with the uapi header and with the module's policies and commands.

root=$(cd "$(dirname "$0")/../.." && pwd)
exec python3 "$root/selftests/quick/spec.py" "$root"
