#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Every reason for which packets are dropped, provoked: the packet does not
# arrive, its reason's counter goes up by one, no other does.
#
#   c0 (10.1.0.99, raw) ---- d ---- s1 (10.2.1.99, raw)

. "$(dirname "$0")/lib.sh"

topology 1 2
ghost c0 s1
ask serve s2 8080
ask capture c c0
ask capture s s1
vsadm service add tcp $vip4:80
vsadm server add tcp $vip4:80 10.2.1.99:8080
vsadm service add udp $vip4:80
vsadm server add udp $vip4:80 10.2.1.99:8080
vsadm service add udp "[$vip6]:80"
vsadm server add udp "[$vip6]:80" "[2001:db8:2:1::99]:8080"
c4="ip src=10.1.0.99 dst=$vip4" c6="ip6 src=2001:db8:1:0::99 dst=$vip6"
s4="ip src=10.2.1.99 dst=10.1.0.99"

all_drops() {
	vsadm --json stats | jq -r '[.drop[] | "\(.reason)=\(.packets)"] | join(" ")'
}

# dropped REASON NS PACKET: for that reason, and seen nowhere.
dropped() {
	local before after want="" word
	before=$(all_drops)
	ask forget c
	ask forget s
	# shellcheck disable=SC2086 # a packet is words
	ask send $2 $3
	# A last one, of nobody, on the same way.
	case $2 in
	c0)
		ask send c0 ip src=10.1.0.99 dst=10.2.1.2 udp sport=1 dport=9
		saw s dport=9
		;;
	s1)
		ask send s1 ip src=10.2.1.99 dst=10.1.0.2 udp sport=1 dport=9
		saw c dport=9
		;;
	esac
	after=$(all_drops)
	for word in $before; do
		[ "${word%=*}" != "$1" ] || word=$1=$((${word#*=} + 1))
		want+="$word "
	done
	expect "$1: $3" "$want" "$after"
	ask saw s timeout=0 dport=8080
	expect "$1: s1 sees nothing" "count=0 |" "$reply"
	ask saw c timeout=0 src=$vip4
	expect "$1: c0 sees nothing" "count=0 |" "$reply"
}

section "no-conn: TCP that is no SYN, of no connection"
for flags in A PA FA RA R SA SF SR F ""; do
	dropped no-conn c0 "$c4 tcp sport=1000 dport=80 flags=$flags"
done

section "no-server: none takes new ones"
for how in "state down" "state drain" "weight 0"; do
	# shellcheck disable=SC2086 # two words
	vsadm server set udp $vip4:80 10.2.1.99:8080 $how
	dropped no-server c0 "$c4 udp sport=1001 dport=80 data=3"
	vsadm server set udp $vip4:80 10.2.1.99:8080 state up weight 1
done
vsadm server del udp $vip4:80 10.2.1.99:8080
dropped no-server c0 "$c4 udp sport=1001 dport=80 data=3"
vsadm server add udp $vip4:80 10.2.1.99:8080

section "conns-max"
most=$(vsadm --json settings | jq '."conns-max"')
vsadm settings conns-max 1
ask send c0 "$c4" udp sport=1002 dport=80 data=3
saw s sport=1002
dropped conns-max c0 "$c4 udp sport=1003 dport=80 data=3"
dropped conns-max c0 "$c4 tcp sport=1003 dport=80 flags=S"
vsadm settings conns-max "$most"

section "fragment: one that overlaps another"
overlaps() {
	ask send "$1" "$2" mf=1 udp sport="$3" dport="$4" len=48 data=16
	dropped fragment "$1" "$2 off=8 mf=1 ${5-proto=17} raw data=24"
}
overlaps c0 "$c4 id=7" 1006 80
overlaps c0 "$c6 frag id=7" 1006 80 next=17
overlaps c0 "$c6 hbh dopt frag id=8" 1006 80 next=17
overlaps s1 "$s4 id=9" 8080 1004
section "fragment: one that is alone waits, and is none of these"
before=$(drops fragment)
ask send c0 "$c4 id=10 mf=1" udp sport=1006 dport=80 len=48 data=16
ask send c0 "$c4" udp sport=1004 dport=80 data=17
saw s sport=1004 dport=8080 data=17
expect "a lone fragment" "$before" "$(drops fragment)"
ask saw s timeout=0 data=16
expect "it does not arrive" "count=0 |" "$reply"
section "one that is whole, though it has a fragment header, is none"
ask send c0 "$c6" frag id=7 mf=0 udp sport=1006 dport=80 data=16
saw s sport=1006 dport=8080 data=16

section "ttl: used up here"
dropped ttl c0 "$c4 ttl=1 udp sport=1007 dport=80 data=3"
dropped ttl c0 "$c4 ttl=0 udp sport=1007 dport=80 data=3"
dropped ttl c0 "$c6 hlim=1 udp sport=1007 dport=80 data=3"
dropped ttl c0 "$c4 ttl=1 tcp sport=1007 dport=80 flags=S"
dropped ttl s1 "$s4 ttl=1 udp sport=8080 dport=1004 data=3"

section "ttl: the sender is told, in the words that it used"
ask forget c
ask send c0 "$c4" ttl=1 udp sport=1007 dport=80 data=3
saw c icmp type=11 code=0 src=10.1.0.1 dst=10.1.0.99 csum=ok
ask quoted c icmp
expect "IPv4" "ip src=10.1.0.99 dst=$vip4 ttl=1 udp sport=1007 dport=80" "$reply"
ask forget c
ask send c0 "$c6" hlim=1 udp sport=1007 dport=80 data=3
saw c icmp type=3 code=0 src=2001:db8:1::1 csum=ok
ask quoted c icmp
expect "IPv6" "ip6 src=2001:db8:1::99 dst=$vip6 hlim=1 udp sport=1007 dport=80" "$reply"

section "too-big: for the server's link, not to be fragmented; the sender is told"
ip link set s1 mtu 1400
dropped too-big c0 "$c4 udp sport=1009 dport=80 data=1450"
dropped too-big c0 "$c6 udp sport=1009 dport=80 data=1440"
ask forget c
ask send c0 "$c4" udp sport=1009 dport=80 data=1450
saw c icmp type=3 code=4 src=10.1.0.1 csum=ok
ask quoted c icmp
expect "IPv4" "ip src=10.1.0.99 dst=$vip4 ttl=64 udp sport=1009 dport=80" "$reply"
ask send c0 "$c6" udp sport=1009 dport=80 data=1440
saw c icmp type=2 code=0 src=2001:db8:1::1 csum=ok
ask send c0 "$c4" udp sport=1009 dport=80 data=1372
saw s dport=8080 data=1372
ip link set s1 mtu 1500

section "no-route: to the server, to the client"
ip route add unreachable 10.2.1.99
dropped no-route c0 "$c4 udp sport=1004 dport=80 data=3"
dropped no-route c0 "$c4 udp sport=1008 dport=80 data=3"
ip route del unreachable 10.2.1.99
ask send c0 "$c4" udp sport=1004 dport=80 data=5
saw s sport=1004 data=5
ask forget c
ask send s1 "$s4" udp sport=8080 dport=1004 data=5
saw c sport=80 dport=1004 data=5
ip route add unreachable 10.1.0.99
dropped no-route s1 "$s4 udp sport=8080 dport=1004 data=3"
ip route del unreachable 10.1.0.99
ask send s1 "$s4" udp sport=8080 dport=1004 data=6
saw c sport=80 dport=1004 data=6

section "sloppy: any TCP packet opens a connection, but for a RST"
vsadm service set tcp $vip4:80 sloppy on
for flags in A FA S PA; do
	ask send c0 "$c4" tcp sport=1010 dport=80 flags=$flags
	saw s sport=1010 dport=8080 flags=$flags
done
dropped no-conn c0 "$c4 tcp sport=1011 dport=80 flags=R"

finish
