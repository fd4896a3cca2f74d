#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs in the guest. Measures how the cost grows with plug-ins, attachments and
# the length of the payload.

# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
sizes="100 256 512 1024 2048 4096 8192"

# A data connection that FTP has announced, and an unannounced connection.
bulk()	# COLUMN none|helped
{
	table=bulk
	measure plain "$1" -l 1400 "$2" bulk
	[ "$2" = none ] || measure announced "$1" -l 1400 -e "${@:3}" "$2" bulk
	table=growth
}

absent()
{
	local size

	measure uninspected absent none plain
	measure uninspected-new absent none plain-new
	measure inspected-new absent none fill-new
	for size in $sizes; do
		measure "line-$size" absent -l "$size" none fill
	done
}

attachments()	# FROM TO: adds attachments to unused ports
{
	local i

	for ((i = $1; i <= $2; i++)); do
		echo "attach add p1 tcp dport $((20000 + i))"
	done | on "$r" "$ALGCTL" restore - > "$tmp/restore" 2>&1 ||
		comment < "$tmp/restore"
}

# Loads plug-ins up to pN; p1 inspects the measured flow.
loaded()
{
	local i

	for ((i = ${have:-0} + 1; i <= $1; i++)); do
		plugin_file "p$i"
		echo "$tmp/p$i.alg"
	done | xargs -r "$ALGCTL" plugin load
	have=$1
}

grows()	# COLUMN
{
	measure uninspected "$1" helped plain
	measure uninspected-new "$1" helped plain-new
	measure inspected "$1" helped fill
	measure inspected-new "$1" helped fill-new
}

# The first inspected flow of a plug-in with "any" gives the router a hook that
# each packet passes.
any()
{
	sed 's/tcp server/tcp any/' "$tmp/p1.alg" > "$tmp/any.alg"
	"$ALGCTL" plugin replace "$tmp/any.alg"
	measure inspected any helped fill
	grows any
	"$ALGCTL" plugin replace "$tmp/p1.alg"
}

control()
{
	local file largest size most=0

	for file in "$PLUGINS"/*.alg; do
		size=$("$ALGCTL" plugin dump "$file" | wc -l)
		[ "$size" -le "$most" ] || { most=$size largest=$file; }
	done
	table=control
	figure "lines of the longest dump: ${largest##*/}" "" "$most"
	figure "start and end of algctl" "" "$(spent "$ALGCTL" -V)"
	figure "compile the largest" "" "$(spent "$ALGCTL" plugin check "$largest")"
	figure "compile and load it" "" "$(spent "$ALGCTL" plugin load "$largest")"
	figure "compile and replace it" "" "$(spent "$ALGCTL" plugin replace "$largest")"
	figure "compile all" "" "$(spent "$ALGCTL" plugin check "$PLUGINS"/*.alg)"
	"$ALGCTL" plugin unload "$(basename "$largest" .alg)"
}

# An expected flow has no helper, so a flowtable can offload it.
flowtable()
{
	router_nft <<-END
		table inet fast {
			flowtable f {
				hook ingress priority filter
				devices = { lan, wan }
			}
			chain forward {
				type filter hook forward priority filter;
				ct state established flow add @f
			}
		}
	END
	bulk flowtable helped -o
	on "$r" nft delete table inet fast
}

network
absent
bulk without none
bench_module
loaded 1
attachments 1 100
grows "100 attachments"
attach p1 tcp 2001
attach p1 udp 2001
for size in $sizes; do
	measure "line-$size" inspected -l "$size" helped fill
done
grows "1 plug-in"
any
load "$PLUGINS/ftp.alg"
attach ftp tcp 21
bulk algate helped
flowtable
loaded 16
grows "16 plug-ins"
loaded 256
grows "256 plug-ins"
attachments 101 10000
grows "10000 attachments"
control
exit $invalid
