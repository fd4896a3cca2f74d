#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Demonstrates the purpose of algate: active FTP through a masquerading router
# fails; after a plug-in is loaded and attached, the same transfer succeeds. The
# exit status is 0 if everything happened as expected. `make demo` runs this
# script in the VM.

root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR/..
. "$root/selftests/lib.sh" > /dev/null
. "$root/selftests/peers.sh"
cd "$root" || exit 1
PATH=$root/tools:$PATH
bad=0

# run WANTED NAMESPACE COMMAND...: prints a prompt and the command, and runs it;
# WANTED is "works" or "fails"
run()
{
	local wanted=$1 ns=$2 rc=0 who
	shift 2
	case $ns in
	"$c0") who=client ;;
	"$r") who=router ;;
	*) who=server ;;
	esac
	echo
	echo "$who# $*"
	on "$ns" "$@" 2>&1 || rc=$?
	case $wanted in
	works) [ $rc = 0 ] ;;
	fails) [ $rc != 0 ] && echo "(status $rc)" ;;
	esac || { echo "demo: this should not be: status $rc" >&2; bad=1; }
}

modprobe -a nf_conntrack nf_nat nf_conntrack_netlink 2> /dev/null
topo 1 > /dev/null
nat_masq
mkdir -p "$served"
echo "Hello from the server." > "$served/hello"
vsftpd_start "$s" > /dev/null || exit 1

cat << END
A client (10.0.1.10) is behind a router that masquerades as 192.0.2.1; an FTP
server is at 192.0.2.2. In active mode the client tells the server where to
connect to, and NAT does not know: the server is told a private address.
END
run fails "$c0" curl -sS --ftp-port - --disable-eprt --max-time 20 ftp://192.0.2.2/hello
echo
echo "With algate on the router:"
echo
echo "router# insmod kmod/algate.ko"
load_module || exit 1
run works "$r" algctl plugin load plugins/ftp.alg
run works "$r" algctl attach add ftp tcp dport 21
run works "$c0" curl -sS --ftp-port - --disable-eprt --max-time 20 ftp://192.0.2.2/hello
echo
echo "What happened on the router:"
# The control connection is closed; conntrack keeps its entry for a while.
run works "$r" algctl flow show
run works "$r" algctl flow show -d
on "$r" algctl --json flow show | grep -q '"rewritten": *1' ||
	{ echo "demo: nothing was rewritten" >&2; bad=1; }
exit $bad
