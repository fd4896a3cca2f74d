#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_bittorrent.sh - opentracker, and Transmission and aria2 as its clients (in
# bookworm's root). Source it after peers.sh.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

# The tracker serves the torrents of seed_start only.
tracker_start()	# NAMESPACE ADDRESS
{
	mkdir -p "$tmp/tracker" "$tmp/seeds"
	[ -e "$tmp/seeds/file" ] || head -c 100000 /dev/urandom > "$tmp/seeds/file"
	transmission-create -s 32 -o "$tmp/hash.torrent" "$tmp/seeds/file" &&
		transmission-show "$tmp/hash.torrent" |
		sed -n 's/^ *Hash: //p' > "$tmp/tracker/allowed"
	[ -s "$tmp/tracker/allowed" ] &&
		start "$1" tcp 6969 opentracker -i "$2" -p 6969 -P 6969 \
			-d "$tmp/tracker" -w allowed
}

# A client that dials nobody but the tracker: no DHT, no exchange between clients
torrent_client()	# NAMESPACE FOLDER PORT aria2|transmission [OPTIONS...]
{
	local ns=$1 folder=$2 port=$3 program=$4

	shift 4
	case $program in
	aria2)
		HOME=$folder on "$ns" timeout $((3 * peer_limit)) aria2c -V \
			--enable-dht=false --enable-peer-exchange=false \
			--bt-enable-lpd=false --listen-port="$port" \
			--file-allocation=none -d "$folder" "$@" \
			"$folder.torrent" ;;
	transmission)
		rm -rf "$folder.conf"
		mkdir "$folder.conf"
		echo '{ "dht-enabled": false, "lpd-enabled": false,
			"pex-enabled": false }' > "$folder.conf/settings.json"
		# Without a name server, it asks no tracker by UDP, not even by address.
		echo nameserver 127.0.0.1 > "$folder.resolv"
		# shellcheck disable=SC2016 # the inner shell expands the variables
		on "$ns" sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' \
			"$folder.resolv" timeout $((3 * peer_limit)) transmission-cli \
			-M -g "$folder.conf" -p "$port" -w "$folder" "$@" \
			"$folder.torrent" ;;
	esac
}

# A client offers the file. Its announcement names PORT.
seed_start()	# NAMESPACE URL PORT PROGRAM [OPTIONS...]
{
	local ns=$1 url=$2 port=$3

	shift 3
	transmission-create -s 32 -t "$url" -o "$tmp/seeds.torrent" \
		"$tmp/seeds/file" || return
	(torrent_client "$ns" "$tmp/seeds" "$port" "$@") > "$tmp/seed.log" 2>&1 \
		< /dev/null &
	seed=$!
}

seed_stop()
{
	pkill -P "$seed" || true
	kill "$seed"
	wait "$seed" || true
} 2> /dev/null

# Another host's client gets the file from the clients that the tracker names.
fetches()	# NAMESPACE URL ADDRESS
{
	rm -rf "$tmp/fetched"*
	mkdir "$tmp/fetched"
	transmission-create -s 32 -t "$2" -o "$tmp/fetched.torrent" \
		"$tmp/seeds/file" &&
		torrent_client "$1" "$tmp/fetched" 6999 aria2 --seed-time=0 \
			--interface="$3" > "$tmp/fetch.log" 2>&1 < /dev/null
	cmp "$tmp/seeds/file" "$tmp/fetched/file" ||
		{ tail -n 20 "$tmp/fetch.log" "$tmp/seed.log"; return 1; }
}

# shellcheck disable=SC2034 # for capture.sh
capture_filter='port 6969'
capture_bittorrent()
{
	tracker_start "$s" "$s_ip" &&
		capture_seed "http://$s_ip:6969/announce" 6881 aria2 --seed-ratio=0 &&
		capture_seed "udp://$s_ip:6969" 51413 transmission -v
}

# The seed may announce itself after the other client has asked for it.
capture_seed()	# URL PORT PROGRAM [OPTIONS...]
{
	seed_start "$c0" "$@" && busywait 60 fetches "$s" \
		"http://$s_ip:6969/announce" "$s_ip" || return
	seed_stop
}
