# SPDX-License-Identifier: GPL-2.0
# fish completion for algctl(8): the program knows its own command tree, and
# asks for names of files with a line ":file".

function __algctl_complete
	set -l words (commandline -opc)
	set -l token (commandline -ct)

	$words[1] --complete $words[2..-1] "$token" 2>/dev/null | while read -l line
		if test "$line" = :file
			__fish_complete_path "$token"
		else
			echo $line
		end
	end
end

complete -c algctl -f -a '(__algctl_complete)'
