#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# clients.sh - part of soak.sh: the clients, and the results of their attempts.
#
# The result of an attempt is "whole", "late" or "damaged". Late: the network
# lost many packets, and the client gave up; the received part must be the
# beginning of the file. Damaged: any other result, always a failure.
# shellcheck disable=SC2154 # variables from lib.sh, peers.sh and soak.sh

tally()	# whole|late|damaged PROTOCOL [WHY]
{
	echo "$*" >> "$tmp/tally"
}

tallied()	# whole|late|damaged [PROTOCOL]
{
	grep -c "^$1 ${2:-.*}\b" "$tmp/tally"
}

# Prints the status and the client's last line of output.
reason()	# STATUS FILE
{
	echo "status $1 $(grep . "$2" 2> /dev/null | tail -n 1 | cut -c 1-90)"
}

# Compares the received file with the sent file, and tallies the attempt. STATUS
# is 0 if the client reported success, otherwise it gave up.
arrived()	# PROTOCOL STATUS SENT GOT
{
	local size=0

	[ ! -e "$4" ] || size=$(stat -c %s "$4")
	if [ "$2" = 0 ] && cmp -s "$3" "$4"; then
		tally whole "$1"
	elif [ "$2" != 0 ] && cmp -s -n "$size" "$3" "$4"; then
		tally late "$1" "$(reason "$2" "$dir/said")"
	elif [ "$2" != 0 ] && [ "$size" = 0 ]; then
		tally late "$1" "$(reason "$2" "$dir/said")"
	else
		tally damaged "$1" "$size bytes, status $2: $(cmp "$3" "$4" 2>&1)"
	fi
	rm -f "$4"
}

# Tallies an attempt by the status of the command alone. A line "... is not ..."
# in its output reports a wrong answer.
answered()	# PROTOCOL COMMAND...
{
	local protocol=$1 rc=0

	shift
	"$@" > "$dir/said" 2>&1 || rc=$?
	if [ $rc = 0 ]; then
		tally whole "$protocol"
	elif grep -q '[^ ] is not ' "$dir/said"; then
		tally damaged "$protocol" "$(reason $rc "$dir/said")"
	else
		tally late "$protocol" "$(reason $rc "$dir/said")"
	fi
}

# --- an attempt of the client NAMESPACE ADDRESS, which keeps its files in $dir

curl_says()	# NAMESPACE ADDRESS OPTIONS...
{
	local ns=$1 modes=("--ftp-port - --disable-eprt" "--ftp-port - --eprt"
		"--ftp-pasv --disable-epsv" "--ftp-pasv --epsv") mode

	mode=${modes[RANDOM % 4]}
	echo "$mode" > "$dir/said"
	# shellcheck disable=SC2086 # words
	on "$ns" curl -sS --fail-early -m "$patience" --interface "$2" $mode \
		--no-ftp-skip-pasv-ip "${@:3}" >> "$dir/said" 2>&1
}

# Two files on one connection
try_ftp()	# NAMESPACE ADDRESS [PORT]
{
	local rc=0 i port=${3:-21}

	curl_says "$1" "$2" -o "$dir/1" "ftp://$s_ip:$port/file" \
		-o "$dir/2" "ftp://$s_ip:$port/file" || rc=$?
	# If the client gave up the second file, the first may be complete.
	for i in 1 2; do
		if [ $rc != 0 ] && cmp -s "$served/file" "$dir/$i"; then
			arrived "ftp$port" 0 "$served/file" "$dir/$i"
		else
			arrived "ftp$port" $rc "$served/file" "$dir/$i"
		fi
	done
}

try_put()	# NAMESPACE ADDRESS [PORT]
{
	local rc=0 name=in/$BASHPID-$RANDOM port=${3:-21}

	curl_says "$1" "$2" -T "$served/file" "ftp://$s_ip:$port/$name" || rc=$?
	arrived "ftp$port" $rc "$served/file" "$served/$name"
}

try_lftp()	# NAMESPACE ADDRESS
{
	# shellcheck disable=SC2034 # lftp_ftp uses the variables
	local rc=0 received=$dir peer_limit=$patience

	lftp_ftp "$1" "${3:-port}" "$s_ip" get > "$dir/said" 2>&1 || rc=$?
	arrived lftp $rc "$served/file" "$dir/file"
}

try_tftp()	# NAMESPACE
{
	local rc=0

	on "$1" timeout -k 5 "$patience" tftp -m binary "$s_ip" -c get small \
		"$dir/file" > "$dir/said" 2>&1 || rc=$?
	# tftp-hpa exits with status 0 even if it gave up.
	[ ! -s "$dir/said" ] || rc=1
	arrived tftp $rc "$served/small" "$dir/file"
}

try_tftp_put()	# NAMESPACE
{
	local rc=0 name=in/$BASHPID-$RANDOM

	on "$1" timeout -k 5 "$patience" busybox tftp -p -l "$served/small" \
		-r "$name" "$s_ip" > "$dir/said" 2>&1 || rc=$?
	arrived tftp $rc "$served/small" "$served/$name"
}

# One to three calls of sipp's built-in scenario
try_sip()	# NAMESPACE ADDRESS
{
	answered sip sip_calls "$@"
	rm -f "$dir/errors"
}

sip_calls()	# NAMESPACE ADDRESS
{
	cd "$dir" && on "$1" timeout -s KILL "$patience" sipp -sn uac -nostdin \
		-watchdog_interval 0 \
		-i "$2" -mi "$2" -m $((1 + RANDOM % 3)) -r 1 -d 500 \
		-trace_err -error_file "$dir/errors" \
		-timeout $((patience - 5)) "$s_ip:5060" && return
	grep -v "^$" "$dir/errors" | cut -d "	" -f 3- | head -n 2 | xargs -d '\n'
	return 1
}

try_sunrpc()	# NAMESPACE
{
	# shellcheck disable=SC2034 # rpc_* use rpc_limit
	local protocols=(udp tcp) rpc_limit=$patience

	if [ $((RANDOM % 2)) = 0 ]; then
		answered sunrpc rpc_getaddr "$1" "$s_ip" \
			"${protocols[RANDOM % 2]}" 100005
	else
		answered sunrpc rpc_exports "$1" "$s_ip"
	fi
}

try_snmp()	# NAMESPACE
{
	local versions=(1 2c 3)

	answered snmp snmp_own "$s_ip" "$1" "${versions[RANDOM % 3]}" "$s_ip"
}

# A hostile client: announces a hundred ports, and sends random bytes and an
# incomplete command.
try_hostile()	# NAMESPACE ADDRESS
{
	local i

	{
		for i in {1..100}; do
			printf 'PORT %s,%d,%d\r\n' "${2//./,}" $((RANDOM % 256)) "$i"
		done
		head -c 3000 /dev/urandom
		printf 'PORT 10,0,1,'
	} | on "$1" timeout -k 5 10 socat -t 1 - "TCP:$s_ip:21,bind=$2" \
		> /dev/null 2>&1
	tally hostile ftp
}

# --- clients

client()	# NUMBER
{
	local ns=c$(($1 % spaces)) address=10.0.1.$((10 + $1)) dir=$tmp/client$1

	ns=${!ns}
	mkdir -p "$dir"
	# Lower priority: the changes must keep their pace on a slow machine.
	renice -n 10 -p "$BASHPID" > /dev/null
	while [ ! -e "$tmp/stop" ]; do
		if [ "$1" -lt 2 ]; then
			try_hostile "$ns" "$address"
			sleep 10
			continue
		fi
		case $((RANDOM % 10)) in
		0|1) try_ftp "$ns" "$address" ;;
		2) try_put "$ns" "$address" ;;
		3) try_ftp "$ns" "$address" 2121 ;;
		4) try_lftp "$ns" "$address" ;;
		5) try_tftp "$ns" ;;
		6) try_tftp_put "$ns" ;;
		7) try_sip "$ns" "$address" ;;
		8) try_sunrpc "$ns" ;;
		9) try_snmp "$ns" ;;
		esac
		sleep $((10 + RANDOM % 60))
	done
}

# The client NICK sends bob one file after the other, each with a unique name.
irc_client()	# NICK
{
	local dir=$tmp/$1 n=0 end sent got

	while [ ! -e "$tmp/stop" ]; do
		n=$((n + 1))
		sent=$tmp/$1/out/$1$n got=$tmp/bob/files/$1$n
		dcc_offer "" "$1" bob "$1$n"
		end=$((SECONDS + patience))
		until cmp -s "$sent" "$got" || [ $SECONDS -gt $end ]; do
			sleep 1
		done
		tail -n 1 "$tmp/$1/log" > "$dir/said"
		if cmp -s "$sent" "$got"; then
			arrived dcc 0 "$sent" "$got"
		else
			irssi_types "$1" "/DCC CLOSE SEND bob"
			arrived dcc 1 "$sent" "$got"
		fi
		rm -f "$sent"
	done
}
