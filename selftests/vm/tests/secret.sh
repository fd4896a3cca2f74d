#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Hashes have a secret for each plug-in and namespace. A replacement of the
# plug-in keeps the secret, and an expected flow has the secret of its master.
# The ports that secret.alg opens show two hashes.
# timeout: 60

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"

shown()	# NAMESPACE
{
	on "$1" "$ALGCTL" expect show plugin secret |
		grep -o '10\.0\.1\.10:[0-9]*' | sort
}

two_shown()	# NAMESPACE
{
	[ "$(shown "$1" | wc -l)" = 2 ]
}

said()	# WORD
{
	on "$c0" bash -c "printf 'KEY $1' > /dev/udp/$s_ip/7003"
}

hashes()	# VARIABLE NAMESPACE: those of "one" and "two", from new flows
{
	on "$c0" conntrack -F 2> /dev/null
	flows_anew
	said one && said two && busywait 20 two_shown "$2" || return
	printf -v "$1" %s "$(shown "$2")"
}

of_server()
{
	on "$r" "$ALGCTL" expect show plugin secret | grep -o "$s_ip:[0-9]*"
}

handed_down()	# the server sends "one" to a port that the client has opened
{
	local port

	on "$s" bash -c "printf 'KEY one' > /dev/udp/$c0_ip/${first##*:}"
	port=$(busywait 20 of_server) && [[ "$first " = *:"${port##*:}"[[:space:]]* ]]
}

attached()
{
	on "$1" "$ALGCTL" attach add secret udp dport 7003
}

rules=$ROOT/selftests/vm/secret.alg
first='' other='' again=''
topo routed
load_module
check "load" "$ALGCTL" plugin load "$rules" || finish
check "attach" attached "$r"
check "attach in another namespace" attached "$c0"
check "hashes" hashes first "$r"
check "those of the other namespace" hashes other "$c0"
check "are different" test "$first" != "$other"
check "replace" "$ALGCTL" plugin replace "$rules"
check "hashes after the replacement" hashes again "$r"
check "are the same" test "$first" = "$again"
check "so is the hash in an expected flow" handed_down
for ns in "$r" "$c0"; do
	check "detach" on "$ns" "$ALGCTL" attach del secret udp dport 7003
done
check "unload" "$ALGCTL" plugin unload secret
check "load again" "$ALGCTL" plugin load "$rules" || finish
check "attach again" attached "$r"
check "hashes of the new plug-in" hashes again "$r"
check "are different from the old ones" test "$first" != "$again"
finish
