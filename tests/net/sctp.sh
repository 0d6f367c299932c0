#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# SCTP: real associations, with the port changed and not, checksums left to the
# devices and not; then each step of one, packet by packet, and what becomes of
# associations whose server goes. ip_vs is asked what it can do.
#
#   c0, c1 ---- d ---- s1 s2 s3

# shellcheck disable=SC2086 # $ip and $ttl are words
. "$(dirname "$0")/lib.sh"

topology 2 3
ask serve s1,s2,s3 80,8080 sctp=1

# conns WORDS...: how many are shown.
conns() { vsadm --json conn show "$@" | jq length; }
conns_are() { [ "$(conns "${@:2}")" = "$1" ]; }

configure() {
	local family i vip
	for family in 4 6; do
		vip=$(at "$(vip $family)" 80)
		service_add sctp "$vip" rr
		for i in 1 2 3; do
			server_add sctp "$vip" "$(at "$(server $family $i)" "$1")"
		done
	done
}

everything() {
	local family
	for family in 4 6; do
		ask get c0 sctp "$(vip $family)" 80 count=6
		answers "$balancer, $1, v$family" 6 "s1=2 s2=2 s3=2"
		ask get c1 sctp "$(vip $family)" 80 count=3 asks=4 size=1300
		answers "$balancer, $1, long requests v$family" 3 \
			"s1=1 s2=1 s3=1"
		# More than a packet holds.
		ask get c1 sctp "$(vip $family)" 80 count=3 asks=3 size=20000
		answers "$balancer, $1, in segments v$family" 3 \
			"s1=1 s2=1 s3=1"
	done
}

# ends on|off, director on|off: whether they leave checksums to devices.
ends() {
	local ns
	for ns in c0 c1 s1 s2 s3; do
		ask offload $ns eth0 tx="$1"
	done
}

director() {
	local dev
	for dev in c0 c1 s1 s2 s3; do
		ask offload d $dev tx="$1"
	done
}

# seen_good WHAT: everything, with checksums as they are on the wire.
seen_good() {
	local ns
	for ns in c0 s1; do
		ask capture $ns $ns
	done
	everything "$1"
	saw c0 sctp chunks=COOKIE-ACK csum=ok
	saw s1 sctp chunks=INIT csum=ok
	for ns in c0 s1; do
		unseen $ns csum=BAD
		ask uncapture $ns
	done
}

for balancer in $balancers; do
	section "$balancer: real associations"
	for port in 8080 80; do
		balancer "$balancer"
		configure $port
		everything "port $port"
		balancer_end
	done

	section "$balancer: checksums by the ends, and by the director"
	balancer "$balancer"
	configure 8080
	ends off
	seen_good "no offload"
	ends on
	director off
	seen_good "for the director to do"
	director on
	balancer_end
done

section "states of real ones"
balancer vs
configure 8080
ask hold a c0 sctp $vip4 80 count=3
ask hold b c0 sctp $vip6 80 count=3
ask hold r c1 sctp $vip4 80 count=3
answers "held" 3 "s1=1 s2=1 s3=1"
expect "established" 9 "$(conns protocol sctp state established)"
ask drop a
expect "shut down" yes "$(wait_for 5 conns_are 3 state close && echo yes)"
ask drop r how=reset
expect "aborted" yes "$(wait_for 5 conns_are 6 state close && echo yes)"
ask use b
answers "the others go on" 3
expect "as before" 3 "$(conns state established)"
ask drop b
gone() { [ "$(conns)" = 0 ]; }
expect "all are gone after ten seconds" yes "$(wait_for 20 gone && echo yes)"
expect "no packet was dropped" 0 \
	"$(vsadm --json stats | jq '[.drop[].packets] | add')"
vsadm flush

section "nobody listens: the server's ABORT reaches the client"
service_add sctp $vip4:80 rr
server_add sctp $vip4:80 10.2.1.2:81
ask get c0 sctp $vip4 80
expect "refused" "answered=0 failed=1 wrong=0" "${reply%% slowest=*}"
expect "at once" 1 "$(grep -c refused <<<"$reply")"
expect "closed" 1 "$(conns state close)"
vsadm flush

ghost c0 s1 s2
ask capture c c0
ask capture s s1
ask capture s2 s2

addresses() {
	case $1 in
	4) client=10.1.0.99 server=10.2.1.99 ip=ip ttl=ttl ;;
	6) client=2001:db8:1:0::99 server=2001:db8:2:1::99 ip=ip6 ttl=hlim ;;
	esac
	vip=$(vip "$1")
}
shown() { echo "${1/:0::/::}"; }

# on_wire TAG TEXT: the last packet of SCTP that it saw is just this one.
on_wire() {
	saw "$1" sctp
	expect "$vip: on the wire" "$2" "${reply#*| }"
	ask forget "$1"
}

state() { vsadm --json conn show client "$(at "$client" 4000)" | jq -r '.[].state'; }

counts() {
	stat_of '.[0].server[] | "\(."active-conns")/\(."inactive-conns")"' |
		tr -d '"'
}

# request CHUNKS STATE [WORDS...]
request() {
	ask send c0 $ip src="$client" dst="$vip" $ttl=9 sctp sport=4000 \
		dport=80 chunks="$1" "${@:3}"
	on_wire s "$ip src=$(shown "$client") dst=$(shown "$server") $ttl=8 sctp sport=4000 dport=8080 vtag=$([ "$1" = INIT ] && echo 0 || echo 7) chunks=$1 data=$(size_of "$@") csum=ok"
	expect "state after $1" "$2" "$(state)"
}

# reply_of CHUNKS STATE [WORDS...]
reply_of() {
	ask send s1 $ip src="$server" dst="$client" $ttl=33 sctp sport=8080 \
		dport=4000 chunks="$1" "${@:3}"
	on_wire c "$ip src=$vip dst=$(shown "$client") $ttl=32 sctp sport=80 dport=4000 vtag=7 chunks=$1 data=$(size_of "$@") csum=ok"
	expect "state after $1" "$2" "$(state)"
}

# size_of CHUNKS STATE [data=N]: bytes after the common header.
size_of() {
	local chunk size=0
	for chunk in ${1//,/ }; do
		case $chunk in
		DATA | SACK) size=$((size + 16)) ;;
		INIT*) size=$((size + 20)) ;;
		COOKIE-ECHO) size=$((size + 36)) ;;
		SHUTDOWN) size=$((size + 8)) ;;
		*) size=$((size + 4)) ;;
		esac
	done
	[ -z "${3-}" ] || size=$((size + ${3#data=}))
	echo $(((size + 3) / 4 * 4))
}

life() {
	request INIT cookie-wait
	request INIT cookie-wait
	expect "active" 1/0 "$(counts)"
	reply_of INIT-ACK cookie-wait data=300
	request COOKIE-ECHO,DATA cookie-echoed data=17
	reply_of SHUTDOWN-ACK cookie-echoed
	reply_of COOKIE-ACK,SACK established
	request DATA established data=1300
	reply_of SACK,DATA established data=1
	reply_of HEARTBEAT established data=99
	request INIT established
	expect "active" 1/0 "$(counts)"
	reply_of SACK,SHUTDOWN shutdown
	expect "inactive" 0/1 "$(counts)"
	request DATA shutdown
	request SHUTDOWN-ACK shutdown-ack
	reply_of SHUTDOWN-COMPLETE close
	request DATA close
	request INIT cookie-wait
	expect "a new one in its place" 1/0 "$(counts)"
	reply_of ABORT close
	expect "inactive" 0/1 "$(counts)"
}

for path in direct stack; do
	for family in 4 6; do
		section "step by step, path $path, IPv$family"
		addresses $family
		vsadm service add sctp "$(at "$vip" 80)" path $path
		vsadm server add sctp "$(at "$vip" 80)" "$(at "$server" 8080)"
		life
		vsadm flush
	done
done

addresses 4
service() {
	vsadm service add sctp $vip:80 scheduler rr "$@"
	vsadm server add sctp $vip:80 $server:8080
}
to_service() { ask send c0 ip src=$client dst=$vip sctp sport=4000 dport=80 "$@"; }

section "a wrong checksum stays wrong: the receiver is to see it"
service
to_service chunks=INIT csum=0x1234
saw s csum=BAD
to_service chunks=INIT
saw s csum=ok
ask forget s
vsadm flush

section "what opens none"
service
before=$(drops no-conn)
for chunks in DATA INIT-ACK COOKIE-ECHO,DATA ABORT SHUTDOWN-ACK HEARTBEAT; do
	to_service chunks=$chunks
done
# An INIT has no tag and is alone; what is neither is for the stack to judge.
to_service chunks=INIT vtag=5
to_service chunks=INIT,DATA vtag=0
to_service chunks=DATA vtag=0
to_service chunks=INIT
saw s chunks=INIT
ask counted s sctp
expect "only the last" "packets=1" "${reply%% *}"
ask forget s
expect "dropped" 6 $(($(drops no-conn) - before))
vsadm flush

section "sloppy: from the middle"
service sloppy on
for chunks in ABORT SHUTDOWN-COMPLETE; do
	to_service chunks=$chunks
done
to_service chunks=DATA
saw s chunks=DATA
expect "opened" none "$(state)"
ask send s1 ip src=$server dst=$client sctp sport=8080 dport=4000 chunks=SACK
saw c chunks=SACK sport=80
expect "answered" established "$(state)"
unseen s chunks=ABORT
unseen s chunks=SHUTDOWN-COMPLETE
ask forget s
vsadm flush

section "a server that goes down before it answered"
service
to_service chunks=INIT
saw s chunks=INIT
vsadm server set sctp $vip:80 $server:8080 state down
vsadm server add sctp $vip:80 10.2.2.99:8080
to_service chunks=INIT
saw s2 chunks=INIT csum=ok
ask send s2 ip src=10.2.2.99 dst=$client sctp sport=8080 dport=4000 \
	chunks=INIT-ACK
saw c chunks=INIT-ACK sport=80
to_service chunks=COOKIE-ECHO
saw s2 chunks=COOKIE-ECHO
vsadm server set sctp $vip:80 $server:8080 state up
vsadm flush

section "drain, down, removed: associations go on, new ones go elsewhere"
balancer vs
configure 8080
ask hold a c0 sctp $vip4 80 count=3
answers "one each" 3 "s1=1 s2=1 s3=1"
vsadm server set sctp $vip4:80 10.2.1.2:8080 state drain
vsadm server set sctp $vip4:80 10.2.2.2:8080 state down
ask get c0 sctp $vip4 80 count=4
answers "new ones" 4 "s3=4"
ask use a
answers "drain and down" 3 "s1=1 s2=1 s3=1"
vsadm server del sctp $vip4:80 10.2.1.2:8080
ask use a
answers "removed" 3 "s1=1 s2=1 s3=1"
ask drop a
vsadm flush

section "full NAT, and direct routing one way"
service source-pool 10.2.1.1-10.2.1.1
vsadm server del sctp $vip:80 $server:8080
vsadm server add sctp $vip:80 10.2.1.2:8080 method fullnat
ends off
ask get c0 sctp $vip4 80 count=3 asks=3 size=9000
expect "full NAT" "answered=0 failed=0 wrong=3" "${reply%% slowest=*}"
expect "another source" 3 "$(grep -o value=3 <<<"$reply" | grep -o 3)"
ends on
vsadm flush
service
vsadm server del sctp $vip:80 $server:8080
vsadm server add sctp $vip:80 $server:80 method dr
ask forget s
while read -r chunks expected; do
	to_service chunks=$chunks
	on_wire s "ip src=$client dst=$vip ttl=63 sctp sport=4000 dport=80 vtag=$([ $chunks = INIT ] && echo 0 || echo 7) chunks=$chunks data=$(size_of $chunks) csum=ok"
	expect "direct routing: $chunks" "$expected" "$(state)"
done <<-END
	INIT cookie-wait
	COOKIE-ECHO cookie-echoed
	DATA established
	SHUTDOWN shutdown
	SHUTDOWN-COMPLETE close
END
vsadm flush

finish
