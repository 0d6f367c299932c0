#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Echo requests to a virtual address: answered while one of its services asks
# for it, by the stack if a device has the address, else not at all.
#
#   c0 (and 10.1.0.99, raw) ---- d ---- s1

# shellcheck disable=SC2086,SC2119,SC2120 # $ip is words
. "$(dirname "$0")/lib.sh"

topology 1 1
ghost c0 s1
ask serve s1 8080
ask capture c c0
ask capture s s1
# Whoever does not answer goes on to s1, with the virtual address.
ip -batch - <<-END
route add $vip4 via 10.2.1.2
route add $vip6 via 2001:db8:2:1::2
END

addresses() {
	case $1 in
	4) client=10.1.0.99 ip=ip ttl=ttl request=8 answer=0 most=1468 ;;
	6) client=2001:db8:1::99 ip=ip6 ttl=hlim request=128 answer=129 most=1496 ;;
	esac
	vip=$(vip "$1")
}

# ping_vip SIZE [SRC]: with a TTL of 1, so that no router passes it on.
ping_vip() {
	ask forget c
	ask forget s
	ask send c0 $ip src=${2-$client} dst=$vip $ttl=1 icmp type=$request \
		data=$1
}

answered() {
	ping_vip $1
	ask saw c icmp src=$vip
	expect "$vip answers" \
		"$ip src=$vip dst=$client $ttl=64 icmp type=$answer code=0 data=$1 csum=ok" \
		"${reply#*| }"
}

hop=([4]=28 [6]=48)
# unanswered: the next router's word for it is that no hop is left.
unanswered() {
	ping_vip 56
	ask send c0 $ip src=$client dst=$vip $ttl=1 tcp sport=9 dport=9
	saw c icmp data=$((hop[family] + 12))
	unseen c type=$answer
}

for family in 4 6; do
	addresses $family
	at=$(at $vip 80)

	section "IPv$family: nobody asks for it"
	vsadm service add tcp $at
	vsadm server add tcp $at "$(at "$(server $family 1)" 8080)"
	unanswered

	section "IPv$family: one service does, then another, then none"
	vsadm service set tcp $at echo on
	for size in 0 1 56 1400; do
		answered $size
	done
	vsadm service add udp $at echo on
	vsadm service set tcp $at echo off
	answered 56
	vsadm service del udp $at
	unanswered
	vsadm service set tcp $at echo on
	answered 56

	section "IPv$family: what is no request, or of no client"
	ask forget c
	ask send c0 $ip src=$client dst=$vip icmp type=$answer data=3
	ask send c0 $ip src=$client dst=$vip icmp type=$request code=1 data=4
	case $family in
	4) strange="10.1.0.255 255.255.255.255 224.0.0.9 127.0.0.1 0.0.0.0 10.2.1.1 $vip" ;;
	6) strange="ff02::1 ::1 :: fe80::9 2001:db8:2:1::1 $vip" ;;
	esac
	for one in $strange; do
		ask send c0 $ip src=$one dst=$vip icmp type=$request data=5
	done
	ask send c0 to=ff:ff:ff:ff:ff:ff $ip src=$client dst=$vip icmp \
		type=$request data=6
	answered 7
	for size in 3 4 5 6; do
		unseen c data=$size src=$vip
	done

	section "IPv$family: a wrong checksum does not become right"
	ask forget c
	ask send c0 $ip src=$client dst=$vip icmp type=$request csum=0x1234 \
		data=8
	answered 9
	unseen c type=$answer csum=ok data=8

	section "IPv$family: in fragments, and so is the answer"
	ask forget c
	ask split c0 size=1448 id=5 order=1,0 $ip src=$client dst=$vip df=0 \
		icmp type=$request data=2000
	ask joined c
	expect "in two" "$ip src=$vip dst=$client $ttl=64 icmp type=$answer code=0 data=2000 csum=ok pieces=2 most=$most same=1" \
		"${reply#*| }"

	section "IPv$family: a device has the address: the stack answers"
	vip_local add
	answered 56
	vsadm service set tcp $at echo off
	answered 56
	vip_local del
	unanswered

	section "IPv$family: other traffic of the service goes on"
	ask get c0 tcp $vip 80
	answers "TCP" 1 "s1=1"
	vsadm flush
done

section "ping, as everybody knows it"
vsadm service add tcp $vip4:80 echo on
vsadm service add tcp "[$vip6]:80" echo on
for vip in $vip4 $vip6; do
	ask run c0 ping -nqc3 -i0.01 -W5 $vip
	expect_that "$vip: three answers" \
		"$(grep -c ' 3 received, 0% packet loss' <<<"$reply") == 1"
done

finish
