#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# How long a conn may be idle: each state's class of timeout, as its service
# has it, and that it ends then, not earlier.
#
#   c0 (10.1.0.99) ---- d ---- s1 (10.2.1.99)

. "$(dirname "$0")/lib.sh"

topology 1 1
ghost c0 s1
ask capture c c0
ask capture s s1
ask serve s1 8080
own="timeout-opening 0 timeout-established 0 timeout-closing 0 timeout-closed 0"
set="timeout-opening 1111 timeout-established 2222 timeout-closing 3333 timeout-closed 4444"

request() {
	ask send c0 ip src=10.1.0.99 dst=$vip4 "$1" sport=4000 dport=80 "${@:2}"
	saw s "$1" "${@:2}"
	ask forget s
}

answer() {
	ask send s1 ip src=10.2.1.99 dst=10.1.0.99 "$1" sport=80 dport=4000 \
		"${@:2}"
	saw c "$1" "${@:2}"
	ask forget c
}

# is STATE SECONDS: what the conn is, and for how long if nothing comes.
is() {
	local state expires
	read -r state expires < <(vsadm --json conn show protocol "$proto" |
		jq -r '.[] | "\(.state) \(.expires)"')
	expect "$proto: state" "$1" "${state-}"
	expect_that "$proto: $1: expires" \
		"${expires:-0} > ($2 - 10) * 1000 && ${expires:-0} <= $2 * 1000"
}

service() {
	proto=$1
	# shellcheck disable=SC2086 # words
	vsadm service add "$1" $vip4:80 $2
	vsadm server add "$1" $vip4:80 10.2.1.99:80
}

# Four times, in the order of the words, and which words there are to say.
tcp() {
	service tcp "$1"
	request tcp flags=S
	is syn-sent "$2"
	answer tcp flags=SA
	is syn-recv "$2"
	request tcp flags=A
	is established "$3"
	answer tcp flags=FA
	is fin-wait "$4"
	request tcp flags=FA
	is time-wait "${5}"
	request tcp flags=RA
	is close "${6-$5}"
	vsadm flush
}

sctp() {
	service sctp "$1"
	request sctp chunks=INIT
	is cookie-wait "$2"
	request sctp chunks=COOKIE-ECHO
	is cookie-echoed "$2"
	answer sctp chunks=COOKIE-ACK
	is established "$3"
	answer sctp chunks=SHUTDOWN
	is shutdown "$4"
	request sctp chunks=SHUTDOWN-ACK
	is shutdown-ack "$5"
	answer sctp chunks=SHUTDOWN-COMPLETE
	is close "${6-$5}"
	vsadm flush
}

udp() {
	service udp "$1"
	request udp data=3
	is unreplied "$2"
	answer udp data=4
	is established "$3"
	vsadm flush
}

sloppy() {
	service tcp "sloppy on $1"
	request tcp flags=A
	is none "$2"
	vsadm flush
}

section "the protocols' own"
tcp "" 60 900 120 60 10
sctp "" 60 900 120 60 10
udp "" 60 300
sloppy "" 60
tcp "$own" 60 900 120 60 10

section "the service's"
tcp "$set" 1111 2222 3333 4444
sctp "$set" 1111 2222 3333 4444
udp "timeout-opening 65535 timeout-established 22" 65535 22
sloppy "$set" 1111

section "one of them, and taken back"
service tcp "timeout-established 77"
request tcp flags=S
is syn-sent 60
answer tcp flags=SA
request tcp flags=A
is established 77
vsadm service set tcp $vip4:80 timeout-established 0 timeout-closed 99
answer tcp flags=FA
is fin-wait 120
request tcp flags=FA
is time-wait 99
vsadm flush

gone() { [ "$(vsadm --json conn show | jq length)" -eq 0 ]; }

section "a change reaches the conns that there are"
service tcp ""
request tcp flags=S
answer tcp flags=SA
request tcp flags=A
is established 900
vsadm service set tcp $vip4:80 timeout-established 777
renewed() {
	[ "$(vsadm --json conn show | jq ".[0].expires < 778000")" = true ]
}
expect "777 seconds, and no packet" yes "$(wait_for 10 renewed && echo yes)"
vsadm flush

section "they end, those in use do not"
for proto in tcp udp; do
	vsadm service add $proto $vip4:80 timeout-established 2
	vsadm server add $proto $vip4:80 10.2.1.2:8080
	ask hold a c0 $proto $vip4 80 count=2
	answers "held" 2
	until=$((SECONDS + 6))
	used=0
	while [ "$SECONDS" -lt "$until" ]; do
		last=${EPOCHREALTIME/./}
		ask use a
		[ "${reply%% wrong*}" = "answered=2 failed=0" ] || break
		used=$((used + 1))
		sleep 0.1
	done
	expect_that "used all the time" "$SECONDS >= $until && $used > 5"
	expect "are the same" 2 "$(stat_of '.[0].server[0].stats.conns')"
	expect "then they end" yes "$(wait_for 10 gone && echo yes)"
	expect_that "not too soon" \
		"${EPOCHREALTIME/./} - $last > 1900000"
	ask drop a how=reset
	vsadm flush
done

section "a packet does not find one whose time is up"
service udp "timeout-opening 1 timeout-established 1"
for i in 1 2 3; do
	request udp data="$i"
	until=$((${EPOCHREALTIME/./} + 1200000))
	# Its time, by the clock: the collector may not have seen it yet.
	while [ "${EPOCHREALTIME/./}" -lt $until ]; do
		sleep 0.1
	done
done
expect "each made a new one" 3 "$(stat_of '.[0].server[0].stats.conns')"

finish
