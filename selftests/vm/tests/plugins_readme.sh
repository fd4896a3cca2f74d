#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Plays the game of plugins/README through a masquerading router, with the
# plug-in and the commands in the README.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
readme=$PLUGINS/README
game=$tmp/game.alg

sed -n '/^    plugin game/,/^    [$]/{/^    [$]/d; s/^    //; p}' "$readme" > "$game"
mapfile -t commands < <(sed -n 's/^    # algctl //p' "$readme")

# Runs the README's commands from FIRST to LAST.
typed()	# FIRST LAST
{
	local command on=0

	for command in "${commands[@]}"; do
		[[ $command != "$1"* ]] || on=1
		[ $on = 1 ] || continue
		# shellcheck disable=SC2086 # words
		check "algctl $command" on "$r" env -C "$tmp" "$ALGCTL" $command || finish
		cp "$tmp/check" "$tmp/${command%% *}"
		[[ $command != "$2"* ]] || break
	done
}

played()	# PORT
{
	"$ROOT/selftests/vm/game.py" "$c0" "$s" "$s_ip" "$r_wan" "$1"
}

topo
router_nft <<-END
	table inet strict {
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state established,related accept
			udp dport 7777 accept
		}
	}
END
nat_masq
check "nobody sees the world" fails played 40000
load_module
typed "plugin load" "attach add"
verdicts "game" played 40000
typed "flow show" "stats show"
check "the flow is shown" grep -q "7777" "$tmp/flow"
check "an expectation was used" grep -qE "used +1" "$tmp/stats"
typed "plugin replace" "plugin replace"
verdicts "replaced" played 40000
typed "attach del" "plugin unload"
check "nobody sees it any more" fails played 40000
finish
