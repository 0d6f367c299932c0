#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Errors about a tunnel's packets, of either family in either: the client is
# told in its own words, and the director remembers what fits.
#
#   c0 (10.1.0.99, raw) ---- d ==== s1 (10.2.1.99, raw)

# shellcheck disable=SC2086 # packets are words
. "$(dirname "$0")/lib.sh"

topology 1 1
ghost c0 s1
ask sysctl d net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
ask capture c c0
ask capture s s1

inner() {
	case $1 in
	4)
		client=10.1.0.99 ip="ip src=$client" told=10.1.0.1
		its_too_big="type=3 code=4" its_lost="type=3 code=1"
		;;
	6)
		client=2001:db8:1::99 ip="ip6 src=$client" told=2001:db8:1::1
		its_too_big="type=2 code=0" its_lost="type=1 code=3"
		;;
	esac
	vip=$(vip $1)
	flow="$ip dst=$vip udp sport=4000 dport=53"
}

outer() {
	case $1 in
	4)
		server=10.2.1.99 here=10.2.1.1 far="ip src=10.2.1.77"
		out="ip src=$here dst=$server df=1"
		too_big="type=3 code=4" lost="type=3 code=1"
		;;
	6)
		server=2001:db8:2:1::99 here=2001:db8:2:1::1
		far="ip6 src=2001:db8:2:1::77" out="ip6 src=$here dst=$server"
		too_big="type=2 code=0" lost="type=1 code=3"
		;;
	esac
}

# told TYPE CODE: the client gets that, about its own packet.
told() {
	saw c icmp $1 $2 dst=$client src=$told csum=ok
	ask quoted c icmp $1 $2
	expect "it quotes its own" "src=$client dst=$vip sport=4000 dport=53" \
		"$(grep -oE '(src|dst|sport|dport)=[^ ]*' <<<"$reply")"
	ask forget c
}

for out_family in 4 6; do
	outer $out_family
	for family in 4 6; do
		inner $family
		at=$(at $vip 53)
		section "IPv$family in IPv$out_family"
		vsadm service add udp $at
		vsadm server add udp $at "$(at $server 53)" method tunnel \
			type ipip
		ask forget s
		ask send c0 $flow data=1400
		ask saw s dst=$server
		expect "what fits the device" count=1 "${reply%% |*}"
		ask forget c

		# To who cannot be reached.
		ask send s1 $far dst=$here icmp $lost $out $flow data=99
		told $its_lost
		# Too short to say whose it was: nobody is told.
		ask send s1 $far dst=$here icmp $lost quote=$((20 + 20 * (out_family / 5) + 20)) \
			$out $flow data=99
		# A smaller path.
		ask send s1 $far dst=$here icmp $too_big rest=00000550 quote=500 $out \
			$flow data=1400
		told $its_too_big
		ask saw c timeout=0 icmp
		expect "nobody was told of the short one" "count=0 |" "$reply"

		section "IPv$family in IPv$out_family: the director remembers"
		ask forget s
		ask send c0 $flow data=1400
		told $its_too_big
		unseen s dst=$server
		expect "1360 for the path" "mtu 1360" \
			"$(ip route get $server | grep -o 'mtu [0-9]*')"
		vsadm flush
		ip route flush cache
		ip -6 route flush cache
	done
done

# It is not the director who sent the packet in error, or so it says.
for out_family in 4 6; do
	outer $out_family
	inner $out_family
	section "an error about somebody else's tunnel, IPv$out_family"
	at=$(at $vip 53)
	vsadm service add udp $at
	vsadm server add udp $at "$(at $server 53)" method tunnel type ipip
	ask send c0 $flow data=100
	saw s dst=$server
	ask forget s
	ask forget c
	theirs="$ip dst=$server"
	ask send s1 $far dst=$client icmp $too_big rest=00000500 quote=500 \
		$theirs $flow data=1400
	saw c icmp $too_big "src=${far#* src=}" dst=$client
	ask quoted c icmp $too_big whole=1
	expect "it is passed on" "$theirs" "$(cut -d' ' -f1-3 <<<"$reply")"
	expect "no smaller path" "" \
		"$(ip route get $server | grep -o 'mtu [0-9]*' || true)"
	ask forget c
	ask send s1 $far dst=$client icmp $lost $theirs $flow data=99
	saw c icmp $lost "src=${far#* src=}" dst=$client
	ask forget c
	vsadm flush
done

section "a tunnel's given source need not be the director's"
outer 4
inner 4
given=10.3.0.7
ip route add $given via 10.1.0.99
vsadm service add udp $vip4:53
vsadm server add udp $vip4:53 $server:53 method tunnel type ipip source $given
ask send c0 $flow data=100
saw s ip src=$given dst=$server
ask forget s
ask forget c
ask send s1 $far dst=$given icmp $too_big rest=00000550 quote=500 \
	ip src=$given dst=$server df=1 $flow data=1400
told $its_too_big
vsadm flush
ip route del $given

section "what is about no tunnel of a server teaches nothing"
outer 4
inner 4
vsadm service add udp $vip4:53
vsadm server add udp $vip4:53 $server:53
ask send s1 $far dst=$here icmp $too_big rest=00000550 quote=500 $out $flow data=1400
ask send s1 $far dst=10.1.0.99 udp sport=9 dport=9
saw c dport=9
expect "no smaller path" "" "$(ip route get $server | grep -o 'mtu [0-9]*' || true)"

finish
