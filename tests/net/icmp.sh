#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# ICMP errors, packet by packet: from a router or an end host, about a request
# or a reply, by each method and on both paths. Then paths of a smaller MTU in
# front of the director and behind it, found by real connections; by ip_vs too.
#
#   y0 ---- c0 (router; 10.1.0.99, raw) ---- d ---- s1 (router; 10.2.1.99) ---- x1

# shellcheck disable=SC2001,SC2034,SC2086 # $ip is words; $balancers
. "$(dirname "$0")/lib.sh"

topology 1 1
ghost c0 s1
ask capture c c0
ask capture s s1

addresses() {
	case $1 in
	4)
		client=10.1.0.99 server=10.2.1.99 ip=ip ttl=ttl
		near=10.1.0.77 far=10.2.1.77 pool=10.2.1.1
		errors="3:1 3:3 3:4 11:0 12:0"
		;;
	6)
		client=2001:db8:1::99 server=2001:db8:2:1::99 ip=ip6 ttl=hlim
		near=2001:db8:1::77 far=2001:db8:2:1::77 pool="[2001:db8:2:1::1]"
		errors="1:0 1:4 2:0 3:0 4:1"
		;;
	esac
	vip=$(vip "$1")
}

# got TAG TEXT QUOTE: the last error seen there, and what it quotes.
got() {
	ask saw $1 icmp type=$type code=$code
	expect "$type:$code, $3" "$2" "${reply#*| }"
	ask quoted $1 icmp type=$type code=$code whole=1
	expect "$type:$code quotes" "$3" "${reply% }"
	ask forget $1
}

# error NS SRC DST QUOTE...: with an MTU of 1400, and its own TTL.
error() {
	ask send $1 $ip src=$2 dst=$3 $ttl=9 icmp type=$type code=$code \
		rest=00000578 "${@:4}"
}

# open_flow PORT: $source and $port, what the server has for the client.
open_flow() {
	ask forget s
	ask send c0 $ip src=$client dst=$vip udp sport=4000 dport=53 data=30
	saw s udp dport=$1
	source=${reply#* src=} port=${reply#* sport=}
	source=${source%% *} port=${port%% *}
	ask forget s
}

# about_request FROM: an error about a request reaches the client, rewritten.
about_request() {
	error s1 $1 $source $ip src=$source dst=$server $ttl=4 \
		udp sport=$port dport=5353 data=30
	got c "$ip src=$vip dst=$client $ttl=8 icmp type=$type code=$code data=$((head + 38)) csum=ok" \
		"$ip src=$client dst=$vip $ttl=4 udp sport=4000 dport=53 data=30 csum=ok"
}

# By nat and fullnat: everything is rewritten.
two_way() {
	local data=30 from seen one
	for one in $errors; do
		type=${one%:*} code=${one#*:}
		for from in $far $server; do
			about_request $from
		done
		for from in $near $client; do
			error c0 $from $vip $ip src=$vip dst=$client $ttl=4 \
				udp sport=53 dport=4000 data=$data
			[ $1 = fullnat ] && seen=$source || seen=$from
			got s "$ip src=$seen dst=$server $ttl=8 icmp type=$type code=$code data=$((head + 8 + data)) csum=ok" \
				"$ip src=$server dst=$source $ttl=4 udp sport=5353 dport=$port data=$data csum=ok"
		done
	done
	section "IPv$family, $1, $2: the least that there is of a quote"
	error s1 $far $source quote=$((head + 8)) $ip src=$source dst=$server \
		$ttl=4 udp sport=$port dport=5353 data=99
	ask saw c icmp src=$vip dst=$client data=$((head + 8)) csum=ok
	expect "a short quote" count=1 "${reply%% |*}"
	ask forget c
}

# Without conns: what a reply's source tells, the quoted destination does.
one_packet() {
	local one
	vsadm service add udp $at path $1 one-packet on
	vsadm server add udp $at "$(at $server 5353)"
	open_flow 5353
	for one in $errors; do
		type=${one%:*} code=${one#*:}
		about_request $far
		about_request $server
	done
	expect "no conn" "[]" "$(vsadm --json conn show)"
	# Which server a reply came from is not in it: the error passes.
	error c0 $near $vip $ip src=$vip dst=$client $ttl=4 udp sport=53 \
		dport=4000 data=30
	ask send c0 $ip src=$client dst=$vip udp sport=4000 dport=53
	saw s udp dport=5353 data=0
	unseen s icmp type=$type code=$code
	vsadm flush
	ask forget s
	ask forget c
}

for family in 4 6; do
	addresses $family
	[ $family = 4 ] && head=20 || head=40
	at=$(at $vip 53)
	for path in direct stack; do
		for method in nat fullnat; do
			section "IPv$family, $method, path $path"
			vsadm service add udp $at path $path source-pool $pool
			vsadm server add udp $at "$(at $server 5353)" \
				method $method
			open_flow 5353
			two_way $method "path $path"
			vsadm flush
		done
		section "IPv$family, one-packet, path $path"
		one_packet $path
	done

	section "IPv$family, dr: errors about replies go to the server as they are"
	vsadm service add udp $at
	vsadm server add udp $at "$(at $server 53)" method dr
	open_flow 53
	for one in $errors; do
		type=${one%:*} code=${one#*:}
		error c0 $near $vip $ip src=$vip dst=$client $ttl=4 \
			udp sport=53 dport=4000 data=30
		got s "$ip src=$near dst=$vip $ttl=8 icmp type=$type code=$code data=$((head + 38)) csum=ok" \
			"$ip src=$vip dst=$client $ttl=4 udp sport=53 dport=4000 data=30 csum=ok"
	done
	vsadm flush

	section "IPv$family: what quotes no conn, or another's packet, stays"
	vsadm service add udp $at
	vsadm server add udp $at "$(at $server 5353)"
	open_flow 5353
	# About another port; to somebody else than the one it is about.
	error s1 $far $client $ip src=$client dst=$server $ttl=4 udp \
		sport=4001 dport=5353 data=3
	got c "$ip src=$far dst=$client $ttl=8 icmp type=$type code=$code data=$((head + 11)) csum=ok" \
		"$ip src=$client dst=$server $ttl=4 udp sport=4001 dport=5353 data=3 csum=ok"
	[ $family = 4 ] && other=10.1.0.2 || other=2001:db8:1::2
	error s1 $far $other $ip src=$client dst=$server $ttl=4 udp \
		sport=4000 dport=5353 data=3
	got c "$ip src=$far dst=$other $ttl=8 icmp type=$type code=$code data=$((head + 11)) csum=ok" \
		"$ip src=$client dst=$server $ttl=4 udp sport=4000 dport=5353 data=3 csum=ok"

	section "IPv$family: no hop is left for it"
	before=$(drops ttl)
	ask send s1 $ip src=$far dst=$client $ttl=1 icmp type=$type \
		code=$code rest=00000578 $ip src=$client dst=$server udp \
		sport=4000 dport=5353 data=3
	dropped_one() { [ "$(drops ttl)" -gt "$before" ]; }
	wait_for 5 dropped_one
	expect "dropped" $((before + 1)) "$(drops ttl)"

	section "IPv$family: a conn does not live on errors"
	idle() { vsadm --json conn show | jq '.[0].idle'; }
	is_idle() { [ "$(idle)" -ge 2 ]; }
	wait_for 10 is_idle
	error s1 $far $client $ip src=$client dst=$server udp sport=4000 \
		dport=5353 data=3
	saw c icmp src=$vip
	expect_that "it is idle still" "$(idle) >= 2"
	expect "its state" '"unreplied"' "$(vsadm --json conn show | jq '.[0].state')"

	section "IPv$family: mutants do no harm"
	ask mutants s1 n=300 seed=7 $ip src=$far dst=$client icmp type=$type \
		code=$code $ip src=$client dst=$server udp sport=4000 \
		dport=5353 data=30
	ask mutants c0 n=300 seed=8 $ip src=$near dst=$vip icmp type=$type \
		code=$code $ip src=$vip dst=$client udp sport=53 \
		dport=4000 data=30
	open_flow 5353
	vsadm flush
done
ask uncapture c
ask uncapture s

# Two more hosts, behind c0 and s1, each on the far side of a smaller path.
ip -batch - <<-END
netns add y0
netns add x1
END
quiet_ipv6 y0
quiet_ipv6 x1
behind() {
	ip -n $1 -batch - <<-END
	link add $2 type veth peer name eth0 netns $2
	link set $2 up
	address add 10.$3.1/24 dev $2
	address add 2001:db8:${3/./:}::1/64 dev $2 nodad
	route add 10.$3.2/32 dev $2 mtu lock 1400
	route add 2001:db8:${3/./:}::2/128 dev $2 mtu lock 1400
	END
	ask sysctl $1 net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n $2 -batch - <<-END
	link set lo up
	link set eth0 up
	address add 10.$3.2/24 dev eth0
	address add 2001:db8:${3/./:}::2/64 dev eth0 nodad
	route add default via 10.$3.1
	route add default via 2001:db8:${3/./:}::1
	END
	ip -batch - <<-END
	route add 10.$3.0/24 via $4
	route add 2001:db8:${3/./:}::/64 via $5
	END
}
behind c0 y0 8.0 10.1.0.2 2001:db8:1::2
behind s1 x1 9.1 10.2.1.2 2001:db8:2:1::2
ask serve x1 8080
ask sysctl d net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0

# learned NS ADDRESS: what it knows of the path.
learned() {
	ip -n $1 route get $2 | grep -o 'mtu [0-9]*' || true
}

forget_paths() {
	local ns
	for ns in y0 x1; do
		ip -n $ns route flush cache
		ip -n $ns -6 route flush cache
	done
}

# shellcheck disable=SC2154 # lib.sh sets balancers
for balancer in $balancers; do
	for family in 4 6; do
		section "$balancer, IPv$family: smaller paths are found, both ways"
		balancer $balancer
		at=$(at "$(vip $family)" 80)
		case $family in
		4) server=10.9.1.2 client=10.8.0.2 ;;
		6) server=2001:db8:9:1::2 client=2001:db8:8:0::2 ;;
		esac
		service_add tcp $at rr
		server_add tcp $at "$(at $server 8080)"
		forget_paths
		ask transfer y0 "$(vip $family)" 80 bytes=300000 dir=put
		expect_that "put arrives" "$(grep -c same=1 <<<"$reply") == 1"
		expect "the client knows" "mtu 1400" "$(learned y0 "$(vip $family)")"
		# Or the client announces no more than it has learned.
		forget_paths
		ask transfer y0 "$(vip $family)" 80 bytes=300000 dir=get
		expect_that "get arrives" "$(grep -c same=1 <<<"$reply") == 1"
		expect "the server knows" "mtu 1400" "$(learned x1 $client)"
		balancer_end
	done
done

section "traceroute: every router on the way, then the server"
vsadm service add udp $vip4:53
vsadm server add udp $vip4:53 10.9.1.2:8080
ask capture y y0
link=$(ip -n c0 -j link show y0 | jq -r '.[0].address')
hop=0
for from in 10.8.0.1 10.1.0.1 $vip4; do
	hop=$((hop + 1))
	ask send y0 to=$link ip src=10.8.0.2 dst=$vip4 ttl=$hop udp \
		sport=4000 dport=53 data=9
	ask saw y icmp type=11
	expect "hop $hop" "ip src=$from type=11" \
		"$(sed 's/.*| \(ip src=[^ ]*\).* \(type=11\).*/\1 \2/' <<<"$reply")"
	ask quoted y icmp type=11
	expect "hop $hop quotes" "ip src=10.8.0.2 dst=$vip4 ttl=1 udp sport=4000 dport=53" "$reply"
	ask forget y
done
finish
