#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Everything at once: configuration changes at random, as fast as they go,
# while connections come, go and are cut, at the limit and below it. Nothing is
# asked but that the kernel has no complaint, and that all is well afterwards.
#
#   c0, c1 ---- d ---- s1 s2 s3 s4

. "$(dirname "$0")/lib.sh"

topology 2 4
ask serve s1,s2,s3,s4 80,8080
take_methods s1 s2 s3 s4
seed=${VS_SEED-$RANDOM}
RANDOM=$seed
echo "  VS_SEED=$seed"

# one_of WORD...
one_of() { shift $((RANDOM % $#)); echo "$1"; }

# One server and what it gets: those that keep the port by the same method as
# those that change it, in one service.
server_words() {
	local addr
	addr=$(server "$1" $((RANDOM % 4 + 1)))
	case $2 in
	nat | fullnat) echo "$(at "$addr" 8080) method $2" ;;
	tunnel) echo "$(at "$addr" 80) method tunnel type $(one_of ipip gre "gue port 6080")" ;;
	*) echo "$(at "$addr" 80) method $2" ;;
	esac
}

# Services, servers and options at random: a line is a command. Those of port
# 84 are fullnat's: its clients know what servers see.
change() {
	local family=4 proto=tcp service server method=fullnat port=84
	((RANDOM % 2)) || family=6
	((RANDOM % 2)) || proto=udp
	if ((RANDOM % 3)); then
		port=80
		method=$(one_of nat nat dr tunnel)
	fi
	service="$proto $(at "$(vip $family)" $port)"
	server=$(server_words $family "$method")
	case $((RANDOM % 14)) in
	0) echo "service del $service" ;;
	1 | 2) echo "service add $service scheduler $(one_of rr wrr lc wlc mh sh) source-pool $(pool $family)" ;;
	3) echo "service set $service scheduler $(one_of rr wrr lc wlc mh sh)" ;;
	4) echo "service set $service path $(one_of direct stack)" ;;
	5) echo "server del $service ${server%% *}" ;;
	6 | 7 | 8) echo "server add $service $server weight $((RANDOM % 5))" ;;
	9) echo "server set $service ${server%% *} weight $((RANDOM % 5))" ;;
	10) echo "server set $service ${server%% *} state $(one_of up drain down)" ;;
	11) echo "settings conns-max $(one_of 1 20 100000)" ;;
	12) echo "service set $service one-packet $(one_of on off)" ;;
	13) echo "service set $service $(one_of "udp-reselect gone" \
		"udp-reselect drain" "udp-reselect never" \
		"established-by request" "established-by reply" \
		"mss-clamp on" "timeout-established 1" "echo on" \
		"timeout-established 0")" ;;
	esac
}

configure() {
	local family proto method
	echo "settings conns-max 100000"
	for family in 4 6; do
		for proto in tcp udp; do
			for method in nat fullnat; do
				by_method $method $proto $family 1 2 3 4
			done
		done
	done
}

section "changes under load"
configure | vsadm -b -
for how in client server reset; do
	ask load tcp4$how c0 tcp $vip4 80 timeout=0.3 close=$how pause=0.01
	ask load tcp6$how c1 tcp $vip6 80 timeout=0.3 close=$how pause=0.01
done
ask load port c1 tcp $vip4 80 timeout=0.3 close=reset sport=4000 pause=0.01
ask load full4 c1 tcp $vip4 84 timeout=0.3 pause=0.01 "$(sees fullnat 4)"
ask load full6 c0 udp $vip6 84 timeout=0.3 pause=0.01 "$(sees fullnat 6)"
ask load udp4 c1 udp $vip4 80 timeout=0.1 clients=250 pause=0.01
ask load udp6 c0 udp $vip6 80 timeout=0.1 clients=250 pause=0.01
changes=80
[ "$VS_KERNEL" = uml ] || changes=40
done_ok=0
for ((i = 0; i < changes; i++)); do
	read -ra words < <(change)
	! vsadm "${words[@]}" 2>/dev/null || done_ok=$((done_ok + 1))
	# Whoever looks may do so at any time.
	case $((i % 20)) in
	5) vsadm --json show --stats >"$VS_OUT/show" ;;
	10) vsadm --json conn show >"$VS_OUT/conns" || true ;;
	15) vsadm stats >/dev/null ;;
	19) vsadm flush; configure | vsadm -b - ;;
	esac
done
expect_that "many changes were made" "$done_ok > $changes / 4"

section "afterwards all is well"
vsadm flush
configure | vsadm -b -
for how in client server reset; do
	ask unload tcp4$how
	field wrong
	expect "tcp4, closed by $how: wrong answers" 0 "$value"
	ask unload tcp6$how
	field wrong
	expect "tcp6, closed by $how: wrong answers" 0 "$value"
done
for one in full4 full6; do
	ask unload "$one"
	field wrong
	expect "$one: wrong answers" 0 "$value"
done
ask unload port
ask unload udp4
ask unload udp6
for family in 4 6; do
	for proto in tcp udp; do
		ask get c0 $proto "$(vip $family)" 80 count=8
		answers "$proto, IPv$family" 8 "s1=2 s2=2 s3=2 s4=2"
	done
done
expect "counts of conns add up" \
	"$(stat_of '[.[].server[] | ."active-conns" + ."inactive-conns"] | add')" \
	"$(vsadm --json stats | jq .conns)"
vsadm flush
none() { [ "$(vsadm --json stats | jq .conns)" -eq 0 ]; }
expect "no conn is left" yes "$(wait_for 5 none && echo yes)"

finish
