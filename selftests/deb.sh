#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# deb.sh deb|deb12 - tests "make install" and "make dkms", and installs, upgrades,
# removes and purges the packages that debian/make.sh made, in a copy of the
# private root. The copy is an overlay, which ends with the test. No systemd runs
# there and no module is loaded.
# shellcheck disable=SC2317 # check calls functions

cd "$(dirname "$0")/.." || exit
version=$(< VERSION) deb=${1:-}

# Makes the metrics of a recorded router.
host()
{
	selftests/deps.sh
	debian/make.sh "$deb" next > /dev/null || exit
	make -s -C selftests replay || exit
	python3 selftests/quick/replay.py . \
		selftests/golden/replay/router.json > "build/$deb/router"
	REPLAY="build/$deb/router" build/quick/replay stats show --openmetrics \
		> "build/$deb/metrics"
	exec selftests/root/root.sh run "$deb" selftests/deb.sh "$deb" copy
}

# Runs the tests in an overlay above the root. The mounts of the root are no part
# of the lower layer, and are made once more.
copy()
{
	local dir layers option path

	dir=$(mktemp -d)
	mkdir -p "$dir"/{upper,work,root}
	layers=lowerdir=/,upperdir=$dir/upper,workdir=$dir/work
	# in the user namespace of an ordinary user, overlay needs userxattr
	for option in '' ,userxattr; do
		! mount -t overlay -o "$layers$option" copy "$dir/root" \
			2> /dev/null || break
	done
	mountpoint -q "$dir/root" || { echo "deb.sh: no overlay" >&2; exit 1; }
	for path in /dev /proc; do
		mount --rbind $path "$dir/root$path" || exit
	done
	mount -t tmpfs -o mode=1777 tmp "$dir/root/tmp"
	mkdir -p "$dir/root$PWD"
	mount --bind "$PWD" "$dir/root$PWD" || exit
	exec chroot "$dir/root" env -C "$PWD" selftests/deb.sh "$deb" inside
}

case $#${2:-} in
1)	host ;;
2copy)	copy ;;
2inside) ;;
*)	echo "usage: deb.sh deb|deb12" >&2; exit 2 ;;
esac

tmp=$(mktemp -d)
src=$tmp/src
kernel=$(find /lib/modules -mindepth 2 -maxdepth 2 -name build | sort -V |
	tail -n 1)
kernel=$(basename "$(dirname "$kernel")")
kdir=/lib/modules/$kernel/build
fail=0

check()	# NAME COMMAND...
{
	local name=$1

	shift
	if "$@" > "$tmp/log" 2>&1; then
		echo "ok $deb: $name"
	else
		echo "not ok $deb: $name"
		tail -n 40 "$tmp/log" | sed 's/^/# /'
		fail=1
	fi
}

fails()	# COMMAND...
{
	! "$@"
}

# Prints the files of the system, without those of the project, and without
# logs, caches and the state of dpkg, of deb-systemd-helper and of
# systemd-analyze.
state()
{
	find / -xdev ! -type d \( -path "$PWD/*" -o -path '/tmp/*' \
		-o -path '/var/log/*' -o -path '/var/cache/*' \
		-o -path '/var/lib/dpkg/*' \
		-o -path /run/systemd/systemd-units-load \) -prune \
		-o ! -type d -print | LC_ALL=C sort
}

# --- without packages

sources()
{
	mkdir "$src"
	tar -c --exclude='*.o' --exclude='.*.cmd' --exclude='*.ko' \
		--exclude='*.mod' --exclude='*.mod.c' --exclude=tools/algctl \
		Kbuild Makefile VERSION include kmod plugins tools debian |
		tar -x -C "$src"
}

# modinfo reads files of modules that cannot be loaded here.
module_version()	# VERSION FILE...
{
	local wanted=$1

	shift
	[ $# = 1 ] && modinfo -F version "$1" | grep -Fx "$wanted"
}

make_install()
{
	make -s -j"$(nproc)" -C "$src" install DESTDIR="$tmp/dest" KDIR="$kdir" &&
		module_version "$version" \
			"$tmp/dest/lib/modules/$kernel"/updates/kmod/algate.ko* &&
		[ -x "$tmp/dest/usr/local/sbin/algctl" ]
}

make_uninstall()
{
	make -s -C "$src" uninstall DESTDIR="$tmp/dest" KDIR="$kdir"
	# Kbuild writes these indices of all modules.
	find "$tmp/dest" ! -type d ! -name 'modules.*' -fprint "$tmp/left"
	cat "$tmp/left"
	[ ! -s "$tmp/left" ]
}

dkms_status()	# VERSION WORD
{
	dkms status -m algate -v "$1" -k "$kernel" | tee /dev/stderr |
		grep -q ": $2"
}

# A kernel in /lib/modules has exactly this version of the module, and modprobe
# finds it.
module_installed()	# VERSION
{
	module_version "$1" "/lib/modules/$kernel"/updates/dkms/algate.ko* &&
		dkms_status "$1" installed &&
		modprobe -n -v -S "$kernel" algate |
		grep "updates/dkms/algate.ko"
}

make_dkms()
{
	make -s -C "$src" dkms KDIR="$kdir" && module_installed "$version"
}

# The same version with another source is built anew.
make_dkms_again()
{
	echo 'MODULE_INFO(again, "yes");' >> "$src/kmod/main.c"
	make_dkms && modinfo -F again \
		"/lib/modules/$kernel"/updates/dkms/algate.ko* | grep -x yes
}

# --- installed

# deb-systemd-invoke takes this program for the systemctl of a running systemd.
# It changes links of enabled units, and notes all other calls.
record_systemctl()
{
	mv /usr/bin/systemctl /usr/bin/systemctl.real
	mkdir -p /run/systemd/system
	cat > /usr/bin/systemctl <<-END
		#!/bin/sh
		case " \$* " in
		*" is-enabled "*|*" preset "*|*" enable "*|*" disable "*)
			export SYSTEMD_OFFLINE=1
			exec /usr/bin/systemctl.real "\$@" ;;
		*" is-active "*) exit 3 ;;
		esac
		echo "\$*" >> $tmp/calls
	END
	chmod +x /usr/bin/systemctl
}

install_packages()	# DIR
{
	: > "$tmp/calls"
	dpkg -i "$1"/algate_*_*.deb "$1"/algate-dkms_*_all.deb
}

files()
{
	local path

	while read -r path; do
		[ -e "/$path" ] || { echo "no $path"; return 1; }
	done <<-END
		etc/algate/plugins.d
		usr/sbin/algctl
		usr/share/algate/plugins/ftp.alg
		usr/share/algate/monitor.schema.json
		usr/share/algate/prometheus/alerts.yml
		usr/share/man/man8/algctl.8.gz
		usr/share/man/man5/algate-rules.5.gz
		usr/share/bash-completion/completions/algctl
		usr/share/zsh/vendor-completions/_algctl
		usr/share/fish/vendor_completions.d/algctl.fish
		usr/lib/systemd/system/algate.service
		usr/lib/systemd/system/algate-plugins.path
		usr/lib/systemd/system/algate-metrics.timer
		usr/share/doc/algate/changelog.gz
		usr/share/doc/algate/changelog.Debian.gz
	END
	man -w 8 algctl && man -w 5 algate-rules
}

# The program has the version, and the package's folder of plug-ins.
program()	# VERSION
{
	[ "$(algctl -V | head -n 1)" = "algctl $1" ] || return
	algctl plugin load none 2>&1 |
		grep "in /etc/algate/plugins.d:/usr/share/algate/plugins"
}

plugins()
{
	algctl plugin check /usr/share/algate/plugins/*.alg
}

enabled()	# UNIT enabled|disabled|static
{
	[ "$(systemctl is-enabled "$1")" = "$2" ]
}

units_enabled()
{
	enabled algate.service enabled && enabled algate-plugins.path enabled &&
		enabled algate-plugins.service enabled &&
		enabled algate-metrics.timer disabled &&
		enabled algate-metrics.service static
}

called()	# REGEXP
{
	cat "$tmp/calls"
	grep -qE -- "$1" "$tmp/calls"
}

# Installing starts the watch of plugins.d, but loads no plug-in.
starts_watch()
{
	called '(^| )start .*algate-plugins\.path' &&
		fails called '(^| )start .*(algate-plugins\.service|metrics)'
}

# --- shells

bash_completes()
{
	# shellcheck disable=SC2016 # the other shell expands the variables
	bash -c '. /usr/share/bash-completion/bash_completion
		_comp_load algctl || _completion_loader algctl
		COMP_WORDS=(algctl plugin lo) COMP_CWORD=2
		_algctl; [ "${COMPREPLY[*]}" = "load " ]'
}

# shellcheck disable=SC2016
zsh_completes()
{
	zsh -f -c 'compadd() { print -r -- ${(P)2} }; _files() { print files }
		words=(algctl plugin lo) CURRENT=3
		. /usr/share/zsh/vendor-completions/_algctl' | grep -x load
}

fish_completes()
{
	HOME=$tmp fish --no-config -c '
		source /usr/share/fish/vendor_completions.d/algctl.fish
		complete -C "algctl plugin lo"' | grep load
}

# --- units

# Exposure below 2 (of 10), as systemd counts it
exposure()	# UNIT
{
	systemd-analyze security --offline=yes --threshold=20 "$1"
}

units_valid()
{
	systemd-analyze verify --man=yes algate.service algate-plugins.service \
		algate-plugins.path algate-metrics.service \
		algate-metrics.timer > "$tmp/said" 2>&1 || return
	cat "$tmp/said"
	[ ! -s "$tmp/said" ]
}

# --- metrics

# node_exporter's textfile collector accepts the metrics, and shows them.
node_exporter()
{
	local pid rc=0

	mkdir -p "$tmp/metrics"
	cp "build/$deb/metrics" "$tmp/metrics/algate.prom"
	prometheus-node-exporter --collector.disable-defaults \
		--collector.textfile --web.listen-address=127.0.0.1:0 \
		--collector.textfile.directory="$tmp/metrics" \
		> "$tmp/exporter" 2>&1 &
	pid=$!
	python3 - "$tmp/exporter" <<-'END' || rc=1
		import re, sys, time, urllib.request
		for _ in range(600):
		    found = re.search(r'127\.0\.0\.1:(\d+)', open(sys.argv[1]).read())
		    if found and found[1] != '0':
		        break
		    time.sleep(0.1)
		text = urllib.request.urlopen(
		    f'http://127.0.0.1:{found[1]}/metrics', timeout=60).read().decode()
		for line in ('node_textfile_scrape_error 0', 'algate_memory_bytes 250000',
		             'algate_packets_total{plugin="ftp"} 30'):
		    if line not in text.split('\n'):
		        sys.exit(f'missing: {line}')
	END
	kill "$pid"
	wait "$pid"
	cat "$tmp/exporter"
	return "$rc"
}

# Prometheus accepts the alerts, and they fire when they should.
alerts()
{
	promtool check rules /usr/share/algate/prometheus/alerts.yml &&
		promtool test rules selftests/alerts.yml
}

# Prometheus accepts each expression of the dashboard.
dashboard()
{
	python3 - /usr/share/algate/prometheus/dashboard.json \
		<<-'END' > "$tmp/dashboard.yml" || return
		import json, sys
		panels = json.load(open(sys.argv[1]))['panels']
		rules = [{'record': 'x', 'expr': target['expr'].replace(
		              '$__rate_interval', '5m')}
		         for panel in panels for target in panel.get('targets', [])]
		print(json.dumps({'groups': [{'name': 'dashboard', 'rules': rules}]}))
	END
	promtool check rules --lint=none "$tmp/dashboard.yml"
}

# --- upgrade and removal

# The work of an administrator: a configuration, a plug-in, and a disabled unit.
administer()
{
	echo "plugin load ftp" > /etc/algate/algate.conf
	cp /usr/share/algate/plugins/tftp.alg /etc/algate/plugins.d/
	mkdir -p /var/lib/prometheus/node-exporter
	touch /var/lib/prometheus/node-exporter/algate.prom
	systemctl disable algate.service
}

administered()
{
	[ "$(< /etc/algate/algate.conf)" = "plugin load ftp" ] &&
		cmp /usr/share/algate/plugins/tftp.alg \
			/etc/algate/plugins.d/tftp.alg
}

# An upgrade stops and restarts nothing, and starts no disabled unit.
upgrade_stops_nothing()
{
	called daemon-reload &&
		fails called '(^| )(stop|restart|try-restart|reload) ' &&
		fails called '(^| )start .*algate\.service'
}

module_gone()	# VERSION
{
	! find "/lib/modules/$kernel" /usr/src /var/lib/dkms -path "*algate*" |
		grep -v '^/var/lib/dkms/algate$' &&
		[ -z "$(dkms status -m algate)" ]
}

remove()	# remove|purge
{
	: > "$tmp/calls"
	dpkg --"$1" algate algate-dkms
}

removal_stops()
{
	called '(^| )stop .*algate-plugins\.path' &&
		called '(^| )stop .*algate-metrics\.timer'
}

# Only the files of the administrator have come since the state before.
as_before()
{
	state > "$tmp/after"
	diff "$tmp/before" "$tmp/after" | grep '^[<>]' > "$tmp/changed"
	cat "$tmp/changed"
	[ "$(cat "$tmp/changed")" = "> /etc/algate/algate.conf
> /etc/algate/plugins.d/tftp.alg" ]
}

# dpkg installs documentation here, too. The first dkms makes keys.
rm -f /etc/dpkg/dpkg.cfg.d/*
record_systemctl

check "a copy of the sources" sources
check "make install" make_install
check "make uninstall leaves nothing" make_uninstall
check "make dkms" make_dkms
check "make dkms again, for another source" make_dkms_again
check "dkms removes the module" dkms remove "algate/$version" --all
rm -rf "/usr/src/algate-$version"
check "the module is gone" module_gone
state > "$tmp/before"

check "install" install_packages "build/$deb"
check "files" files
check "the program" program "$version"
check "the plug-ins of the package" plugins
check "DKMS has built and installed the module" module_installed "$version"
check "units are enabled" units_enabled
check "the watch of plugins.d starts" starts_watch
for name in algate.service algate-plugins.service algate-metrics.service; do
	check "systemd-analyze security: $name" exposure "$name"
done
check "the units are valid" units_valid
check "bash parses its completion" \
	bash -n /usr/share/bash-completion/completions/algctl
check "zsh parses its completion" \
	zsh -n /usr/share/zsh/vendor-completions/_algctl
check "fish parses its completion" \
	fish -n /usr/share/fish/vendor_completions.d/algctl.fish
check "bash completes" bash_completes
check "zsh completes" zsh_completes
check "fish completes" fish_completes
check "node_exporter reads the metrics" node_exporter
check "the alerts fire when they should" alerts
check "Prometheus parses the dashboard" dashboard

check "files of an administrator" administer
check "upgrade" install_packages "build/$deb/next"
check "the new program" program "$version.1"
check "DKMS has the new module" module_installed "$version.1"
check "the old module is gone" fails test -e "/usr/src/algate-$version"
check "the upgrade stops nothing" upgrade_stops_nothing
check "a disabled unit stays disabled" enabled algate.service disabled
check "the administrator's files stay" administered
check "remove" remove remove
check "the removal stops the watch and the metrics" removal_stops
check "the module is gone" module_gone
check "the administrator's files stay" \
	test -s /etc/algate/plugins.d/tftp.alg -a -s /etc/algate/algate.conf
check "purge" remove purge
check "nothing of the packages is left" as_before
exit $fail
