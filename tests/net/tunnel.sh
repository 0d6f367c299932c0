#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Tunnels that Linux' own devices take apart: large transfers compared by
# SHA-256, with each type and pair of families, whatever the segments are like;
# clients on the director; and a tunnel in the tunnel.
#
#   c0 ---- d ==== s1

# shellcheck disable=SC2046,SC2086,SC2128,SC2178 # words
. "$(dirname "$0")/lib.sh"

case $VS_KERNEL in
uml) mega=2 ;;
uml-debug) mega=1 ;;
*) mega=2 ;;
esac

topology 1 1
ip -n s1 address add $vip4/32 dev lo
ip -n s1 address add $vip6/128 dev lo nodad
ask serve s1 80

# devices TYPE: what takes its packets apart on s1.
devices() {
	local words
	words4="local 10.2.1.2 remote any"
	words6="local 2001:db8:2:1::2 remote any"
	[ "$1" = "${1%:*}" ] || words=icsum
	case $1 in
	gre*) ip -n s1 -batch - <<-END ;;
		link add t4 type gre $words4 ${words-}
		link add t6 type ip6gre $words6 ${words-}
		END
	*) ip -n s1 -batch - <<-END ;;
		link add t4 type ipip $words4
		link add t46 type sit $words4
		link add t6 type ip6tnl mode any $words6
		END
	esac
	case $1 in
	gue*)
		modprobe -a fou fou6
		ip -n s1 fou add port 6080 gue
		ip -n s1 -6 fou add port 6080 gue
		;;
	esac
	for dev in t4 t46 t6; do
		ip -n s1 link set $dev up 2>/dev/null || continue
		ask sysctl s1 net.ipv4.conf.$dev.rp_filter=0
	done
}

devices_end() {
	for dev in t4 t46 t6; do
		ip -n s1 link del $dev 2>/dev/null || true
	done
	ip -n s1 fou del port 6080 gue 2>/dev/null || true
	ip -n s1 -6 fou del port 6080 gue 2>/dev/null || true
}

# words TYPE FAMILY: of a server there.
words() {
	case $1$2 in
	# Linux drops UDP over IPv6 that has no checksum.
	gue6) echo type gue checksum on ;;
	*:checksum*) echo type ${1%:*} checksum on ;;
	*) echo type $1 ;;
	esac
}

frames() { read -r frames </sys/class/net/s1/statistics/tx_packets; }

# put WHAT FROM: through tunnels to both of the server's addresses; $most and
# $least are the frames that it took.
put() {
	local inner outer before
	most=0 least=999999999
	for inner in 4 6; do
		for outer in 4 6; do
			frames
			before=$frames
			ask transfer $2 "$(vip $inner)" 8$outer \
				bytes=$((mega << 20)) timeout=30
			field same
			expect "$1: IPv$inner in IPv$outer" 1 "$value"
			frames
			most=$((frames - before > most ? frames - before : most))
			least=$((frames - before < least ? frames - before : least))
		done
	done
}

segments=$(((mega << 20) / 1460))
ask serve s1 84,86 as=s1

for type in ipip gre gre:checksum gue gue:checksum; do
	section "${type/:/, }"
	devices $type
	for inner in 4 6; do
		for outer in 4 6; do
			service="tcp $(at "$(vip $inner)" 8$outer)"
			vsadm service add $service
			vsadm server add $service "$(at "$(server $outer 1)" 8$outer)" \
				method tunnel $(words $type $outer)
		done
	done
	put "large segments" c0
	expect_that "they were large" "$most < $segments / 2"
	ask offload c0 eth0 tso=off gso=off
	ask offload d c0 gro=on
	put "GRO" c0
	expect_that "some were put together" "$least < $segments"
	ask offload d c0 gro=off
	ask offload d s1 tx=off
	put "one by one" c0
	expect_that "they were small" "$least >= $segments"
	ask offload c0 eth0 tso=on gso=on
	ask offload d s1 tso=off
	put "cut by the director" c0
	expect_that "they were small again" "$least >= $segments"
	ask offload d s1 tx=on tso=on
	expect "counted: conns" "[4,4,4,4]" "$(stat_of '[.[].server[].stats.conns]')"
	expect "replies do not pass by" "[0,0,0,0]" \
		"$(stat_of '[.[].server[]."stats"."out-packets"]')"
	vsadm flush
	devices_end
done

section "clients on the director"
# Nobody there answers but by way of vs.
ip route add $vip4/32 via 10.1.0.2
ip route add $vip6/128 via 2001:db8:1:0::2
for type in ipip gre gue; do
	devices $type
	for inner in 4 6; do
		for outer in 4 6; do
			service="tcp $(at "$(vip $inner)" 8$outer)"
			vsadm service add $service
			vsadm server add $service "$(at "$(server $outer 1)" 8$outer)" \
				method tunnel $(words $type $outer)
			ask get d tcp "$(vip $inner)" 8$outer count=3
			answers "IPv$inner in $type by IPv$outer" 3 "s1=3"
		done
	done
	put "$type, what a local client sends" d
	vsadm flush
	devices_end
done
ip route del $vip4/32
ip route del $vip6/128

section "a tunnel in the tunnel, super-packets that the director has to cut"
ask offload d s1 tx=off tso=off
ip -n c0 link add vx type vxlan id 5 dstport 4789 local 10.1.0.2 remote $vip4
ip -n s1 link add vx type vxlan id 5 dstport 4789 local $vip4 remote 10.1.0.2
for i in c0:1 s1:2; do
	ip -n ${i%:*} link set vx mtu 1350 up
	ip -n ${i%:*} address add 10.9.0.${i#*:}/24 dev vx
done
for type in ipip gre gre:checksum gue gue:checksum; do
	devices $type
	for outer in 4 6; do
		vsadm service add udp $vip4:4789
		vsadm server add udp $vip4:4789 "$(at "$(server $outer 1)" 4789)" \
			method tunnel $(words $type $outer)
		ask transfer c0 10.9.0.2 80 bytes=$((mega << 18)) timeout=30
		field same
		expect "VXLAN in ${type/:/, } by IPv$outer" 1 "$value"
		ask transfer c0 10.9.0.2 80 bytes=$((mega << 18)) dir=get \
			timeout=30
		field same
		expect "and what comes back" 1 "$value"
		vsadm flush
	done
	devices_end
done

finish
