#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Which way packets leave. Path direct: past the host's forward and postrouting
# rules, but not past its raw table. Path stack: the host's rules see requests
# and replies with the addresses of client and server, a stateful firewall
# passes them, and a rule that drops drops.
#
#   c0, c1 ---- d (nft) ---- s1

. "$(dirname "$0")/lib.sh"

topology 2 1
ask serve s1 8080

counters() {
	nft -f - <<-END
	table inet watch
	delete table inet watch
	table inet watch {
		counter requests { }
		counter replies { }
		counter virtual { }
		chain seen {
			ip daddr 10.2.1.2 counter name requests
			ip6 daddr 2001:db8:2:1::2 counter name requests
			ip saddr 10.2.1.2 counter name replies
			ip6 saddr 2001:db8:2:1::2 counter name replies
			ip daddr $vip4 counter name virtual
			ip saddr $vip4 counter name virtual
			ip6 daddr $vip6 counter name virtual
			ip6 saddr $vip6 counter name virtual
		}
		chain forward {
			type filter hook forward priority 0
			meta l4proto { tcp, udp } jump seen
		}
		chain postrouting {
			type filter hook postrouting priority 0
			meta l4proto { tcp, udp } jump seen
		}
		chain output {
			type filter hook output priority 0
			meta l4proto { tcp, udp } jump seen
		}
		chain input {
			type filter hook input priority 0
			meta l4proto { tcp, udp } jump seen
		}
	}
	END
}

# counted: "requests=N replies=N virtual=N"
counted() {
	nft -j list counters table inet watch |
		jq -r '[.nftables[].counter | values |
			"\(.name)=\(.packets)"] | join(" ")'
}

services() {
	local family proto
	for family in 4 6; do
		for proto in tcp udp; do
			vsadm service add $proto "$(at "$(vip $family)" 80)" \
				path "$1"
			vsadm server add $proto "$(at "$(vip $family)" 80)" \
				"$(at "$(server $family 1)" 8080)"
		done
	done
}

# all_answer WHAT: five requests of each kind.
all_answer() {
	local family proto
	for family in 4 6; do
		for proto in tcp udp; do
			ask get c0 $proto "$(vip $family)" 80 count=5
			answers "$1, $proto, IPv$family" 5 "s1=5"
		done
	done
}

section "direct: neither forward, input, output nor postrouting see any"
counters
services direct
all_answer direct
expect "direct: what rules saw" "requests=0 replies=0 virtual=0" "$(counted)"

section "direct: a rule in raw still decides"
nft -f - <<-END
table inet first {
	chain prerouting {
		type filter hook prerouting priority raw
		ip saddr 10.1.1.2 drop
		ip6 saddr 2001:db8:1:1::2 drop
	}
}
END
all_answer "c0, not named by the rule"
for family in 4 6; do
	ask get c1 udp "$(vip $family)" 80 timeout=0.3
	expect "c1 is dropped, IPv$family" "answered=0 failed=1" \
		"${reply%% wrong=*}"
done
expect "nothing of c1 made a conn" "" \
	"$(vsadm conn show client 10.1.1.2; vsadm conn show client "[2001:db8:1:1::2]")"
nft delete table inet first
vsadm flush

section "stack: they see both directions, and never the virtual address"
counters
services stack
all_answer stack
read -r requests replies virtual <<<"$(counted)"
# Forward and postrouting; of TCP at least two packets each way, of UDP one.
expect_that "requests were seen" "${requests#*=} >= 2 * (10 * 2 + 10)"
expect_that "replies were seen" "${replies#*=} >= 2 * (10 * 2 + 10)"
# The reply is translated after all others have seen it.
expect "nobody saw the virtual address" "virtual=0" "$virtual"

section "stack: a stateful firewall with policy drop lets both pass"
nft -f - <<-END
table inet wall {
	counter invalid { }
	chain forward {
		type filter hook forward priority 1; policy drop
		ct state invalid counter name invalid drop
		ct state established,related accept
		ip daddr 10.2.1.2 tcp dport 8080 tcp flags syn / fin,syn,rst,ack ct state new accept
		ip daddr 10.2.1.2 udp dport 8080 ct state new accept
		ip6 daddr 2001:db8:2:1::2 tcp dport 8080 tcp flags syn / fin,syn,rst,ack ct state new accept
		ip6 daddr 2001:db8:2:1::2 udp dport 8080 ct state new accept
	}
}
END
all_answer "stateful"
expect "nothing was invalid" 0 \
	"$(nft -j list counter inet wall invalid |
		jq '.nftables[1].counter.packets')"

section "stack: a rule that drops drops, direct passes it by"
nft flush chain inet wall forward
ask get c0 udp $vip4 80 timeout=0.3
expect "stack: dropped" "answered=0 failed=1" "${reply%% wrong=*}"
vsadm flush
services direct
all_answer "direct, under a forward chain that drops all"
nft delete table inet wall

section "a service changes its path; conns keep theirs"
vsadm flush
counters
services direct
ask hold a c0 tcp $vip4 80
vsadm service set tcp $vip4:80 path stack
expect "direct so far" "requests=0 replies=0 virtual=0" "$(counted)"
ask use a
expect "the old conn is still direct" "requests=0 replies=0 virtual=0" \
	"$(counted)"
ask get c0 tcp $vip4 80
answers "a new one" 1 "s1=1"
read -r requests _ <<<"$(counted)"
expect_that "the new one went through the stack" "${requests#*=} > 0"
ask drop a

section "direct: too large for the server's link: the stack fragments it"
ask capture s s1
ip link set s1 mtu 1300
ghost c0
ask send c0 ip src=10.1.0.99 dst=$vip4 df=0 udp sport=4000 dport=80 data=1400
saw s n=2 src=10.1.0.99
ask saw s n=1 mf=1 off=0
expect "the first fragment" "count=1" "${reply%% |*}"
ip link set s1 mtu 1500
ask forget s

finish
