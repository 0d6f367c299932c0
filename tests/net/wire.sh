#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# What is on the wire, packet by packet: addresses, ports, checksums, TTL, and
# nothing else changed. Both ends are made of raw packets; no stack of client
# or server takes part.
#
#   c0 (10.1.0.99) ---- d ---- s1 (10.2.1.99)

# shellcheck disable=SC2086 # $ip and $ttl are words
. "$(dirname "$0")/lib.sh"

topology 1 1
ghost c0 s1
ask capture c c0
ask capture s s1

# addresses FAMILY: of the two ghosts, the words that begin a packet, TTL.
addresses() {
	case $1 in
	4) client=10.1.0.99 server=10.2.1.99 ip=ip ttl=ttl ;;
	6) client=2001:db8:1:0::99 server=2001:db8:2:1::99 ip=ip6 ttl=hlim ;;
	esac
	vip=$(vip "$1")
}

shown() { echo "${1/:0::/::}"; }

# on_wire TAG TEXT: the last packet that it saw is just this one.
on_wire() {
	local proto
	read -r _ _ _ _ proto _ <<<"$2"
	# Of its protocol: devices report their groups whenever they like.
	ask saw "$1" "$proto"
	expect "$vip: on the wire" "$2" "${reply#*| }"
	ask forget "$1"
}

# From SYN to RST.
tcp() {
	local c s flags n seq=1000 ack=0
	c=$(shown "$client") s=$(shown "$server")
	for flags in S A PA FA RA; do
		n=0
		[ $flags != PA ] || n=37
		ask send c0 $ip src="$client" dst="$vip" $ttl=9 tcp sport=4000 \
			dport=80 flags=$flags seq=$seq ack=$ack data=$n
		on_wire s "$ip src=$c dst=$s $ttl=8 tcp sport=4000 dport=8080 flags=$flags seq=$seq ack=$ack data=$n csum=ok"
		[ $flags != S ] || flags=SA
		[ $flags != RA ] || break
		ask send s1 $ip src="$server" dst="$client" $ttl=33 tcp \
			sport=8080 dport=4000 flags=${flags/P} seq=5000 ack=$seq \
			data=$((n * 3))
		on_wire c "$ip src=$vip dst=$c $ttl=32 tcp sport=80 dport=4000 flags=${flags/P} seq=5000 ack=$seq data=$((n * 3)) csum=ok"
		seq=$((seq + 1)) ack=5001
	done
}

udp() {
	local n c s
	c=$(shown "$client") s=$(shown "$server")
	for n in 0 1 2 1399 1400; do
		ask send c0 $ip src="$client" dst="$vip" $ttl=2 udp sport=4001 \
			dport=53 data=$n
		on_wire s "$ip src=$c dst=$s $ttl=1 udp sport=4001 dport=5353 data=$n csum=ok"
		ask send s1 $ip src="$server" dst="$client" $ttl=255 udp \
			sport=5353 dport=4001 data=$n
		on_wire c "$ip src=$vip dst=$c $ttl=254 udp sport=53 dport=4001 data=$n csum=ok"
	done
}

# Payloads for which a sum becomes 0 or 0xffff: UDP's checksum 0 means none.
# The request's checksum after translation is brought to 0xffff and near it.
edge() {
	local word c s
	c=$(shown "$client") s=$(shown "$server")
	for word in 0000 ffff fffe 0001 8000 7fff; do
		ask send c0 $ip src="$client" dst="$vip" udp sport=4002 dport=53 \
			data=x$word$word
		on_wire s "$ip src=$c dst=$s $ttl=63 udp sport=4002 dport=5353 data=4 csum=ok"
	done
}

for path in direct stack; do
	for family in 4 6; do
		section "path $path, IPv$family"
		addresses $family
		for service in tcp:80:8080 udp:53:5353; do
			IFS=: read -r proto port real <<<"$service"
			vsadm service add $proto "$(at "$vip" "$port")" path $path
			vsadm server add $proto "$(at "$vip" "$port")" \
				"$(at "$server" "$real")"
		done
		tcp
		udp
		edge
		if [ $family = 4 ]; then
			# No checksum comes, no checksum goes.
			ask send c0 ip src=$client dst=$vip udp sport=4003 \
				dport=53 csum=0 data=10
			on_wire s "ip src=$client dst=$server ttl=63 udp sport=4003 dport=5353 data=10 csum=none"
			# The type of service stays.
			ask send c0 ip src=$client dst=$vip tos=0xb8 udp \
				sport=4003 dport=53 data=1
			on_wire s "ip src=$client dst=$server ttl=63 tos=184 udp sport=4003 dport=5353 data=1 csum=ok"
			# Options go on; they take the stack path.
			ask send c0 ip src=$client dst=$vip opts=94040000 udp \
				sport=4003 dport=53 data=1
			on_wire s "ip src=$client dst=$server ttl=63 opts=94040000 udp sport=4003 dport=5353 data=1 csum=ok"
		else
			# So do extension headers.
			ask send c0 ip6 src=$client dst=$vip hbh dopt udp \
				sport=4003 dport=53 data=20
			on_wire s "ip6 src=$(shown $client) dst=$(shown $server) hlim=63 hbh dopt udp sport=4003 dport=5353 data=20 csum=ok"
			ask send s1 ip6 src=$server dst=$client dopt udp \
				sport=5353 dport=4003 data=20
			on_wire c "ip6 src=$vip dst=$(shown $client) hlim=63 dopt udp sport=53 dport=4003 data=20 csum=ok"
		fi
		section "a wrong checksum stays wrong: the receiver is to see it"
		ask send c0 $ip src="$client" dst="$vip" udp sport=4004 dport=53 \
			csum=0x1234 data=10
		ask saw s csum=BAD
		expect "passed on, still wrong" "count=1" "${reply%% |*}"
		ask forget s
		vsadm flush
	done
done

finish
