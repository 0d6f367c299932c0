#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# What "conn show" says of each method: the source that servers of method
# fullnat see, from every address of a pool wherever it begins, and servers of
# other methods, which may be of another family.
#
#   c0 ---- d ---- s1

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cli-lib.sh"

words=

# query FILTER: of the last output, by jq.
query() {
	jq -rc "$1" <"$scratch/out" >"$scratch/words"
	slurp words "$scratch/words"
}

topology 1 1
ask serve s1 8080
ask serve s1 80

section "method fullnat: every address of the pool, and none besides"
pool4=10.9.255.254-10.10.0.1
pool6=2001:db8:ff:0:ffff:ffff:ffff:fffe-2001:db8:ff:1::1
batch "service add tcp $vip4:80 source-pool $pool4
server add tcp $vip4:80 10.2.1.2:8080 method fullnat
service add tcp [$vip6]:80 source-pool [${pool6/-/]-[}]
server add tcp [$vip6]:80 [2001:db8:2:1::2]:8080 method fullnat"
done_ "two pools that carry"
ask hold a c0 tcp $vip4 80 count=60 sees=$pool4
answers "IPv4" 60
ask hold b c0 tcp $vip6 80 count=60 sees=$pool6
answers "IPv6" 60
for i in 4 6; do
	run conn show service "$(at "$(vip $i)" 80)" -j
	query '[map([."source-address", ."source-port", ."server-address",
			."server-port"]) | length, (unique | length)],
		(map(."source-address") | unique),
		(map(."server-address" + .method) | unique)'
	case $i in
	4) same "IPv4 sources" '[60,60]
["10.10.0.0","10.10.0.1","10.9.255.254","10.9.255.255"]
["10.2.1.2fullnat"]' "$words" ;;
	6) same "IPv6 sources" '[60,60]
["2001:db8:ff:0:ffff:ffff:ffff:fffe","2001:db8:ff:0:ffff:ffff:ffff:ffff","2001:db8:ff:1::","2001:db8:ff:1::1"]
["2001:db8:2:1::2fullnat"]' "$words" ;;
	esac
done
ask use a
answers "IPv4 goes on" 60
ask use b
answers "IPv6 goes on" 60
run conn show service "$vip4:80" -n
has "in text" "server 10.2.1.2:8080 source 10." "${out%%$'\n'*}"

section "a new pool is for new conns"
batch "service set tcp $vip4:80 source-pool 10.8.0.7"
ask use a
answers "the old ones" 60
ask hold c c0 tcp $vip4 80 count=5 sees=10.8.0.7-10.8.0.7
answers "new ones" 5
run conn show service $vip4 -j
query '[.[]."source-address" | select(. == "10.8.0.7")] | length'
same "from the new address" 5 "$words"

section "method nat has no source to show"
batch "flush
service add tcp $vip4:80
server add tcp $vip4:80 10.2.1.2:8080"
ask get c0 tcp $vip4 80
answers "nat" 1
run conn show -j
query '.[] | has("source-address"), has("source-port"), ."server-port"'
same "no source" $'false\nfalse\n8080' "$words"

section "methods whose replies are not seen: the server's own address"
batch "flush
service add udp $vip4:53
server add udp $vip4:53 10.2.1.2 method dr
service add udp $vip4:54
server add udp $vip4:54 [2001:db8:2:1::2] method tunnel type gue
service add udp [$vip6]:53
server add udp [$vip6]:53 10.2.1.2 method tunnel"
done_ "three services"
for i in "$vip4 53" "$vip4 54" "$vip6 53"; do
	# shellcheck disable=SC2086 # two words
	ask get c0 udp $i timeout=0.1
done
run conn show -n
same "conns" "17 service 203.0.113.10:53 server 10.2.1.2:53 method dr
17 service 203.0.113.10:54 server [2001:db8:2:1::2]:54 method tunnel
17 service [2001:db8:f::10]:53 server 10.2.1.2:53 method tunnel" \
	"$(sed -E 's/ client [^ ]+//; s/ +path .*//; s/ +/ /g' <<<"$out" | LC_ALL=C sort)"
for i in '2 10.2.1.2' '1 [2001:db8:2:1::2]' '1 [2001:db8:2:1::2]:54' \
	 '0 [2001:db8:2:1::2]:53' '0 10.2.1.3'; do
	run conn show server "${i#* }" -j
	query length
	same "conn show server ${i#* }" "${i%% *}" "$words"
done
run conn show client 10.1.0.2 server '[2001:db8:2:1::2]' -j
query length
same "a client of one family and a server of the other" 1 "$words"

finish
