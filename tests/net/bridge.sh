#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# The director goes on being a bridge and a router: it bridges two segments,
# routes between them and a third network, and balances what clients of all
# three ask over servers in all three, at once. Each is checked, and with
# netfilter on the bridge too. ip_vs is asked the same.
#
#   segment A, 10.5.0.0/24:  a1 (client), a2 (server) --- p1 \
#                                                             br0 10.5.0.1, d
#   segment B, the same net: b1 (client), b2 (server) --- p2 /      |
#   10.6.0.0/24:             c1 (client), c2 (server) --- p3 10.6.0.1
#
# IPv6 likewise: 2001:db8:5::11 (a1), ::12, ::21 (b1), ::22, 2001:db8:6::31, 32.

# shellcheck disable=SC2086 # numbers and words
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/page-lib.sh"

hosts director a1 a2 b1 b2 c1 c2
lan director:p1 a1:eth0 a2:eth0
lan director:p2 b1:eth0 b2:eth0
lan director:p3 c1:eth0 c2:eth0
ip link add br0 type bridge
ip link set p1 master br0
ip link set p2 master br0
ip link set br0 up
addresses director:br0 10.5.0.1/24 2001:db8:5::1/64
addresses director:p3 10.6.0.1/24 2001:db8:6::1/64
ask sysctl d net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
	net.ipv4.conf.{all,br0,p3}.send_redirects=0

number() { tr abc 123 <<<"$1"; }
net_of() { [ ${1::1} = c ] && echo 6 || echo 5; }
address() {
	[ $2 = 4 ] && echo "10.$(net_of $1).0.$(number $1)" ||
		echo "2001:db8:$(net_of $1)::$(number $1)"
}

for i in a1 a2 b1 b2 c1 c2; do
	addresses $i:eth0 "$(address $i 4)/24" "$(address $i 6)/64"
	ip -n $i -batch - <<-END
	route add default via 10.$(net_of $i).0.1
	route add default via 2001:db8:$(net_of $i)::1
	END
done
# A server of method nat answers clients of its own network by the director.
for i in a2:a1 a2:b1 b2:a1 b2:b1 c2:c1; do
	ip -n ${i%:*} -batch - <<-END
	route add $(address ${i#*:} 4) via 10.$(net_of $i).0.1
	route add $(address ${i#*:} 6) via 2001:db8:$(net_of $i)::1
	END
done
# Nor does it learn better from redirects, which ip_vs lets the stack send.
for i in a2 b2 c2; do
	ask sysctl $i net.ipv6.conf.eth0.accept_redirects=0
done
ask serve a1,a2,b1,b2,c1,c2 8080

# learned: on which port the bridge has learned each host, "a1=p1 ...".
learned() {
	local i
	for i in a1 a2 b1 b2 c1 c2 director; do
		bridge -json fdb show br br0 dynamic |
			jq -r --arg mac "$(mac_of $i:eth0)" \
				'.[] | select(.mac == $mac) | "'$i='\(.ifname)"'
	done | sort | xargs
}
right="a1=p1 a2=p1 b1=p2 b2=p2"

configure() {
	local family i
	for family in 4 6; do
		service_add tcp "$(at "$(vip $family)" 80)" rr
		service_add udp "$(at "$(vip $family)" 80)" rr
		for i in a2 b2 c2; do
			for proto in tcp udp; do
				server_add $proto "$(at "$(vip $family)" 80)" \
					"$(at "$(address $i $family)" 8080)"
			done
		done
	done
}

bridged() {
	section "$1: bridging"
	ask capture b1 b1
	for family in 4 6; do
		for proto in tcp udp; do
			ask get a1 $proto "$(address b1 $family)" 8080 count=2
			answers "from A to B, $proto, IPv$family" 2 "b1=2"
		done
		[ $family = 4 ] && ip=ip ttl=ttl || ip=ip6 ttl=hlim
		# As it was sent.
		saw b1 $ip src="$(address a1 $family)" $ttl=64 udp csum=ok \
			from="$(mac_of a1:eth0)" to="$(mac_of b1:eth0)"
		ask get b2 udp "$(address a2 $family)" 8080
		answers "from B to A, udp, IPv$family" 1 "a2=1"
	done
	unseen b1 from="$(mac_of director:p2)" udp
	ask uncapture b1
	expect "who was learned where" "$right" "$(learned)"
}

routed() {
	section "$1: routing"
	ask capture c1 c1
	for family in 4 6; do
		[ $family = 4 ] && ip=ip ttl=ttl || ip=ip6 ttl=hlim
		for i in a1 b1; do
			ask get $i tcp "$(address c1 $family)" 8080 count=2
			answers "from $i, IPv$family" 2 "c1=2"
			saw c1 $ip src="$(address $i $family)" $ttl=63 tcp \
				csum=ok from="$(mac_of director:p3)"
			ask get c1 udp "$(address $i $family)" 8080 count=2
			answers "to $i, IPv$family" 2 "$i=2"
		done
	done
	ask uncapture c1
}

balanced() {
	local i
	section "$1: balancing"
	for family in 4 6; do
		for i in a1 b1 c1; do
			for proto in tcp udp; do
				ask get $i $proto "$(vip $family)" 80 count=6
				answers "$i, $proto, IPv$family" 6 "a2=2 b2=2 c2=2"
			done
			for dir in put get put; do
				ask transfer $i "$(vip $family)" 80 \
					bytes=200000 dir=$dir timeout=5
				field same
				expect "$i, $dir of 200 kB, IPv$family" 1 "$value"
			done
		done
	done
	expect "who was learned where" "$right" "$(learned)"
}

# All of it at the same time.
at_once() {
	local i
	section "$1: all at once"
	for family in 4 6; do
		ask load bridge$family a1 tcp "$(address b1 $family)" 8080 pause=0.005
		ask load route$family b1 udp "$(address c1 $family)" 8080 pause=0.005
		for i in a1 b1 c1; do
			ask load $i$family $i tcp "$(vip $family)" 80 pause=0.005
		done
	done
	for i in bridge route a1 b1 c1; do
		ask count ${i}4 more=10
		ask count ${i}6 more=10
	done
	for i in bridge route a1 b1 c1; do
		for family in 4 6; do
			ask unload $i$family
			field answered
			answers "$i, IPv$family" "$value"
			expect_that "$i, IPv$family: many" "$value >= 10"
		done
	done
	expect "who was learned where" "$right" "$(learned)"
}

everything() {
	bridged "$1"
	routed "$1"
	balanced "$1"
	at_once "$1"
}

filter() {
	ask sysctl d net/bridge/bridge-nf-call-iptables=$1 \
		net/bridge/bridge-nf-call-ip6tables=$1
}

for balancer in ${VS_BALANCERS-$balancers}; do
	balancer $balancer
	configure
	everything $balancer
	modprobe br_netfilter
	filter 1
	everything "$balancer, netfilter on the bridge"
	filter 0
	balancer_end
done

balancer=vs
for i in a2:a1 a2:b1 b2:a1 b2:b1 c2:c1; do
	ip -n ${i%:*} -batch - <<-END
	route del $(address ${i#*:} 4)
	route del $(address ${i#*:} 6)
	END
done
for i in a2 b2 c2; do
	ask sysctl $i net.ipv4.conf.all.arp_ignore=1 \
		net.ipv4.conf.all.arp_announce=2
	ip -n $i address add $vip4/32 dev lo
	ip -n $i address add $vip6/128 dev lo nodad
done
addresses director:br0 10.5.0.40/24 2001:db8:5::40/64

pools=([4]="10.5.0.40" [6]="[2001:db8:5::40]")

# no_route_back METHOD PORT: a service there, servers of that method.
no_route_back() {
	local family proto i service
	for family in 4 6; do
		service=$(at "$(vip $family)" $2)
		for proto in tcp udp; do
			vsadm service add $proto $service scheduler rr \
				source-pool "${pools[family]}"
			for i in a2 b2 c2; do
				vsadm server add $proto $service \
					"$(at "$(address $i $family)" 8080)" \
					method $1
			done
		done
	done
}
no_route_back fullnat 80
no_route_back dr 8080

for filter in 0 1; do
	section "clients and servers of one net, no route back, filter $filter"
	filter $filter
	for family in 4 6; do
		pool=${pools[family]//[\[\]]}
		for i in a1 b1 c1; do
			for proto in tcp udp; do
				ask get $i $proto "$(vip $family)" 80 count=6 \
					sees=$pool-$pool
				answers "$i, fullnat, $proto, IPv$family" 6 \
					"a2=2 b2=2 c2=2"
				ask get $i $proto "$(vip $family)" 8080 count=6
				answers "$i, dr, $proto, IPv$family" 6 \
					"a2=2 b2=2 c2=2"
			done
		done
	done
	expect "who was learned where" "$right" "$(learned)"
done
filter 0
vsadm flush
for i in a2 b2 c2; do
	ip -n $i address del $vip4/32 dev lo
	ip -n $i address del $vip6/128 dev lo
done

section "a server moves from one segment to the other"
no_route_back fullnat 80
ask load move c1 udp $vip4 80 pause=0.005 timeout=0.3 patience=100 \
	sees=10.5.0.40-10.5.0.40
ask count move more=10
# It was the third that was plugged into its switch.
ip -n lan1 link set p3 netns lan2 name p4
ip -n lan2 -batch - <<-END
link set p4 master br0
link set p4 up
END
reached() { on a2 ping -q -c 1 -W 1 10.5.0.1 >/dev/null; }
expect "it is there again" yes "$(wait_for 5 reached && echo yes)"
right="a1=p1 a2=p2 b1=p2 b2=p2"
expect "who was learned where" "$right" "$(learned)"
ask count move more=10
ask unload move
field wrong
expect "wrong answers" 0 "$value"
for i in a1 b1 c1; do
	ask get $i tcp $vip4 80 count=6 sees=10.5.0.40-10.5.0.40
	answers "$i" 6 "a2=2 b2=2 c2=2"
done

finish
