#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Fragments: of a packet for a service, or of a server's reply, in any order and
# twice, on both paths. They are put together, rewritten as one and leave as
# fragments again, no larger than they came. Those of others are not touched.
#
#   c0 (10.1.0.99, raw) ---- d ---- s1 (10.2.1.99, raw)

# shellcheck disable=SC2086 # $ip is words
. "$(dirname "$0")/lib.sh"

topology 1 1
ghost c0 s1
ask capture c c0
ask capture s s1
id=100

addresses() {
	case $1 in
	4) client=10.1.0.99 server=10.2.1.99 ip=ip ttl=ttl head=20 size=76 ;;
	6)
		client=2001:db8:1::99 server=2001:db8:2:1::99
		ip=ip6 ttl=hlim head=48 size=96
		;;
	esac
	vip=$(vip "$1")
}

# joined TAG TEXT [PIECES]: the last packet in fragments was this, in as many.
joined() {
	ask joined "$1"
	expect "in fragments" "$2 pieces=${3-3} most=$((head + 24)) same=1" \
		"${reply#*| }"
	ask forget "$1"
}

# request ORDER, reply ORDER: 56 bytes in three fragments, in this order.
request() {
	id=$((id + 1))
	ask split c0 size=24 id=$id order="$1" $ip src=$client dst=$vip $ttl=9 \
		df=0 udp sport=4000 dport=53 data=48
}

reply() {
	id=$((id + 1))
	ask split s1 size=24 id=$id order="$1" $ip src=$server dst=$client \
		$ttl=33 df=0 udp sport=5353 dport=4000 data=48
}

request_arrives() {
	joined s "$ip src=$client dst=$server $ttl=8 udp sport=4000 dport=5353 data=48 csum=ok"
}

reply_arrives() {
	joined c "$ip src=$vip dst=$client $ttl=32 udp sport=53 dport=4000 data=48 csum=ok"
}

orders="0,1,2 0,2,1 1,0,2 1,2,0 2,0,1 2,1,0"
for path in direct stack; do
	for family in 4 6; do
		addresses $family
		at=$(at $vip 53)
		vsadm service add udp $at path $path
		vsadm server add udp $at "$(at $server 5353)"

		section "path $path, IPv$family: requests and replies, in any order"
		for order in $orders; do
			request $order
			request_arrives
			reply $order
			reply_arrives
		done

		section "path $path, IPv$family: of two packets at once"
		for order in 0 2 1; do
			id=5000
			request $order
			request $order
		done
		ask joined s n=2
		expect "both arrive" count=2 "${reply%% |*}"
		ask forget s

		section "path $path, IPv$family: one comes twice"
		request 0,0,2,1
		ask joined s
		request_arrives
		reply 2,2,0,0,1
		reply_arrives

		section "path $path, IPv$family: one is lost, the others wait"
		request 0,2
		reply 1,2
		request 2,1,0
		request_arrives
		reply 2,1,0
		reply_arrives
		expect "counted as whole packets" "[10,$((10 * size))]" \
			"$(stat_of '.[0].stats | [.["in-packets"],.["in-bytes"]]')"
		vsadm flush
	done
done

section "those of others stay as they are: not even waited for"
vsadm service add udp $vip4:53
vsadm server add udp $vip4:53 10.2.1.98:5353
addresses 4
for order in 1 2 0; do
	ask split c0 size=24 id=9 order=$order ip src=$client dst=$server \
		ttl=9 df=0 udp sport=4000 dport=53 data=48
	ask saw s n=1 ttl=8 off=$((order * 24))
	expect "passes at once" count=1 "${reply%% |*}"
done
vsadm flush

section "TCP: a SYN, of IPv4 its header in pieces (RFC 8200 forbids it)"
for family in 4 6; do
	[ $family = 4 ] && piece=16 || piece=24
	addresses $family
	at=$(at $vip 80)
	vsadm service add tcp $at
	vsadm server add tcp $at "$(at $server 8080)"
	ask forget s
	ask split c0 size=$piece id=77 order=1,0 $ip src=$client dst=$vip \
		$ttl=9 df=0 tcp sport=4000 dport=80 flags=S seq=7 data=$((2 * piece - 20))
	ask joined s
	expect "a SYN" "$ip src=$client dst=$server $ttl=8 tcp sport=4000 dport=8080 flags=S seq=7 ack=0 data=$((2 * piece - 20)) csum=ok pieces=2 most=$((head + piece)) same=1" \
		"${reply#*| }"
	vsadm flush
done

finish
