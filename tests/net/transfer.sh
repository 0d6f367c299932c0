#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Large transfers, compared by SHA-256: both directions, IPv4 and IPv6, both
# paths, with segments as large as they come, with none larger than the MTU,
# and with small ones that the director's GRO puts together.
#
#   c0 ---- d ---- s1

. "$(dirname "$0")/lib.sh"

case $VS_KERNEL in
uml) mega=16 ;;
uml-debug) mega=2 ;;
*) mega=6 ;;
esac

topology 1 1
ask serve s1 8080

for family in 4 6; do
	for path in direct:80 stack:81; do
		vip=$(at "$(vip $family)" ${path#*:})
		vsadm service add tcp "$vip" path ${path%:*}
		vsadm server add tcp "$vip" "$(at "$(server $family 1)" 8080)"
	done
done

# frames DEV: sent by the director; a large one counts once
frames() { read -r frames <"/sys/class/net/$1/statistics/tx_packets"; }

# both WHAT: each family, path and direction; $most is the frames of the worst
both() {
	local family path port way dev before
	most=0 least=999999999
	for family in 4 6; do
		for port in 80 81; do
			for way in put:s1 get:c0; do
				dev=${way#*:}
				frames "$dev"
				before=$frames
				ask transfer c0 "$(vip $family)" $port \
					dir=${way%:*} bytes=$((mega << 20))
				field same
				expect "$1, IPv$family, port $port, ${way%:*}" 1 \
					"$value"
				frames "$dev"
				most=$((frames - before > most ?
					frames - before : most))
				least=$((frames - before < least ?
					frames - before : least))
			done
		done
	done
}

segments=$(((mega << 20) / 1460))

section "large segments pass whole: $mega MB each"
both "large segments"
expect_that "they were large" "$most < $segments / 4"

section "segments of an MTU"
ask offload c0 eth0 tso=off gso=off
ask offload s1 eth0 tso=off gso=off
ask offload d c0 gro=off
ask offload d s1 gro=off
both "small segments"
expect_that "they were small" "$least >= $segments"

section "small segments that GRO puts together on the director"
ask offload d c0 gro=on
ask offload d s1 gro=on
both "GRO"
expect_that "some were put together" "$least < $segments"

section "large ones that the director has to cut and to sum up by itself"
ask offload c0 eth0 tso=on gso=on
ask offload s1 eth0 tso=on gso=on
ask offload d c0 gro=off tso=off tx=off
ask offload d s1 gro=off tso=off tx=off
both "cut"
expect_that "they were small again" "$least >= $segments"

section "checksums by hand, no offload anywhere"
ask offload c0 eth0 tx=off rx=off
ask offload s1 eth0 tx=off rx=off
ask offload d c0 tx=off rx=off
ask offload d s1 tx=off rx=off
both "no offload"

vsadm --json stats >"$VS_OUT/stats"
expect "nothing was dropped" 0 "$(jq '[.drop[].packets] | add' "$VS_OUT/stats")"

finish
