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
ask serve s1,s2 8080,82,83
take_methods s1 s2

configure() {
	local method proto family i
	{
		echo "service add tcp $vip4:81 scheduler rr path stack"
		for i in 1 2; do
			echo "server add tcp $vip4:81 10.2.$i.2:8080"
		done
		for method in $methods; do
			for proto in tcp udp; do
				for family in 4 6; do
					by_method "$method" $proto $family 1 2
				done
			done
		done
	} | vsadm -b -
}

# One load of each method, which take turns at protocols and families.
loads="stack"
load_all() {
	local method proto family=6 client=c0
	loads=stack
	ask load stack c1 tcp $vip4 81 pause=0.001 timeout=1
	for method in $methods; do
		for proto in tcp udp; do
			ask load "$method$proto$family" $client $proto "$(vip $family)" \
				"$(port_of "$method")" pause=0.001 timeout=0.3 \
				"$(sees "$method" $family)"
			loads+=" $method$proto$family"
			family=$((10 - family))
			[ $client = c0 ] && client=c1 || client=c0
		done
		family=$((10 - family))
	done
}

rounds=4
[ "$VS_KERNEL" = uml ] || rounds=2
for ((i = 1; i <= rounds; i++)); do
	section "round $i"
	configure
	load_all
	ask load routed c0 tcp 10.2.1.2 8080 pause=0.001
	ask hold h c0 tcp $vip4 80 count=3
	answers "held" 3
	for one in $loads; do
		ask count "$one" more=5
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
	for one in $loads; do
		ask unload "$one"
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
	for method in $methods; do
		ask get c1 tcp $vip6 "$(port_of "$method")" count=4 \
			"$(sees "$method" 6)"
		answers "balanced again, $method" 4 "s1=2 s2=2"
	done
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
