#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# A client inside gets the addresses inside for public ones in an answer, a client
# outside gets public ones for addresses inside, as the administrator's map says,
# and a server behind NAT names itself by its public address. Answers with
# signatures, and answers without a question, pass unchanged.
# timeout: 400

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
# shellcheck source=selftests/peers_dns.sh
. "$ROOT/selftests/peers_dns.sh"
need named dig mdig delv drill

pairs="10.0.1.0/24=203.0.113.0/24 2001:db8:a::/64=2001:db8:b::/64"

# What c0 gets of each host: the addresses that the zone has, unless the
# variable says otherwise.
plain()
{
	inside=10.0.1.7 inside6=2001:db8:a::7
	public=203.0.113.7 public6=2001:db8:b::7
	own=$s_ip own6=$s_ip6
}

# dig asks one question after the other.
answers()	# NAME ADDRESS [OPTIONS...]
{
	check "$1" answers_are "$inside $inside6 $public $public6 198.51.100.9 $own $own6" \
		"${@:2}"
}

answers_are()	# WANTED ADDRESS [OPTIONS...]
{
	local got

	got=$(on "$c0" dig +short +time=5 +tries=3 "${@:3}" "@$2" \
		inside.example A inside.example AAAA \
		public.example A public.example AAAA other.example A \
		server.example A server.example AAAA | xargs)
	[ "$got" = "$1" ] || { echo "$got is not $1"; return 1; }
}

all_ways()	# NAME ADDRESS
{
	answers "$1" "$2" +noedns
	answers "$1, EDNS" "$2" +bufsize=4096
	answers "$1, TCP" "$2" +tcp
}

map_set()	# PAIR...
{
	on "$r" "$ALGCTL" plugin set dns map hosts "$@"
}

map_shown()	# NAMESPACE TEXT
{
	[[ $(on "$1" "$ALGCTL" plugin show) = *" map hosts $2 "* ]]
}

# Prints the section's records of a type without their lifetimes
section()	# SECTION TYPE ADDRESS NAME QUESTION [OPTIONS...]
{
	on "$c0" dig +time=5 +tries=3 +noall "+$1" "${@:6}" "@$3" "$4" "$5" |
		awk -v type="$2" '$4 == type { $2 = ""; print }' | sort
}

section_is()	# WANTED SECTION TYPE ADDRESS NAME QUESTION [OPTIONS...]
{
	local got

	got=$(section "${@:2}" | awk '{ print $NF }' | xargs)
	[ "$got" = "$1" ] || { echo "$got is not $1"; return 1; }
}

# All addresses of the host with many
many_is()	# PREFIX TYPE [OPTIONS...]
{
	local wanted

	wanted=$(for ((i = 0; i < 60; i++)); do echo "$1$((100 + i))"; done |
		sort | xargs)
	dns_is "$wanted" "$c0" "$s_ip" many.example "$2" "${@:3}"
}

# Several questions at a time in a connection
pipelined()	# WANTED...
{
	local got

	got=$(on "$c0" mdig +tcp +short "@$s_ip" public.example a \
		inside.example a alias.example a other.example a |
		sort | xargs)
	[ "$got" = "$*" ] || { echo "$got is not $*"; return 1; }
}

drill_is()	# WANTED NAME
{
	on "$c0" drill "$2" "@$s_ip" A > "$tmp/drill"
	grep -q "IN.*A.*$1\$" "$tmp/drill"
}

# Answers with signatures are the same as without the plug-in, and valid.
signed()	# NAME
{
	check "$1: the same signed addresses" \
		section_is 203.0.113.7 answer A $s_ip public.signed A +dnssec
	check "$1: signatures" section answer RRSIG $s_ip public.signed A +dnssec
	section answer RRSIG $s_ip public.signed A +dnssec > "$tmp/rrsig.now"
	check "$1: the same signatures" cmp "$tmp/rrsig.now" "$tmp/rrsig"
	check "$1: valid" validated A
	check "$1: valid, AAAA" validated AAAA
}

validated()	# TYPE
{
	on "$c0" delv "@$s_ip" -a "$tmp/anchor" +root=signed public.signed "$1" \
		> "$tmp/delv" 2>&1
	grep -q "; fully validated" "$tmp/delv" || { cat "$tmp/delv"; return 1; }
}

# An answer under the identifier of no question passes unchanged.
unasked()	# WANTED
{
	local got

	got=$(on "$c0" "$ROOT/selftests/vm/dns_ask.py" ask "$s_ip" 5300 | xargs)
	[ "$got" = "unasked 203.0.113.7 asked $1" ] || { echo "$got"; return 1; }
}

topo routed
check "server" named_start "$s" || finish
check "another server" start "$s" udp 5300 \
	"$ROOT/selftests/vm/dns_ask.py" serve 5300 || finish
plain
all_ways "no NAT" $s_ip
awk '/DNSKEY/ && sub(/.*DNSKEY /, "") {
	print "trust-anchors { signed. static-key", $1, $2, $3, "\"" $4 $5 "\"; };"
}' "$tmp"/named/Ksigned*.key > "$tmp/anchor"
section answer RRSIG $s_ip public.signed A +dnssec > "$tmp/rrsig"
signed "no NAT"

plugin_up dns udp 53
check "attach, TCP" on "$r" "$ALGCTL" attach add dns tcp dport 53
check "attach, another port" on "$r" "$ALGCTL" attach add dns udp dport 5300
check "empty map" map_shown "$r" none
nat_masq
all_ways "SNAT, empty map" $s_ip

# shellcheck disable=SC2086 # several pairs
check "map" map_set $pairs
check "shown" map_shown "$r" "${pairs#* },${pairs% *}"
check "not in another namespace" map_shown "$s" none
public=10.0.1.7 public6=2001:db8:a::7
all_ways "SNAT" $s_ip
all_ways "SNAT, IPv6" $s_ip6
check "SNAT: alias" \
	section_is 10.0.1.7 answer A $s_ip alias.example A +noedns
check "SNAT: additional section" \
	section_is "10.0.1.7 $s_ip" additional A $s_ip example MX +noedns
check "SNAT: several labels" dns_is "10.0.1.7 inside.example." "$c0" $s_ip \
	a.name.of.several.labels.example A
check "SNAT: 60 addresses" many_is 10.0.1. A +bufsize=4096 +ignore
check "SNAT: 60 addresses, AAAA" many_is 2001:db8:a:: AAAA +bufsize=4096 +ignore
check "SNAT: 60 addresses, TCP" many_is 2001:db8:a:: AAAA +tcp
check "SNAT: cut short, then TCP" many_is 10.0.1. A +noedns
check "SNAT: pipelined" pipelined 10.0.1.7 10.0.1.7 10.0.1.7 198.51.100.9 \
	public.example.
check "SNAT: drill" drill_is 10.0.1.7 public.example
check "SNAT: an answer without a question" unasked 10.0.1.7

signed "SNAT"
check "signatures wanted, none there" \
	dns_is 203.0.113.7 "$c0" $s_ip public.example A +dnssec
check "dnssec 1" on "$r" "$ALGCTL" plugin set dns param dnssec 1
check "dnssec 1: none there" \
	dns_is 10.0.1.7 "$c0" $s_ip public.example A +dnssec
signed "dnssec 1"
check "dnssec any" on "$r" "$ALGCTL" plugin set dns param dnssec any

check "map, an address" map_set 10.0.1.0/24=203.0.113.0/24 \
	10.0.2.9=203.0.113.7
check "the most specific pair" \
	dns_is 10.0.2.9 "$c0" $s_ip public.example A
check "no pair any more" \
	dns_is 2001:db8:b::7 "$c0" $s_ip public.example AAAA
on "$r" "$ALGCTL" save > "$tmp/saved"
check "replace" "$ALGCTL" plugin replace "$PLUGINS/dns.alg"
check "kept" dns_is 10.0.2.9 "$c0" $s_ip public.example A
sed 's/^map hosts max 64/map hosts max 63/' "$PLUGINS/dns.alg" > "$tmp/dns.alg"
check "no replacement with a shorter map" refused "not all maps" \
	"$ALGCTL" plugin replace "$tmp/dns.alg"
check "map, none" map_set none
check "none" dns_is 203.0.113.7 "$c0" $s_ip public.example A
check "restore" on "$r" "$ALGCTL" restore "$tmp/saved"
check "restored" dns_is 10.0.2.9 "$c0" $s_ip public.example A
check "no map of another name" refused "no map of that name" \
	on "$r" "$ALGCTL" plugin set dns map other ::1=::2
printf 'plugin set dns map %s ::1=::2\n' hosts other > "$tmp/wrong"
check "all or nothing" refused "are undone" on "$r" "$ALGCTL" restore "$tmp/wrong"
check "undone" dns_is 10.0.2.9 "$c0" $s_ip public.example A

# shellcheck disable=SC2086 # several pairs
check "map again" map_set $pairs
nat_none
plain
answers "no NAT, no default route" $s_ip
nat_dnat udp 53
nat_dnat tcp 53
inside=203.0.113.7 inside6=2001:db8:b::7 own=$r_lan
all_ways "DNAT" $r_lan
own=$s_ip own6=$r_lan6
all_ways "DNAT, IPv6" $r_lan6

# Without NAT, the default route tells which side is outside.
nat_none
ip -n "$r" route add default via $s_ip
ip -n "$r" route add default via $s_ip6
plain
public=10.0.1.7 public6=2001:db8:a::7
answers "default route" $s_ip
answers "default route, IPv6" $s_ip6
for proto in udp tcp; do
	check "detach, $proto" on "$r" "$ALGCTL" attach del dns $proto dport 53
done
check "detach, another port" on "$r" "$ALGCTL" attach del dns udp dport 5300
finish
