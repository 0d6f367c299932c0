#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Documentation/methods/dr.rst, done and looked at on the wire; by ip_vs too.

# shellcheck disable=SC2086 # numbers and words
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/page-lib.sh"

page dr
hosts client router director server1 server2
cable client:eth0 router:eth0
lan router:eth1 director:eth0 server1:eth0 server2:eth0
addresses client:eth0 198.51.100.7/24 2001:db8:c::7/64
addresses router:eth0 198.51.100.1/24 2001:db8:c::1/64
addresses router:eth1 203.0.113.1/24 2001:db8:f::1/64
addresses director:eth0 203.0.113.2/24 2001:db8:f::2/64
addresses server1:eth0 203.0.113.11/24 2001:db8:f::11/64
addresses server2:eth0 203.0.113.12/24 2001:db8:f::12/64
internet client router

ask serve server1,server2 53,80
balancer=vs
follow server1 server2 director

# From whom and to whom packets of either direction are, with the hops that
# they have left: the director is one of them for a request only.
on_the_wire() {
	local client vip ip ttl
	vip=$(vip $2)
	case $2 in
	4) ip=ip ttl=ttl client=198.51.100.7 ;;
	6) ip=ip6 ttl=hlim client=2001:db8:c::7 ;;
	esac
	for end in "tcp dport=80 flags=S" "udp dport=53"; do
		saw s$1 $ip src=$client dst=$vip $ttl=62 $end csum=ok \
			to="$(mac_of server$1:eth0)" from="$(mac_of director:eth0)"
	done
	for end in "tcp sport=80 flags=SA" "udp sport=53"; do
		saw r $ip src=$vip dst=$client $ttl=64 $end csum=ok \
			from="$(mac_of server$1:eth0)" to="$(mac_of router:eth1)"
		saw c $ip src=$vip dst=$client $ttl=63 $end csum=ok
	done
}

for balancer in ${VS_BALANCERS-$balancers}; do
	section "$balancer"
	[ $balancer = vs ] || modprobe -a ip_vs ip_vs_rr
	follow director , services
	ask capture c client
	ask capture d d dev=eth0
	ask capture r router dev=eth1
	ask capture s1 server1
	ask capture s2 server2
	for family in 4 6; do
		ask get client tcp "$(vip $family)" 80 count=6
		answers "IPv$family, TCP" 6 "server1=3 server2=3"
		ask get client udp "$(vip $family)" 53 count=6
		answers "IPv$family, UDP" 6 "server1=3 server2=3"
		for dir in put get; do
			ask transfer client "$(vip $family)" 80 bytes=300000 \
				dir=$dir timeout=5
			field same
			expect "IPv$family, $dir of 300 kB" 1 "$value"
		done
		for i in 1 2; do
			on_the_wire $i $family
		done
		saw d dst="$(vip $family)"
		unseen d src="$(vip $family)"
	done
	saw s1 ip tcp flags=S df=1
	for i in c d r s1 s2; do
		unseen $i csum=BAD
		unseen $i ipcsum=BAD
	done
	if [ $balancer = vs ]; then
		vsadm flush
	else
		ipvsadm -C
	fi
done

page_end
finish
