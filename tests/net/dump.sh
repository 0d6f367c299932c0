#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Dumps of much: a service of thousands of servers, hundreds of services,
# thousands of conns. All is there once, filters choose, and a dump during
# which the configuration changed says so.
#
#   c0 ---- d ---- s1 s2 s3

. "$(dirname "$0")/lib.sh"

export PYTHONDONTWRITEBYTECODE=1
conns=3000

section "services"
status=0
python3 "$net_dir/dump.py" services || status=$?
expect "dump.py services" 0 $status

section "conns"
vsadm flush
topology 1 3
ask serve s1,s2,s3 53
vsadm service add udp $vip4:53 scheduler rr
for i in 1 2 3; do
	vsadm server add udp $vip4:53 "$(server 4 $i)"
done
ask get c0 udp $vip4 53 count=$conns clients=$conns
answers "flows" $conns
status=0
python3 "$net_dir/dump.py" conns $conns || status=$?
expect "dump.py conns" 0 $status

section "who may"
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
status=0
$nobody vsadm show >/dev/null || status=$?
expect "anybody sees services" 0 $status
status=0
$nobody vsadm conn show >/dev/null 2>&1 || status=$?
expect "nobody sees conns" 2 $status

finish
