#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Documentation/methods/tunnel.rst, done and looked at on the wire; by ip_vs
# too.

# shellcheck disable=SC2086 # numbers and words
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/page-lib.sh"

page tunnel
hosts client router director server1 server2
cable client:eth0 router:eth0
cable router:eth1 director:eth0
cable router:eth2 server1:eth0
cable router:eth3 server2:eth0
addresses client:eth0 198.51.100.7/24 2001:db8:c::7/64
addresses router:eth0 198.51.100.1/24 2001:db8:c::1/64
addresses router:eth1 192.0.2.1/24 2001:db8:a::1/64
addresses router:eth2 10.0.1.1/24 2001:db8:1::1/64
addresses router:eth3 10.0.2.1/24 2001:db8:2::1/64
addresses director:eth0 192.0.2.2/24 2001:db8:a::2/64
addresses server1:eth0 10.0.1.11/24 2001:db8:1::11/64
addresses server2:eth0 10.0.2.12/24 2001:db8:2::12/64
internet client router
# What the page's commands have to undo.
for i in server1 server2; do
	ask sysctl $i net.ipv4.conf.{all,default}.rp_filter=1
done

ask serve server1,server2 80
balancer=vs
follow router director server1 server2

# outer TYPE SERVER: the words of the packets that a server gets, but for those
# within. They are looked at on their way: Linux' GUE shortens the length in
# the header, and what a capture on the server has with it.
outer() {
	local words
	case $2 in
	1) words="ip src=192.0.2.2 dst=10.0.1.11 ttl=62" ;;
	2) words="ip6 src=2001:db8:a::2 dst=2001:db8:2::12 hlim=62" ;;
	esac
	case $1$2 in
	ipip*) echo "$words ipip" ;;
	gre*) echo "$words gre" ;;
	gue1) echo "$words udp dport=6080 csum=none gue" ;;
	gue2) echo "$words udp dport=6080 csum=ok gue" ;;
	esac
}

# on_the_wire TYPE SERVER FAMILY
on_the_wire() {
	local client vip ip ttl
	vip=$(vip $3)
	case $3 in
	4) ip=ip ttl=ttl client=198.51.100.7 ;;
	6) ip=ip6 ttl=hlim client=2001:db8:c::7 ;;
	esac
	# The router took one before the director did.
	# shellcheck disable=SC2046 # words
	saw r $(outer $1 $2) in.$ip in.src=$client in.dst=$vip in.$ttl=62 \
		in.tcp in.dport=80 in.flags=S in.csum=ok
	saw c $ip src=$vip dst=$client $ttl=63 tcp sport=80 flags=SA csum=ok
}

for type in ipip gre gue; do
	for balancer in ${VS_BALANCERS-$balancers}; do
		section "$type, $balancer"
		balancer $balancer
		follow director , type $type
		if ! ip -n server2 link show vs46 >/dev/null 2>&1; then
			for family in 4 6; do
				ask get client tcp "$(vip $family)" 80 \
					count=2 timeout=0.3
				expect "no device on the servers, IPv$family" \
					"answered=0 failed=2" \
					"${reply%% wrong=*}"
			done
			follow server1 server2 , type $type
		fi
		ask capture c client
		ask capture d d dev=eth0
		ask capture r router dev=eth1
		for family in 4 6; do
			ask get client tcp "$(vip $family)" 80 count=6
			answers "IPv$family" 6 "server1=3 server2=3"
			for dir in put get put get; do
				ask transfer client "$(vip $family)" 80 \
					bytes=300000 dir=$dir timeout=5
				field same
				expect "IPv$family, $dir of 300 kB" 1 "$value"
			done
			for i in 1 2; do
				on_the_wire $type $i $family
			done
			saw d dst="$(vip $family)"
			unseen d src="$(vip $family)"
		done
		for i in c d r; do
			for word in csum=BAD ipcsum=BAD in.csum=BAD in.ipcsum=BAD; do
				unseen $i $word
			done
			ask uncapture $i
		done
		balancer_end
	done
	for i in server1 server2; do
		for dev in vs4 vs6 vs46; do
			ip -n $i link del $dev 2>/dev/null || true
		done
	done
done

page_end
finish
