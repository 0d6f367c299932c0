#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# What Katran's own packet tests ask of a balancer that tunnels, asked here:
# packets in, verdicts out. Each line names the case that it re-creates. Where
# vs answers otherwise than Katran the line says so.
#
# Not here: echo requests to the virtual address (echo.sh), fragments
# (fragment.sh), too-big errors and whom they go to (icmp*.sh), every outer
# header (tunnel-wire.sh), QUIC, the server in a TCP option and hashing by
# source networks, which vs has not.
#
#   c0 (many addresses) ---- d ---- s1 s2 (.99 each: nobody, only looked at)

# shellcheck disable=SC2046,SC2086 # numbers and words
. "$(dirname "$0")/lib.sh"

topology 1 2
ghost s1 s2
ask capture s1 s1
ask capture s2 s2
v4="ip src=198.18.0.1 dst=$vip4"
v6="ip6 src=2001:db8:18::1 dst=$vip6"
in4="in.src=198.18.0.1 in.dst=$vip4"
in6="in.src=2001:db8:18::1 in.dst=$vip6"
out4="ip dst=10.2.1.99"
out6="ip6 dst=2001:db8:2:2::99"

# tunnel PROTO SERVICE SERVER [SERVICE'S WORDS...]
tunnel() {
	vsadm service add $1 "$2" "${@:4}"
	vsadm server add $1 "$2" "$3" method tunnel type ipip
}

# sent NAME WORDS PACKET: it goes out, with these words.
sent() {
	local tag=s1
	[[ $2 != *2::99* ]] || tag=s2
	section "$1"
	ask send c0 $3
	saw $tag $2
	ask counted $tag ipip
	expect "$1: once" "packets=1" "${reply%% *}"
	unseen $tag csum=BAD
	unseen $tag in.csum=BAD
	ask forget $tag
}

# came_out NAME: one packet, by a tunnel.
came_out() {
	local n
	ask counted s1 ipip
	field packets
	n=$value
	ask counted s2 ipip
	field packets
	expect "$1: nothing else came out" "1 0" "$n $value"
}

# passed NAME PACKET: the stack has it, which has no use for it; vs counted no
# drop, made no conn and sent nothing.
passed() {
	section "$1"
	local before conns
	before=$(vsadm --json stats | jq '[.drop[].packets] | add')
	conns=$(vsadm --json stats | jq .stats.conns)
	ask send c0 $2
	# Which comes later, and comes out.
	ask send c0 $v4 udp sport=9999 dport=53 data=7
	saw s1 $in4 in.udp in.sport=9999
	came_out "$1"
	expect "$1: no drop" $before \
		"$(vsadm --json stats | jq '[.drop[].packets] | add')"
	expect_that "$1: no conn" \
		"$(vsadm --json stats | jq .stats.conns) <= $conns + 1"
	ask forget s1
}

# dropped NAME REASON PACKET
dropped() {
	local before
	section "$1"
	before=$(drops $2)
	ask send c0 $3
	ask send c0 $v4 udp sport=9999 dport=53 data=7
	saw s1 $in4 in.udp in.sport=9999
	expect "$1: $2" $((before + 1)) "$(drops $2)"
	came_out "$1"
	ask forget s1
}

tunnel udp $vip4:53 10.2.1.99
tunnel tcp $vip4:80 10.2.1.99
tunnel tcp $vip4:81 "[2001:db8:2:2::99]"
tunnel tcp "[$vip6]:80" "[2001:db8:2:2::99]"
tunnel udp "[$vip6]:53" "[2001:db8:2:2::99]"

sent "packet to a UDP service, IPv4" "$out4 ttl=63 ipip in.ip $in4 in.ttl=63 in.udp in.dport=53 in.csum=ok" \
	"$v4 udp sport=31337 dport=53 data=40"
sent "packet to a TCP service, IPv4" "$out4 ttl=63 ipip in.ip $in4 in.tcp in.dport=80 in.csum=ok" \
	"$v4 tcp sport=31337 dport=80 flags=S data=0"
sent "packet to a TCP service, IPv4, server by IPv6" "$out6 hlim=63 ipip in.ip $in4 in.tcp in.dport=81 in.csum=ok" \
	"$v4 tcp sport=31337 dport=81 flags=S data=0"
sent "packet to a TCP service, IPv6" "$out6 hlim=63 ipip in.ip6 $in6 in.hlim=63 in.tcp in.dport=80 in.csum=ok" \
	"$v6 tcp sport=31337 dport=80 flags=S data=0"
sent "packet to a UDP service, IPv6" "$out6 ipip in.ip6 $in6 in.udp in.dport=53 in.csum=ok" \
	"$v6 udp sport=31337 dport=53 data=40"
sent "type of service goes to the outer header" "$out4 tos=140 ipip in.ip $in4 in.tos=140 in.udp" \
	"$v4 tos=140 udp sport=31338 dport=53 data=1"
sent "known flow: LRU hit, a packet that opens nothing" "$out4 ipip $in4 in.tcp in.flags=A in.data=9" \
	"$v4 tcp sport=31337 dport=80 flags=A seq=2 ack=1 data=9"

section "a port-0 service: there is none, and it is refused"
expect "refused" "vsadm: port: the port is 0" "$(vsadm service add tcp $vip4:0 2>&1)"

passed "destination that is no service's, IPv4" \
	"ip src=198.18.0.1 dst=203.0.113.77 tcp sport=31337 dport=80 flags=S"
passed "destination that is no service's, IPv6" \
	"ip6 src=2001:db8:18::1 dst=2001:db8:f::77 tcp sport=31337 dport=80 flags=S"
passed "port that is no service's" "$v4 tcp sport=31337 dport=82 flags=S"
passed "protocol that is no service's" "$v4 raw data=20"
passed "header is no header: IHL below five" "$v4 ihl=4 udp sport=5 dport=53 data=40"
passed "packet ends in its UDP header" "$v4 udp sport=5 dport=53 cut n=4"
dropped "unknown flow: LRU miss, a TCP packet that is no SYN" no-conn \
	"$v4 tcp sport=31339 dport=80 flags=A seq=2 ack=1 data=9"
# Katran drops what has options.
sent "IPv4 options (not dropped)" "$out4 ipip in.ip $in4 in.opts=94040000 in.udp" \
	"$v4 opts=94040000 udp sport=31340 dport=53 data=3"

section "hash without source port: a client's flows go to one server"
vsadm service add udp $vip4:54 scheduler mh hash addr
for i in 1 2; do
	vsadm server add udp $vip4:54 10.2.$i.99 method tunnel type ipip
done
for i in 1 2; do
	ask forget s$i
done
for c in {1..40}; do
	for port in 1000 2000 3000; do
		ask send c0 ip src=198.18.1.$c dst=$vip4 udp sport=$port \
			dport=54 data=$c
	done
done
ask send c0 $v4 udp sport=9998 dport=53 data=7
saw s1 $in4 in.udp in.sport=9998
both=0
for i in 1 2; do
	ask counted s$i in.udp in.dport=54
	field packets
	count[i]=$value
done
expect "all of them came" 120 "$((count[1] + count[2]))"
for c in {1..40}; do
	ask counted s1 in.udp in.dport=54 in.src=198.18.1.$c
	field packets
	[ $value = 0 ] || [ $value = 3 ] || both=$((both + 1))
done
expect "clients whose flows went to both" 0 "$both"
expect_that "both servers got some" "count[1] >= 30 && count[2] >= 30"

section "consistent hash: a flow that nobody knows goes where it went before"
vsadm service add tcp $vip4:82 scheduler mh hash addr-port sloppy on
for i in 1 2; do
	vsadm server add tcp $vip4:82 10.2.$i.99 method tunnel type ipip
done
for round in 1 2; do
	for i in 1 2; do
		ask forget s$i
	done
	for c in {1..30}; do
		ask send c0 ip src=198.18.2.$c dst=$vip4 tcp sport=4000 \
			dport=82 flags=A data=1
	done
	ask send c0 $v4 udp sport=9997 dport=53 data=7
	saw s1 $in4 in.udp in.sport=9997
	where[round]=
	for c in {1..30}; do
		ask counted s1 in.tcp in.dport=82 in.src=198.18.2.$c
		field packets
		where[round]+=$value
	done
	# As on another director, which has none of these flows.
	vsadm service del tcp $vip4:82
	vsadm service add tcp $vip4:82 scheduler mh hash addr-port sloppy on
	for i in 1 2; do
		vsadm server add tcp $vip4:82 10.2.$i.99 method tunnel type ipip
	done
done
expect "the same servers" "${where[1]}" "${where[2]}"
expect "and not one alone" yes "$([[ ${where[1]} = *0* && ${where[1]} = *1* ]] && echo yes)"

finish
