#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions are called by check
#
# systemd boots twice with the units of algate: they restore the configuration
# before the network and the firewall start, plug-ins follow the files of
# plugins.d, "reload" and "stop" leave flows alone, a broken configuration
# changes nothing, and the metrics are written. systemd is process 1 of a PID
# namespace. Between the boots, the module is removed.
# timeout: 720
# kernels: 6.1

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need systemctl unshare nsenter make

etc=/etc/algate
units=$tmp/system
algctl=/usr/local/sbin/algctl
line=/etc/modprobe.d/algate-test.conf
collector=/var/lib/prometheus/node-exporter

# make finds the program and the objects that guest.sh built.
make_files()	# install|uninstall
{
	make -s -C "$ROOT/tools" O="../build/$RELEASE/tools" \
		OUT="../build/$RELEASE/algctl" "$1"
}

# modprobe inserts the module, which is not in /lib/modules.
modprobe_line()
{
	mkdir -p "${line%/*}"
	echo "install algate /sbin/modprobe -a nf_conntrack nf_nat" \
		"nf_conntrack_netlink && /sbin/insmod $MODULE" > "$line"
}

# The firewall names the helper "ftp": without the plug-in, the kernel would
# load its own module. The network lists the attachments when it starts.
configure()
{
	mkdir -p "$etc/plugins.d" "$collector" "$units" || return
	cp "$PLUGINS/tftp.alg" "$etc/plugins.d/"
	cat > "$etc/algate.conf" <<-END
		plugin load ftp
		attach add ftp tcp dport 21
	END
	cat > "$tmp/nftables.conf" <<-END
		table ip units {
			ct helper files {
				type "ftp" protocol tcp
			}
		}
	END
	cat > "$units/wire.service" <<-END
		[Unit]
		DefaultDependencies=no
		Wants=network-pre.target
		After=network-pre.target
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=/bin/sh -c '$algctl attach show > $tmp/wire'
		[Install]
		WantedBy=multi-user.target
	END
	errors_to_file algate.service algate-plugins.service
}

# There is no journal.
errors_to_file()	# UNIT...
{
	local unit

	for unit; do
		mkdir -p "$units/$unit.d" || return
		printf '[Service]\nStandardError=append:%s\n' "$tmp/errors" \
			> "$units/$unit.d/errors.conf"
	done
}

# Starts systemd. $init is its process. systemd finds the enabled units in
# $units, and neither the other units of Debian's targets nor scripts of init.d.
# shellcheck disable=SC2016 # the inner shell expands the variables
boot()
{
	local outer

	rm -f "$tmp/wire"
	unshare --pid --mount --fork --kill-child --mount-proc sh -ec '
		mount -t tmpfs -o mode=755 run /run
		mount --bind "$1/system" /etc/systemd/system
		mount --bind "$1/nftables.conf" /etc/nftables.conf
		for dir in /etc/init.d /lib/systemd/system/sysinit.target.wants \
			/lib/systemd/system/sockets.target.wants \
			/lib/systemd/system/timers.target.wants \
			/lib/systemd/system/multi-user.target.wants; do
			mount -t tmpfs empty "$dir"
		done
		systemctl --quiet enable algate.service algate-plugins.service \
			algate-plugins.path algate-metrics.timer \
			nftables.service wire.service
		exec env -i container=test PATH="$PATH" /lib/systemd/systemd \
			--log-target=kmsg --show-status=no \
			--unit=multi-user.target' sh "$tmp" \
		> "$tmp/systemd" 2>&1 < /dev/null &
	outer=$!
	defer eval "kill -9 $outer 2> /dev/null"
	busywait 60 booted "$outer"
}

booted()	# PID
{
	init=$(< "/proc/$1/task/$1/children")
	init=${init% }
	[ -n "$init" ] || return
	case $(ctl is-system-running 2> /dev/null) in
	running|degraded) return 0 ;;
	esac
	return 1
}

ctl()	# ARGUMENTS...
{
	nsenter -t "$init" --mount --pid systemctl "$@"
}

state()
{
	ctl --no-pager status 'algate*'
	ctl --no-pager --failed
	cat "$tmp/systemd" "$tmp/errors"
	dmesg | tail -n 60
}

active()	# UNIT...
{
	local unit

	for unit; do
		[ "$(ctl is-active "$unit")" = active ] ||
			{ echo "$unit is not active"; return 1; }
	done
}

loaded_plugins()	# NAMES
{
	[ "$("$algctl" plugin show | awk '{ print $1 }' | sort | xargs)" = "$1" ]
}

generation()	# NAME NUMBER
{
	"$algctl" plugin show | grep "^$1 generation $2 "
}

attached()	# NUMBER
{
	"$algctl" attach show
	[ "$("$algctl" attach show | grep -c dport)" = "$1" ]
}

# A file in the folder appears at once, with all its text.
put()	# FILE NAME
{
	cp "$1" "$tmp/new" && mv "$tmp/new" "$etc/plugins.d/$2"
}

result()	# UNIT RESULT
{
	[ "$(ctl show -P Result "$1")" = "$2" ]
}

logged()	# TEXT
{
	cat "$tmp/errors"
	grep -qF "$1" "$tmp/errors"
}

metrics()	# LINE
{
	grep -x "$1" "$collector/algate.prom"
}

save()
{
	"$algctl" save > "$etc/algate.conf" &&
		"$algctl" attach show > "$tmp/attached"
}

power_off()
{
	kill -9 "$init" && busywait 20 fails kill -0 "$init" &&
		nft delete table ip units && busywait 20 rmmod algate
}

defer rm -rf "$line" "$etc" "$collector"
defer make_files uninstall
check "install" make_files install
check "a line in modprobe.d" modprobe_line
check "configure" configure
check "boot" boot || finish
check "the units are active" active algate.service algate-plugins.path \
	algate-metrics.timer nftables.service wire.service
check "the plug-ins are loaded" loaded_plugins "ftp tftp"
check "the attachment is there" attached 1
check "before the network" cmp "$tmp/wire" <("$algctl" attach show)
check "and before the firewall" test ! -d /sys/module/nf_conntrack_ftp

sed 's/plugin tftp/plugin other/; s/69/6900/' "$PLUGINS/tftp.alg" > "$tmp/other"
check "a new file" put "$tmp/other" other.alg
check "is loaded" busywait 20 loaded_plugins "ftp other tftp"
check "a changed file" put <(cat "$tmp/other"; echo "# changed") other.alg
check "replaces its plug-in" busywait 20 generation other 2
check "a broken file" put <(echo "plugin") other.alg
check "fails" busywait 20 result algate-plugins.service exit-code
check "names the line" logged "$etc/plugins.d/other.alg:2:1: error:"
check "and leaves the plug-in" loaded_plugins "ftp other tftp"
check "the file is repaired" put "$tmp/other" other.alg
check "and replaces the plug-in" busywait 20 generation other 3
check "a file goes" rm "$etc/plugins.d/other.alg"
check "and its plug-in" busywait 20 loaded_plugins "ftp tftp"
check "many changes do not end the watch" \
	test "$(ctl show -P StartLimitIntervalUSec algate-plugins.service)" = 0

echo "attach add ftp tcp dport 2121" >> "$etc/algate.conf"
check "reload" ctl reload algate.service
check "the new attachment is there" attached 2
check "the plug-in was not replaced" generation ftp 1
echo "attach add ftp tcp dport none" >> "$etc/algate.conf"
check "a broken line fails" fails ctl reload algate.service
check "with its number" logged \
	"$etc/algate.conf:4: this line is invalid; nothing was changed"
check "and leaves the attachments" attached 2
check "stop" ctl stop algate.service
check "changes nothing" attached 2
check "metrics" busywait 60 metrics "algate_attachments 2"
check "save" save
check "power off" power_off

check "boot again" boot || finish
check "the plug-ins are loaded" loaded_plugins "ftp tftp"
check "the attachments are the same" \
	cmp "$tmp/attached" <("$algctl" attach show)
check "before the network" cmp "$tmp/attached" "$tmp/wire"
check "power off" power_off
finish
