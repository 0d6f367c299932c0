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
ask serve s1,s2 8080,82,83
take_methods s1 s2
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
# 81 is for the load, which is s1's alone.
for family in 4 6; do
	for proto in tcp udp; do
		for method in $methods; do
			by_method "$method" $proto $family "$(any $family)"
		done
		vip=$(at "$(vip $family)" 81)
		echo "service add $proto $vip scheduler rr"
		echo "server add $proto $vip $(at "$(server $family 1)" 8080)"
	done
done | vsadm -b -

section "a route is replaced: the next packet goes the new way"
for family in 4 6; do
	for method in $methods; do
		ask hold "$method$family" c0 udp "$(vip $family)" \
			"$(port_of "$method")" "$(sees "$method" $family)"
	done
done
for way in s1 s2 s1; do
	by $way
	for family in 4 6; do
		for method in $methods; do
			ask use "$method$family"
			answers "a flow, $method, by $way" 1 "$way=1"
			ask get c0 tcp "$(vip $family)" "$(port_of "$method")" \
				count=3 "$(sees "$method" $family)"
			answers "new ones, $method, by $way" 3 "$way=3"
		done
	done
done
ip -batch - <<-END
route del 10.9.9.9
route del 2001:db8:9::9
END
before=$(drops no-route)
for family in 4 6; do
	for method in $methods; do
		ask use "$method$family" timeout=0.2
		expect "no route, $method" "answered=0 failed=1" \
			"${reply%% wrong=*}"
		before=$((before + 1))
		expect "counted" $before "$(drops no-route)"
	done
done
by s2
for family in 4 6; do
	for method in $methods; do
		ask use "$method$family"
		answers "a route again, $method" 1 "s2=1"
	done
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

# The load's services: one of each method, for s1.
loads="t4 t6 u4 u6"
start() {
	local method proto family
	for method in dr tunnel fullnat; do
		for family in 4 6; do
			for proto in tcp udp; do
				echo "service del $proto" \
					"$(at "$(vip $family)" "$(port_of $method)")"
				by_method $method $proto $family 1
			done
		done
	done | vsadm -b -
	ask load t4 c0 tcp $vip4 81 pause=0.002 timeout=1
	ask load t6 c1 tcp $vip6 81 pause=0.002 timeout=1
	ask load u4 c1 udp $vip4 81 pause=0.002 timeout=0.2
	ask load u6 c0 udp $vip6 81 pause=0.002 timeout=0.2
	loads="t4 t6 u4 u6"
	for method in dr tunnel fullnat; do
		for family in 4 6; do
			ask load $method$family c$((family == 4)) udp \
				"$(vip $family)" "$(port_of $method)" pause=0.002 \
				timeout=0.2 "$(sees $method $family)"
			loads+=" $method$family"
		done
	done
	moving "before"
}

# moving WHAT: all get further.
moving() {
	local one before
	for one in $loads; do
		ask count "$one" more=3 timeout=20
		field answered
		before=$value
		ask count "$one" more=1 timeout=20
		field answered
		expect_that "$1: $one goes on" "$value > before"
	done
}

end() {
	local one
	for one in $loads; do
		ask unload "$one"
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
for method in $methods; do
	ask hold "$method" c0 udp $vip4 "$(port_of "$method")" count=5 \
		"$(sees "$method" 4)"
	answers "flows" 5
done
start_us=${EPOCHREALTIME/./}
ip link del s1
ip link del c1
took=$(((${EPOCHREALTIME/./} - start_us) / 1000))
expect_that "they go at once" "$took < 3000"

section "deleted while packets wait for the neighbour"
# s2 does not say who it is.
ip -n s2 link set eth0 arp off
ip neigh flush dev s2
ip -n s2 -6 address flush dev eth0
for method in $methods; do
	for family in 4 6; do
		vip=$(at "$(vip $family)" "$(port_of "$method")")
		echo "service del udp $vip"
		by_method "$method" udp $family 2
	done
done | vsadm -b -
for method in $methods; do
	for family in 4 6; do
		ask get c0 udp "$(vip $family)" "$(port_of "$method")" count=3 \
			patience=3 timeout=0.02
		expect "$method: nobody there" "answered=0 failed=3" \
			"${reply%% wrong=*}"
	done
done
start_us=${EPOCHREALTIME/./}
ip link del s2
took=$(((${EPOCHREALTIME/./} - start_us) / 1000))
expect_that "it goes at once" "$took < 3000"

finish
