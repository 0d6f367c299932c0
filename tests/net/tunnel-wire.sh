#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Tunnels on the wire: every outer header of each type and pair of families,
# word for word; TOS and ECN, DF, what tells flows apart, checksums, sources,
# segments. The server's end is a device's that nobody listens behind.
#
#   c0 (10.1.0.99) ---- d ---- s1 (10.2.1.99)

# shellcheck disable=SC2086 # words
. "$(dirname "$0")/lib.sh"

topology 1 1
ghost c0 s1
# Checksums that are left to the device are to be done before it.
ask offload d s1 tx=off
ask capture s s1

types="ipip gre gre:checksum gue gue:checksum"

# the_client FAMILY: $client, $vip and the words that begin a packet, TTL, TOS.
the_client() {
	vip=$(vip $1)
	case $1 in
	4) client=10.1.0.99 ip=ip ttl=ttl tos=tos ;;
	6) client=2001:db8:1:0::99 ip=ip6 ttl=hlim tos=tc ;;
	esac
}

# the_server FAMILY: likewise $server, and the director's $source, $ip2 ...
the_server() {
	case $1 in
	4) server=10.2.1.99 source=10.2.1.1 ip2=ip tos2=tos ;;
	6) server=2001:db8:2:1::99 source=2001:db8:2:1::1 ip2=ip6 tos2=tc ;;
	esac
}

shown() { echo "${1/:0::/::}"; }

# room TYPE FAMILY: bytes that a tunnel adds.
room() {
	local bytes=$(($2 == 4 ? 20 : 40))
	case $1 in
	gre) bytes=$((bytes + 4)) ;;
	gre:*) bytes=$((bytes + 8)) ;;
	gue*) bytes=$((bytes + 12)) ;;
	esac
	echo $bytes
}

# tunnel PROTO:PORT TYPE [SERVICE-WORDS [SERVER-WORDS]]: a service with one
# server behind a tunnel.
tunnel() {
	local words="type ${2%:*}"
	[ "${2%:*}" = "$2" ] || words+=" checksum on"
	[ "${2%:*}" != gue ] || words+=" port 6080"
	vsadm flush
	vsadm service add ${1%:*} "$(at $vip ${1#*:})" ${3-}
	vsadm server add ${1%:*} "$(at $vip ${1#*:})" "$(at $server ${1#*:})" \
		method tunnel $words ${4-}
}

# shim TYPE SIZE: the words between outer and inner header.
shim() {
	case $1 in
	ipip) echo ipip ;;
	gre) echo gre ;;
	gre:checksum) echo gre csum=ok ;;
	gue) echo udp dport=6080 data=$(($2 + 4)) csum=none gue ;;
	gue:checksum) echo udp dport=6080 data=$(($2 + 4)) csum=ok gue ;;
	esac
}

# on_wire WHAT TEXT: the last packet in a tunnel is just this one, but for the
# source port.
on_wire() {
	ask saw s in.dst=$vip
	reply=${reply#*| }
	expect "$1" "$2" "$(sed -E 's/ udp sport=[0-9]+ dport=6080/ udp dport=6080/' <<<"$reply")"
	ask forget s
}

section "headers"
for type in $types; do
	for families in 44 64 46 66; do
		the_client ${families%?}
		the_server ${families#?}
		for proto in udp:53 tcp:80; do
			tunnel $proto $type
			name="$proto by IPv${families%?} in ${type/:/, } by IPv${families#?}"
			c=$(shown $client)
			case $proto in
			udp:*) rest="data=37 in.csum=ok" ;;
			tcp:*) rest="flags=S in.seq=7 in.ack=0 in.data=37 in.csum=ok" ;;
			esac
			case $families in
			?4) outer="ip src=$source dst=$server ttl=8 df=$((${families%?} == 4))" ;;
			?6) outer="ip6 src=$source dst=$server hlim=8 flow=yes" ;;
			esac
			size=$((37 + (${families%?} == 4 ? 20 : 40) + (${proto#*:} == 53 ? 8 : 20)))
			[ $proto = udp:53 ] && words="udp sport=4000 dport=53" ||
				words="tcp sport=4000 dport=80 flags=S seq=7"
			ask send c0 $ip src=$client dst=$vip $ttl=9 $words data=37
			inner="in.$ip in.src=$c in.dst=$vip in.$ttl=8 in.${proto%:*}"
			inner+=" in.sport=4000 in.dport=${proto#*:} in.$rest"
			on_wire "$name" "$outer $(shim $type $size) $inner"
		done
	done
done

section "type of service and ECN, all of both"
for type in ipip gre gue; do
	for families in 44 64 46 66; do
		the_client ${families%?}
		the_server ${families#?}
		tunnel udp:53 $type
		for value in 1 2 3 184 187 255; do
			ask send c0 $ip src=$client dst=$vip $tos=$value udp \
				sport=4001 dport=53
			saw s $ip2 $tos2=$value in.dst=$vip in.$tos=$value
			ask forget s
		done
	done
done

section "DF: IPv4's own; what IPv6 hosts cannot make smaller has none"
for type in ipip gre gue; do
	the_server 4
	for case in 4:0:10 4:1:10 4:0:1400 4:1:1400 6:0:1232 6:1:1233; do
		IFS=: read -r family df size <<<"$case"
		the_client $family
		tunnel udp:53 $type
		words=
		[ $family = 6 ] || words=df=$df
		ask send c0 $ip src=$client dst=$vip $words udp sport=4002 \
			dport=53 data=$size
		saw s ip df=$df in.dst=$vip in.data=$size
		ask forget s
	done
done

section "what is too big: its sender is told, or it goes in fragments"
ask capture c c0
for type in $types; do
	for families in 44 64 46 66; do
		the_client ${families%?}
		the_server ${families#?}
		tunnel udp:53 $type
		most=$((1500 - $(room $type ${families#?}) - (${families%?} == 4 ? 28 : 48)))
		ask send c0 $ip src=$client dst=$vip udp sport=4003 dport=53 \
			data=$most
		saw s in.dst=$vip in.data=$most in.csum=ok
		ask forget s
		ask send c0 $ip src=$client dst=$vip udp sport=4003 dport=53 \
			data=$((most + 1))
		case $families in
		4?) saw c ip dst=$client icmp type=3 code=4 csum=ok ;;
		6?) saw c ip6 dst="$(shown $client)" icmp type=2 code=0 csum=ok ;;
		esac
		ask forget c
		if [ $families = 44 ] || [ $families = 46 ]; then
			ask send c0 ip src=$client dst=$vip df=0 udp sport=4003 \
				dport=53 data=$((most + 1))
			saw s $ip2 src=$source dst=$server mf=1
			saw s $ip2 src=$source dst=$server mf=0
			ask forget s
		fi
	done
done
expect "dropped, and why" 20 "$(drops too-big)"

section "IPv6's least, where the tunnel has room for less"
ip link set s1 mtu 1280
for type in ipip gre gue; do
	for family in 4 6; do
		the_client 6
		the_server $family
		tunnel udp:53 $type
		ask send c0 ip6 src=$client dst=$vip udp sport=4004 dport=53 \
			data=1232
		saw s $ip2 src=$source dst=$server mf=1
		saw s $ip2 src=$source dst=$server mf=0
		ask forget s
	done
done
ip link set s1 mtu 1500
ask uncapture c

section "a flow has one source port, flows have many"
for family in 4 6; do
	the_client $family
	the_server $family
	tunnel udp:53 gue
	for i in {0..63} 63 63 63; do
		ask send c0 $ip src=$client dst=$vip udp sport=$((5000 + i)) \
			dport=53
	done
	ask saw s n=67 in.dst=$vip
	expect "IPv$family: all arrived" "count=67" "${reply%% |*}"
	ask keep s "$VS_OUT/flows"
	ports=$(grep -o 'udp sport=[0-9]* dport=6080' "$VS_OUT/flows" |
		cut -d= -f2 | cut -d' ' -f1)
	expect_that "IPv$family: few share one" \
		"$(sort -u <<<"$ports" | wc -l) > 60"
	expect_that "IPv$family: not somebody's" \
		"$(sort -n <<<"$ports" | head -n 1) >= 32768"
	expect "IPv$family: the same flow's" 1 \
		"$(grep in.sport=5063 "$VS_OUT/flows" |
			grep -o ' udp sport=[0-9]*' | sort -u | wc -l)"
done

section "the source: given, the route's, another one's from now on"
sends_from() {
	ask send c0 $ip src=$client dst=$vip udp sport=4005 dport=53
	saw s src=$2 dst=$server in.dst=$vip
	ask forget s
}
for family in 4 6; do
	the_client 4
	the_server $family
	case $family in
	4) other=10.2.1.77 own=$other/24 ;;
	6) other=2001:db8:2:1::77 own="$other/64 nodad" ;;
	esac
	case $family in
	4) tunnel udp:53 gre "" "source $other" ;;
	6) tunnel udp:53 gre "" "source [$other]" ;;
	esac
	sends_from "one that is nobody's" $other
	tunnel udp:53 gre
	sends_from "the link's" $source
	ip address add $own dev s1
	ip -$family route replace $server dev s1 src $other
	sends_from "the route's" $other
	ip -$family route del $server
	ip address del ${own% nodad} dev s1
	sends_from "the link's again" $source
done

section "policies of the director have a say in what it tunnels"
for family in 4 6; do
	the_client $((10 - family))
	the_server $family
	tunnel udp:53 gue
	ip xfrm policy add src $source dst $server dir out action block
	ask send c0 $ip src=$client dst=$vip udp sport=4006 dport=53 data=7
	ip xfrm policy del src $source dst $server dir out
	# One that has nothing to say of this.
	ip xfrm policy add src $source dst ${server%99}98 dir out action block
	ask send c0 $ip src=$client dst=$vip udp sport=4006 dport=53 data=8
	saw s in.dst=$vip in.data=8
	unseen s in.dst=$vip in.data=7
	ip xfrm policy del src $source dst ${server%99}98 dir out
	ask forget s
done

section "a SYN says what fits, either end's"
# syn SPORT OPTIONS
syn() {
	ask send c0 $ip src=$client dst=$vip tcp sport=$1 dport=80 flags=S \
		opts=$2
}
port=6000
for type in $types; do
	for families in 44 64 46 66; do
		the_client ${families%?}
		the_server ${families#?}
		fits=$((1500 - $(room $type ${families#?}) - (${families%?} == 4 ? 40 : 60)))
		tunnel tcp:80 $type "mss-clamp on"
		for case in 020405b4:$fits 02042328:$fits 02040200:512; do
			port=$((port + 1))
			syn $port ${case%:*}
			saw s in.sport=$port in.mss=${case#*:} in.csum=ok
		done
		# After an odd number of bytes.
		port=$((port + 1))
		syn $port 01020405b4010101
		saw s in.sport=$port in.csum=ok
		tunnel tcp:80 $type
		port=$((port + 1))
		syn $port 020405b4
		saw s in.sport=$port in.mss=1460
	done
done
ask forget s
ask capture c c0
for family in 4 6; do
	the_client $family
	the_server $family
	vsadm flush
	vsadm service add tcp "$(at $vip 80)" mss-clamp on
	vsadm server add tcp "$(at $vip 80)" "$(at $server 80)"
	ip -$family route replace $server dev s1 mtu lock 1400
	fits=$((1400 - (family == 4 ? 40 : 60)))
	port=$((port + 1))
	syn $port 020405b4
	saw s dst=$server sport=$port mss=$fits csum=ok
	ask send s1 $ip src=$server dst=$client tcp sport=80 dport=$port \
		flags=SA opts=020405b4
	saw c src=$vip dport=$port flags=SA mss=$fits csum=ok
	ip -$family route del $server
done

finish
