#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Packets that lie: short, cut, with lengths and offsets that contradict each
# other, with extension headers without end. Nothing of them may come out that
# an honest router would not pass, nothing may crash, honest packets go on.
#
#   c0 (10.1.0.99, raw) ---- d ---- s1 (10.2.1.99, raw)

. "$(dirname "$0")/lib.sh"

topology 1 2
ghost c0 s1
ask serve s2 8080
ask capture s s1
c4="ip src=10.1.0.99 dst=$vip4" c6="ip6 src=2001:db8:1:0::99 dst=$vip6"

for path in direct stack; do
	for family in 4 6; do
		for proto in tcp udp; do
			vip=$(at "$(vip $family)" 80)
			ghost=10.2.1.99
			[ $family = 4 ] || ghost=2001:db8:2:1::99
			vsadm service add $proto "$vip" path $path scheduler rr
			vsadm server add $proto "$vip" "$(at $ghost 8080)"
			vip=$(at "$(vip $family)" 81)
			vsadm service add $proto "$vip" path $path scheduler rr
			vsadm server add $proto "$vip" \
				"$(at "$(server $family 2)" 8080)"
		done
	done
	# Conns for some of them to belong to.
	ask send c0 "$c4" tcp sport=7 dport=80 flags=S
	ask send c0 "$c4" udp sport=7 dport=80 data=4
	ask send c0 "$c6" tcp sport=7 dport=80 flags=S
	ask send c0 "$c6" udp sport=7 dport=80 data=4
	saw s ip tcp sport=7 dport=8080
	saw s ip6 udp sport=7 dport=8080
	ask forget s

	section "path $path: none of these comes out"
	# shellcheck disable=SC2086 # a packet is words
	while read -r packet; do
		[ -z "$packet" ] || ask send c0 $packet
	done <<-END
	$c4 ihl=4 tcp sport=7 dport=80 flags=A
	$c4 ihl=0 tcp sport=7 dport=80 flags=A
	$c4 ihl=15 tcp sport=7 dport=80 flags=A
	$c4 ihl=15 udp sport=7 dport=80 data=200
	$c4 ver=5 tcp sport=7 dport=80 flags=A
	$c4 ver=6 tcp sport=7 dport=80 flags=A
	$c4 csum=0x1111 tcp sport=7 dport=80 flags=A
	$c4 len=19 tcp sport=7 dport=80 flags=A
	$c4 len=0 tcp sport=7 dport=80 flags=A
	$c4 len=65535 tcp sport=7 dport=80 flags=A
	$c4 tcp sport=7 dport=80 flags=A data=20 cut n=21
	$c4 len=39 tcp sport=7 dport=80 flags=A
	$c4 len=24 tcp sport=7 dport=80 flags=A
	$c4 len=20 tcp sport=7 dport=80 flags=A
	$c4 len=27 udp sport=7 dport=80 data=20
	$c4 len=20 udp sport=7 dport=80 data=20
	$c4 tcp sport=7 dport=80 flags=A doff=0
	$c4 tcp sport=7 dport=80 flags=A doff=4 data=20
	$c4 tcp sport=7 dport=80 flags=A doff=15 data=39
	$c4 proto=6 raw data=0
	$c4 proto=6 raw data=1
	$c4 proto=6 raw data=4
	$c4 proto=6 raw data=13
	$c4 proto=6 raw data=19
	$c4 proto=17 raw data=0
	$c4 proto=17 raw data=3
	$c4 proto=17 raw data=7
	$c4 mf=1 proto=6 raw data=8
	$c4 mf=1 proto=17 raw data=x00070050
	$c4 off=8 proto=6 raw data=60
	$c4 off=65528 proto=6 raw data=60
	$c4 off=8 mf=1 proto=17 raw data=64
	$c6 ver=4 tcp sport=7 dport=80 flags=A
	$c6 len=19 tcp sport=7 dport=80 flags=A
	$c6 len=0 tcp sport=7 dport=80 flags=A
	$c6 len=65535 tcp sport=7 dport=80 flags=A
	$c6 tcp sport=7 dport=80 flags=A data=20 cut n=21
	$c6 tcp sport=7 dport=80 flags=A doff=4 data=20
	$c6 tcp sport=7 dport=80 flags=A doff=15 data=39
	$c6 next=6 raw data=0
	$c6 next=6 raw data=13
	$c6 next=6 raw data=19
	$c6 next=17 raw data=7
	$c6 next=0 raw data=0
	$c6 next=0 raw data=1
	$c6 next=60 raw data=x11
	$c6 next=60 raw data=x11ff
	$c6 hbh len=255 udp sport=7 dport=80 data=4
	$c6 dopt len=255 udp sport=7 dport=80 data=4
	$c6 dopt len=1 udp sport=7 dport=80 data=4
	$c6 dopt dopt dopt dopt dopt dopt dopt dopt dopt dopt dopt dopt dopt dopt dopt dopt next=60 len=31
	$c6 rh type=0 left=1 udp sport=7 dport=80 data=4
	$c6 rh type=2 left=1 udp sport=7 dport=80 data=4
	$c6 rh type=4 left=2 udp sport=7 dport=80 data=4
	$c6 rh type=4 left=255 len=255 udp sport=7 dport=80 data=4
	$c6 frag next=17 raw data=0
	$c6 frag next=17 raw data=7
	$c6 frag mf=1 next=6 raw data=16
	$c6 frag next=44 raw data=8
	$c6 frag frag frag mf=1 udp sport=7 dport=80 data=8
	$c6 frag off=8 next=17 raw data=16
	$c6 frag off=65528 next=6 raw data=64
	$c6 next=59 raw data=30
	$c6 dopt next=59
	$c6 next=51 raw data=x1100000000000000000000000000000000000000
	$c6 next=51 raw data=x11ff0000
	$c6 next=50 raw data=30
	END
	ask send c0 ip src=10.1.0.99 dst=10.2.1.99 udp sport=1 dport=9 data=9
	saw s dport=9
	ask saw s timeout=0 dport=8080
	expect "nothing came out" "count=0 |" "$reply"
	[ "$reply" = "count=0 |" ] || ask seen s dport=8080
	ask forget s

	section "path $path: lies that a router does not look at pass, and no more"
	# Data offsets, flags and lengths that the receiver will refuse.
	# shellcheck disable=SC2086 # a packet is words
	while read -r packet; do
		ask forget s
		ask send c0 $packet
		saw s dport=8080 sport=7
	done <<-END
	$c4 tcp sport=7 dport=80 flags=FSRPAUEC
	$c4 udp sport=7 dport=80 data=20 csum=0xabcd
	$c6 udp sport=7 dport=80 data=20 csum=0xabcd
	$c6 dopt dopt dopt dopt udp sport=7 dport=80 data=20
	END

	section "path $path: honest ones go on as before"
	for family in 4 6; do
		for proto in tcp udp; do
			ask get c0 $proto "$(vip $family)" 81 count=3
			answers "$proto, IPv$family" 3 "s2=3"
		done
	done
	vsadm flush
done

section "ten thousand at random, on each a few bytes wrong"
for family in 4 6; do
	for proto in tcp udp; do
		vip=$(at "$(vip $family)" 80)
		ghost=10.2.1.99
		[ $family = 4 ] || ghost=2001:db8:2:1::99
		vsadm service add $proto "$vip" sloppy on
		vsadm server add $proto "$vip" "$(at $ghost 8080)"
		vsadm service add $proto "$(at "$(vip $family)" 81)"
		vsadm server add $proto "$(at "$(vip $family)" 81)" \
			"$(at "$(server $family 2)" 8080)"
	done
done
seed=${VS_SEED-$RANDOM}
echo "  VS_SEED=$seed"
for packet in "$c4 tcp sport=7 dport=80 flags=A data=30" \
	"$c4 udp sport=7 dport=80 data=30" \
	"$c4 mf=1 udp sport=7 dport=80 data=30" \
	"$c6 tcp sport=7 dport=80 flags=A data=30" \
	"$c6 hbh dopt rh frag dopt udp sport=7 dport=80 data=30"; do
	ask mutants c0 n=2000 seed="$seed" "$packet"
done
ask forget s
for family in 4 6; do
	for proto in tcp udp; do
		ask get c0 $proto "$(vip $family)" 81 count=3
		answers "$proto, IPv$family" 3 "s2=3"
	done
done

finish
