#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119,SC2154 # functions are called by check
#
# A user opens a page of a hostile server in a browser (Debian's chromium). With
# fetch, WebSocket, TURN and QUIC (WebTransport), the page sends each protocol's
# messages, and requests the URLs of clients of HTTP, at a port at which the router inspects flows of this protocol. All
# attempts arrive at the server, and nothing opens. Afterwards, the same ports
# serve real clients of FTP and TFTP.
# timeout: 1200
# kernels: 6.1
# root: browser

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3
here=$ROOT/selftests/vm/browser
browser=/run/browser
tcp=(ftp H.245 Q.931 bittorrent dns irc nfs4 pna pptp rsh rtsp sane sip skinny
	socks ssdp sunrpc tns)
udp=(RAS amanda bittorrent cuseeme dhcpv6 dns mdns mgcp netbios-dgm netbios-ns
	sip slp snmp ssdp sunrpc talk tftp xdmcp)
# of the plug-ins whose clients send GET
visited=(bittorrent ssdp)

# TCP ports from 8001, UDP ports from 8101
targets()
{
	local i

	for i in "${!tcp[@]}"; do
		echo "${tcp[i]}:tcp:$((8001 + i))"
	done
	for i in "${!udp[@]}"; do
		echo "${udp[i]}:udp:$((8101 + i))"
	done
}

# Both lists together name the whole library.
complete()
{
	diff <(printf '%s\n' "${tcp[@]}" "${udp[@]}" | sort -u) \
		<(basename -a -s .alg "$PLUGINS"/*.alg | sort -u)
}

attached()
{
	local name proto port

	while IFS=: read -r name proto port; do
		echo "attach add $name $proto dport $port"
	done < <(targets) | on "$r" "$ALGCTL" restore -
}

# The browser's root is read-only, except for these directories.
prepared()
{
	local dir

	mount --rbind /dev "$browser/dev" &&
		mount --rbind /proc "$browser/proc" || return
	for dir in tmp run; do
		mount -t tmpfs "$dir" "$browser/$dir" || return
	done
}

# The page's origin counts as secure, since WebTransport needs such an origin. On
# an emulated machine, the browser's processes find each other late, and there
# are few of them.
browse()
{
	on "$c0" env -u TMPDIR HOME=/tmp chroot "$browser" /usr/bin/chromium \
		--headless=new --no-sandbox --no-first-run \
		--disable-gpu --in-process-gpu --disable-extensions \
		--enable-features=NetworkServiceInProcess2 \
		--ipc-connection-timeout=600 --enable-logging=stderr \
		--disable-background-networking --user-data-dir=/tmp/profile \
		--unsafely-treat-insecure-origin-as-secure="http://$s_ip:8000" \
		"http://$s_ip:8000/" > "$tmp/chromium" 2>&1 < /dev/null &
	chromium=$!
}

# The page has finished, or the browser has ended.
finished()
{
	grep -qx "done" "$tmp/seen" || ! kill -0 "$chromium" 2> /dev/null
}

# All ports got the messages, from the router's address.
arrived()	# PROTOCOL KIND NAME...
{
	local name proto=$1 kind=$2 missing=()

	shift 2
	for name; do
		grep -qx "$name $proto $kind $r_wan" "$tmp/seen" ||
			missing+=("$name")
	done
	[ ${#missing[@]} = 0 ] || { echo "not ${missing[*]}"; return 1; }
}

# The plug-in inspected packets, and opened nothing.
opened_nothing()	# NAME
{
	[ "$(counter "$r" "$1" packets)" -gt 0 ] && counts "$r" "$1" opened 0
}

# Fails if conntrack has an expectation.
none_expected()
{
	local expected

	expected=$(on "$r" conntrack -L expect 2> /dev/null) || return
	echo "$expected"
	[ -z "$expected" ]
}

ftp_client()
{
	# shellcheck disable=SC2016 # the inner shell expands the variables
	on "$c0" bash -c 'exec 3<> "/dev/tcp/$1/8001" && read -r <&3 &&
		printf "PORT 10,0,1,10,31,144\r\n" >&3 && read -r <&3' \
		bash "$s_ip" && counts "$r" ftp opened 1
}

tftp_client()	# PORT
{
	# shellcheck disable=SC2016 # the inner shell expands the variables
	on "$c0" bash -c 'printf "\0\1file\0octet\0" > "/dev/udp/$1/$2"' \
		bash "$s_ip" "$1" && counts "$r" tftp opened 1
}

topo
nat_masq
load_module
check "load" "$ALGCTL" plugin load "$PLUGINS"/*.alg || finish
check "the lists are complete" complete
check "attach each plug-in to a port" attached || finish
: > "$tmp/seen"
mapfile -t list < <(targets)
on "$s" python3 "$here/server.py" "$s_ip" 8000 "$tmp/seen" "${list[@]}" \
	> "$tmp/server" 2>&1 &
check "the server is ready" busywait 30 grep -q ready "$tmp/server" ||
	{ comment < "$tmp/server"; finish; }
check "the browser's root" prepared || finish
browse
busywait 250 finished
check "the page has finished" grep -qx "done" "$tmp/seen" ||
	{ comment < "$tmp/seen"; tail -n 40 "$tmp/chromium" | comment; }
for kind in post command websocket turn; do
	check "$kind over TCP to all ports" arrived tcp "$kind" "${tcp[@]}"
done
for kind in visit bare_visit; do
	check "$kind of a client's URL" arrived tcp "$kind" "${visited[@]}"
done
for kind in turn quic; do
	check "$kind over UDP to all ports" arrived udp "$kind" "${udp[@]}"
done
check "conntrack expects nothing" none_expected
for name in "${tcp[@]}" "${udp[@]}"; do
	check "$name opened nothing" opened_nothing "$name"
done
check "a client of FTP opens a port" ftp_client
check "conntrack lists the expectation" fails none_expected
tftp=$(printf '%s\n' "${list[@]}" | sed -n 's/^tftp:udp://p')
check "a client of TFTP opens a port" tftp_client "$tftp"
kill "$chromium"
finish
