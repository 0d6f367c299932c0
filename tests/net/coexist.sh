#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# vs beside others on one router, at the same time: ip_vs with services of its
# own, a stateful firewall, masquerading and port forwarding of other traffic.
#
#   c0, c1 ---- d ---- s1 s2 s3 s4

. "$(dirname "$0")/lib.sh"

# names: who answered, without how often.
names() {
	local word
	for word in $spread; do
		echo "${word%=*}"
	done | xargs
}

topology 2 4
ask serve s1,s2,s3,s4 8080
ask serve s3 9090

section "ip_vs has services on its own address, and on ours, other ports"
other=203.0.113.11
modprobe -a ip_vs ip_vs_rr
ip -batch - <<-END
address add $other/32 dev lo
address add $vip4/32 dev lo
END
for proto in tcp udp; do
	vsadm service add $proto $vip4:80 scheduler rr
	vsadm server add $proto $vip4:80 10.2.1.2:8080
	vsadm server add $proto $vip4:80 10.2.2.2:8080
	flag=-t
	[ $proto = tcp ] || flag=-u
	for service in $other:80 $vip4:81; do
		ipvsadm -A $flag "$service" -s rr
		ipvsadm -a $flag "$service" -r 10.2.3.2:8080 -m
		ipvsadm -a $flag "$service" -r 10.2.4.2:8080 -m
	done
done
for proto in tcp udp; do
	ask load vs.$proto c0 $proto $vip4 80 pause=0.003
	ask load ipvs.$proto c0 $proto $other 80 pause=0.003
	ask get c1 $proto $vip4 81 count=10
	answers "ip_vs, $proto, our address" 10 "s3=5 s4=5"
done
for proto in tcp udp; do
	ask count vs.$proto more=10
	ask count ipvs.$proto more=10
	ask unload vs.$proto
	field answered
	answers "vs, $proto" "$value"
	expect "vs, $proto: by its servers" "s1 s2" \
		"$(names)"
	ask unload ipvs.$proto
	field answered
	answers "ip_vs, $proto" "$value"
	expect "ip_vs, $proto: by its servers" "s3 s4" \
		"$(names)"
done

section "the same service in both: vs is first, ip_vs has it when vs has not"
ipvsadm -A -t $vip4:80 -s rr
ipvsadm -a -t $vip4:80 -r 10.2.3.2:8080 -m
ask get c0 tcp $vip4 80 count=4
answers "vs" 4 "s1=2 s2=2"
vsadm service del tcp $vip4:80
ask get c0 tcp $vip4 80 count=4
answers "ip_vs" 4 "s3=4"
ipvsadm -C
vsadm flush

section "masquerading and port forwarding of others, beside path direct"
nft -f - <<-END
table inet others {
	chain postrouting {
		type nat hook postrouting priority srcnat
		oifname "s4" masquerade
	}
	chain prerouting {
		type nat hook prerouting priority dstnat
		ip daddr 203.0.113.20 tcp dport 80 dnat ip to 10.2.3.2:9090
	}
	chain forward {
		type filter hook forward priority filter; policy drop
		ct state established,related accept
		ct state invalid counter drop
		ct state new accept
	}
}
END
for path in direct stack; do
	for proto in tcp udp; do
		vsadm service add $proto $vip4:80 scheduler rr path $path
		vsadm server add $proto $vip4:80 10.2.1.2:8080
		vsadm server add $proto $vip4:80 10.2.2.2:8080
		ask get c0 $proto $vip4 80 count=6
		answers "$path, $proto" 6 "s1=3 s2=3"
	done
	ask get c0 tcp 203.0.113.20 80 count=5
	answers "port forwarding" 5 "s3=5"
	# The server sees the director's address, which the agent calls wrong.
	ask get c0 tcp 10.2.4.2 8080
	expect "masqueraded" "answered=0 failed=0 wrong=1" "${reply%% slow*}"
	section "$path: nothing of ours is masqueraded that rules do not name"
	ask get c1 tcp $vip4 80 count=6
	answers "$path" 6 "s1=3 s2=3"
	[ $path = stack ] || vsadm flush
done

section "path stack: a rule that masquerades does so to ours as well"
vsadm server add tcp $vip4:80 10.2.4.2:8080
vsadm server set tcp $vip4:80 10.2.1.2:8080 weight 0
vsadm server set tcp $vip4:80 10.2.2.2:8080 weight 0
ask get c0 tcp $vip4 80 count=4 patience=9
expect "answered, from another address" "answered=0 failed=0 wrong=4" \
	"${reply%% slow*}"
nft delete table inet others

section "conntrack knows nothing of path direct"
vsadm flush
nft add table inet tracked
nft add chain inet tracked c '{ type filter hook forward priority 0; ct state new accept; }'
vsadm service add udp $vip4:80
vsadm server add udp $vip4:80 10.2.1.2:8080
ask get c0 udp $vip4 80 count=3 src=198.18.7.7
answers "direct" 3
expect "no entry" 0 "$(grep -c 198.18.7.7 /proc/net/nf_conntrack || true)"
vsadm service set udp $vip4:80 path stack
ask get c0 udp $vip4 80 count=3 src=198.18.7.8
answers "stack" 3
expect "an entry for each flow, assured: both directions are one" 3 \
	"$(grep -c '198.18.7.8.*dst=10.2.1.2.*src=10.2.1.2 dst=198.18.7.8' \
		/proc/net/nf_conntrack)"
expect "none that was not answered" 0 \
	"$(grep -c '198.18.7.8.*UNREPLIED' /proc/net/nf_conntrack || true)"

finish
