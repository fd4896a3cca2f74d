#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests "make install-user", "make uninstall-user" and "make dkms" with DESTDIR:
# the files and their places, the program in bash's completion, and no file left.
# selftests/deb.sh tests the module's part, and the other shells.
# shellcheck disable=SC2317 # check calls functions

cd "$(dirname "$0")/../.." || exit 1
version=$(< VERSION)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
base=$tmp/usr/local
fail=0

check()	# NAME COMMAND...
{
	local name=$1

	shift
	if "$@" > "$tmp.log" 2>&1; then
		echo "ok install: $name"
	else
		echo "not ok install: $name"
		sed 's/^/# /' "$tmp.log" | tail -n 40
		fail=1
	fi
	rm -f "$tmp.log"
}

expected()
{
	find plugins -name '*.alg' -printf "share/algate/plugins/%f\n" -o -name '*.inc' -printf "share/algate/plugins/%f\n"
	cat <<-END
		lib/systemd/system/algate-metrics.service
		lib/systemd/system/algate-metrics.timer
		lib/systemd/system/algate-plugins.path
		lib/systemd/system/algate-plugins.service
		lib/systemd/system/algate.service
		sbin/algctl
		share/algate/monitor.schema.json
		share/algate/prometheus/alerts.yml
		share/algate/prometheus/dashboard.json
		share/bash-completion/completions/algctl
		share/fish/vendor_completions.d/algctl.fish
		share/man/man5/algate-rules.5
		share/man/man8/algctl.8
		share/zsh/site-functions/_algctl
	END
}

# All files are below PREFIX, and only the program can be executed.
places()
{
	diff <(find "$tmp" ! -type d | sort) \
		<(expected | sed "s,^,$base/," | sort) &&
		[ "$(find "$tmp" -type f -perm /111)" = "$base/sbin/algctl" ]
}

# The program knows PREFIX: a plug-in's name is searched in its library.
program()
{
	"$base/sbin/algctl" plugin load none 2>&1 |
		grep ":/usr/local/share/algate/plugins"
}

# No mark of a unit is left for make install to replace. The watch of plugins.d
# would end if the service that it starts reached a limit of starts.
units()
{
	! grep '@[A-Z]*@' "$base"/lib/systemd/system/* &&
		grep "^ExecStart=/usr/local/sbin/algctl restore" \
			"$base/lib/systemd/system/algate.service" &&
		grep "^ProtectSystem=strict" \
			"$base/lib/systemd/system/algate-metrics.service" &&
		grep -x "StartLimitIntervalSec=0" \
			"$base/lib/systemd/system/algate-plugins.service"
}

# bash completes WORDS, of which the last may be empty, to EXPECTED.
completes()	# EXPECTED WORDS...
{
	local expected=$1

	shift
	# shellcheck disable=SC2016 # the other shell expands the variables
	env PATH="$base/sbin:$PATH" bash -c '
		. "$1" || exit
		complete -p algctl || exit
		expected=$2
		shift 2
		COMP_WORDS=(algctl "$@") COMP_CWORD=$#
		_algctl
		printf "<%s>\n" "${COMPREPLY[@]}"
		[ "${COMPREPLY[*]}" = "$expected" ]' bash \
		"$base/share/bash-completion/completions/algctl" \
		"$expected" "$@"
}

make_files()	# TARGET
{
	make -s "$1" DESTDIR="$tmp" PREFIX=/usr/local
}

nothing_left()
{
	make_files uninstall-user && ! find "$tmp" ! -type d | grep .
}

# The source of the module has a file for each object of kmod/Kbuild, and
# there is no other file.
dkms_source()
{
	local dir=$tmp/usr/src/algate-$version object

	make_files dkms || return
	grep -Fx "PACKAGE_VERSION=\"$version\"" "$dir/dkms.conf" || return
	sed -n 's/^algate-y *+= *//p' kmod/Kbuild | tr ' ' '\n' > "$tmp/objects"
	while read -r object; do
		[ -e "$dir/kmod/${object%.o}.c" ] ||
			{ echo "no $object"; return 1; }
	done < "$tmp/objects"
	grep -Fx engine/run.o "$tmp/objects" || return
	diff <(cd "$dir" && find . -type f ! -name dkms.conf | sort) \
		<(find ./Kbuild ./VERSION ./include/uapi/linux/algate.h \
			./kmod/Kbuild ./kmod -type f \( -name '*.h' \
			-o -name '*.c' ! -name '*.mod.c' -o -name Kbuild \
			-o -name VERSION \) | sort -u)
}

check "make install-user" make_files install-user
check "files are in their places" places
check "the program knows the library" program
check "units are complete" units
check "bash completes a command" completes "plugin " plu
check "bash completes a command below it" completes "load " plugin lo
check "bash completes alternatives" completes "tcp  udp " attach add x ""
check "bash completes a file" completes "plugins/ftp.alg " plugin load plugins/ft
check "bash completes a folder" completes "plugins/" plugin load plugi
check "bash completes no unknown command" completes "" nonsense ""
check "make uninstall-user leaves nothing" nothing_left
check "make dkms copies the module's source" dkms_source
exit $fail
