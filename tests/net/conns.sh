#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# What is said of conns: states, times, filters, and that they end. A conn
# that is idle past its state's timeout is gone, one that is used is not.
#
#   c0, c1 ---- d ---- s1 s2 s3

. "$(dirname "$0")/lib.sh"

topology 2 3
ask serve s1,s2,s3 8080
for family in 4 6; do
	for proto in tcp udp; do
		vip=$(at "$(vip $family)" 80)
		vsadm service add $proto "$vip" scheduler rr
		for i in 1 2 3; do
			vsadm server add $proto "$vip" \
				"$(at "$(server $family $i)" 8080)"
		done
	done
done

# conns WORDS...: how many are shown.
conns() { vsadm --json conn show "$@" | jq length; }

section "filters, alone and together"
ask hold a c0 tcp $vip4 80 count=6
ask hold b c1 tcp $vip4 80 count=3
ask hold c c0 udp $vip4 80 count=6
ask hold d c0 tcp $vip6 80 count=3
ask hold e c1 udp $vip6 80 count=3
expect "all" 21 "$(conns)"
while read -r n words; do
	# shellcheck disable=SC2086 # words
	expect "conn show $words" "$n" "$(conns $words)"
done <<-END
12 protocol tcp
9 protocol udp
12 client 10.1.0.2
3 client 10.1.1.2
3 client [2001:db8:1::2]
15 service $vip4:80
6 service [$vip6]:80
6 service [$vip6]
0 service $vip4:81
5 server 10.2.1.2:8080
5 server 10.2.1.2
2 server [2001:db8:2:3::2]:8080
0 server 10.2.4.2
21 state established
0 state syn-sent
2 client 10.1.0.2 protocol tcp server 10.2.2.2:8080
6 client 10.1.0.2 protocol udp service $vip4:80 state established
0 client 10.1.1.2 protocol udp service $vip4:80
END

section "a conn's own words"
ghost c0 s1
ask capture c c0
ask capture s s1
vsadm service add udp $vip4:53 path stack
vsadm server add udp $vip4:53 10.2.1.99:5353
ask send c0 ip src=10.1.0.99 dst=$vip4 udp sport=77 dport=53 data=3
saw s dport=5353
one() { vsadm --json conn show client 10.1.0.99 | jq -c '.[0]'; }
expect "unanswered" '"udp" "10.1.0.99" 77 "203.0.113.10" 53 "10.2.1.99" 5353 "nat" "stack" "unreplied"' \
	"$(one | jq -r '[.protocol, ."client-address", ."client-port",
		."service-address", ."service-port", ."server-address",
		."server-port", .method, .path, .state] | map(tojson) | join(" ")')"
expires=$(one | jq .expires)
expect_that "60 seconds" "$expires > 40000 && $expires <= 60000"
ask send s1 ip src=10.2.1.99 dst=10.1.0.99 udp sport=5353 dport=77 data=3
saw c sport=53
expect "answered" '"established"' "$(one | jq .state)"
expires=$(one | jq .expires)
expect_that "300 seconds" "$expires > 280000 && $expires <= 300000"
idle=$(one | jq .idle)
expect_that "just used" "$idle < 5000"

section "idle grows, a packet from either end takes it back"
idle_over() { [ "$(one | jq .idle)" -gt "$1" ]; }
# since_then: idle is no longer than the time since $then, give or take a tick.
since_then() {
	local idle
	idle=$(one | jq .idle)
	expect_that "$1" "$idle <= (${EPOCHREALTIME/./} - $then) / 1000 + 20"
}
expect "it grows" yes "$(wait_for 5 idle_over 400 && echo yes)"
then=${EPOCHREALTIME/./}
ask send c0 ip src=10.1.0.99 dst=$vip4 udp sport=77 dport=53 data=4
saw s data=4
since_then "a request"
expect "it grows" yes "$(wait_for 5 idle_over 400 && echo yes)"
then=${EPOCHREALTIME/./}
ask send s1 ip src=10.2.1.99 dst=10.1.0.99 udp sport=5353 dport=77 data=4
saw c data=4
since_then "an answer"

section "active and inactive"
counts() {
	stat_of '[.[] | select(.protocol == "tcp" and .address == "'"$vip4"'").server[] |
		"\(."active-conns")/\(."inactive-conns")"] | join(" ")' | tr -d '"'
}
expect "nine established" "3/0 3/0 3/0" "$(counts)"
ask drop a how=reset
counts_are() { [ "$(counts)" = "$1" ]; }
expect "six of them closed" yes \
	"$(wait_for 5 counts_are "1/2 1/2 1/2" && echo yes)"
expect "as conns say" 6 "$(conns state close)"
expect "the others are used" "answered=3 failed=0" \
	"$(ask use b; echo "${reply%% wrong=*}")"

section "closed ones are gone after ten seconds, those in use are not"
gone() { [ "$(conns state close)" -eq 0 ]; }
expect "gone" yes "$(wait_for 20 gone && echo yes)"
expect "no longer counted" "1/0 1/0 1/0" "$(counts)"
ask use b
answers "the others" 3
ask use c
answers "flows" 6
expect "conns" $((3 + 6 + 3 + 3 + 1)) "$(conns)"

section "many, in one dump"
ask get c0 udp $vip4 80 count=600 clients=200
answers "six hundred" 600
expect "each is shown once" "$(conns client 198.18.0.7)" 3
expect "all are shown" 600 \
	"$(vsadm --json conn show protocol udp service $vip4:80 |
		jq '[.[] | select(."client-address" | startswith("198.18."))] | unique | length')"

section "reading conns needs a privilege, reading services does not"
run_as() { setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all "$@"; }
expect "services" yes "$(run_as vsadm show >/dev/null 2>&1 && echo yes)"
expect "stats" yes "$(run_as vsadm stats >/dev/null 2>&1 && echo yes)"
expect "conns" no "$(run_as vsadm conn show >/dev/null 2>&1 || echo no)"
expect "to change" no "$(run_as vsadm flush >/dev/null 2>&1 || echo no)"

finish
