#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions are called by check
#
# The source of a plug-in comes back as its author wrote it: "plugin show",
# "save" and "restore".
# timeout: 60

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

most=262144	# bytes

# Comments, tabs, UTF-8, line ends of Windows, no line end at the end
odd()
{
	printf '# \xc3\xbc: first\r\nplugin odd "\xc3\xa4"\t# a title\r\n\r\n'
	printf 'service udp 7000\r\nframe datagram\r\n'
	printf 'client: "a" {\r\n\t# END\r\n\tcount a }\r\n# END\n#last'
}

# A plug-in NAME of that many bytes, nearly all of them comments
long()	# NAME BYTES
{
	local head="plugin $1 service udp frame datagram client: \"a\" { count a }"

	echo "$head"
	yes '# a comment of a line' | head -c $(($2 - ${#head} - 2))
	echo
}

shown()	# NAME FILE
{
	"$ALGCTL" plugin show "$1" > "$tmp/shown" && cmp "$2" "$tmp/shown"
}

generation()	# NAME NUMBER
{
	"$ALGCTL" plugin show | grep "^$1 generation $2 "
}

save()	# FILE
{
	"$ALGCTL" save > "$tmp/$1"
}

other_compiler()	# NAME
{
	python3 "$ROOT/selftests/vm/source.py" "$1" 0.9
}

not_compared()	# NAME FILE
{
	"$ALGCTL" plugin show "$1" > "$tmp/shown" 2> "$tmp/said" &&
		cmp "$2" "$tmp/shown" && grep "version 0.9" "$tmp/said"
}

unloaded()
{
	"$ALGCTL" plugin unload odd long
}


load_module
odd > "$tmp/odd.alg"
long long $most > "$tmp/long.alg"
long longer $((most + 1)) > "$tmp/longer.alg"
check "load" "$ALGCTL" plugin load "$tmp/odd.alg" "$tmp/long.alg"
check "odd bytes are shown" shown odd "$tmp/odd.alg"
check "$most bytes are shown" shown long "$tmp/long.alg"
check "one more is refused" refused "longer than $most bytes" \
	"$ALGCTL" plugin load "$tmp/longer.alg"
check "save" save saved
check "unload" unloaded
check "restore" "$ALGCTL" restore "$tmp/saved"
check "the last line has an end" shown odd <(cat "$tmp/odd.alg"; echo)
check "the long one is the same" shown long "$tmp/long.alg"
check "save again" save again
check "the same is saved" cmp "$tmp/saved" "$tmp/again"
check "replace by what was saved without its end" \
	"$ALGCTL" plugin replace "$tmp/odd.alg"
check "restore over what is loaded" "$ALGCTL" restore "$tmp/saved"
check "replaces nothing" generation odd 2
check "nor the long one" generation long 1
sed -i 's/# a title/# another comment/' "$tmp/saved"
check "restore another comment" "$ALGCTL" restore "$tmp/saved"
check "replaces" generation odd 3
sed 's/# a title/# another comment/' "$tmp/odd.alg" > "$tmp/new.alg"
check "the other comment is shown" shown odd <(cat "$tmp/new.alg"; echo)
check "another compiler makes the same program" other_compiler long
check "that is shown, and not compared" not_compared long "$tmp/long.alg"
check "a replacement that fails leaves the source" refused "other classes" \
	"$ALGCTL" plugin replace <(sed 's/client/expect c max 1 timeout 1m &/;1q' \
		"$tmp/long.alg")
check "of the other compiler" not_compared long "$tmp/long.alg"
check "unload" unloaded
finish
