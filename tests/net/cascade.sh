#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Balancers one behind the other: on one host, in two namespaces, by vs and by
# ip_vs; what one of them has done to a packet is no hint for the next. And
# services that are each other's servers, or their own: a packet does not go
# round for ever.
#
#   c0 ---- d ---- s1, a director as well ---- t1 t2

. "$(dirname "$0")/lib.sh"

topology 1 1

# behind N: a server tN behind s1, 10.3.N.2 and 2001:db8:3:N::2.
behind() {
	ip -batch - <<-END
	netns add t$1
	link add t$1 netns s1 type veth peer name eth0 netns t$1
	END
	quiet_ipv6 "t$1"
	ip -n s1 -batch - <<-END
	link set t$1 up
	address add 10.3.$1.1/24 dev t$1
	address add 2001:db8:3:$1::1/64 dev t$1 nodad
	END
	ip -n "t$1" -batch - <<-END
	link set lo up
	link set eth0 up
	address add 10.3.$1.2/24 dev eth0
	address add 2001:db8:3:$1::2/64 dev eth0 nodad
	route add default via 10.3.$1.1
	route add default via 2001:db8:3:$1::1
	END
}
behind 1
behind 2
ask sysctl s1 net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ask serve t1,t2 8080
# Forwarding, a host takes no route of its own from others, but may lose some.
ip -n s1 -6 route replace default via 2001:db8:2:1::1

third() { [ "$1" = 4 ] && echo "10.3.$2.2" || echo "2001:db8:3:$2::2"; }

# second vs|ipvs FAMILY ADDRESS: s1 balances ADDRESS:80 between t1 and t2.
second() {
	local proto flag i
	for proto in tcp udp; do
		if [ "$1" = vs ]; then
			echo "service add $proto $(at "$3" 80)"
			for i in 1 2; do
				echo "server add $proto $(at "$3" 80)" \
					"$(at "$(third "$2" $i)" 8080)"
			done
		else
			flag=-t
			[ $proto = tcp ] || flag=-u
			echo "-A $flag $(at "$3" 80) -s rr"
			for i in 1 2; do
				echo "-a $flag $(at "$3" 80) -m" \
					"-r $(at "$(third "$2" $i)" 8080)"
			done
		fi
	done | case $1 in
	vs) nsenter --net=/run/netns/s1 vsadm -b - ;;
	ipvs) nsenter --net=/run/netns/s1 ipvsadm -R ;;
	esac
}

for pair in vs:vs ipvs:vs vs:ipvs; do
	section "${pair%:*} before ${pair#*:}"
	balancer "${pair%:*}"
	[ "$pair" != vs:ipvs ] || modprobe -a ip_vs ip_vs_rr
	for family in 4 6; do
		second "${pair#*:}" $family "$(server $family 1)"
		vip=$(at "$(vip $family)" 80)
		for proto in tcp udp; do
			service_add $proto "$vip" rr
			server_add $proto "$vip" "$(at "$(server $family 1)" 80)"
			ask get c0 $proto "$(vip $family)" 80 count=4
			answers "$pair, $proto, IPv$family" 4 "t1=2 t2=2"
		done
		ask transfer c0 "$(vip $family)" 80 bytes=300000
		field same
		expect "$pair, IPv$family: 300 kB" 1 "$value"
	done
	balancer_end
	nsenter --net=/run/netns/s1 vsadm flush
	[ "$pair" != vs:ipvs ] || nsenter --net=/run/netns/s1 ipvsadm -C
done

# The virtual addresses of two services that have each other as servers.
ring4=(203.0.113.21 203.0.113.22)
ring6=(2001:db8:f::21 2001:db8:f::22)

# ring METHOD FAMILY: the two, and one that is its own server.
ring() {
	local service i words="method $1"
	local -n vips=ring$2
	[ "$1" != tunnel ] || words+=" type ipip"
	for i in 0 1; do
		service="udp $(at "${vips[i]}" 53)"
		echo "service add $service"
		[ "$1" != fullnat ] || echo "service set $service" \
			"source-pool $(pool "$2")"
		echo "server add $service $(at "${vips[1 - i]}" 53) $words"
		service="udp $(at "${vips[i]}" 54)"
		echo "service add $service"
		[ "$1" != fullnat ] || echo "service set $service" \
			"source-pool $(pool "$2")"
		echo "server add $service $(at "${vips[i]}" 54) $words"
	done | vsadm -b -
}

# quiet: no packet is on its way any more.
quiet() {
	local before
	before=$(cat /sys/class/net/{c0,lo}/statistics/rx_packets)
	sleep 0.05
	[ "$before" = "$(cat /sys/class/net/{c0,lo}/statistics/rx_packets)" ]
}

# packets: that came in, from wherever.
packets() {
	local n sum=0
	for n in /sys/class/net/{c0,lo}/statistics/rx_packets; do
		sum=$((sum + $(<"$n")))
	done
	echo $sum
}

# go_round METHOD WHERE MOST: MOST packets at most arrive for each that is sent.
go_round() {
	local family port ip before
	for family in 4 6; do
		ring "$1" $family
		local -n vips=ring$family
		ip="ip src=10.1.0.99"
		[ $family = 4 ] || ip="ip6 src=2001:db8:1::99"
		for port in 53 54; do
			before=$(packets)
			# shellcheck disable=SC2086 # a packet is words
			ask send c0 $ip dst="${vips[0]}" udp sport=4000 \
				dport=$port data=1
			wait_for 20 quiet || true
			expect_that "$1, $2, IPv$family, port $port: it ends" \
				"$(packets) - $before <= $3"
			before=$(packets)
			ask get d udp "${vips[0]}" $port timeout=0.1
			expect "$1, $2, IPv$family, port $port: nobody answers" \
				"answered=0" "${reply%% *}"
			wait_for 20 quiet || true
			expect_that "$1, $2, IPv$family, port $port: its own ends" \
				"$(packets) - $before <= $3"
		done
		vsadm flush
	done
}

# Each goes back to c0, which routes it here again: a hop each.
ask sysctl c0 net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
	net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0
ask sysctl d net.ipv4.conf.all.send_redirects=0 \
	net.ipv4.conf.c0.send_redirects=0
ip -n c0 -6 route replace default via 2001:db8:1::1
# What a tunnel leads back here is unwrapped, and begins anew.
ip -batch - <<-END
link add ipip type ipip
link add ip6ip6 type ip6tnl mode ip6ip6
link set ipip up
link set ip6ip6 up
END
for method in $methods; do
	section "$method: services that are each other's servers"
	ip -batch - <<-END
	route add ${ring4[0]} via 10.1.0.2
	route add ${ring4[1]} via 10.1.0.2
	route add ${ring6[0]} via 2001:db8:1::2
	route add ${ring6[1]} via 2001:db8:1::2
	END
	go_round "$method" "by a router" 45
	ip -batch - <<-END
	route del ${ring4[0]}
	route del ${ring4[1]}
	route del ${ring6[0]}
	route del ${ring6[1]}
	address add ${ring4[0]}/32 dev lo
	address add ${ring4[1]}/32 dev lo
	address add ${ring6[0]}/128 dev lo nodad
	address add ${ring6[1]}/128 dev lo nodad
	END
	go_round "$method" "by itself" 80
	ip -batch - <<-END
	address del ${ring4[0]}/32 dev lo
	address del ${ring4[1]}/32 dev lo
	address del ${ring6[0]}/128 dev lo
	address del ${ring6[1]}/128 dev lo
	END
done

finish
