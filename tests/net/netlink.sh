#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# The protocol against whoever does not use vsadm: every request that can be
# wrong is refused with its reason, and namespaces have nothing in common.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cli-lib.sh"

section "hostile requests"
status=0
PYTHONDONTWRITEBYTECODE=1 python3 "$net_dir/netlink.py" || status=$?
same "netlink.py's status" 0 $status

section "a namespace of its own"
batch "flush
service add tcp 203.0.113.10:80
settings conns-max 5000
show
settings"
done_ "one service"
mine=$out
inside='vsadm -b - <<END
show
settings
service add udp 203.0.113.99:53
server add udp 203.0.113.99:53 10.0.0.1
settings conns-max 6000
show
settings
conn show
END'
unshare -n bash -c "$inside" >"$scratch/out" 2>"$scratch/err"
slurp out "$scratch/out"
same "another namespace" "udp 203.0.113.99:domain scheduler wlc path direct
  10.0.0.1:domain method nat weight 1 state up active 0 inactive 0
conns-max 6000" "${out#*$'\n'}"
batch $'show\nsettings'
same "leaves this one alone" "$mine" "$out"

# CAP_NET_ADMIN in the user namespace that owns the network namespace is enough,
# and no more than that.
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
if $nobody unshare -Urn true 2>/dev/null; then
	section "a user's own namespace"
	$nobody unshare -Urn bash -c "$inside" >"$scratch/out" 2>"$scratch/err"
	slurp out "$scratch/out"
	slurp err "$scratch/err"
	same "no error" "" "$err"
	same "is the user's" "conns-max 6000" "${out##*$'\n'}"
	status=0
	$nobody unshare -Ur vsadm flush 2>"$scratch/err" || status=$?
	slurp err "$scratch/err"
	same "this one is not" \
		"2 vsadm: not permitted: this needs CAP_NET_ADMIN" "$status $err"
	batch $'show\nsettings'
	same "and is left alone" "$mine" "$out"
else
	echo "  this kernel gives users no namespaces"
fi

finish
