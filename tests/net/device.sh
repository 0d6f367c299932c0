#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Devices and features of the director that a short way to the neighbour could
# break: a bridge, with and without netfilter on it, VLANs, a VRF, IPsec
# policies, policy routing.
#
#   c0, c1 ---- d ---- s1 s2

. "$(dirname "$0")/lib.sh"

topology 2 2
ask serve s1,s2 8080,82,83
take_methods s1 s2
for method in $methods; do
	for family in 4 6; do
		for proto in tcp udp; do
			by_method "$method" $proto $family 1 2
		done
	done
done | vsadm -b -

all=$methods
all_answer() {
	local family proto method
	for family in 4 6; do
		for method in $methods; do
			for proto in tcp udp; do
				ask get "${2-c0}" $proto "$(vip $family)" \
					"$(port_of "$method")" count=4 \
					"$(sees "$method" $family)"
				answers "$1, $method, $proto, IPv$family" 4 \
					"s1=2 s2=2"
			done
			ask transfer "${2-c0}" "$(vip $family)" \
				"$(port_of "$method")" bytes=500000 \
				dir=get timeout=5
			field same
			expect "$1, $method, half a megabyte, IPv$family" 1 "$value"
			# Each transfer was one more turn.
			ask get "${2-c0}" tcp "$(vip $family)" \
				"$(port_of "$method")" "$(sees "$method" $family)"
		done
	done
}

section "clients behind a bridge"
ip -batch - <<-END
link add br0 address 02:00:00:00:00:d0 type bridge
address del 10.1.0.1/24 dev c0
address del 2001:db8:1:0::1/64 dev c0
link set c0 master br0
link set br0 up
address add 10.1.0.1/24 dev br0
address add 2001:db8:1:0::1/64 dev br0 nodad
route replace 198.18.0.0/16 via 10.1.0.2
END
all_answer "bridge"

section "netfilter on the bridge"
modprobe br_netfilter
ask sysctl d net/bridge/bridge-nf-call-iptables=1 \
	net/bridge/bridge-nf-call-ip6tables=1
all_answer "bridge with netfilter"
nft -f - <<-END
table inet t {
	chain f {
		type filter hook forward priority 0
		ct state established,related accept
		ct state invalid drop
	}
}
END
# A reply that comes through here, to what did not, is invalid.
methods="nat fullnat"
all_answer "and a stateful rule"
methods=$all
nft delete table inet t
ask sysctl d net/bridge/bridge-nf-call-iptables=0 \
	net/bridge/bridge-nf-call-ip6tables=0
ip -batch - <<-END
link del br0
link set c0 up
address add 10.1.0.1/24 dev c0
address add 2001:db8:1:0::1/64 dev c0 nodad
END
all_answer "no bridge again"

section "clients in a VLAN"
ip -batch - <<-END
link add link c0 name c0.5 type vlan id 5
link set c0.5 up
address add 10.1.5.1/24 dev c0.5
address add 2001:db8:1:5::1/64 dev c0.5 nodad
END
ip -n c0 -batch - <<-END
link add link eth0 name eth0.5 type vlan id 5
link set eth0.5 up
address add 10.1.5.2/24 dev eth0.5
address add 2001:db8:1:5::2/64 dev eth0.5 nodad
route replace $vip4/32 via 10.1.5.1 src 10.1.5.2
route replace $vip6/128 via 2001:db8:1:5::1 src 2001:db8:1:5::2
END
all_answer "VLAN"
ip -n c0 link del eth0.5
ip link del c0.5

section "an IPsec policy that is for others: the stack decides"
ip xfrm policy add src 192.0.2.0/24 dst 198.51.100.0/24 dir out \
	tmpl src 192.0.2.1 dst 198.51.100.1 proto esp mode tunnel
all_answer "a policy"
ip xfrm policy flush

section "an IPsec policy that is for the server: only what it allows goes out"
ip xfrm policy add src 0.0.0.0/0 dst 10.2.1.2/32 dir out action block
ask get c0 udp $vip4 80 count=2 timeout=0.3
expect "one of two is blocked" "answered=1 failed=1" "${reply%% wrong=*}"
expect "the other is not" "s2=1" "$spread"
ip xfrm policy flush
all_answer "no policy again"

section "everything in a VRF"
ip -batch - <<-END
link add blue type vrf table 77
link set blue up
link set c0 master blue
link set s1 master blue
link set s2 master blue
address replace 2001:db8:1:0::1/64 dev c0 nodad
address replace 2001:db8:2:1::1/64 dev s1 nodad
address replace 2001:db8:2:2::1/64 dev s2 nodad
END
all_answer "VRF"
ip -batch - <<-END
link del blue
address replace 2001:db8:1:0::1/64 dev c0 nodad
address replace 2001:db8:2:1::1/64 dev s1 nodad
address replace 2001:db8:2:2::1/64 dev s2 nodad
END
all_answer "no VRF again"

section "policy routing by the client's address"
for i in s1 s2; do
	ip -n $i -batch - <<-END
	address add 10.9.9.9/32 dev lo
	address add 2001:db8:9::9/128 dev lo nodad
	END
done
ip -batch - <<-END
route add 10.9.9.9 via 10.2.1.2
route add 2001:db8:9::9 via 2001:db8:2:1::2
route add 10.9.9.9 via 10.2.2.2 table 100
route add 2001:db8:9::9 via 2001:db8:2:2::2 table 100
END
ip rule add from 10.1.1.2 lookup 100
ip -6 rule add from 2001:db8:1:1::2 lookup 100
vsadm service add udp $vip4:81
vsadm server add udp $vip4:81 10.9.9.9:8080
vsadm service add udp "[$vip6]:81"
vsadm server add udp "[$vip6]:81" "[2001:db8:9::9]:8080"
for family in 4 6; do
	for i in 1 2; do
		ask get c0 udp "$(vip $family)" 81 count=2
		answers "no rule for c0, IPv$family" 2 "s1=2"
		ask get c1 udp "$(vip $family)" 81 count=2
		answers "a rule for c1, IPv$family" 2 "s2=2"
	done
done

finish
