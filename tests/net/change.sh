#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Servers are added, drained, taken down, given weight 0 and removed while
# clients ask without a pause: no request is lost, connections go on where they
# are, UDP flows of a server that is down or removed move at once.
#
#   c0, c1 ---- d ---- s1 s2 s3 s4

. "$(dirname "$0")/lib.sh"

topology 2 4
ask serve s1,s2,s3,s4 8080

for family in 4 6; do
	for proto in tcp udp; do
		vsadm service add $proto "$(at "$(vip $family)" 80)" scheduler rr
		vsadm server add $proto "$(at "$(vip $family)" 80)" \
			"$(at "$(server $family 1)" 8080)"
	done
done

# every VERB SERVER WORDS...: for each family and protocol.
every() {
	local family proto
	for family in 4 6; do
		for proto in tcp udp; do
			echo "server $1 $proto $(at "$(vip $family)" 80)" \
				"$(at "$(server $family "${2#s}")" 8080) ${*:3}"
		done
	done
}

# now VERB SERVER WORDS...: that, now.
now() { every "$@" | vsadm -b -; }

# Slow kernels are to have time for the changes, too.
pause=0.005
[ "$VS_KERNEL" = uml ] || pause=0.03
loads=(tcp4:c0 tcp6:c1 udp4:c1 udp6:c0)
[ "$VS_KERNEL" != uml-debug ] || loads=(tcp4:c0 udp6:c0)

start_loads() {
	local one
	for one in "${loads[@]}"; do
		ask load "${one%:*}" "${one#*:}" "${one:0:3}" \
			"$(vip "${one:3:1}")" 80 pause=$pause
	done
}

# busy: each load has come some answers further.
busy() {
	local one
	for one in "${loads[@]}"; do
		ask count "${one%:*}" more=5
		field failed
		expect "${one%:*}, under load: failed" 0 "$value"
	done
}

# end_loads WHAT: none of their requests has failed.
end_loads() {
	local one
	for one in "${loads[@]}"; do
		ask unload "${one%:*}"
		field answered
		answers "${one%:*}, $1" "$value"
	done
}

# given N: conns that server N was given so far, TCP and UDP. A flow that
# comes back from the port of an old one is no new conn.
given() { echo "tcp $(conns_of "$1" tcp) udp $(conns_of "$1" udp)"; }

# use_held WHAT TCP UDP: the held conns, and who answers them now.
use_held() {
	ask use tcp
	answers "$1: held connections" 8 "$2"
	ask use udp
	answers "$1: held flows" 8 "$3"
}

section "one server, then four, while requests go on"
start_loads
busy
for i in 2 3 4; do
	now add s$i
	busy
done
ask hold tcp c0 tcp $vip4 80 count=4
ask hold tcp c1 tcp $vip6 80 count=4
ask hold udp c0 udp $vip4 80 count=4
ask hold udp c1 udp $vip6 80 count=4
busy
for one in "${loads[@]}"; do
	ask unload "${one%:*}"
	field answered
	answers "${one%:*}, while servers were added" "$value"
	expect "${one%:*}: all four have answered" 4 "$(wc -w <<<"$spread")"
done
ask use tcp
held_tcp=$spread
ask use udp
held_udp=$spread

section "s1 drains: nothing new for it, all it has goes on"
start_loads
now set s1 state drain
before=$(given 1)
busy
use_held drain "$held_tcp" "$held_udp"
expect "drain: conns that s1 was given" "$before" "$(given 1)"
end_loads "drain"
now set s1 state up

section "s2 has weight 0: the same"
start_loads
now set s2 weight 0
before=$(given 2)
busy
use_held "weight 0" "$held_tcp" "$held_udp"
expect "weight 0: conns that s2 was given" "$before" "$(given 2)"
end_loads "weight 0"
now set s2 weight 1

section "s3 goes down under load: its flows move, its connections stay"
start_loads
busy
now set s3 state down
busy
ask use tcp
answers "down: held connections" 8 "$held_tcp"
ask use udp
answers "down: held flows" 8
field s3
expect "down: no flow is left with s3" "" "$value"
end_loads "s3 went down"
now set s3 state up
ask use udp
moved_udp=$spread

section "s4 is removed under load: its connections end when they end"
start_loads
busy
now del s4
busy
ask use tcp
answers "removed: held connections" 8 "$held_tcp"
ask use udp
answers "removed: held flows" 8
field s4
expect "removed: no flow is left with s4" "" "$value"
end_loads "s4 was removed"
ask drop tcp
ask drop udp

section "$moved_udp: and back again, up and down, twenty times"
start_loads
now add s4
for i in {1..5}; do
	for state in down up drain up; do
		every set s$((i % 4 + 1)) state $state
	done
	for scheduler in mh wlc wrr sh; do
		echo "service set tcp $vip4:80 scheduler $scheduler"
		echo "service set udp [$vip6]:80 scheduler $scheduler"
	done
done | vsadm -b -
busy
end_loads "up and down"

section "no server takes new ones: refused and counted, not forgotten"
before=$(drops no-server)
ask hold a c0 tcp $vip4 80 count=1
for i in 1 2 3 4; do
	now set s$i state drain
done
ask get c0 udp $vip4 80 timeout=0.3
expect "all drain: none answers" "answered=0 failed=1" "${reply%% wrong=*}"
ask use a
expect "all drain: the old one goes on" "answered=1 failed=0" \
	"${reply%% wrong=*}"
expect_that "refused is counted" "$(drops no-server) > before"
now set s1 state up
ask get c0 udp $vip4 80
answers "s1 is back" 1 "s1=1"

section "a service is removed: its conns end, those of removed servers too"
now set s2 state up
vsadm service set tcp $vip4:80 scheduler rr
ask hold gone c0 tcp $vip4 80 count=2
answers "held" 2 "s1=1 s2=1"
vsadm server del tcp $vip4:80 10.2.2.2:8080
ask use gone
answers "s2 is removed" 2 "s1=1 s2=1"
vsadm service del tcp $vip4:80
ask use gone timeout=0.5
expect "they do not go on" "answered=0 failed=2" "${reply%% wrong=*}"
none_left() {
	[ -z "$(vsadm conn show service "$vip4:80" protocol tcp)" ]
}
expect "no conn of it is left" yes "$(wait_for 3 none_left && echo yes)"
ask get c1 tcp $vip6 80
answers "the others are as they were" 1

finish
