#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Counters are exact: packets and bytes of each server are what its link has
# carried, segment by segment; a service is the sum of its servers with those
# that were removed; the namespace is the sum of its services with those that
# were removed.
#
#   c0, c1 ---- d ---- s1 s2 s3

. "$(dirname "$0")/lib.sh"

topology 2 3
ask serve s1,s2,s3 8080
for i in 1 2 3; do
	ask capture in$i s$i
	ask capture out$i s$i dir=out
done

for family in 4 6; do
	for proto in tcp udp; do
		for path in direct:80 stack:81; do
			vip=$(at "$(vip $family)" ${path#*:})
			vsadm service add $proto "$vip" scheduler rr \
				path ${path%:*}
			for i in 1 2 3; do
				vsadm server add $proto "$vip" \
					"$(at "$(server $family $i)" 8080)"
			done
		done
	done
done

# wire N: what server N's link has carried, TCP and UDP.
wire() {
	local way proto packets bytes sum=""
	for way in in out; do
		packets=0 bytes=0
		for proto in tcp udp; do
			ask counted $way"$1" $proto
			field packets
			packets=$((packets + value))
			field bytes
			bytes=$((bytes + value))
		done
		sum+="$way-packets=$packets $way-bytes=$bytes "
	done
	echo "$sum"
}

# counted JQ-FILTER: its stats, added up, without conns.
counted() {
	stat_of "[$1] | {
		a: (map(.\"in-packets\") | add), b: (map(.\"in-bytes\") | add),
		c: (map(.\"out-packets\") | add), d: (map(.\"out-bytes\") | add)
	}" | tr -dc '0-9,\n' | {
		IFS=, read -r a b c d
		echo "in-packets=$a in-bytes=$b out-packets=$c out-bytes=$d"
	}
}

work() {
	local family port
	for family in 4 6; do
		for port in 80 81; do
			ask get c0 tcp "$(vip $family)" $port count=6 size=3000
			answers "$1, tcp $port" 6
			ask get c1 udp "$(vip $family)" $port count=6 size=900 asks=3
			answers "$1, udp $port" 6
			ask transfer c0 "$(vip $family)" $port bytes=300000
			ask transfer c1 "$(vip $family)" $port bytes=300000 dir=get
		done
	done
}

# Both sides of a FIN may still be on their way: look until it is quiet.
settled() {
	local now
	now=$(wire 1; wire 2; wire 3)
	[ "$now" = "${last-}" ] || { last=$now; return 1; }
}

compare() {
	local i
	wait_for 5 settled || true
	for i in 1 2 3; do
		expect "$1: server $i" "$(wire $i)" "$(counted ".[].server[] |
			select(.address | IN(\"10.2.$i.2\", \"2001:db8:2:$i::2\")).stats")"
	done
	expect "$1: services are the sum of servers" \
		"$(counted '.[].server[].stats')" "$(counted '.[].stats')"
	expect "$1: the total is the sum of services" \
		"$(stat_of '[.[].stats.conns] | add')" \
		"$(vsadm --json stats | jq .stats.conns)"
}

section "segments as they come: GSO packets count as their segments"
work "GSO"
compare "GSO"

section "no offload"
for i in 1 2 3; do
	ask offload s$i eth0 tso=off gso=off gro=off
	ask offload d s$i tso=off
done
for i in c0 c1; do
	ask offload $i eth0 tso=off gso=off gro=off
done
work "no offload"
compare "no offload"

section "a removed server's counters stay in its service's sum"
before=$(counted '.[].stats')
total=$(vsadm --json stats | jq -c .stats)
for family in 4 6; do
	for proto in tcp udp; do
		for port in 80 81; do
			vsadm server del $proto "$(at "$(vip $family)" $port)" \
				"$(at "$(server $family 2)" 8080)"
		done
	done
done
expect "services" "$before" "$(counted '.[].stats')"
expect "the total" "$total" "$(vsadm --json stats | jq -c .stats)"
expect_that "servers alone are less" \
	"$(stat_of '[.[].server[].stats.conns] | add') < $(stat_of '[.[].stats.conns] | add')"

section "what a removed server's connections still do counts as well"
vsadm service add tcp $vip4:90 scheduler rr
vsadm server add tcp $vip4:90 10.2.1.2:8080
ask hold a c0 tcp $vip4 90
vsadm server del tcp $vip4:90 10.2.1.2:8080
before=$(stat_of '.[] | select(.port == 90).stats."in-packets"')
ask use a
answers "it goes on" 1 "s1=1"
expect_that "and counts" \
	"$(stat_of '.[] | select(.port == 90).stats."in-packets"') > before"
ask drop a

section "one that is added again begins with nothing"
vsadm server add tcp $vip4:90 10.2.1.2:8080
expect "its counters" '{"conns":0,"in-packets":0,"in-bytes":0,"out-packets":0,"out-bytes":0}' \
	"$(stat_of '.[] | select(.port == 90).server[0].stats')"

section "removed services stay in the total"
total=$(vsadm --json stats | jq -c .stats)
vsadm service del tcp $vip4:80
expect "one is gone" "$total" "$(vsadm --json stats | jq -c .stats)"
vsadm flush
expect "all are gone" "$total" "$(vsadm --json stats | jq -c .stats)"

finish
