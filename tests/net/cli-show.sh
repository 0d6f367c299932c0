#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# What vsadm shows: very many services and servers, each once and in order;
# conns and every filter for them; counters that agree with each other.
#
#   c0 c1 ---- d ---- s1 s2

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cli-lib.sh"

words=

# query FILTER: of the last output, by jq.
query() {
	jq -rc "$1" <"$scratch/out" >"$scratch/words"
	slurp words "$scratch/words"
}

section "1000 services, one of 2000 servers"
lines=
for ((i = 1; i <= 1000; i++)); do
	lines+="service add tcp 203.0.113.1:$i scheduler rr"$'\n'
done
for ((i = 0; i < 2000; i++)); do
	lines+="server add tcp 203.0.113.1:500 10.9.$((i / 250)).$((i % 250 + 1))"
	lines+=" weight $i"$'\n'
done
lines+="server add tcp 203.0.113.1:501 10.0.0.1"
batch "$lines"
done_ "3001 lines"
run show -j
query '[length, map(.port) == [range(1; 1001)], (map(.server | length) | add),
	([.[499].server[].weight] == [range(2000)]),
	(.[499].server | map(.address) | unique | length),
	.[500].server[0].address]'
same "all in order" '[1000,true,2001,true,2000,"10.0.0.1"]' "$words"
run show tcp 203.0.113.1:500 -j -s
query '[length, ([.[0].server[].weight] == [range(2000)]),
	([.[0].server[].stats.conns] | add)]'
same "one of them" '[1,true,0]' "$words"
run show tcp 203.0.113.1:501
same "another" "tcp 203.0.113.1:501 scheduler rr path direct
  10.0.0.1:501 method nat weight 1 state up active 0 inactive 0" "$out"
vsadm show -n >"$scratch/out"
{ read -r line; mapfile -t rest; } <"$scratch/out"
same "the first line" "6 203.0.113.1:1 scheduler rr path direct" "$line"
same "lines" 3000 "${#rest[@]}"
same "columns" \
	"  10.9.0.1:500   method nat weight 0   state up active 0 inactive 0" \
	"${rest[499]}"
run stats -j
query '[.services, .servers, .conns]'
same "counted" '[1000,2001,0]' "$words"

section "a list that changes while it is read is read again"
PYTHONDONTWRITEBYTECODE=1 python3 "$net_dir/netlink.py" --change 1000 &
changer=$!
trap 'kill $changer' EXIT
# When the first service has gone and come back at the end.
# shellcheck disable=SC2317 # wait_for calls it
changing() {
	run show -j
	query '.[-1].port == 1 or .[0].port > 1'
	[ "$words" = true ]
}
wait_for 20 changing
as=(chrt -i 0)
whole=0
for ((i = 1; i <= 12; i++)); do
	run show -j
	if [ "$status" = 2 ]; then
		same "read $i, given up" "$err" \
			"vsadm: services kept changing while they were read"
		continue
	fi
	query '[length >= 999, length == (map(.port) | unique | length)]'
	same "read $i" '[true,true]' "$words"
	whole=$((whole + 1))
done
as=()
expect_that "it was read $whole times" "$whole > 0"
trap - EXIT
kill $changer
wait $changer 2>/dev/null || true
run flush
run show -j
same "flush" "0 []" "$status $out"

section "conns"
topology 2 2
ask serve s1,s2 8080
batch "service add tcp $vip4:80 scheduler rr
service add udp [$vip6]:53 scheduler rr path stack
server add tcp $vip4:80 10.2.1.2:8080
server add tcp $vip4:80 10.2.2.2:8080
server add udp [$vip6]:53 [2001:db8:2:1::2]:8080"
done_ "two services"
ask hold a c0 tcp $vip4 80 count=4
ask hold b c1 tcp $vip4 80 count=2
ask hold c c1 udp $vip6 53 count=3
run conn show -j
query '[length, (map(keys | length) | unique),
	(map(select(.protocol == "tcp" and .path == "direct" and
		.state == "established" and ."service-port" == 80 and
		.expires > 800000 and .expires + .idle > 890000)) | length),
	(map(select(.protocol == "udp" and .path == "stack" and
		.state == "established" and .method == "nat" and
		."service-address" == "2001:db8:f::10" and
		."server-address" == "2001:db8:2:1::2" and
		."server-port" == 8080 and
		."client-address" == "2001:db8:1:1::2")) | length)]'
same "all" '[9,[12],6,3]' "$words"
query '.[] | select(.protocol == "tcp" and ."client-address" == "10.1.1.2") |
	."client-port"'
one_port=${words%%$'\n'*}

vsadm conn show -n >"$scratch/out"
mapfile -t rest <"$scratch/out"
same "lines" 9 "${#rest[@]}"
vsadm conn show client "10.1.1.2:$one_port" >"$scratch/out"
slurp out "$scratch/out"
read -ra line <<<"$out"
case " ${line[10]} " in *" 10.2."[12]".2:http-alt "*) line[6]=server ;; esac
same "a line" "tcp client 10.1.1.2:$one_port service $vip4:http server" \
	"${line[*]:0:6}"
same "its end" "method nat path direct state established idle" \
	"${line[*]:7:7}"
has "its idle time" "ms" "${line[14]}"
has "its time to go" "ms" "${line[16]}"

# how_many N WORD...: conns with these words.
how_many() {
	vsadm conn show "${@:2}" >"$scratch/out" 2>"$scratch/err"
	mapfile -t rest <"$scratch/out"
	same "conn show ${*:2}" "$1" "${#rest[@]}"
}
how_many 6 protocol tcp
how_many 3 protocol 17
how_many 4 client 10.1.0.2
how_many 3 client '[2001:db8:1:1::2]'
how_many 0 client 10.1.0.3
how_many 1 client "10.1.1.2:$one_port"
how_many 6 service $vip4
how_many 6 service $vip4:http
how_many 0 service $vip4:81
how_many 0 protocol udp service $vip4:80
how_many 3 server 10.2.1.2
how_many 3 server 10.2.2.2:8080
how_many 0 server 10.2.2.2:80
how_many 9 state established
how_many 0 state syn-sent
how_many 2 client 10.1.0.2 server 10.2.1.2:8080 state established protocol tcp

section "counters"
run show -j --stats
query 'map({conns: (.server | map(.stats.conns) | add),
	p: ((.server | map(.stats."in-packets") | add) == .stats."in-packets"),
	b: ((.server | map(.stats."in-bytes") | add) == .stats."in-bytes"),
	o: ((.server | map(.stats."out-bytes") | add) == .stats."out-bytes"),
	some: (.stats."out-packets" > 0 and .stats."in-bytes" >
		20 * .stats."in-packets"),
	sum: .stats.conns, active: (.server | map(."active-conns"))})[]'
same "a service is its servers" \
	'{"conns":6,"p":true,"b":true,"o":true,"some":true,"sum":6,"active":[3,3]}
{"conns":3,"p":true,"b":true,"o":true,"some":true,"sum":3,"active":[3]}' \
	"$words"
run stats -j
query '[.services, .servers, .conns, .stats.conns,
	(.drop | map(.reason) | join(" "))]'
same "totals" '[2,3,9,9,"no-conn no-server conns-max no-memory clash no-source '`
	`'fragment no-route ttl too-big helper"]' "$words"
run stats
has "totals in text" $'services 2 servers 3 conns 9\ntotal conns 9 in-packets ' \
	"$out"
has "drops in text" $'\ndrop no-server 0\n' "$out"
run show --stats
has "counters in text" " active 3 inactive 0 conns 3 in-packets " "$out"

batch "server set tcp $vip4:80 10.2.1.2:8080 state drain
server set tcp $vip4:80 10.2.2.2:8080 weight 0"
done_ "no server left"
ask get c0 tcp $vip4 80 timeout=0.3
run stats -j
query '.drop[] | select(.reason == "no-server") | .packets > 0'
same "a drop is counted" true "$words"

finish
