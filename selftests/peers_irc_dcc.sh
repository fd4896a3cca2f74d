#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_irc_dcc.sh - ngircd and irssi (root/root.sh). Source it after peers.sh.
#
# The client NICK runs on its own terminal and reads its commands there. It logs
# its screen to $tmp/NICK/log, accepts each chat, and stores each offered file
# in $tmp/NICK/files.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

ngircd_start()	# NAMESPACE
{
	cat > "$tmp/ngircd.conf" <<-END
		[Global]
			Name = irc.example.net
			Info = test
			AdminEMail = root@localhost
			Listen = ::,0.0.0.0
			MotdPhrase = hello
			PidFile = $tmp/ngircd.pid
			ServerUID = nobody
			ServerGID = nogroup
		[Limits]
			MaxConnectionsIP = 0
			MaxPenaltyTime = 0
		[Options]
			DNS = no
			Ident = no
			PAM = no
	END
	start "$1" tcp 6667 ngircd -n -f "$tmp/ngircd.conf"
}

irssi_start()	# NAMESPACE NICK ADDRESS
{
	local home=$tmp/$2

	mkdir -p "$home/files" "$home/out"
	mkfifo "$home/keys"
	cat > "$home/startup" <<-END
		/LOG OPEN $home/log ALL
		/SET dcc_autoget ON
		/SET dcc_autoaccept_lowports ON
		/SET dcc_autoresume ON
		/SET dcc_autochat_masks *!*@*
		/SET dcc_download_path $home/files
		/SET dcc_mirc_ctcp OFF
	END
	# Keep the FIFO open. Otherwise irssi's terminal would read the end of
	# the file after each command.
	# shellcheck disable=SC2034 # the descriptor is only kept open
	exec {keys}<> "$home/keys"
	TERM=xterm on "$1" script -q -f -c "irssi --home=$home -n $2 \
		-c $3 -p 6667" "$home/terminal" < "$home/keys" > /dev/null 2>&1 &
	busywait 60 irssi_shows "$2" "End of MOTD" || { cat "$home/log"; return 1; }
}

irssi_shows()	# NICK TEXT
{
	[ -e "$tmp/$1/log" ] && grep -qF -- "$2" "$tmp/$1/log"
}

irssi_types()	# NICK COMMAND
{
	printf '%s\r' "$2" > "$tmp/$1/keys"
}

# Each file needs a unique name, because irssi resumes an existing file.
dcc_offer()	# OPTIONS FROM TO FILE
{
	local path=$tmp/$2/out/$4

	head -c 100000 /dev/urandom > "$path"
	irssi_types "$2" "/DCC SEND $1 $3 \"$path\""
}

dcc_arrived()	# FROM TO FILE
{
	cmp -s "$tmp/$1/out/$3" "$tmp/$2/files/$3"
}

dcc_send()	# OPTIONS FROM TO FILE: the complete file arrives
{
	dcc_offer "$@"
	busywait 60 dcc_arrived "${@:2}" || { tail "$tmp/$2/log" "$tmp/$3/log"; return 1; }
}

dcc_resumed()	# SENT GOT
{
	cmp -s "$2" <(head -c 40000 /dev/zero; tail -c +40001 "$1")
}

# The receiver already has the first part of the file and requests the rest.
dcc_resume()	# FROM TO FILE
{
	local sent=$tmp/$1/out/$3 got=$tmp/$2/files/$3

	head -c 40000 /dev/zero > "$got"
	dcc_offer "" "$@"
	busywait 60 dcc_resumed "$sent" "$got" || { tail "$tmp/$2/log"; return 1; }
}

# Each client receives a line of the other.
dcc_chat()	# OPTIONS FROM TO TEXT
{
	irssi_types "$2" "/DCC CHAT $1 $3"
	if ! busywait 60 irssi_shows "$2" "DCC CHAT connection with $3" ||
		! busywait 60 irssi_shows "$3" "DCC CHAT connection with $2"; then
		tail "$tmp/$2/log" "$tmp/$3/log"
		return 1
	fi
	irssi_types "$2" "/MSG =$3 $4 there"
	irssi_types "$3" "/MSG =$2 $4 back"
	busywait 60 irssi_shows "$3" "$4 there" &&
		busywait 60 irssi_shows "$2" "$4 back"
}

# shellcheck disable=SC2034 # for capture.sh
capture_filter='tcp port 6667'
capture_irc_dcc()
{
	ngircd_start "$s" && irssi_start "$s" bob "$s_ip" || return
	irssi_start "$c0" alice "$s_ip" || return
	dcc_send "" alice bob plain && dcc_send "" alice bob "two words" &&
		dcc_resume alice bob resumed &&
		dcc_send -passive alice bob passive &&
		dcc_send -passive bob alice answered &&
		dcc_chat "" alice bob hello || return
	irssi_start "$c0" alice6 "$s_ip6" && dcc_send "" alice6 bob plain6
}
