#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lib.sh - sourced by every test that needs a kernel. Verdicts in KTAP,
# namespaces that vanish with the test, and the network of topo():
#
#	c0 eth0 --+
#	c1 eth0 --+-- lan r wan -- eth0 s
#	...
# shellcheck disable=SC2034 # variables for the tests

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ALGCTL=$ROOT/tools/algctl
MODULE=$ROOT/build/$(uname -r)/algate.ko
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C.UTF-8

passed=0 failed=0 skipped=0
namespaces=() deferred=()

echo "KTAP version 1"

# --- verdicts

comment()
{
	sed 's/^/# /'
}

count()
{
	echo $((passed + failed + skipped))
}

ok()	# NAME
{
	passed=$((passed + 1))
	echo "ok $(count) $1"
}

# The state is printed once only: under emulation that takes seconds.
not_ok()	# NAME [WHY]
{
	failed=$((failed + 1))
	echo "not ok $(count) $1${2:+: $2}"
	[ $failed -gt 1 ] || state 2>&1 | comment
}

skip()	# NAME WHY
{
	skipped=$((skipped + 1))
	echo "ok $(count) $1 # SKIP $2"
}

skip_all()	# WHY
{
	echo "1..0 # SKIP $1"
	exit 4
}

# A command's output matters only when it fails.
check()	# NAME COMMAND...
{
	local name=$1 rc=0

	shift
	"$@" > "$tmp/check" 2>&1 || rc=$?
	if [ $rc = 0 ]; then
		ok "$name"
	else
		comment < "$tmp/check"
		not_ok "$name" "status $rc: $*"
	fi
	return $rc
}

finish()
{
	echo "1..$(count)"
	echo "# $passed passed, $failed failed"
	[ $failed = 0 ] || exit 1
	[ $passed != 0 ] || exit 4
	exit 0
}

busywait()	# SECONDS COMMAND...
{
	local end=$((${EPOCHREALTIME/[^0-9]/} + $1 * 1000000))

	shift
	until "$@"; do
		[ "${EPOCHREALTIME/[^0-9]/}" -lt $end ] || return 1
		sleep 0.05
	done
}

# --- what the exit undoes

defer()	# COMMAND...
{
	deferred=("$(printf '%q ' "$@")" "${deferred[@]}")
}

cleanup()
{
	local rc=$? ns command

	trap - EXIT
	for command in "${deferred[@]}"; do
		eval "$command"
	done
	# The shell would report every server that is killed here.
	exec 2> /dev/null
	for ns in "${namespaces[@]}"; do
		ip netns pids "$ns" | xargs -r kill -9
		ip netns del "$ns"
	done
	# A namespace dies in the background, and holds the module until then.
	[ -z "${loaded:-}" ] || busywait 20 unload || { echo "not ok module unloads"; rc=1; }
	rm -rf "$tmp"
	exit $rc
}

unload()
{
	rmmod algate || [ ! -d /sys/module/algate ]
}

tmp=$(mktemp -d)
chmod 755 "$tmp"	# servers drop their privileges
trap cleanup EXIT
trap 'exit 129' HUP INT TERM
[ "$(id -u)" = 0 ] || skip_all "needs root"

need()	# COMMAND...
{
	local command

	for command; do
		command -v "$command" > /dev/null || skip_all "no $command"
	done
}
need ip nft conntrack ethtool

load_module()	# PARAMETERS...
{
	modprobe -a nf_conntrack nf_defrag_ipv4 nf_defrag_ipv6 nf_nat nf_tables \
		nft_ct nft_nat nft_masq nf_conntrack_netlink || return
	[ -e "$MODULE" ] || skip_all "no $MODULE"
	insmod "$MODULE" "$@" && loaded=1
}

# --- namespaces

on()	# NAMESPACE COMMAND...
{
	ip netns exec "$@"
}

setup_ns()	# VARIABLE...
{
	local var ns

	for var; do
		ns=$(mktemp -u "algate-$var-XXXXXX")
		ip netns add "$ns" || return
		namespaces+=("$ns")
		printf -v "$var" %s "$ns"
		ip -n "$ns" link set lo up
	done
}

state()
{
	local ns

	for ns in "${namespaces[@]}"; do
		echo "--- $ns"
		ip -n "$ns" -br addr
		ip -n "$ns" route
		ip -n "$ns" -6 route
		on "$ns" sh -c 'nft list ruleset; ss -Htuan
			conntrack -L; conntrack -L expect; tail -n +1 /proc/net/algate/*'
	done 2> /dev/null
}

# --- the network

r_lan=10.0.1.1 r_lan6=fd00:1::1
r_wan=192.0.2.1 r_wan6=2001:db8:2::1
s_ip=192.0.2.2 s_ip6=2001:db8:2::2
r='' s='' c0='' c1='' c2='' c0_ip='' c0_ip6='' c1_ip='' c1_ip6='' c2_ip='' c2_ip6=''
clients=()

client_link()	# INDEX: eth0 of client cINDEX, 10.0.1.10 and fd00:1::10 upwards
{
	local i=$1 ns=c$1 port=lan

	ns=${!ns}
	[ ${#clients[@]} = 1 ] || port=lan$i
	printf -v "c${i}_ip" %s "10.0.1.$((10 + i))"
	printf -v "c${i}_ip6" %s "fd00:1::$((10 + i))"
	ip -n "$r" link add "$port" type veth peer name eth0 netns "$ns"
	[ "$port" = lan ] || ip -n "$r" link set "$port" master lan up
	ip -n "$ns" -batch - <<-END
		addr add 10.0.1.$((10 + i))/24 dev eth0
		addr add fd00:1::$((10 + i))/64 dev eth0 nodad
		link set eth0 up
		route add default via $r_lan
		route add default via $r_lan6
	END
}

server_link()
{
	ip -n "$r" link add wan type veth peer name eth0 netns "$s"
	ip -n "$s" -batch - <<-END
		addr add $s_ip/24 dev eth0
		addr add $s_ip6/64 dev eth0 nodad
		link set eth0 up
	END
	[ "$1" != routed ] || ip -n "$s" -batch - <<-END
		route add 10.0.1.0/24 via $r_wan
		route add fd00:1::/64 via $r_wan6
	END
}

# routed: the server knows the way to the clients, as needed without NAT.
topo()	# [routed] [CLIENTS]
{
	local mode='' i

	[ "${1:-}" != routed ] || { mode=routed; shift; }
	for ((i = 0; i < ${1:-1}; i++)); do
		clients+=("c$i")
	done
	setup_ns r s "${clients[@]}" || return
	on "$r" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	[ ${#clients[@]} = 1 ] || ip -n "$r" link add lan type bridge mcast_snooping 0
	for i in "${!clients[@]}"; do
		client_link "$i"
	done
	server_link "$mode"
	ip -n "$r" -batch - <<-END
		addr add $r_lan/24 dev lan
		addr add $r_lan6/64 dev lan nodad
		addr add $r_wan/24 dev wan
		addr add $r_wan6/64 dev wan nodad
		link set lan up
		link set wan up
	END
}

offload()	# on|off
{
	local ns dev

	for ns in "${namespaces[@]}"; do
		for dev in $(ip -n "$ns" -br link show type veth | sed 's/[@ ].*//'); do
			on "$ns" ethtool -K "$dev" gro "$1" tso "$1" gso "$1" || return
		done
	done
}

router_nft()
{
	on "$r" nft -f -
}

nat_masq()
{
	router_nft <<-END
		table inet masq {
			chain postrouting {
				type nat hook postrouting priority srcnat;
				oifname wan masquerade
			}
		}
	END
}

# The server must know the way back: topo routed, or nat_masq too.
nat_dnat()	# PROTOCOL PORT [SERVERPORT]
{
	router_nft <<-END
		table inet portmap {
			chain prerouting {
				type nat hook prerouting priority dstnat;
				iifname lan ip daddr $r_lan $1 dport $2 dnat ip to $s_ip:${3:-$2}
				iifname lan ip6 daddr $r_lan6 $1 dport $2 dnat ip6 to [$s_ip6]:${3:-$2}
			}
		}
	END
}

nat_none()
{
	router_nft <<-END
		table inet masq
		delete table inet masq
		table inet portmap
		delete table inet portmap
	END
}

# Only the control connection is let in: data needs an expectation.
strict()	# PROTOCOL PORT
{
	router_nft <<-END
		table inet strict {
			chain forward {
				type filter hook forward priority filter; policy drop;
				ct state established,related accept
				$1 dport $2 accept
			}
		}
	END
}
