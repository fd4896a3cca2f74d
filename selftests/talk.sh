#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# talk.sh - for tests that send each message of a control connection themselves;
# vm/talk.py explains the commands. Source it after lib.sh.
# shellcheck disable=SC2154 # variables from lib.sh

talk_start()	# PORT
{
	coproc TALK { exec python3 "$ROOT/selftests/vm/talk.py" "$c0" "$s" "$s_ip" "$1" 2>&1; }
	defer kill "$TALK_PID"
}

# Sends a command to talk.py; prints the answer and stores it in $answer.
talk()	# COMMAND...
{
	echo "$*" >&"${TALK[1]}" && read -r -t 30 answer <&"${TALK[0]}" || return
	echo "$answer"
	[ "${answer%% *}" != error ]
}

# The COMMAND's answer is TEXT.
says()	# TEXT COMMAND...
{
	local want=$1

	shift
	"$@" && [ "$answer" = "$want" ]
}
