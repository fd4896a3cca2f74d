#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# unpack.sh PACKAGE... - in a private root, for root.sh: unpacks packages that
# conflict with installed ones into /opt/algate, and installs the libraries
# that they need.
set -eu

export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
cd /tmp
apt-get -qq download "$@"
mkdir -p /opt/algate
for deb in ./*.deb; do
	dpkg -x "$deb" /opt/algate
	dpkg-deb -f "$deb" Depends
done | tr , '\n' | sed -n 's/^ *\(lib[^ (:|]*\).*/\1/p' | sort -u |
	xargs apt-get -qq install
apt-get clean
