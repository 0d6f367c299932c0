#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# UDP: packets that are scheduled one by one; when a flow counts as
# established; where it goes when its server does not want it any more.
#
#   c0, c1 ---- d ---- s1 s2 s3

# shellcheck disable=SC2086 # $ip and $ttl are words
. "$(dirname "$0")/lib.sh"

topology 2 3
ask serve s1,s2,s3 8080

conns() { vsadm --json conn show | jq length; }
# in_table: conns that memory was taken for; a kernel that merges caches does
# not tell.
in_table() { awk '$1 == "vs_conn" { n += $2 } END { print n + 0 }' /proc/slabinfo; }
total() { vsadm --json stats | jq ".$1"; }
stats() {
	stat_of '.[0].stats | "\(.conns) \(."in-packets") \(."out-packets")"' |
		tr -d '"'
}

addresses() {
	case $1 in
	4) client=10.1.0.99 server=10.2.1.99 ip=ip ttl=ttl ;;
	6) client=2001:db8:1:0::99 server=2001:db8:2:1::99 ip=ip6 ttl=hlim ;;
	esac
	vip=$(vip "$1")
	name=$(at "$vip" 80)
}
shown() { echo "${1/:0::/::}"; }

# First, so that there has been no conn whose memory is kept.
section "one packet: each goes to the next server, and no conn is made"
for path in direct stack; do
	for family in 4 6; do
		addresses $family
		vsadm service add udp "$name" scheduler rr one-packet on \
			path $path
		for i in 1 2 3; do
			vsadm server add udp "$name" \
				"$(at "$(server $family $i)" 8080)"
		done
		ask get c0 udp "$vip" 80 count=9 sport=5555
		answers "path $path, v$family, one port" 9 "s1=3 s2=3 s3=3"
		# Their sockets hear of nobody but the virtual address.
		ask hold a c1 udp "$vip" 80 count=2
		answers "two flows" 2 "s1=1 s2=1"
		ask use a
		answers "two flows" 2 "s1=1 s3=1"
		ask drop a
		ask get c1 udp "$vip" 80 count=3 size=1300
		answers "larger" 3 "s1=1 s2=1 s3=1"
		expect "no conns" 0 "$(conns)"
		expect "none counted" 0 "$(total conns)"
		expect "every packet was scheduled" "16 16 16" "$(stats)"
		vsadm flush
	done
done
expect "no memory was taken" 0 "$(in_table)"

ghost c0 s1 s2
ask capture c c0
ask capture s s1

# on_wire TAG TEXT: the last packet of UDP that it saw is just this one.
on_wire() {
	saw "$1" udp
	expect "$vip: on the wire" "$2" "${reply#*| }"
	ask forget "$1"
}

request() { ask send c0 $ip src="$client" dst="$vip" $ttl=9 udp sport=4000 dport=80 "$@"; }
answer() { ask send s1 $ip src="$server" dst="$client" $ttl=33 udp sport=8080 dport=4000 "$@"; }
service() {
	vsadm service add udp "$name" scheduler rr "$@"
	vsadm server add udp "$name" "$(at "$server" 8080)"
}
state() { vsadm --json conn show client "$(at "$client" 4000)" | jq -r '.[].state'; }

section "one packet, on the wire"
for family in 4 6; do
	addresses $family
	service one-packet on
	request data=3
	on_wire s "$ip src=$(shown $client) dst=$(shown $server) $ttl=8 udp sport=4000 dport=8080 data=3 csum=ok"
	answer data=1300
	on_wire c "$ip src=$vip dst=$(shown $client) $ttl=32 udp sport=80 dport=4000 data=1300 csum=ok"
	# To whom it answers is not known: anybody may have asked.
	ask send s1 $ip src="$server" dst="$client" udp sport=8080 dport=4001 \
		data=1
	saw c sport=80 dport=4001
	# Of another port of the server's nothing is known.
	ask send s1 $ip src="$server" dst="$client" udp sport=8081 dport=4000 \
		data=1
	saw c src="$(shown $server)" sport=8081 csum=ok
	ask forget c
	vsadm server set udp "$name" "$(at "$server" 8080)" state drain
	before=$(drops no-server)
	request data=7
	answer data=8
	on_wire c "$ip src=$vip dst=$(shown $client) $ttl=32 udp sport=80 dport=4000 data=8 csum=ok"
	unseen s data=7
	expect "nobody takes it" 1 $(($(drops no-server) - before))
	vsadm flush
done
expect "no memory was taken" 0 "$(in_table)"

section "one packet, direct routing"
addresses 4
vsadm service add udp $name one-packet on
vsadm server add udp $name $server:80 method dr
for data in 3 4; do
	request data=$data
	on_wire s "ip src=$client dst=$vip ttl=8 udp sport=4000 dport=80 data=$data csum=ok"
done
expect "no conn" 0 "$(conns)"
vsadm flush

section "established by a reply, and by a request"
for family in 4 6; do
	addresses $family
	service
	request
	saw s
	expect "one request" unreplied "$(state)"
	request data=1
	saw s data=1
	expect "two requests" unreplied "$(state)"
	expect "inactive" "0 1" "$(stat_of '.[0].server[0] |
		"\(."active-conns") \(."inactive-conns")"' | tr -d '"')"
	answer
	saw c
	expect "a reply" established "$(state)"
	vsadm flush
	ask forget s
	ask forget c

	service established-by request timeout-opening 33
	request
	saw s
	expect "by request" established "$(state)"
	expect "active" "1 0" "$(stat_of '.[0].server[0] |
		"\(."active-conns") \(."inactive-conns")"' | tr -d '"')"
	expires=$(vsadm --json conn show | jq '.[0].expires')
	expect_that "five minutes" "$expires > 280000 && $expires <= 300000"
	vsadm flush
	ask forget s
done
if grep -q '^vs_conn ' /proc/slabinfo; then
	expect_that "this is how memory shows" "$(in_table) > 0"
fi
addresses 4
vsadm service add udp $name
vsadm server add udp $name $server:80 method dr
request
saw s
expect "replies are not seen" established "$(state)"
vsadm flush
ask forget s

# Who has the flow after each of these befell its server.
section "udp-reselect"
addresses 4
declare -A who
while read -r policy "who[drain]" "who[weight]" "who[down]" "who[removed]"; do
	for event in drain weight down removed; do
		vsadm service add udp $name scheduler rr udp-reselect $policy
		vsadm server add udp $name 10.2.1.2:8080
		ask hold a c0 udp $vip 80
		answers "$policy: before" 1 "s1=1"
		vsadm server add udp $name 10.2.2.2:8080
		case $event in
		drain | down)
			vsadm server set udp $name 10.2.1.2:8080 state $event
			;;
		weight) vsadm server set udp $name 10.2.1.2:8080 weight 0 ;;
		removed) vsadm server del udp $name 10.2.1.2:8080 ;;
		esac
		for i in 1 2; do
			ask use a
			answers "$policy: $event" 1 "${who[$event]}=1"
		done
		expect "$policy: $event: conns" 1 "$(conns)"
		# Whoever has it keeps it when all is well again.
		if [ $event != removed ]; then
			vsadm server set udp $name 10.2.1.2:8080 state up \
				weight 1
			ask use a
			answers "$policy: after $event" 1 "${who[$event]}=1"
		fi
		ask drop a
		vsadm flush
	done
done <<-END
	gone s1 s1 s2 s2
	drain s2 s2 s2 s2
	never s1 s1 s1 s1
END

section "udp-reselect changes for flows that there are"
vsadm service add udp $name scheduler rr udp-reselect never
vsadm server add udp $name 10.2.1.2:8080
ask hold a c0 udp $vip 80
vsadm server add udp $name 10.2.2.2:8080
vsadm server set udp $name 10.2.1.2:8080 state down
ask use a
answers "never" 1 "s1=1"
vsadm service set udp $name udp-reselect gone
ask use a
answers "gone" 1 "s2=1"
vsadm server set udp $name 10.2.2.2:8080 state down
ask use a timeout=0.3
expect "nobody is left" "answered=0 failed=1" "${reply%% wrong=*}"
vsadm server set udp $name 10.2.1.2:8080 state up
ask use a
answers "somebody again" 1 "s1=1"
ask drop a

finish
