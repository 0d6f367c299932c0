#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# ESP and AH go where the IKE packets of their two addresses go, and keep that
# flow alive; without one they pass untouched: the route of the virtual address
# takes them to s3.
#
#   c0 (10.1.0.99) ---- d ---- s1, s2 (10.2.N.99), s3

# shellcheck disable=SC2086 # $ip and $ttl are words
. "$(dirname "$0")/lib.sh"

topology 1 3
ghost c0 s1 s2 s3
ip -batch - <<-END
	route add $vip4 via 10.2.3.99
	route add $vip6 via 2001:db8:2:3::99
END
for i in c0:c s1:s s2:s2 s3:s3; do
	ask capture ${i#*:} ${i%:*}
done
ask capture sent c0 dir=out
ask capture sent1 s1 dir=out

addresses() {
	case $1 in
	4) client=10.1.0.99 server=10.2.1.99 server2=10.2.2.99 ip=ip ttl=ttl ;;
	6)
		client=2001:db8:1:0::99 server=2001:db8:2:1::99
		server2=2001:db8:2:2::99 ip=ip6 ttl=hlim
		;;
	esac
	vip=$(vip "$1")
	name=$(at "$vip" 500)
}
shown() { echo "${1/:0::/::}"; }

# from_client WORDS..., from_server WORDS...
from_client() { ask send c0 $ip src="$client" dst="$vip" $ttl=9 "$@"; }
from_server() { ask send s1 $ip src="$server" dst="$client" $ttl=33 "$@"; }

ike() { from_client udp sport=500 dport=500 data=40; }
ike_answer() { from_server udp sport=500 dport=500 data=50; }

conns() { vsadm --json conn show | jq length; }
one() { vsadm --json conn show client "$(at "$client" 500)" | jq -r ".[0].$1"; }
all_drops() { vsadm --json stats | jq '[.drop[].packets] | add'; }

# payload TAG LAYER: $payload is what was sent after its addresses.
payload() {
	saw "$1" "$2"
	payload=$2${reply#*" $2"}
	ask forget "$1"
}

# on_wire TAG LAYER TEXT: the last packet of that layer is just this one.
on_wire() {
	saw "$1" "$2"
	expect "$vip: on the wire" "$3" "${reply#*| }"
	ask forget "$1"
}

# both_ways LAYER WORDS...
both_ways() {
	from_client "$@"
	payload sent "$1"
	on_wire s "$1" "$ip src=$(shown $client) dst=$(shown $server) $ttl=8 $payload"
	from_server "$@"
	payload sent1 "$1"
	on_wire c "$1" "$ip src=$vip dst=$(shown $client) $ttl=32 $payload"
}

# error_arrives SENT SEEN SRC DST QUOTED-SRC QUOTED-DST LAYER: what was quoted of
# the packet by an error of type and code $what arrives under other addresses.
error_arrives() {
	local payload
	saw $1 icmp $what
	ask quoted $1 icmp $what whole=1
	payload="$7${reply#*" $7"}"
	ask forget $1
	saw $2 icmp $what
	expect "$vip: an error about $7" "src=$3 dst=$4 $ttl=8 csum=ok" \
		"$(grep -oE '(src|dst|ttl|hlim|csum)=[^ ]*' <<<"$reply" | xargs)"
	ask quoted $2 icmp $what whole=1
	expect "$vip: quotes $7" "$ip src=$5 dst=$6 $ttl=3 $payload" "$reply"
	ask forget $2
}

# There are no ports in ESP and AH, so none must be written.
errors_both_ways() {
	local layer what from to
	from=$(shown $client) to=$(shown $server)
	[ $family = 4 ] && what="type=3 code=1" || what="type=1 code=0"
	for layer in "esp spi=0xaabbccdd seq=0x11223344 data=20" "ah data=22"; do
		ask send s1 $ip src=$server dst=$client $ttl=9 icmp $what \
			$ip src=$client dst=$server $ttl=3 $layer
		error_arrives sent1 c $vip $from $from $vip ${layer%% *}
		ask send c0 $ip src=$client dst=$vip $ttl=9 icmp $what \
			$ip src=$vip dst=$client $ttl=3 $layer
		error_arrives sent s $from $to $to $from ${layer%% *}
	done
}

for path in direct stack; do
	for family in 4 6; do
		section "nat, path $path, IPv$family"
		addresses $family
		vsadm service add udp $name scheduler rr path $path
		vsadm server add udp $name "$(at $server 500)"
		ike
		saw s udp dport=500
		# It is no answer to IKE that the server sends ESP.
		both_ways esp spi=77 seq=1 data=100
		expect "the flow's state" unreplied "$(one state)"
		ike_answer
		saw c udp sport=500
		expect "answered" established "$(one state)"
		both_ways esp spi=0x12345678 seq=2 data=0
		both_ways esp spi=77 seq=3 data=1301
		both_ways ah data=22
		both_ways ah data=222
		expect "one conn" 1 "$(conns)"
		errors_both_ways
		expect "counted" "6 6" "$(stat_of '.[0].server[0].stats |
			"\(."in-packets") \(."out-packets")"' | tr -d '"')"
		vsadm flush
	done
done

# passes WHAT LAYER [WORDS...]: it goes to s3 and to nobody else.
passes() {
	local before
	before=$(all_drops)
	from_client "${@:2}"
	payload sent "$2"
	on_wire s3 "$2" "$ip src=$(shown $client) dst=$vip $ttl=8 $payload"
	expect "$1: no conn" "${conns_then-0}" "$(conns)"
	expect "$1: none dropped" "$before" "$(all_drops)"
	unseen s "$2"
}

for family in 4 6; do
	section "without a flow of IKE, IPv$family"
	addresses $family
	passes "no service" esp data=20
	vsadm service add udp $name scheduler rr
	vsadm server add udp $name "$(at $server 500)"
	passes "no flow" esp data=20
	passes "no flow" ah data=22
	# From another port it may be anybody's behind a NAT.
	from_client udp sport=4711 dport=500 data=40
	saw s udp
	ask forget s
	conns_then=1 passes "a flow from another port" esp data=20
	unset conns_then
	from_server esp data=9
	payload sent1 esp
	on_wire c esp "$ip src=$(shown $server) dst=$(shown $client) $ttl=32 $payload"
	vsadm flush

	vsadm service add udp "$(at "$vip" 501)"
	vsadm server add udp "$(at "$vip" 501)" "$(at $server 500)"
	passes "another service" esp data=20
	vsadm flush

	vsadm service add udp $name one-packet on
	vsadm server add udp $name "$(at $server 500)"
	ike
	saw s udp
	ask forget s
	passes "no conns at all" esp data=20
	vsadm service set udp $name path stack
	from_server esp data=9
	payload sent1 esp
	on_wire c esp "$ip src=$(shown $server) dst=$(shown $client) $ttl=32 $payload"
	vsadm flush
done

section "fragments, put together"
addresses 4
fragments() {
	ask send c0 ip src=$client dst=$vip id="$1" mf=1 esp data=24
	ask send c0 ip src=$client dst=$vip id="$1" off=32 proto=50 raw data=32
}
vsadm service add udp $name
vsadm server add udp $name $server:500
fragments 11
saw s3 dst=$vip id=11 off=0 mf=1 proto=50
saw s3 dst=$vip id=11 off=32 mf=0 proto=50
unseen s proto=50
ike
saw s udp
fragments 12
saw s dst=$server id=12 off=0 mf=1 proto=50
saw s dst=$server id=12 off=32 mf=0 proto=50
unseen s3 id=12
vsadm flush
ask forget s
ask forget s3

section "the flow lives by its ESP, no longer"
vsadm service add udp $name timeout-opening 2
vsadm server add udp $name $server:500
ike
saw s udp
until=$((SECONDS + 5))
while [ $SECONDS -lt $until ]; do
	from_client esp data=8
	from_server esp data=8
	sleep 0.2
done
expect "it is there" "unreplied" "$(one state)"
gone() { [ "$(conns)" = 0 ]; }
expect "then it is not" yes "$(wait_for 10 gone && echo yes)"
ask forget s
ask forget c
ask forget sent
ask forget sent1
passes "after its end" esp data=20
vsadm flush

section "a server that goes: where IKE goes"
vsadm service add udp $name scheduler rr
vsadm server add udp $name $server:500
ike
saw s udp
vsadm server add udp $name $server2:500
vsadm server set udp $name $server:500 state down
from_client esp data=16
saw s esp
ike
saw s2 udp
from_client esp data=16
saw s2 esp
ask forget s
vsadm flush
ask forget sent

section "direct routing"
for family in 4 6; do
	addresses $family
	vsadm service add udp $name
	vsadm server add udp $name "$(at $server 500)" method dr
	ike
	saw s udp
	ask forget s
	for layer in "esp data=33" "ah data=22"; do
		ask forget sent
		from_client $layer
		payload sent ${layer% *}
		on_wire s ${layer% *} "$ip src=$(shown $client) dst=$vip $ttl=8 $payload"
	done
	expect "established by requests alone" 1 "$(conns)"
	vsadm flush
done

section "fullnat: an error is left alone, as its packet is"
addresses 4
vsadm service add udp $name source-pool 10.2.1.1
vsadm server add udp $name $server:500 method fullnat
ike
saw s udp
# Of the conns that share a source nothing in ESP tells which it follows.
ask send c0 ip src=10.1.0.77 dst=$vip icmp type=3 code=1 ip src=$vip \
	dst=$client esp data=20
saw s3 icmp type=3 code=1
expect "untouched" "src=10.1.0.77 dst=$vip" \
	"$(grep -oE '(src|dst)=[^ ]*' <<<"$reply" | xargs)"
unseen s icmp type=3
vsadm flush
ask forget s
ask forget s3

section "tunnel"
addresses 4
vsadm service add udp $name
vsadm server add udp $name $server:500 method tunnel
ike
saw s ipip
ask forget s
for layer in "esp data=33" "ah data=22"; do
	ask forget sent
	from_client $layer
	payload sent ${layer% *}
	words=
	for word in ip src=$client dst=$vip ttl=8 $payload; do
		words+=" in.$word"
	done
	saw s ip src=10.2.1.1 dst=$server ipip $words
	ask forget s
	ask forget c
	ask send s1 ip src=10.2.1.77 dst=10.2.1.1 icmp type=3 code=1 \
		ip src=10.2.1.1 dst=$server ip src=$client dst=$vip $layer
	saw c icmp src=10.1.0.1 dst=$client type=3 code=1 csum=ok
	ask quoted c icmp type=3 whole=1
	expect "its ${layer% *}" "$payload" "${layer% *}${reply#*" ${layer% *}"}"
done
vsadm flush

finish
