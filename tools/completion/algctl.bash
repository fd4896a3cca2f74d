# SPDX-License-Identifier: GPL-2.0
# bash completion for algctl(8): the program knows its own command tree, and
# asks for names of files with a line ":file".

_algctl()
{
	local word line

	COMPREPLY=()
	while IFS= read -r line; do
		if [ "$line" != :file ]; then
			COMPREPLY+=("$line ")
			continue
		fi
		word=${COMP_WORDS[COMP_CWORD]}
		while IFS= read -r line; do
			if [ -d "$line" ]; then
				COMPREPLY+=("$line/")
			else
				COMPREPLY+=("$line ")
			fi
		done < <(compgen -f -- "$word")
	done < <("${COMP_WORDS[0]}" --complete \
		"${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
}

complete -o nospace -F _algctl algctl
