#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Two directors in namespaces of their own, with the same virtual address, the
# same clients and other servers; each knows its own. A namespace ends under
# traffic and comes again, many times; nothing of it is left, as the lab sees.
#
#   lc ---- left ---- l1 l2          rc ---- right ---- r1 r2
#
# Each side has the same addresses: client 10.1.0.2, servers 10.2.1.2, 10.2.2.2.

. "$(dirname "$0")/lib.sh"

# side DIRECTOR LETTER: makes director, client and servers.
side() {
	local dir=$1 c=$2c one=$2"1" two=$2"2" peer net
	ip -batch - <<-END
	netns add $dir
	netns add $c
	netns add $one
	netns add $two
	END
	connect "$1" "$2"
}

# connect DIRECTOR LETTER: links between a director and the three.
connect() {
	local dir=$1 peer net
	quiet_ipv6 "$dir"
	ask sysctl "$dir" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	for peer in "$2c 1:0" "$2""1 2:1" "$2""2 2:2"; do
		net=${peer#* } peer=${peer% *}
		quiet_ipv6 "$peer"
		ip -batch - <<-END
		link add $peer netns $dir type veth peer name eth0 netns $peer
		END
		ip -n "$dir" -batch - <<-END
		link set $peer up
		address add 10.${net/:/.}.1/24 dev $peer
		address add 2001:db8:$net::1/64 dev $peer nodad
		END
		ip -n "$peer" -batch - <<-END
		link set lo up
		link set eth0 up
		address add 10.${net/:/.}.2/24 dev eth0
		address add 2001:db8:$net::2/64 dev eth0 nodad
		route add default via 10.${net/:/.}.1
		route add default via 2001:db8:$net::1
		END
	done
}

# vsadm_in DIRECTOR WORDS...
vsadm_in() { nsenter --net="/run/netns/$1" vsadm "${@:2}"; }

configure() {
	local method proto family
	for method in $methods; do
		for proto in tcp udp; do
			for family in 4 6; do
				by_method "$method" $proto $family 1 2
			done
		done
	done | vsadm_in "$1" -b -
}

section "the same virtual address twice"
side left l
side right r
ask serve l1,l2,r1,r2 8080,82,83
take_methods l1 l2 r1 r2
configure left
ask get lc tcp $vip4 80 count=4
answers "left" 4 "l1=2 l2=2"
ask get rc tcp $vip4 80 timeout=0.3
expect "right has none yet" "answered=0 failed=1" "${reply%% wrong=*}"
expect "nor does it show any" "" "$(vsadm_in right show)"
expect "nor does the first namespace" "" "$(vsadm show)"
configure right
for vip in $vip4 $vip6; do
	# The same clients from the same ports, at the same time.
	ask hold l lc tcp "$vip" 80 count=1 sport=4000
	answers "left, port 4000" 1
	ask hold r rc tcp "$vip" 80 count=1 sport=4000
	answers "right, port 4000" 1
	ask use l
	left=$spread
	ask use r
	right=$spread
	expect_that "each its own" \
		"$([[ $left = l?=1 && $right = r?=1 ]] && echo 1 || echo 0)"
	ask drop l
	ask drop r
done
vsadm_in left settings conns-max 77
expect "settings are each one's own" 0 \
	"$(vsadm_in right --json settings | jq '."conns-max" == 77 | if . then 1 else 0 end')"
vsadm_in left settings conns-max 100000

section "one changes, the other does not notice"
ask load r rc tcp $vip4 80 pause=0.005
vsadm_in left flush
ask get lc tcp $vip4 80 timeout=0.3
expect "left has none" "answered=0 failed=1" "${reply%% wrong=*}"
ask count r more=5
configure left
ask get lc tcp $vip4 80 count=4
answers "left again" 4 "l1=2 l2=2"

section "a namespace ends under traffic, ten times; the other goes on"
rounds=10
[ "$VS_KERNEL" = uml ] || rounds=4
for ((i = 1; i <= rounds; i++)); do
	ask load l4 lc tcp $vip4 80 pause=0.001 timeout=1
	ask load l6 lc tcp $vip6 80 pause=0.001 timeout=1
	ask load lu lc udp $vip4 80 pause=0.001 timeout=0.2
	for method in dr tunnel fullnat; do
		ask load $method lc udp "$(vip $((4 + i % 2 * 2)))" \
			"$(port_of $method)" pause=0.001 timeout=0.2 \
			"$(sees $method $((4 + i % 2 * 2)))"
	done
	ask hold h lc udp $vip4 80 count=20
	answers "round $i, held" 20
	ask count l4 more=5
	ask count l6 more=5
	for one in lu dr tunnel fullnat; do
		ask count "$one" more=5
	done
	ip netns del left
	ask count r more=5
	for one in l4 l6 lu dr tunnel fullnat; do
		ask unload "$one"
		field wrong
		expect "round $i, $one: wrong answers" 0 "$value"
	done
	ask drop h
	ip netns add left
	connect left l
	configure left
	ask get lc tcp $vip4 80 count=4
	answers "round $i, there again" 4 "l1=2 l2=2"
done
ask unload r
field answered
answers "right, all the time" "$value"

section "a user who is root of a namespace only may do it there only"
rootless() {
	setpriv --reuid=65534 --regid=65534 --clear-groups \
		unshare --user --map-root-user --net "$@"
}
expect "in his own" "tcp 192.0.2.1:80" "$(rootless sh -c "
	vsadm service add tcp 192.0.2.1:80 && vsadm -n show" 2>&1 |
	sed -E 's/^6 /tcp /; s/ scheduler.*//')"
expect "not in the first" no "$(setpriv --reuid=65534 --regid=65534 --clear-groups \
	unshare --user --map-root-user vsadm service add tcp 192.0.2.1:80 \
	>/dev/null 2>&1 || echo no)"

finish
