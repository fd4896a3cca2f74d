#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions are called by check
#
# FTP through the NAT of Open vSwitch, with a plug-in as the helper. Open
# vSwitch itself calls conntrack's helpers, with packets that have no route.
# timeout: 240

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
need ovsdb-server ovs-vswitchd ovs-vsctl ovs-ofctl vsftpd curl
modprobe openvswitch 2> /dev/null || skip_all "no Open vSwitch in this kernel"

# The client and the server are in one subnet. The server sees the client's
# address as 10.0.1.99.
segment()
{
	setup_ns r s c0 || return
	ip -n "$r" link add lan type veth peer name eth0 netns "$c0"
	ip -n "$r" link add wan type veth peer name eth0 netns "$s"
	ip -n "$r" link set lan up
	ip -n "$r" link set wan up
	ip -n "$c0" addr add 10.0.1.10/24 dev eth0
	ip -n "$c0" link set eth0 address 02:00:00:00:00:10 up
	ip -n "$s" addr add 10.0.1.20/24 dev eth0
	ip -n "$s" link set eth0 address 02:00:00:00:00:20 up
	ip -n "$s" neigh add 10.0.1.99 lladdr 02:00:00:00:00:10 dev eth0
}

switch()
{
	local dir=$tmp/ovs
	export OVS_RUNDIR=$dir OVS_DBDIR=$dir OVS_LOGDIR=$dir

	mkdir -p "$dir"
	ovsdb-tool create "$dir/conf.db" /usr/share/openvswitch/vswitch.ovsschema
	defer pkill -F "$dir/ovs-vswitchd.pid"
	defer pkill -F "$dir/ovsdb-server.pid"
	on "$r" ovsdb-server "$dir/conf.db" --remote="punix:$dir/db.sock" \
		--pidfile --detach --no-chdir --log-file || return
	on "$r" ovs-vswitchd "unix:$dir/db.sock" --pidfile --detach \
		--no-chdir --log-file || return
	ovs-vsctl --db="unix:$dir/db.sock" --timeout=60 add-br br0 -- \
		add-port br0 lan -- set interface lan ofport_request=1 -- \
		add-port br0 wan -- set interface wan ofport_request=2 || return
	ovs-ofctl add-flows "$dir/br0.mgmt" - <<-END
		priority=10,arp actions=normal
		priority=50,tcp,ct_state=-trk actions=ct(table=1,nat)
		table=1,in_port=1,tcp,tp_dst=21,ct_state=+trk+new actions=ct(commit,nat(src=10.0.1.99)$1),2
		table=1,in_port=1,tcp,tp_dst=21,ct_state=+trk+est actions=ct(commit,nat$1),2
		table=1,in_port=1,tcp,ct_state=+trk+est actions=2
		table=1,in_port=1,tcp,ct_state=+trk+new+rel actions=ct(commit,nat),2
		table=1,in_port=2,tcp,ct_state=+trk+est actions=1
		table=1,in_port=2,tcp,ct_state=+trk+new+rel actions=ct(commit,nat),1
	END
}

check "one segment" segment || finish
load_module
check "load" "$ALGCTL" plugin load "$PLUGINS/ftp.alg" || finish
check "a switch that assigns the helper" switch ,alg=ftp || finish
check "start" vsftpd_start "$s" || finish
check "port get" ftp_get curl "$c0" port 10.0.1.20
check "port put" ftp_put curl "$c0" port 10.0.1.20
check "pasv get" ftp_get curl "$c0" pasv 10.0.1.20
check "each was opened" counts "$r" ftp opened 3
check "each was used" counts "$r" ftp used 3
check "the address is the switch's" counts "$r" ftp rewritten 2
check "unload is refused" refused "hold the plug-in" \
	"$ALGCTL" plugin unload ftp
check "the flows of the switch go" ovs-ofctl del-flows "$tmp/ovs/br0.mgmt"
finish
