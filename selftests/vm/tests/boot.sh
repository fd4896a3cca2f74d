#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions are called by check
#
# A rule of nft names a helper while no plug-in is loaded, as at boot: conntrack
# asks modprobe for the helper. By default modprobe loads the kernel's module,
# and "plugin load" tells how to remove it. With a line in modprobe.d, modprobe
# loads the plug-in.
# timeout: 180

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"

line=/etc/modprobe.d/algate-test.conf
rules=$tmp/nftables.conf
cat > "$rules" <<-END
	table ip boot {
		ct helper files {
			type "ftp" protocol tcp
		}
	}
END

ct_rule=(PREROUTING -p tcp --dport 21 -j CT --helper ftp)

in_kernel()	# MODULE
{
	[ -d "/sys/module/$1" ]
}

loads()
{
	"$ALGCTL" plugin load "$PLUGINS/ftp.alg"
}

# The load is refused. The message contains each TEXT once, or not at all.
says()	# 1|0 TEXT...
{
	local times=$1 text

	shift
	! loads > "$tmp/said" 2>&1 || return
	for text; do
		[ "$(grep -c "$text" "$tmp/said")" = "$times" ] ||
			{ cat "$tmp/said"; return 1; }
	done
}

# Writes the line that an administrator needs, but with insmod instead of
# modprobe, because the module is not installed here.
modprobe_line()
{
	mkdir -p "${line%/*}"
	echo "install nfct-helper-ftp /sbin/insmod $MODULE &&" \
		"$ALGCTL plugin load $PLUGINS/ftp.alg" > "$line"
}

load_module
check "load the rules of the boot" nft -f "$rules"
check "modprobe loads the kernel's helper" in_kernel nf_conntrack_ftp
check "the refusal tells how to remove the helper" \
	says 1 "rules hold nf_conntrack_ftp" \
	"nft list ct helpers" "rmmod nf_conntrack_ftp"
check "delete the rules" nft delete table ip boot
check "add a rule of iptables" iptables -t raw -A "${ct_rule[@]}"
check "the refusal tells how to find the rule" \
	says 1 "rules hold nf_conntrack_ftp" "iptables -t raw -S"
check "the refusal does not name nft" fails grep "nft list" "$tmp/said"
check "delete the rule of iptables" iptables -t raw -D "${ct_rule[@]}"
check "load a module that uses the helper" modprobe nf_nat_ftp
check "the refusal names both modules" \
	says 1 "rmmod nf_nat_ftp nf_conntrack_ftp"
check "the refusal names no rule" says 0 "rules hold"
check "remove both modules" rmmod nf_nat_ftp nf_conntrack_ftp
check "the plug-in loads" loads
check "unload" busywait 5 "$ALGCTL" plugin unload ftp
check "remove the module algate" busywait 5 rmmod algate

defer rm -f "$line"
check "write a line to modprobe.d" modprobe_line
check "load the rules of the boot" nft -f "$rules"
check "modprobe loads the plug-in" "$ALGCTL" plugin show ftp
check "modprobe does not load the kernel's helper" \
	fails in_kernel nf_conntrack_ftp
check "the rules hold the plug-in" refused "hold the plug-in" \
	"$ALGCTL" plugin unload ftp
check "delete the rules" nft delete table ip boot
check "unload" busywait 5 "$ALGCTL" plugin unload ftp
finish
