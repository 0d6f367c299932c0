#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# The module goes under traffic and comes again, many times: rmmod works at
# once, plain routing goes on, and what clients do next is balanced again. The
# lab looks for what was left behind.
#
#   c0, c1 ---- d ---- s1 s2

. "$(dirname "$0")/lib.sh"

topology 2 2
ask serve s1,s2 8080

configure() {
	local vip i
	for vip in "tcp $vip4:80" "udp $vip4:80" "tcp $vip4:81" "tcp [$vip6]:80" "udp [$vip6]:80"; do
		i=direct
		[[ $vip != *:81 ]] || i=stack
		echo "service add $vip scheduler rr path $i"
		for i in 1 2; do
			if [[ $vip = *\[* ]]; then
				echo "server add $vip [2001:db8:2:$i::2]:8080"
			else
				echo "server add $vip 10.2.$i.2:8080"
			fi
		done
	done | vsadm -b -
}

rounds=4
[ "$VS_KERNEL" = uml ] || rounds=2
for ((i = 1; i <= rounds; i++)); do
	section "round $i"
	configure
	ask load t4 c0 tcp $vip4 80 pause=0.001 timeout=1
	ask load stack c1 tcp $vip4 81 pause=0.001 timeout=1
	ask load u4 c1 udp $vip4 80 pause=0.001 timeout=0.2
	ask load t6 c1 tcp $vip6 80 pause=0.001 timeout=1
	ask load u6 c0 udp $vip6 80 pause=0.001 timeout=0.2
	ask load routed c0 tcp 10.2.1.2 8080 pause=0.001
	ask hold h c0 tcp $vip4 80 count=3
	answers "held" 3
	for one in t4 stack u4 t6 u6; do
		ask count $one more=5
	done
	start=${EPOCHREALTIME/./}
	rmmod vs
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	expect_that "rmmod does not wait for anybody" "$took < 8000"
	ask count routed more=5
	ask get c0 udp $vip4 80 timeout=0.2
	expect "nobody balances" "answered=0 failed=1" "${reply%% wrong=*}"
	insmod "$VS_MODULE"
	expect "it begins with nothing" "" "$(vsadm show; vsadm conn show)"
	for one in t4 stack u4 t6 u6; do
		ask unload $one
		field wrong
		expect "$one: wrong answers" 0 "$value"
	done
	ask unload routed
	field answered
	answers "plain routing" "$value" "s1=$value"
	# Their conns are unknown now: not a SYN, so not for any server.
	configure
	ask use h timeout=0.2
	expect "held ones are over" "answered=0 failed=3" "${reply%% wrong=*}"
	ask drop h how=reset
	ask get c0 tcp $vip4 80 count=6
	answers "balanced again" 6 "s1=3 s2=3"
	vsadm flush
done

section "with services in another namespace"
ip netns add other
ip -n other link set lo up
nsenter --net=/run/netns/other vsadm service add tcp 192.0.2.1:80
configure
rmmod vs
insmod "$VS_MODULE"
expect "nothing there" "" "$(nsenter --net=/run/netns/other vsadm show)"
ip netns del other

finish
