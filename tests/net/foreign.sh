#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Traffic that is none of ours: the same packets are sent through the director
# without a service, with services on both paths, and with conns; what arrives
# is compared, packet by packet, and must be the same.
#
#   c0 (10.1.0.99, raw) ---- d ---- s1 (10.2.1.99, raw)

. "$(dirname "$0")/lib.sh"

topology 1 1
ghost c0 s1
ask serve s1 8080
ask sysctl d net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
# A neighbour for each that is asked for, so that no address is looked for.
ping -qc1 -W2 10.1.0.2 >/dev/null
ping -qc1 -W2 10.2.1.2 >/dev/null
ping -qc1 -W2 2001:db8:1:0::2 >/dev/null
ping -qc1 -W2 2001:db8:2:1::2 >/dev/null
ask capture c c0
ask capture s s1

c4="ip src=10.1.0.99" c6="ip6 src=2001:db8:1:0::99"
s4="ip src=10.2.1.99" s6="ip6 src=2001:db8:2:1::99"

# all FILE: sends everything, writes what arrived at either end.
all() {
	# shellcheck disable=SC2086 # packets are words
	while read -r ns packet; do
		[ -z "$ns" ] || [ "$ns" = "#" ] || ask send $ns $packet
	done <<-END
	# Routed through the director: other addresses, protocols, TTLs.
	c0 $c4 dst=10.2.1.99 ttl=7 tcp sport=1 dport=80 flags=S
	c0 $c4 dst=10.2.1.99 ttl=2 udp sport=1 dport=80 data=30
	c0 $c4 dst=10.2.1.99 tos=0x2e udp sport=1 dport=8080 data=30
	c0 $c4 dst=10.2.1.99 opts=94040000 udp sport=1 dport=80 data=30
	c0 $c4 dst=10.2.1.99 udp sport=1 dport=80 data=30 csum=0
	c0 $c4 dst=10.2.1.99 udp sport=1 dport=80 data=30 csum=0x77
	c0 $c4 dst=10.2.1.99 proto=132 raw data=40
	c0 $c4 dst=10.2.1.99 proto=50 raw data=40
	c0 $c4 dst=10.2.1.99 proto=4 raw data=40
	c0 $c4 dst=10.2.1.99 icmp type=8 data=56
	c0 $c4 dst=10.2.1.99 icmp type=3 code=4 ip src=10.2.1.99 dst=10.1.0.99 udp sport=80 dport=1
	c0 $c6 dst=2001:db8:2:1::99 hlim=7 tcp sport=1 dport=80 flags=S
	c0 $c6 dst=2001:db8:2:1::99 hlim=2 udp sport=1 dport=80 data=30
	c0 $c6 dst=2001:db8:2:1::99 hbh dopt udp sport=1 dport=80 data=30
	c0 $c6 dst=2001:db8:2:1::99 hbh dopt data=x0104000000000104000000000000 tcp sport=1 dport=80 flags=S
	c0 $c6 dst=2001:db8:2:1::99 dopt next=59
	c0 $c6 dst=2001:db8:2:1::99 next=132 raw data=40
	c0 $c6 dst=2001:db8:2:1::99 icmp type=128 data=56
	s1 $s4 dst=10.1.0.99 ttl=7 tcp sport=80 dport=1 flags=SA
	s1 $s4 dst=10.1.0.99 udp sport=8080 dport=4999 data=5
	s1 $s6 dst=2001:db8:1:0::99 hlim=7 udp sport=8080 dport=4999 data=5
	# Fragments of others, in order and not, and a lone last one.
	c0 $c4 dst=10.2.1.99 id=7 mf=1 udp sport=1 dport=80 len=48 data=16
	c0 $c4 dst=10.2.1.99 id=7 off=24 proto=17 raw data=24
	c0 $c4 dst=10.2.1.99 id=8 off=24 proto=17 raw data=24
	c0 $c4 dst=10.2.1.99 id=8 mf=1 udp sport=1 dport=80 len=48 data=16
	c0 $c4 dst=10.2.1.99 id=9 off=800 proto=6 raw data=24
	c0 $c6 dst=2001:db8:2:1::99 frag id=7 mf=1 udp sport=1 dport=80 len=48 data=16
	c0 $c6 dst=2001:db8:2:1::99 frag id=7 off=24 next=17 raw data=24
	c0 $c6 dst=2001:db8:2:1::99 hbh frag id=8 off=24 next=17 raw data=24
	# Their time is up here: the director says so.
	c0 $c4 dst=10.2.1.99 ttl=1 tcp sport=1 dport=80 flags=S
	c0 $c6 dst=2001:db8:2:1::99 hlim=1 udp sport=1 dport=80 data=3
	# To the director itself.
	c0 $c4 dst=10.1.0.1 icmp type=8 data=56
	c0 $c6 dst=2001:db8:1:0::1 icmp type=128 data=56
	c0 $c4 dst=10.1.0.1 tcp sport=1 dport=80 flags=S
	c0 $c4 dst=10.1.0.1 udp sport=1 dport=80 data=4
	# To the virtual address, but for no service: other ports, ICMP, SCTP.
	c0 $c4 dst=$vip4 tcp sport=1 dport=22 flags=S
	c0 $c4 dst=$vip4 udp sport=1 dport=81 data=9
	c0 $c4 dst=$vip4 udp sport=80 dport=1 data=9
	c0 $c4 dst=$vip4 icmp type=8 data=56
	c0 $c4 dst=$vip4 proto=132 raw data=x00010050000000000000000000000000
	c0 $c6 dst=$vip6 tcp sport=1 dport=22 flags=S
	c0 $c6 dst=$vip6 hbh udp sport=1 dport=81 data=9
	c0 $c6 dst=$vip6 icmp type=128 data=56
	# Nowhere to go.
	c0 $c4 dst=192.0.2.55 tcp sport=1 dport=80 flags=S
	c0 $c6 dst=2001:db8:dead::1 udp sport=1 dport=80 data=1
	# A last one, so that nothing is still on its way.
	c0 $c4 dst=10.2.1.99 udp sport=1 dport=9 data=9
	s1 $s4 dst=10.1.0.99 udp sport=1 dport=9 data=9
	END
	saw s dport=9
	saw c dport=9
	ask keep c "$1.c"
	ask keep s "$1.s"
	# What stacks say to each other about neighbours is not of the traffic.
	sed -Ei '/icmp type=(13[3-6]|143)/d' "$1.c" "$1.s"
}

same() {
	all "$VS_OUT/now"
	for end in c s; do
		checks=$((checks + 1))
		diff -u "$VS_OUT/before.$end" "$VS_OUT/now.$end" ||
			fail "$1: arrives at $end" "no difference" "the above"
	done
}

for place in "only routed to the director" "on the director"; do
	section "virtual addresses $place"
	[ "$place" = "only routed to the director" ] || vip_local add
	all "$VS_OUT/before"
	expect_that "much arrives" "$(cat "$VS_OUT"/before.? | wc -l) > 40"
	all "$VS_OUT/now"
	for end in c s; do
		expect "it is the same each time" "" \
			"$(diff "$VS_OUT/before.$end" "$VS_OUT/now.$end")"
	done
	for path in direct stack; do
		for family in 4 6; do
			for proto in tcp udp; do
				vip=$(at "$(vip $family)" 80)
				vsadm service add $proto "$vip" path $path
				vsadm server add $proto "$vip" \
					"$(at "$(server $family 1)" 8080)"
			done
		done
		same "services, path $path"
		for family in 4 6; do
			ask get c0 tcp "$(vip $family)" 80 count=3
			answers "path $path" 3
			ask get c0 udp "$(vip $family)" 80 count=3
			answers "path $path" 3
		done
		ask forget c
		ask forget s
		same "services and conns, path $path"
		vsadm flush
	done
	all "$VS_OUT/now"
	expect "after a flush" "" "$(diff "$VS_OUT/before.c" "$VS_OUT/now.c")"
done

finish
