#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Source addresses and ports, where others would mix conns: servers without a
# route back, client and server in one net, a server that is its own service's
# client, thousands of conns behind one address, two services whose conns meet
# at one server, and what happens when no port is left.
#
#   c0, c1 ---- d ---- s1 s2
#
# The pool is one address of the director's: 203.0.113.100, 2001:db8:f:1::100.

# shellcheck disable=SC2046,SC2086 # numbers and words
. "$(dirname "$0")/lib.sh"

# Thousands of connections are two files each in the agent.
ulimit -n 20000
topology 2 2
ask serve s1,s2 8080
pool() { [ "$1" = 4 ] && echo 203.0.113.100 || echo 2001:db8:f:1::100; }
ip -batch - <<-END
address add $(pool 4)/32 dev lo
address add $(pool 6)/128 dev lo
END

# fullnat FAMILY PORT SERVERS [POOL]: both protocols
fullnat() {
	local proto i service sources
	service=$(at "$(vip $1)" $2)
	sources=$(pool $1)
	[ $1 = 4 ] || sources="[$sources]"
	for proto in tcp udp; do
		vsadm service add $proto $service scheduler rr \
			source-pool $sources
		for i in $3; do
			vsadm server add $proto $service \
				"$(at "$(server $1 $i)" 8080)" method fullnat
		done
	done
}

# sources: how many conns there are, and how many pairs of server and source.
sources() {
	vsadm --json conn show | jq -r '"\(length) \(map([.protocol, ."server-address",
		."server-port", ."source-address" // ."client-address",
		."source-port" // ."client-port"]) | unique | length)"'
}

section "servers without a route to any client"
for i in s1 s2; do
	ip -n $i route del default
	ip -n $i -6 route del default
done
# To the pool there is one: it stands for the network in which they all are.
for i in s1 s2; do
	ip -n $i route add $(pool 4) via 10.2.${i#s}.1
	ip -n $i route add $(pool 6) via 2001:db8:2:${i#s}::1
done
for family in 4 6; do
	fullnat $family 80 "1 2"
	for i in c0 c1; do
		for proto in tcp udp; do
			ask get $i $proto "$(vip $family)" 80 count=4 \
				sees=$(pool $family)-$(pool $family)
			answers "$i, $proto, IPv$family" 4 "s1=2 s2=2"
		done
		for dir in put get; do
			ask transfer $i "$(vip $family)" 80 bytes=500000 \
				dir=$dir timeout=5
			field same
			expect "$i, $dir, IPv$family" 1 "$value"
		done
	done
done

section "a server is its own service's client, and meets itself"
for i in s1 s2; do
	ip -n $i route add $vip4 via 10.2.${i#s}.1
	ip -n $i route add $vip6 via 2001:db8:2:${i#s}::1
done
ask capture s1 s1
for family in 4 6; do
	for proto in tcp udp; do
		ask get s1 $proto "$(vip $family)" 80 count=6 \
			sees=$(pool $family)-$(pool $family)
		answers "s1, $proto, IPv$family" 6 "s1=3 s2=3"
	done
	ip=ip
	[ $family = 4 ] || ip=ip6
	# To itself, and no packet is from itself.
	saw s1 $ip src="$(pool $family)" dst="$(server $family 1)" tcp csum=ok
	saw s1 $ip src="$(vip $family)" dst="$(server $family 1)" tcp csum=ok
	unseen s1 src="$(server $family 1)" dst="$(server $family 1)"
done
unseen s1 csum=BAD
vsadm flush

# held TAGS...: conns that are held all answer still.
held() {
	local tag n
	for tag; do
		n=${tag#*=}
		ask use ${tag%=*}
		answers "held, ${tag%=*}" $n "s1=$n"
	done
}

section "one source port of 200 clients, one server, one address"
for family in 4 6; do
	fullnat $family 80 1
	for proto in tcp udp; do
		ask hold $proto$family c0 $proto "$(vip $family)" 80 count=200 \
			clients=200 sport=4000 sees=$(pool $family)-$(pool $family)
		answers "$proto, IPv$family" 200 "s1=200"
	done
done
expect "as many sources as conns" "800 800" "$(sources)"
held tcp4=200 udp4=200 tcp6=200 udp6=200
for i in tcp4 udp4 tcp6 udp6; do
	ask drop $i how=reset
done
vsadm flush

section "thousands"
many=1500
[ "$VS_KERNEL" != uml-debug ] || many=150
fullnat 4 80 1
for i in c0 c1; do
	ask hold $i $i tcp $vip4 80 count=$many sees=$(pool 4)-$(pool 4)
	answers "$i" $many "s1=$many"
done
expect "as many sources as conns" "$((2 * many)) $((2 * many))" "$(sources)"
held c0=$many c1=$many
for i in c0 c1; do
	ask drop $i how=reset
done
vsadm flush

section "method nat: one client's port, two services, one server"
for i in s1 s2; do
	ip -n $i route add default via 10.2.${i#s}.1
	ip -n $i route add default via 2001:db8:2:${i#s}::1
done
other() { [ "$1" = 4 ] && echo 203.0.113.11 || echo 2001:db8:f::11; }
ask forget s1
for path in direct stack; do
	for family in 4 6; do
		client=$(client $family 0)
		for proto in tcp udp; do
			for to in "$(vip $family)" "$(other $family)"; do
				vsadm service add $proto "$(at "$to" 80)" \
					path $path
				vsadm server add $proto "$(at "$to" 80)" \
					"$(at "$(server $family 1)" 8080)"
			done
			ask hold a c0 $proto "$(vip $family)" 80 sport=5000 \
				src=$client
			answers "$path, $proto, IPv$family: the first" 1 "s1=1"
			# Its address is its own, its port is not.
			ask hold b c0 $proto "$(other $family)" 80 sport=5000 \
				src=$client sees=$client-$client
			answers "$path, $proto, IPv$family: the second" 1 "s1=1"
			expect "$path, $proto, IPv$family: sources" "2 2" \
				"$(sources)"
			for _ in 1 2 3; do
				held a=1 b=1
			done
			ask drop a how=reset
			ask drop b how=reset
			vsadm flush
		done
	done
done
expect "nothing was a clash" 0 "$(drops clash)"

# Sixty thousand flows take the debugging kernel minutes.
[ "$VS_KERNEL" != uml-debug ] || finish

section "no port is left: that is counted, others go on"
ghost s1
vsadm settings conns-max 200000
vsadm service add udp $vip4:80 scheduler rr source-pool $(pool 4)
vsadm server add udp $vip4:80 10.2.1.99:9 method fullnat
vsadm service add udp $vip4:81 scheduler rr source-pool $(pool 4)
vsadm server add udp $vip4:81 10.2.1.2:8080 method fullnat
conns() { vsadm --json stats | jq .conns; }
ask ports c0 first=1 last=65535 ip src=198.18.0.1 dst=$vip4 udp sport=1 \
	dport=80 csum=0 data=1
expect "every port has its flow" 65535 "$(conns)"
expect "none was refused" 0 "$(drops no-source)"
ask ports c0 first=2000 last=2009 ip src=198.18.0.2 dst=$vip4 udp sport=1 \
	dport=80 csum=0 data=1
expect "ten more are refused, and counted" 10 "$(drops no-source)"
expect "no more flows" 65535 "$(conns)"
ask get c0 udp $vip4 81 count=5 sees=$(pool 4)-$(pool 4)
answers "another server has ports of its own" 5 "s1=5"
vsadm service set udp $vip4:80 source-pool $(pool 4)-203.0.113.101
ask ports c0 first=2000 last=2009 ip src=198.18.0.2 dst=$vip4 udp sport=1 \
	dport=80 csum=0 data=1
expect_that "another address has room" "$(conns) == 65535 + 5 + 10"
expect "none was refused" 10 "$(drops no-source)"

finish
