#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# The spread of real connections: rr and wrr to the last one, lc and wlc over
# held connections, the schedulers that hash by who comes again. What ip_vs
# promises as well is asked of it in the same words.
#
#   c0 (and its many clients) ---- d ---- s1 s2 s3 s4

. "$(dirname "$0")/lib.sh"

topology 1 4
ask serve s1,s2,s3,s4 8080

# pool PROTO FAMILY SCHEDULER[,OPTION...] WEIGHT...
pool() {
	local i=0 words weight
	read -ra words <<<"${3//,/ }"
	service_add "$1" "$(at "$(vip "$2")" 80)" "${words[@]}"
	for weight in "${@:4}"; do
		i=$((i + 1))
		server_add "$1" "$(at "$(vip "$2")" 80)" \
			"$(at "$(server "$2" $i)" 8080)" "$weight"
	done
}

end_pools() {
	case $balancer in
	vs) vsadm flush ;;
	ipvs) ipvsadm -C ;;
	esac
}

turns() {
	section "$balancer: rr and wrr, IPv$1"
	pool tcp "$1" rr 1 1 1 1
	ask get c0 tcp "$(vip "$1")" 80 count=40
	answers "rr, 40" 40 "s1=10 s2=10 s3=10 s4=10"
	server_weight tcp "$(at "$(vip "$1")" 80)" \
		"$(at "$(server "$1" 2)" 8080)" 0
	ask get c0 tcp "$(vip "$1")" 80 count=30
	answers "rr, weight 0 takes none" 30 "s1=10 s3=10 s4=10"
	end_pools

	pool tcp "$1" wrr 4 3 2 1
	ask get c0 tcp "$(vip "$1")" 80 count=40
	answers "wrr 4:3:2:1" 40 "s1=16 s2=12 s3=8 s4=4"
	ask get c0 tcp "$(vip "$1")" 80 count=10
	answers "wrr, one round" 10 "s1=4 s2=3 s3=2 s4=1"
	server_weight tcp "$(at "$(vip "$1")" 80)" \
		"$(at "$(server "$1" 4)" 8080)" 6
	ask get c0 tcp "$(vip "$1")" 80 count=30
	answers "wrr 4:3:2:6" 30 "s1=8 s2=6 s3=4 s4=12"
	end_pools
}

least() {
	section "$balancer: lc and wlc, IPv$1"
	pool tcp "$1" lc 1 1 1 1
	ask hold a c0 tcp "$(vip "$1")" 80 count=20
	answers "lc, held" 20 "s1=5 s2=5 s3=5 s4=5"
	server_weight tcp "$(at "$(vip "$1")" 80)" \
		"$(at "$(server "$1" 1)" 8080)" 0
	ask hold a c0 tcp "$(vip "$1")" 80 count=12
	answers "lc, one with weight 0" 12 "s2=4 s3=4 s4=4"
	server_weight tcp "$(at "$(vip "$1")" 80)" \
		"$(at "$(server "$1" 1)" 8080)" 1
	ask hold a c0 tcp "$(vip "$1")" 80 count=4
	answers "lc, that one fills up" 4 "s1=4"
	ask use a
	answers "lc, the held ones are where they were" 36 \
		"s1=9 s2=9 s3=9 s4=9"
	ask drop a how=reset
	end_pools

	pool tcp "$1" wlc 4 3 2 1
	ask hold a c0 tcp "$(vip "$1")" 80 count=40
	answers "wlc 4:3:2:1, held" 40 "s1=16 s2=12 s3=8 s4=4"
	ask drop a how=reset
	end_pools
}

# Each client by itself: the same answer whenever and from whichever port.
by_address() {
	section "$balancer: $2, by the client's address, IPv$1"
	pool tcp "$1" "$2" 1 1 1 1
	ask get c0 tcp "$(vip "$1")" 80 count=30 clients=30 save=first
	answers "30 clients" 30
	field s1
	expect_that "more than one server has clients" "${value:-0} < 30"
	ask get c0 tcp "$(vip "$1")" 80 count=30 clients=30 save=again
	ask compare first again
	expect "they come back to the same" "same=30 moved=0 |" "$reply"
	ask get c0 tcp "$(vip "$1")" 80 count=12 src="$(client "$1" 0)"
	expect "a client from 12 ports" 1 "$(wc -w <<<"$spread")"
	end_pools
}

# vs alone promises the rest.
hashing() {
	local s2 how
	section "vs: $2 hash addr-port, IPv$1"
	s2=$(at "$(server "$1" 2)" 8080)
	pool udp "$1" "$2,hash,addr-port" 1 1 1 1
	ask get c0 udp "$(vip "$1")" 80 count=60 src="$(client "$1" 0)"
	answers "one client, 60 ports" 60
	expect "all servers have some" 4 "$(wc -w <<<"$spread")"
	end_pools

	section "vs: $2, a server away moves nobody but its own clients, IPv$1"
	pool tcp "$1" "$2" 1 1 1 1
	ask get c0 tcp "$(vip "$1")" 80 count=40 clients=40 save=all
	answers "40 clients" 40
	field s2
	for how in "state drain" "state down" "weight 0"; do
		# shellcheck disable=SC2086 # two words
		vsadm server set tcp "$(at "$(vip "$1")" 80)" "$s2" $how
		moved "$how" $((40 - value)) "$value"
		vsadm server set tcp "$(at "$(vip "$1")" 80)" "$s2" \
			state up weight 1
	done
	moved "all are back" 40 0
	end_pools
}

# moved WHAT SAME MOVED: how many of the forty, and none but from s2.
moved() {
	ask get c0 tcp "$(vip "$family")" 80 count=40 clients=40 save=now
	answers "$1" 40
	ask compare all now
	expect "$1: who moved" "same=$2 moved=$3" "${reply% |*}"
	expect "$1: from others than s2" "" \
		"$(tr ' ' '\n' <<<"$spread" | grep -v '^s2>' || true)"
}

changes() {
	section "vs: another scheduler or weight moves no existing connection"
	pool tcp 4 rr 1 1 1 1
	ask hold a c0 tcp $vip4 80 count=8
	answers "held" 8 "s1=2 s2=2 s3=2 s4=2"
	for scheduler in wrr lc wlc mh sh rr; do
		vsadm service set tcp $vip4:80 scheduler $scheduler
		ask use a
		answers "$scheduler now" 8 "s1=2 s2=2 s3=2 s4=2"
		ask get c0 tcp $vip4 80 count=4
		answers "$scheduler: new ones" 4
	done
	vsadm server set tcp $vip4:80 10.2.1.2:8080 weight 0
	vsadm server set tcp $vip4:80 10.2.2.2:8080 state drain
	vsadm server set tcp $vip4:80 10.2.3.2:8080 state down
	ask use a
	answers "weight 0, drain and down" 8 "s1=2 s2=2 s3=2 s4=2"
	ask get c0 tcp $vip4 80 count=5
	answers "new ones" 5 "s4=5"
	ask drop a
	end_pools
}

for balancer in $balancers; do
	balancer "$balancer"
	for family in 4 6; do
		turns $family
		least $family
		by_address $family sh
		by_address $family mh
		[ "$balancer" = vs ] || continue
		hashing $family sh
		hashing $family mh
	done
	[ "$balancer" != vs ] || changes
done

finish
