#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_amanda.sh - a backup by Amanda with authentication bsdudp (in the
# private roots). Source it after peers.sh.
#
# The backup client runs amandad. The backup server runs amdump and sends the
# first datagram. Both run as the user backup, in mount namespaces with the
# test's own directories and host names.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

# bsdudp authenticates the backup server ("tape") by a privileged source port
# and by its host name, which must resolve to its address and back. The backup
# client's name is box, at ADDRESS.
amanda_files()	# DIR ADDRESS
{
	mkdir -p "$1/etc/test" "$1/lib/gnutar-lists" "$1/log" "$1/tmp"
	printf '%s\n' "$2 box" "$c0_ip tape" "$r_wan tape" "$r_lan tape" \
		"127.0.0.1 localhost" > "$1/hosts"
	printf '%s\n' "tape backup amdump" "localhost backup" > "$1/amandahosts"
	printf 'amanda 10080/udp\n' > "$1/services"
	: > "$1/lib/amandates"
	chown -R backup:backup "$1"
	chmod 600 "$1/amandahosts"
}

# shellcheck disable=SC2016 # the inner shell expands the variables
amanda_mounts='for f in hosts amandahosts services; do
		mount --bind "$0/$f" /etc/$f || exit
	done
	mount --bind "$0/etc" /etc/amanda
	mount --bind "$0/lib" /var/lib/amanda
	mount --bind "$0/log" /var/log/amanda
	mkdir -p /tmp/amanda
	mount --bind "$0/tmp" /tmp/amanda
	exec "$@"'

amandad_start()	# NAMESPACE [FIRST,LAST: range of ports for amandad]
{
	amanda_files "$tmp/box" 127.0.0.1
	[ -z "${2:-}" ] || echo "unreserved-tcp-port $2" > "$tmp/box/etc/amanda-client.conf"
	echo "10080 dgram udp wait backup /usr/lib/amanda/amandad amandad" \
		"-auth=bsdudp amdump" > "$tmp/inetd.conf"
	mkdir -p "$tmp/saved"
	[ -e "$tmp/saved/file" ] || head -c 100000 /dev/urandom > "$tmp/saved/file"
	start "$1" udp 10080 sh -c "$amanda_mounts" "$tmp/box" \
		inetd -i "$tmp/inetd.conf"
}

# An amandad whose announced ports get no connection answers nobody for a while,
# so kill it and start another amandad.
amandad_restart()	# NAMESPACE [FIRST,LAST]
{
	ip netns pids "$1" | xargs -r kill -9
	busywait 10 amandad_gone "$1" && amandad_start "$@"
}

amandad_gone()	# NAMESPACE
{
	! listens "$1" udp 10080
}

amanda_config()	# DIR
{
	mkdir -p "$1/tapes/slot1" "$1/held"
	cat > "$1/etc/test/amanda.conf" <<-END
		org "test"
		tpchanger "chg-disk:$1/tapes"
		tapetype disk
		autolabel "test-%%%" any
		infofile "$1/info"
		logdir "$1/log"
		indexdir "$1/index"
		connect-tries 1
		req-tries 1
		inparallel 1
		reserve 0
		holdingdisk held {
			directory "$1/held"
		}
		define tapetype disk {
			length 100 mbytes
		}
		define application tar {
			plugin "amgtar"
		}
		define dumptype tar {
			auth "bsdudp"
			program "APPLICATION"
			application "tar"
			compress none
			index yes
			holdingdisk required
		}
	END
	echo "box $tmp/saved tar" > "$1/etc/test/disklist"
	chown -R backup:backup "$1"
}

# Runs planner and driver with a common log, as amdump does. The rest of amdump
# is written in Perl, which is slow on an emulated machine.
#
# The driver makes a directory on the holding disk, and then a file in it. The
# planner removes empty directories there before it gets estimates, so the driver
# waits for the estimates.
# shellcheck disable=SC2016 # the inner shell expands the variables
amanda_dump='now=$(date +%Y%m%d%H%M%S) log=$HOME/log/log.$now.0
	ln -s "$log" "$HOME/log/log" && : > "$log" &&
	/usr/lib/amanda/planner test --starttime "$now" --log-filename "$log" \
			2>> "$HOME/log/amdump" | {
		for _ in $(seq 600); do
			! grep -qs "GETTING ESTIMATES" "$HOME/log/amdump" || break
			sleep 0.1
		done
		/usr/lib/amanda/driver test --log-filename "$log" --no-taper \
			>> "$HOME/log/amdump" 2>&1
	}'

# The complete file arrives in $tape, in a dump with a header of 32 KB.
amanda_backup()	# NAMESPACE ADDRESS
{
	tape=$(mktemp -d "$tmp/tape-XXXXXX")
	chmod 755 "$tape"
	amanda_files "$tape" "$2"
	amanda_config "$tape"
	on "$1" sh -c "$amanda_mounts" "$tape" setpriv --reuid backup --regid backup \
		--init-groups env -C "$tape" HOME="$tape" \
		timeout -s KILL "${amanda_limit:-300}" sh -c "$amanda_dump" ||
		{ amanda_story; return 1; }
	tail -c +32769 "$tape"/held/*/box.*.0 | tar -xOf - ./file |
		cmp - "$tmp/saved/file" || { amanda_story; return 1; }
}

# Prints the log files of both ends.
amanda_story()
{
	find "$tape/log" "$tmp/box/log" -type f -newer "$tape/hosts" |
		while read -r file; do
			echo "--- ${file#"$tmp"}"
			tail -n 40 "$file"
		done
}

# The log of the last backup's server contains TEXT.
amanda_told()	# TEXT
{
	grep -rqF "$1" "$tape/log/server"
}

# shellcheck disable=SC2034 # for capture.sh
capture_filter='udp port 10080'
capture_amanda()
{
	amandad_start "$s" && amanda_backup "$c0" "$s_ip"
}
