#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Documentation/methods/local.rst, done and looked at on the wire; by ip_vs
# too, which knows by the server's address that it is local.

# shellcheck disable=SC2086 # numbers and words
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/page-lib.sh"

page local
hosts client router director server1
cable client:eth0 router:eth0
cable router:eth1 director:eth0
cable director:eth1 server1:eth0
addresses client:eth0 198.51.100.7/24 2001:db8:c::7/64
addresses router:eth0 198.51.100.1/24 2001:db8:c::1/64
addresses router:eth1 192.0.2.1/24 2001:db8:a::1/64
addresses director:eth0 192.0.2.2/24 2001:db8:a::2/64
addresses director:eth1 10.0.0.1/24 2001:db8:1::1/64
addresses server1:eth0 10.0.0.11/24 2001:db8:1::11/64
internet client router

ask serve server1 53,80
ask serve d 53,80 as=director
balancer=vs
follow router director server1

for balancer in ${VS_BALANCERS-$balancers}; do
	section "$balancer"
	[ $balancer = vs ] || modprobe -a ip_vs ip_vs_rr
	follow director , services
	ask capture c client
	ask capture d d dev=eth0
	for family in 4 6; do
		ip=ip ttl=ttl client=198.51.100.7
		[ $family = 4 ] || ip=ip6 ttl=hlim client=2001:db8:c::7
		ask get client tcp "$(vip $family)" 80 count=6
		answers "IPv$family, TCP" 6 "director=3 server1=3"
		ask get client udp "$(vip $family)" 53 count=6
		answers "IPv$family, UDP" 6 "director=3 server1=3"
		for dir in put get put get; do
			ask transfer client "$(vip $family)" 80 \
				bytes=300000 dir=$dir timeout=5
			field same
			expect "IPv$family, $dir of 300 kB" 1 "$value"
		done
		# Of its own the director takes no hop, the router took one.
		saw c $ip src="$(vip $family)" dst=$client $ttl=63 tcp \
			sport=80 flags=SA csum=ok
		saw c $ip src="$(vip $family)" dst=$client $ttl=62 tcp \
			sport=80 flags=SA csum=ok
		if [ $balancer = vs ]; then
			expect "IPv$family: conns were counted" "[5,5]" \
				"$(stat_of "[.[] | select(.address ==
				\"$(vip $family)\" and .protocol == \"tcp\") |
				.server[].stats.conns]")"
		fi
	done
	unseen c csum=BAD
	if [ $balancer = vs ]; then
		vsadm flush
	else
		ipvsadm -C
		# Its route to a local IPv6 server keeps the device for ever.
		modprobe -r ip_vs_rr ip_vs
	fi
done

page_end
finish
