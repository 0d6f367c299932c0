#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Cases of public test suites that no other scenario has. Where the others are:
#
#   kernel selftest ipvs.sh  dr, nat, tun: method-dr, method-nat, method-tunnel
#                            (here: all of them in one service)
#   loxilb  tcplb udplb nat66tcp nat66udp: nat; tcplbhash wrrtcplb1 wrrtcplb2
#           tcplblc: sched; tcplbdsr1 tcplbdsr2: method-dr; tcplbl3dsr:
#           method-tunnel; lbtimeout lb6timeout: timeouts; sctplb: sctp;
#           tcplbcps: make bench
#           (here: tcplbmon tcplbepmod tcpepscale tcplbmaxep udplb-persist)
#   Cilium test/l4lb         (here: weight 0 refuses; fifty requests during
#                            a change, none may fail)
#   Katran                   katran
#
#   c0, c1 ---- d ---- s1 s2 s3 s4

# shellcheck disable=SC2046,SC2086 # numbers and words
. "$(dirname "$0")/lib.sh"

topology 2 4
ask serve s1,s2,s3,s4 80
balancer=

# service PROTO SCHEDULER [SERVER...]: both families, port 80
service() {
	local family i
	for family in 4 6; do
		service_add $1 "$(at "$(vip $family)" 80)" $2
		for i in "${@:3}"; do
			endpoint add $1 $family $i
		done
	done
}

# endpoint add|del PROTO FAMILY SERVER
endpoint() {
	local service server
	service=$(at "$(vip $3)" 80)
	server=$(at "$(server $3 $4)" 80)
	case $1:$balancer in
	add:*) server_add $2 $service $server ;;
	del:vs) vsadm server del $2 $service $server ;;
	del:ipvs) ipvsadm -d $(ipvs_service $2 $service) -r $server ;;
	esac
}

# spread_is WHAT PROTO COUNT SPREAD
spread_is() {
	local family
	for family in 4 6; do
		ask get c0 $2 "$(vip $family)" 80 count=$3
		answers "$balancer, $1, $2, IPv$family" $3 "$4"
	done
}

epmod() {
	section "$balancer: tcplbepmod: endpoints come and go, who is there answers"
	service tcp rr 1 2
	spread_is "two" tcp 4 "s1=2 s2=2"
	for family in 4 6; do
		endpoint add tcp $family 3
	done
	spread_is "one more" tcp 6 "s1=2 s2=2 s3=2"
	for family in 4 6; do
		endpoint del tcp $family 1
	done
	spread_is "one less" tcp 4 "s2=2 s3=2"
	for family in 4 6; do
		endpoint del tcp $family 2
		endpoint add tcp $family 4
	done
	spread_is "another" tcp 4 "s3=2 s4=2"
	balancer_end
}

scale() {
	local n
	section "$balancer: tcpepscale: one, two, four and back, one client's load"
	[ $balancer = vs ] || vip_local add
	service tcp rr 1
	ask load one c1 tcp $vip4 80 pause=0.003
	for n in 2 3 4; do
		endpoint add tcp 4 $n
		ask count one more=4
	done
	# The load takes turns as well, so who has how many is chance.
	ask get c0 tcp $vip4 80 count=40
	expect "$balancer: all four" "s1 s2 s3 s4" \
		"$(for word in $spread; do echo ${word%=*}; done)"
	for n in 4 3 2; do
		# A server that no conn needs any more.
		server_weight tcp $vip4:80 "$(server 4 $n):80" 0
		ask count one more=4
		endpoint del tcp 4 $n
	done
	ask count one more=5
	ask unload one
	field answered
	answers "$balancer: under load" "$value"
	balancer_end
}

persist() {
	local c first
	section "$balancer: udplb-persist: a client's flows go to one server"
	[ $balancer = vs ] || vip_local add
	service udp sh 1 2 3 4
	for c in 1 2 3 4 5 6 7 8; do
		ask get c0 udp $vip4 80 count=4 src=198.18.0.$c
		first=${spread%%=*}
		answers "$balancer, client $c" 4 "$first=4"
	done
	balancer_end
}

refuses() {
	local i
	section "$balancer: l4lb: weight 0 refuses, its weight again and it answers"
	[ $balancer = vs ] || vip_local add
	service tcp rr 1
	server_weight tcp $vip4:80 10.2.1.2:80 0
	ask get c0 tcp $vip4 80 timeout=0.5
	expect "$balancer: none" "answered=0 failed=1" "${reply%% wrong=*}"
	server_weight tcp $vip4:80 10.2.1.2:80 1
	ask get c0 tcp $vip4 80
	answers "$balancer: again" 1 "s1=1"
	balancer_end
}

fifty() {
	local i
	section "$balancer: l4lb: fifty requests while servers change, none fails"
	[ $balancer = vs ] || vip_local add
	service tcp rr 1 2
	ask load fifty c0 tcp $vip4 80
	for i in 1 2 3 4 5; do
		ask count fifty more=5
		endpoint add tcp 4 3
		server_weight tcp $vip4:80 10.2.3.2:80 5
		ask count fifty more=5
		server_weight tcp $vip4:80 10.2.3.2:80 0
		# Its last request is answered before it goes.
		ask count fifty more=2
		endpoint del tcp 4 3
	done
	ask unload fifty
	field answered
	expect_that "$balancer: fifty" "$value >= 50"
	answers "$balancer: none failed" "$value"
	balancer_end
}

for balancer in ${VS_BALANCERS-$balancers}; do
	balancer $balancer
	epmod
	scale
	persist
	refuses
	fifty
done
balancer=vs

section "tcplbmon: a server is found dead, is down, and comes back"
service tcp rr 1 2
ask unserve s2 80
ask get c0 tcp $vip4 80 count=4
expect "half are refused, as long as nobody says so" "answered=2 failed=2" \
	"${reply%% wrong=*}"
vsadm server set tcp $vip4:80 10.2.2.2:80 state down
ask get c0 tcp $vip4 80 count=4
answers "down" 4 "s1=4"
ask serve s2 80
vsadm server set tcp $vip4:80 10.2.2.2:80 state up
ask get c0 tcp $vip4 80 count=4
answers "up" 4 "s1=2 s2=2"
vsadm flush

section "tcplbmaxep: as many endpoints as one likes, 33 and 250"
vsadm service add udp $vip4:80 scheduler rr
vsadm service add udp "[$vip6]:80" scheduler rr
for i in 1 2 3 4; do
	ip -n s$i -batch - < <(for j in {10..72}; do
		echo "address add 10.2.$i.$j/32 dev lo"
		echo "address add 2001:db8:2:$i::$j/128 dev eth0 nodad"
	done)
done
endpoints() {
	local j i
	for ((j = $1; j <= $2; j++)); do
		for i in 1 2 3 4; do
			echo "server add udp $vip4:80 10.2.$i.$j:80"
			echo "server add udp [$vip6]:80 [2001:db8:2:$i::$j]:80"
		done
	done
}
endpoints 10 18 | vsadm -b -
for family in 4 6; do
	ask get c0 udp "$(vip $family)" 80 count=36
	answers "36, IPv$family" 36 "s1=9 s2=9 s3=9 s4=9"
done
endpoints 19 72 | vsadm -b -
for family in 4 6; do
	ask get c0 udp "$(vip $family)" 80 count=252
	answers "252, IPv$family" 252 "s1=63 s2=63 s3=63 s4=63"
	expect "each had its turn, IPv$family" 252 "$(stat_of "[.[] |
		select(.address == \"$(vip $family)\").server[] |
		select(.stats.conns >= 1)] | length")"
done
vsadm flush

section "ipvs.sh: nat, dr and tunnel, and full NAT, in one service"
for i in 2 3; do
	ip -n s$i -batch - <<-END
	address add $vip4/32 dev lo
	address add $vip6/128 dev lo nodad
	END
done
ip -n s3 -batch - <<-END
link add vs4 type ipip local 10.2.3.2 remote any
link set vs4 up
link add vs46 type ip6tnl mode any local 2001:db8:2:3::2 remote any
link set vs46 up
END
for family in 4 6; do
	source=10.2.4.1
	[ $family = 4 ] || source="[2001:db8:2:4::1]"
	for proto in tcp udp; do
		name=$(at "$(vip $family)" 80)
		vsadm service add $proto $name scheduler rr source-pool $source
		i=0
		for method in nat dr tunnel fullnat; do
			i=$((i + 1))
			vsadm server add $proto $name \
				$(at $(server $family $i) 80) method $method
		done
		# Of four only the last does not see its client.
		ask get c0 $proto "$(vip $family)" 80 count=8
		expect "$proto, IPv$family: answers" "answered=6 failed=0 wrong=2" \
			"${reply%% slowest=*}"
		expect "$proto, IPv$family: who" "s1=2 s2=2 s3=2" "$spread"
		source=${source//[\[\]]}
		ask get c0 $proto "$(vip $family)" 80 count=4 \
			patience=9 sees=$source-$source
		expect "$proto, IPv$family: full NAT" "s4=1" "$spread"
		source=$([ $family = 4 ] && echo $source || echo "[$source]")
	done
done

finish
