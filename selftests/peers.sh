#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers.sh - widely used clients and servers (root/root.sh installs them).
# Source it after lib.sh.
#
# NAME_start NAMESPACE [OPTIONS] starts the server NAME, which listens on IPv4
# and IPv6 on its usual port. It serves $served: a file "file", and a directory
# "in" for uploads (for TFTP: an empty file "in/put"). ftp_get, ftp_put,
# tftp_get and tftp_put succeed if the complete file arrives.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

# root.sh unpacks some FTP and TFTP servers there, because their packages
# conflict.
unpacked=/opt/algate/usr/sbin
peer_limit=$((20 * ${ALGATE_SLOW:-1}))	# seconds that a client may take
served=$tmp/served
received=$tmp/received

serve()	# USER
{
	mkdir -p "$served/in" "$received"
	[ -e "$served/file" ] || head -c 100000 /dev/urandom > "$served/file"
	: > "$served/in/put"
	chmod 666 "$served/in/put"
	chown -R "$1" "$served/in"
}

listens()	# NAMESPACE tcp|udp PORT
{
	on "$1" ss -Hln --"$2" "sport = $3" | grep -q .
}

# Prints the server's output if the server does not come up.
start()	# NAMESPACE tcp|udp PORT COMMAND...
{
	local ns=$1 protocol=$2 port=$3 log

	shift 3
	log=$tmp/$(basename "$1").log
	# exec: $! is the pid of the server, not of a shell that waits for it
	(exec ip netns exec "$ns" "$@") > "$log" 2>&1 < /dev/null &
	server=$!
	busywait 20 listens "$ns" "$protocol" "$port" || { cat "$log"; return 1; }
}

# Frees the port for another server in the same namespace.
stop()
{
	kill "$server"
	wait "$server" || true
} 2> /dev/null

# --- ports that an absent client holds

# A server announces ports to a client in answer to the last message but one.
# The client does not connect, and the router keeps these ports reserved for it.
take_ports()	# tcp|udp PORT HEX...
{
	local answer

	coproc TAKEN { exec python3 "$ROOT/selftests/vm/taken.py" \
		"$c0" "$s" "$s_ip" "$r_lan" "$@" 2>&1; }
	read -r -t 30 answer <&"${TAKEN[0]}"
	[ "$answer" = "${!#}" ] || { echo "$answer"; return 1; }
}

leave_ports()
{
	kill "$TAKEN_PID"
	wait "$TAKEN_PID" || true
} 2> /dev/null

# --- FTP servers, anonymous, on $ftp_port

ftp_port=21

vsftpd_start()	# NAMESPACE [KEY=VALUE...]
{
	local ns=$1

	shift
	serve ftp
	mkdir -p "$tmp/empty"
	# Without sandboxes: vsftpd's filters do not know current system calls.
	cat > "$tmp/vsftpd.conf" <<-END
		background=NO
		listen_ipv6=YES
		anonymous_enable=YES
		no_anon_password=YES
		anon_root=$served
		anon_umask=022
		write_enable=YES
		anon_upload_enable=YES
		secure_chroot_dir=$tmp/empty
		seccomp_sandbox=NO
		isolate=NO
		isolate_network=NO
		listen_port=$ftp_port
	END
	printf '%s\n' "$@" >> "$tmp/vsftpd.conf"
	start "$ns" tcp "$ftp_port" vsftpd "$tmp/vsftpd.conf"
}

# pure-ftpd serves the home directory of the user ftp. Mount $served there, in
# the mount namespace of "ip netns exec", which ends with the process.
pureftpd_start()	# NAMESPACE [OPTIONS...]
{
	local ns=$1 home

	shift
	serve ftp
	home=$(getent passwd ftp | cut -d : -f 6)
	mkdir -p "$home"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	start "$ns" tcp "$ftp_port" \
		sh -c 'mount --bind "$0" "$1" && shift && exec "$@"' \
		"$served" "$home" "$unpacked/pure-ftpd" -S "$ftp_port" -e -H \
		-g "$tmp/pure-ftpd.pid" "$@"
}

proftpd_start()	# NAMESPACE [DIRECTIVE...]
{
	local ns=$1

	shift
	serve ftp
	cat > "$tmp/proftpd.conf" <<-END
		ServerType standalone
		DefaultServer on
		UseIPv6 on
		UseReverseDNS off
		Port $ftp_port
		User ftp
		Group nogroup
		PidFile $tmp/proftpd.pid
		ScoreboardFile none
		DelayEngine off
		AllowOverwrite on
		<Anonymous $served>
			User ftp
			Group nogroup
			UserAlias anonymous ftp
			RequireValidShell off
		</Anonymous>
	END
	printf '%s\n' "$@" >> "$tmp/proftpd.conf"
	start "$ns" tcp "$ftp_port" "$unpacked/proftpd" -n -c "$tmp/proftpd.conf"
}

# --- FTP clients. Modes: port and eprt (active), pasv and epsv (passive).
# "get" copies the server's "file" to $received/file, "put" copies $served/file
# to the server's in/put.

# --no-ftp-skip-pasv-ip: use the address in the 227 reply, which curl ignores by
# default. "both" is a get and a put on one control connection.
curl_ftp()	# NAMESPACE MODE ADDRESS get|put|both [OPTIONS...]
{
	local ns=$1 mode=$2 address=$3 verb=$4 args get put

	shift 4
	args=(-sS -m "$peer_limit" --no-ftp-skip-pasv-ip "$@")
	case $address in
	*:*) address="[$address]" ;;
	esac
	case $mode in
	port) args+=(--ftp-port - --disable-eprt) ;;
	eprt) args+=(--ftp-port - --eprt) ;;
	pasv) args+=(--ftp-pasv --disable-epsv) ;;
	epsv) args+=(--ftp-pasv --epsv) ;;
	esac
	get=(-o "$received/file" "ftp://$address/file")
	put=(-T "$served/file" "ftp://$address/in/put")
	case $verb in
	get) args+=("${get[@]}") ;;
	put) args+=("${put[@]}") ;;
	both) args+=("${get[@]}" --next "${args[@]}" "${put[@]}") ;;
	esac
	on "$ns" curl "${args[@]}"
}

# On IPv4, port is lftp's only active mode.
lftp_ftp()	# NAMESPACE MODE ADDRESS get|put
{
	local ns=$1 address=$3 script passive=no epsv=no

	case $2 in
	pasv) passive=yes ;;
	epsv) passive=yes epsv=yes ;;
	esac
	case $4 in
	get) script="get -e /file -o $received/file" ;;
	put) script="put $served/file -o /in/put" ;;
	esac
	case $address in
	*:*) address="[$address]" ;;
	esac
	on "$ns" timeout "$peer_limit" lftp -c "set net:max-retries 1; set net:timeout 10
		set ftp:ssl-allow no; set ftp:fix-pasv-address no
		set ftp:passive-mode $passive; set ftp:prefer-epsv $epsv
		open ftp://$address; $script"
}

tnftp_ftp()	# NAMESPACE MODE ADDRESS get|put
{
	local ns=$1 args=(-n -v) script=''

	case $2 in
	port|eprt) args+=(-A) ;;
	pasv|epsv) args+=(-p) ;;
	esac
	# tnftp prefers EPRT and EPSV; "epsv4" switches them off for IPv4.
	case $2 in
	port|pasv) script='epsv4' ;;
	esac
	case $4 in
	get) script+=$'\n'"get /file $received/file" ;;
	put) script+=$'\n'"put $served/file /in/put" ;;
	esac
	printf 'user anonymous a@b\nbinary\n%s\nquit\n' "$script" |
		on "$ns" timeout "$peer_limit" tnftp "${args[@]}" "$3"
}

ftp_get()	# CLIENT NAMESPACE MODE ADDRESS
{
	rm -f "$received/file"
	"$1_ftp" "$2" "$3" "$4" get
	cmp "$served/file" "$received/file"
}

ftp_put()	# CLIENT NAMESPACE MODE ADDRESS
{
	rm -f "$served/in/put"
	"$1_ftp" "$2" "$3" "$4" put
	cmp "$served/file" "$served/in/put"
}

# --- TFTP servers

tftpd_start()	# NAMESPACE [OPTIONS...]
{
	local ns=$1

	shift
	serve tftp
	start "$ns" udp 69 in.tftpd -L -u tftp -s "$@" "$served"
}

atftpd_start()	# NAMESPACE [OPTIONS...]
{
	local ns=$1

	shift
	serve nobody
	start "$ns" udp 69 "$unpacked/atftpd" --daemon --no-fork --user nobody \
		--group nogroup --bind-address :: --logfile - "$@" "$served"
}

# dnsmasq takes no uploads.
dnsmasq_start()	# NAMESPACE [OPTIONS...]
{
	local ns=$1

	shift
	serve nobody
	start "$ns" udp 69 dnsmasq -k -C /dev/null -p 0 -u root --log-facility=- \
		--pid-file= --enable-tftp --tftp-root="$served" "$@"
}

# --- TFTP clients

tftpclient_tftp()	# NAMESPACE ADDRESS get|put: tftp-hpa
{
	case $3 in
	get) on "$1" timeout "$peer_limit" tftp -m binary "$2" -c get file "$received/file" ;;
	put) on "$1" timeout "$peer_limit" tftp -m binary "$2" -c put "$served/file" in/put ;;
	esac
}

atftp_tftp()	# NAMESPACE ADDRESS get|put
{
	case $3 in
	get) on "$1" timeout "$peer_limit" atftp -g -r file -l "$received/file" "$2" ;;
	put) on "$1" timeout "$peer_limit" atftp -p -r in/put -l "$served/file" "$2" ;;
	esac
}

busybox_tftp()	# NAMESPACE ADDRESS get|put
{
	case $3 in
	get) on "$1" timeout "$peer_limit" busybox tftp -g -r file -l "$received/file" "$2" ;;
	put) on "$1" timeout "$peer_limit" busybox tftp -p -r in/put -l "$served/file" "$2" ;;
	esac
}

curl_tftp()	# NAMESPACE ADDRESS get|put
{
	local address=$2

	case $address in
	*:*) address="[$address]" ;;
	esac
	case $3 in
	get) on "$1" curl -sS -m "$peer_limit" -o "$received/file" "tftp://$address/file" ;;
	put) on "$1" curl -sS -m "$peer_limit" -T "$served/file" "tftp://$address/in/put" ;;
	esac
}

tftp_get()	# CLIENT NAMESPACE ADDRESS
{
	rm -f "$received/file"
	"$1_tftp" "$2" "$3" get
	cmp "$served/file" "$received/file"
}

# The servers overwrite only an existing file, and finish after the client.
tftp_put()	# CLIENT NAMESPACE ADDRESS
{
	: > "$served/in/put"
	"$1_tftp" "$2" "$3" put
	busywait 2 cmp -s "$served/file" "$served/in/put"
}
