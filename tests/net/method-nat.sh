#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Documentation/methods/nat.rst, done and looked at on the wire; by ip_vs too.

# shellcheck disable=SC2086 # numbers and words
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/page-lib.sh"

page nat
hosts client router director server1 server2
cable client:eth0 router:eth0
cable router:eth1 director:eth0
lan director:eth1 server1:eth0 server2:eth0
addresses client:eth0 198.51.100.7/24 2001:db8:c::7/64
addresses router:eth0 198.51.100.1/24 2001:db8:c::1/64
addresses router:eth1 192.0.2.1/24 2001:db8:a::1/64
addresses director:eth0 192.0.2.2/24 2001:db8:a::2/64
addresses director:eth1 10.0.0.1/24 2001:db8:1::1/64
addresses server1:eth0 10.0.0.11/24 2001:db8:1::11/64
addresses server2:eth0 10.0.0.12/24 2001:db8:1::12/64
internet client router

ask serve server1,server2 53,8080
balancer=vs
follow router director server1 server2

on_the_wire() {
	local number=1$1 server client ip ttl
	case $2 in
	4) ip=ip ttl=ttl client=198.51.100.7 server=10.0.0.$number ;;
	6) ip=ip6 ttl=hlim client=2001:db8:c::7 server=2001:db8:1::$number ;;
	esac
	# Router and director took one each.
	saw s$1 $ip src=$client dst=$server $ttl=62 tcp dport=8080 flags=S csum=ok \
		to="$(mac_of server$1:eth0)" from="$(mac_of director:eth1)"
	saw s$1 $ip src=$client dst=$server $ttl=62 udp dport=53 csum=ok
	saw c $ip src="$(vip $2)" dst=$client $ttl=62 tcp sport=80 flags=SA csum=ok
	saw c $ip src="$(vip $2)" dst=$client $ttl=62 udp sport=53 csum=ok
	unseen c src=$server
	unseen s$1 dst="$(vip $2)"
}

for balancer in $balancers; do
	section "$balancer"
	balancer $balancer
	follow director , services
	ask capture c client
	ask capture s1 server1
	ask capture s2 server2
	for family in 4 6; do
		ask get client tcp "$(vip $family)" 80 count=6
		answers "IPv$family, TCP" 6 "server1=3 server2=3"
		ask get client udp "$(vip $family)" 53 count=6
		answers "IPv$family, UDP" 6 "server1=3 server2=3"
		ask transfer client "$(vip $family)" 80 bytes=300000 dir=get timeout=5
		field same
		expect "IPv$family, 300 kB" 1 "$value"
		ask get client tcp "$(vip $family)" 80
		for i in 1 2; do
			on_the_wire $i $family
		done
	done
	# Of ours as of others': may not be fragmented, as the client said.
	saw s1 ip tcp flags=S df=1
	for i in c s1 s2; do
		unseen $i csum=BAD
		unseen $i ipcsum=BAD
	done
	balancer_end
done

page_end
finish
