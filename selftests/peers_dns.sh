#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_dns.sh - BIND's server, dig, mdig and delv (root/root.sh). Source it
# after peers.sh.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

# The zones example and signed, with the same hosts; signed has signatures.
dns_zone()	# NAME
{
	local i

	cat <<-END
		\$TTL 60
		\$ORIGIN $1.
		@ SOA server hostmaster 1 3600 600 86400 60
		@ NS server
		@ MX 10 inside
		server A $s_ip
		server AAAA $s_ip6
		inside A 10.0.1.7
		inside AAAA 2001:db8:a::7
		public A 203.0.113.7
		public AAAA 2001:db8:b::7
		other A 198.51.100.9
		other AAAA 2001:db8:c::9
		alias CNAME public
		a.name.of.several.labels CNAME inside
	END
	for ((i = 0; i < 60; i++)); do
		printf '%s\n' "many A 203.0.113.$((100 + i))" \
			"many AAAA 2001:db8:b::$((100 + i))"
	done
}

named_start()	# NAMESPACE
{
	local dir=$tmp/named

	mkdir -p "$dir"
	dns_zone example > "$dir/example"
	dns_zone signed > "$dir/signed.plain"
	(cd "$dir" && dnssec-keygen -q -a ECDSAP256SHA256 -f KSK signed &&
		dnssec-signzone -S -z -o signed -f signed signed.plain) \
		> "$tmp/signzone" 2>&1 || { cat "$tmp/signzone"; return 1; }
	cat > "$dir/conf" <<-END
		options {
			directory "$dir";
			pid-file none;
			session-keyfile none;
			listen-on { any; };
			listen-on-v6 { any; };
			recursion no;
			dnssec-validation no;
			minimal-responses no;
			max-udp-size 4096;
			edns-udp-size 4096;
		};
		controls { };
		zone example { type primary; file "example"; };
		zone signed { type primary; file "signed"; };
	END
	start "$1" udp 53 named -g -c "$dir/conf" && busywait 20 listens "$1" tcp 53
}

dig_short()	# NAMESPACE ADDRESS NAME TYPE [OPTIONS...]
{
	on "$1" dig +short +time=5 +tries=3 "@$2" "${@:5}" "$3" "$4"
}

# The answer has exactly these addresses.
dns_is()	# WANTED NAMESPACE ADDRESS NAME TYPE [OPTIONS...]
{
	local got

	got=$(dig_short "${@:2}" | sort | xargs)
	[ "$got" = "$1" ] || { echo "$4 $5: $got is not $1"; return 1; }
}

# shellcheck disable=SC2034 # for capture.sh
capture_filter='port 53'
capture_dns()
{
	local option

	named_start "$s" || return
	for option in +noedns +edns=0 +tcp; do
		dns_is "$s_ip" "$c0" "$s_ip" server.example A $option &&
			dns_is 203.0.113.7 "$c0" "$s_ip" public.example A $option &&
			dns_is 2001:db8:b::7 "$c0" "$s_ip" public.example AAAA $option &&
			dns_is 10.0.1.7 "$c0" "$s_ip" inside.example A $option ||
			return
	done
	dig_short "$c0" "$s_ip" example MX +nocookie | grep -qx "10 inside.example." &&
		dig_short "$c0" "$s_ip" public.signed A +dnssec | grep -q "^A 13 "
}
