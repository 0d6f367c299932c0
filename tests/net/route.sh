#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Routes, neighbours and devices change under traffic. Cached routes must not
# outlive them: the next packet goes the new way, a device that is deleted is
# gone at once, and when it is back so are the servers behind it.
#
#   c0, c1 ---- d ---- s1 s2; both servers have 10.9.9.9 and 2001:db8:9::9 too

. "$(dirname "$0")/lib.sh"

topology 2 2
ask serve s1,s2 8080
for i in s1 s2; do
	ip -n $i -batch - <<-END
	address add 10.9.9.9/32 dev lo
	address add 2001:db8:9::9/128 dev lo nodad
	END
done

any() { [ "$1" = 4 ] && echo 10.9.9.9 || echo 2001:db8:9::9; }

# by SERVER: both addresses are behind it.
by() {
	ip -batch - <<-END
	route replace 10.9.9.9 via 10.2.${1#s}.2
	route replace 2001:db8:9::9 via 2001:db8:2:${1#s}::2
	END
}

by s1
for family in 4 6; do
	for proto in tcp udp; do
		vip=$(at "$(vip $family)" 80)
		vsadm service add $proto "$vip" scheduler rr
		vsadm server add $proto "$vip" "$(at "$(any $family)" 8080)"
		vip=$(at "$(vip $family)" 81)
		vsadm service add $proto "$vip" scheduler rr
		vsadm server add $proto "$vip" "$(at "$(server $family 1)" 8080)"
	done
done

section "a route is replaced: the next packet goes the new way"
for family in 4 6; do
	ask hold u$family c0 udp "$(vip $family)" 80
done
for way in s1 s2 s1; do
	by $way
	for family in 4 6; do
		ask use u$family
		answers "a flow, by $way" 1 "$way=1"
		ask get c0 tcp "$(vip $family)" 80 count=3
		answers "new ones, by $way" 3 "$way=3"
	done
done
ip -batch - <<-END
route del 10.9.9.9
route del 2001:db8:9::9
END
before=$(drops no-route)
for family in 4 6; do
	ask use u$family timeout=0.2
	expect "no route" "answered=0 failed=1" "${reply%% wrong=*}"
done
expect "counted" $((before + 2)) "$(drops no-route)"
by s2
for family in 4 6; do
	ask use u$family
	answers "a route again" 1 "s2=1"
done

section "the route to the client is replaced"
# 198.18.0.0/16 is c0's; now c1 is the way to it.
ask capture c0 c0
ask capture c1 c1
ghost s1
vsadm service add udp $vip4:53
vsadm server add udp $vip4:53 10.2.1.99:53
ask send c0 ip src=198.18.0.1 dst=$vip4 udp sport=4000 dport=53 data=1
ask send s1 ip src=10.2.1.99 dst=198.18.0.1 udp sport=53 dport=4000 data=1
saw c0 sport=53 dport=4000 data=1
ip route replace 198.18.0.0/16 via 10.1.1.2
ask send s1 ip src=10.2.1.99 dst=198.18.0.1 udp sport=53 dport=4000 data=2
saw c1 sport=53 dport=4000 data=2
unseen c0 data=2
ip route replace 198.18.0.0/16 via 10.1.0.2
ask send s1 ip src=10.2.1.99 dst=198.18.0.1 udp sport=53 dport=4000 data=3
saw c0 sport=53 dport=4000 data=3

start() {
	ask load t4 c0 tcp $vip4 81 pause=0.002 timeout=1
	ask load t6 c1 tcp $vip6 81 pause=0.002 timeout=1
	ask load u4 c1 udp $vip4 81 pause=0.002 timeout=0.2
	ask load u6 c0 udp $vip6 81 pause=0.002 timeout=0.2
	moving "before"
}

# moving WHAT: all four get further.
moving() {
	local one before
	for one in t4 t6 u4 u6; do
		ask count $one more=3 timeout=20
		field answered
		before=$value
		ask count $one more=1 timeout=20
		field answered
		expect_that "$1: $one goes on" "$value > before"
	done
}

end() {
	local one
	for one in t4 t6 u4 u6; do
		ask unload $one
		field wrong
		expect "$one: wrong answers" 0 "$value"
	done
}

section "under load: the server's link goes down and up"
start
ip link set s1 down
ask get c0 udp $vip4 81 timeout=0.2
expect "down" "answered=0 failed=1" "${reply%% wrong=*}"
ip -batch - <<-END
link set s1 up
address replace 2001:db8:2:1::1/64 dev s1 nodad
END
moving "up again"

section "under load: the server gets another address on the link"
ip -n s1 link set eth0 address 02:00:00:00:07:77
ip neigh flush dev s1
moving "another neighbour"

section "under load: the director's address goes and comes"
ip -batch - <<-END
address del 10.2.1.1/24 dev s1
address del 2001:db8:2:1::1/64 dev s1
END
ask get c0 udp $vip4 81 timeout=0.2
expect "no address, no route" "answered=0 failed=1" "${reply%% wrong=*}"
ip -batch - <<-END
address add 10.2.1.1/24 dev s1
address add 2001:db8:2:1::1/64 dev s1 nodad
END
moving "an address again"

section "under load: the device is deleted, and made anew"
for i in 1 2 3; do
	start_us=${EPOCHREALTIME/./}
	ip link del s1
	took=$(((${EPOCHREALTIME/./} - start_us) / 1000))
	expect_that "it goes at once" "$took < 3000"
	ask get c0 udp $vip4 81 timeout=0.2
	expect "round $i: no device" "answered=0 failed=1" "${reply%% wrong=*}"
	rest='' mine=''
	link_peer "s1 2:1 51"
	ip -batch - <<<"$rest"
	address_peer "s1 2:1 51"
	ip -batch - <<<"$mine"
	moving "round $i: a device again"
done
end

section "deleted while nothing is sent, routes are cached"
ask hold idle c0 udp $vip4 81 count=5
answers "flows" 5
start_us=${EPOCHREALTIME/./}
ip link del s1
ip link del c1
took=$(((${EPOCHREALTIME/./} - start_us) / 1000))
expect_that "they go at once" "$took < 3000"

finish
