#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# The limit of conns: past it new ones are refused and counted, those there are
# go on, and when some have ended new ones come again.
#
#   c0 ---- d ---- s1 s2

. "$(dirname "$0")/lib.sh"

topology 1 2
ask serve s1,s2 8080

for proto in tcp udp; do
	vsadm service add $proto $vip4:80 scheduler rr
	vsadm server add $proto $vip4:80 10.2.1.2:8080
	vsadm server add $proto $vip4:80 10.2.2.2:8080
done

conns() { vsadm --json stats | jq .conns; }
conns_are() { [ "$(conns)" -eq "$1" ]; }

section "twenty may be, twenty are"
default=$(vsadm --json settings | jq '."conns-max"')
expect_that "the default goes by memory" "$default >= 16384"
vsadm settings conns-max 20
expect "it is set" 20 "$(vsadm --json settings | jq '."conns-max"')"
ask hold a c0 tcp $vip4 80 count=10
answers "ten connections" 10
ask hold b c0 udp $vip4 80 count=10
answers "ten flows" 10
expect "twenty conns" 20 "$(conns)"

section "the next is refused, and counted"
before=$(drops conns-max)
ask get c0 udp $vip4 80 timeout=0.3
expect "a flow" "answered=0 failed=1" "${reply%% wrong=*}"
expect "counted" $((before + 1)) "$(drops conns-max)"
ask get c0 tcp $vip4 80 timeout=0.3
expect "a connection" "answered=0 failed=1" "${reply%% wrong=*}"
expect_that "counted" "$(drops conns-max) > before + 1"
expect "still twenty" 20 "$(conns)"

section "those there are go on"
ask use a
answers "connections" 10
ask use b
answers "flows" 10

section "some end: new ones come again"
ask drop a how=reset
# Their conns are closed, for a while yet: a SYN of theirs takes their place.
vsadm settings conns-max 25
ask hold a c0 tcp $vip4 80 count=5
answers "five more" 5
ask get c0 tcp $vip4 80 timeout=0.3
expect "no sixth" "answered=0 failed=1" "${reply%% wrong=*}"
section "a closing one makes way for its client's next, though there is no room"
ask get c0 tcp $vip4 80 count=1 sport=4000 close=reset
expect "no room" "answered=0 failed=1" "${reply%% wrong=*}"
vsadm settings conns-max 26
ask get c0 tcp $vip4 80 count=8 sport=4000 close=reset
answers "eight times the same port" 8
expect "full" 26 "$(conns)"
vsadm settings conns-max 25

section "a closed one's memory is given back"
expect "down to flows and five" yes "$(wait_for 25 conns_are 15 && echo yes)"
ask hold a c0 tcp $vip4 80 count=10
answers "ten more" 10
ask use a
answers "fifteen" 15

section "a lower limit than there are: nobody is thrown out"
vsadm settings conns-max 5
ask use a
answers "connections" 15
ask use b
answers "flows" 10
ask get c0 udp $vip4 80 timeout=0.3
expect "nobody new" "answered=0 failed=1" "${reply%% wrong=*}"

section "a flood of SYNs: bounded, and others go on"
vsadm settings conns-max 200
ghost c0
ask send c0 n=1 ip src=10.1.0.99 dst=$vip4 tcp sport=1 dport=80 flags=S
for ((i = 2; i < 400; i++)); do
	ask send c0 ip src=10.1.0.99 dst=$vip4 tcp sport=$i dport=80 flags=S
done
expect "two hundred" 200 "$(conns)"
ask use a
answers "connections" 15
ask use b
answers "flows" 10
vsadm flush
expect "all end with their services" yes "$(wait_for 5 conns_are 0 && echo yes)"

finish
