#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# What a packet's buffer brings along, or has to leave behind, by every method:
# bytes that others look at too are not written, a time of arrival is no time
# of departure, and one that waits for a neighbour is not lost.
#
#   c0 (10.1.0.99, raw) ---- d ---- s1 (10.2.1.2, and raw)

. "$(dirname "$0")/lib.sh"

topology 1 1
ghost c0
ask capture s s1


# packet FAMILY: the words that begin one, and what a router takes one from.
packet() {
	case $1 in
	4) ip="ip src=10.1.0.99 dst=$vip4" hops=ttl ;;
	6) ip="ip6 src=2001:db8:1::99 dst=$vip6" hops=hlim ;;
	esac
}

# configure METHOD: services of both families, each with one server.
configure() {
	local family vip words
	for family in 4 6; do
		vip=$(at "$(vip $family)" 53)
		words="method $1"
		[ "$1" != tunnel ] || words+=" type ipip"
		echo "service add udp $vip"
		[ "$1" != fullnat ] ||
			echo "service set udp $vip source-pool $(pool $family)"
		echo "server add udp $vip $(at "$(server $family 1)" 53) $words"
	done | vsadm -b -
}

# Only stamps that somebody asks for are taken.
python3 -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 29, 1)
time.sleep(1000)' &
stamps=$!

for method in $methods; do
	configure "$method"
	# Of what came through a tunnel the packet inside.
	in=
	[ "$method" != tunnel ] || in=in.
	for family in 4 6; do
		packet $family
		section "$method, IPv$family: who listens on the device sees what came"
		ask capture d d dev=c0
		for n in 1 2 3; do
			# shellcheck disable=SC2086 # a packet is words
			ask send c0 $ip $hops=9 udp sport=400$n dport=53 data=$n
			saw s "$in$hops=8" ${in}udp ${in}data=$n
			saw d "$hops=9" "dst=$(vip $family)" udp sport=400$n \
				dport=53 data=$n csum=ok
			unseen d "$hops=8"
		done
		ask uncapture d
		ask forget s

		section "$method, IPv$family: the neighbour is not known yet"
		ip neigh flush dev s1
		# shellcheck disable=SC2086
		ask send c0 n=5 $ip udp sport=4001 dport=53 data=5
		ask saw s n=5 ${in}data=5
		expect "none is lost" count=5 "${reply%% |*}"
		ask forget s

		section "$method, IPv$family: a queue that looks at times"
		tc qdisc replace dev s1 root fq
		# shellcheck disable=SC2086
		ask send c0 n=5 $ip udp sport=4001 dport=53 data=6
		ask saw s n=5 ${in}data=6
		expect "none is too early" count=5 "${reply%% |*}"
		ask forget s
		tc qdisc del dev s1 root
	done
	vsadm flush
done
kill "$stamps"

finish
