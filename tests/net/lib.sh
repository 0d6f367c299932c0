# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scenarios share. Each sources it, says "topology", and ends with
# "finish". They run in a guest only: tests/vm/run tests/net/NAME.sh
#
#    clients, namespaces      director: the guest itself    servers, namespaces
#
#    c0  10.1.0.2/24 eth0 ---- c0 10.1.0.1   10.2.1.1 s1 ---- eth0 10.2.1.2/24 s1
#    c1  10.1.1.2/24 eth0 ---- c1 10.1.1.1   10.2.2.1 s2 ---- eth0 10.2.2.2/24 s2
#                                            10.2.3.1 s3 ---- eth0 10.2.3.2/24 s3
#                                            10.2.4.1 s4 ---- eth0 10.2.4.2/24 s4
#
# IPv6 likewise: 2001:db8:1:C::2 (client), 2001:db8:2:S::2 (server), ::1 is the
# director's side of each link. Everybody's default route is the director. The
# virtual addresses, 203.0.113.10 and 2001:db8:f::10, are routed to it, not
# configured on it (vip_local does that). Every device of the director has the
# address 02:00:00:00:00:d0, a peer's is 02:00:00:00:00:NN, NN as its name.
# 198.18.0.0/16 and 2001:db8:18::/64 are c0's too: its many clients.
# ghost NS: .99 on that link, nobody's address, whose packets go to NS.

set -euo pipefail

net_dir=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
vip4=203.0.113.10
vip6=2001:db8:f::10
checks=0
failures=0
reply=
spread=

# What ip_vs does is found out on the faster kernels.
# shellcheck disable=SC2034 # scenarios read it
case ${VS_KERNEL-} in
uml-debug) balancers=vs ;;
*) balancers="vs ipvs" ;;
esac

die() { echo "${0##*/}: $*" >&2; exit 1; }
section() { echo "- $*"; }

# A scenario changes the network of the kernel it runs on.
grep -q VS_JOB= /proc/cmdline || die "run it with tests/vm/run"

# expect WHAT EXPECTED SEEN: equal words, whatever blanks are between them.
expect() {
	local expected seen
	read -rd '' -a expected <<<"$2" || true
	read -rd '' -a seen <<<"$3" || true
	checks=$((checks + 1))
	if [ "${expected[*]-}" = "${seen[*]-}" ]; then
		[ -z "${V-}" ] || echo "  ok: $1"
		return
	fi
	fail "$1" "$2" "$3"
}

# expect_test WHAT TEST...: an arithmetic or other test that must hold.
expect_that() {
	local what=$1
	shift
	checks=$((checks + 1))
	if (($*)); then
		[ -z "${V-}" ] || echo "  ok: $what ($*)"
		return
	fi
	fail "$what" "$*" "it does not hold"
}

fail() {
	failures=$((failures + 1))
	local at=0
	while [ "${BASH_SOURCE[$((at + 1))]}" = "${BASH_SOURCE[0]}" ]; do
		at=$((at + 1))
	done
	printf '  FAILED (line %s): %s\n    expected: %s\n    seen:     %s\n' \
		"${BASH_LINENO[$at]}" "$1" "${2::500}" "${3::500}"
}

finish() {
	echo "${0##*/}: $checks checks, $failures failed"
	if [ "$failures" -gt 0 ] && [ -e /sys/module/vs ]; then
		vsadm show --stats || true
		vsadm stats || true
	fi
	[ "$failures" -eq 0 ]
	exit
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# ask COMMAND...: of the agent (agent.py says which). $reply is its answer,
# $spread what stands after the bar: which server answered how often.
ask() {
	try "$@"
	[ "${reply%% *}" != error ] || die "line ${BASH_LINENO[0]}: $reply"
}

# try COMMAND...: ask, when an error is an answer as well.
try() {
	[ -n "${AGENT_PID-}" ] || start_agent
	echo "$*" >&"${AGENT[1]}"
	IFS= read -r reply <&"${AGENT[0]}" || die "the agent died at: $*"
	spread=${reply#*| }
	[ "$spread" != "$reply" ] || spread=
}

start_agent() {
	coproc AGENT { PYTHONDONTWRITEBYTECODE=1 exec python3 "$net_dir/agent.py"; }
}

# field NAME: $value is NAME's in $reply.
# shellcheck disable=SC2034 # scenarios read it
field() {
	local word
	value=
	for word in $reply; do
		[ "${word%%=*}" != "$1" ] || { value=${word#*=}; return; }
	done
}

# answers WHAT N SPREAD: the last ask was answered N times, never wrong.
answers() {
	expect "$1: answers" "answered=$2 failed=0 wrong=0" \
		"${reply%% slowest=*}"
	[ $# -lt 3 ] || expect "$1: who answered" "$3" "$spread"
}

# saw TAG WORDS...: the capture has, or gets soon, a packet with these words.
saw() {
	ask saw "$@"
	checks=$((checks + 1))
	[ "${reply%% *}" = count=0 ] || return 0
	fail "$1 has a packet" "${*:2}" "none; it has:"
	ask seen "$1"
}

# unseen TAG WORDS...: it has none. Send something that arrives after it first.
unseen() {
	ask saw "$1" timeout=0 "${@:2}"
	expect "$1 has no packet: ${*:2}" "count=0 |" "$reply"
}

# stat_of JQ-FILTER: of "vsadm --json show --stats".
stat_of() { vsadm --json show --stats | jq -c "$1"; }

# conns_of N [PROTOCOL]: conns that server N of services was given, all in all.
conns_of() {
	stat_of "[.[] | select(.protocol == \"${2-tcp}\").server[] |
		select(.address | IN(\"$(server 4 "$1")\", \"$(server 6 "$1")\")).stats.conns] | add"
}

# drops REASON: packets dropped for it.
drops() {
	vsadm --json stats | jq ".drop[] | select(.reason == \"$1\").packets"
}

# Addresses; "at ADDRESS PORT" is how the tools write them.
client() { [ "$1" = 4 ] && echo "10.1.$2.2" || echo "2001:db8:1:$2::2"; }
server() { [ "$1" = 4 ] && echo "10.2.$2.2" || echo "2001:db8:2:$2::2"; }
vip() { [ "$1" = 4 ] && echo "$vip4" || echo "$vip6"; }
at() { [[ $1 = *:* ]] && echo "[$1]:$2" || echo "$1:$2"; }

# topology [CLIENTS [SERVERS]]: as drawn above; 2 and 4 unless it is said.
topology() {
	local clients=${1-2} servers=${2-4} name net i
	local names=() makes="" rest="" mine=""

	for ((i = 0; i < clients; i++)); do
		names+=("c$i 1:$i c$i")
	done
	for ((i = 1; i <= servers; i++)); do
		names+=("s$i 2:$i 5$i")
	done
	quiet_ipv6 d
	for i in "${names[@]}"; do
		read -r name net _ <<<"$i"
		makes+="netns add $name"$'\n'
	done
	ip -batch - <<<"$makes"
	for i in "${names[@]}"; do
		quiet_ipv6 "${i%% *}"
		link_peer "$i"
	done
	ip -batch - <<<"$rest"
	for i in "${names[@]}"; do
		address_peer "$i"
	done
	mine+="route add 198.18.0.0/16 via 10.1.0.2"$'\n'
	mine+="route add 2001:db8:18::/64 via 2001:db8:1:0::2"$'\n'
	ip -batch - <<<"$mine"
	ip -n c0 -batch - <<-END
	route add local 198.18.0.0/16 dev lo
	route add local 2001:db8:18::/64 dev lo
	END
	ask sysctl d net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.conf.all.rp_filter=0
}

# No duplicate address detection to wait for, no router advertisements.
quiet_ipv6() {
	ask sysctl "$1" net.ipv6.conf.{all,default}.{accept_dad,accept_ra}=0 \
		net.ipv4.conf.{all,default}.rp_filter=0
}

link_peer() {
	local name mac
	read -r name _ mac <<<"$1"
	rest+="link add $name address 02:00:00:00:00:d0 type veth peer name eth0"
	rest+=" address 02:00:00:00:00:$mac netns $name"$'\n'
	rest+="link set $name up"$'\n'
}

address_peer() {
	local name net mac v4 v6
	read -r name net mac <<<"$1"
	v4=10.${net/:/.} v6=2001:db8:$net:
	mine+="address add $v4.1/24 dev $name"$'\n'
	mine+="address add $v6:1/64 dev $name nodad"$'\n'
	ip -n "$name" -batch - <<-END
	link set lo up
	link set eth0 up
	address add $v4.2/24 dev eth0
	address add $v6:2/64 dev eth0 nodad
	route add default via $v4.1
	route add default via $v6:1
	END
}

# ghost NAME...: packets for .99 of that link reach NAME's device and nobody.
ghost() {
	local name net mac
	for name; do
		case $name in
		c*) net=1.${name#c} mac=$name ;;
		s*) net=2.${name#s} mac=5${name#s} ;;
		esac
		ip -batch - <<-END
		neigh replace 10.$net.99 lladdr 02:00:00:00:00:$mac dev $name nud permanent
		neigh replace 2001:db8:${net/./:}::99 lladdr 02:00:00:00:00:$mac dev $name nud permanent
		END
	done
}

# vip_local add|del: the virtual addresses on the director, or not.
vip_local() {
	ip -batch - <<-END
	address $1 $vip4/32 dev lo
	address $1 $vip6/128 dev lo
	END
}

# balancer vs|ipvs: who is asked by the functions below, so that the same
# scenario with the same expectations runs on both. ip_vs sees packets for the
# director's own addresses only.
balancer() {
	balancer=$1
	case $1 in
	vs) ;;
	ipvs)
		modprobe -a ip_vs ip_vs_rr ip_vs_wrr ip_vs_lc ip_vs_wlc \
			ip_vs_sh ip_vs_mh
		vip_local add
		;;
	esac
}

balancer_end() {
	case $balancer in
	vs) vsadm flush ;;
	ipvs) ipvsadm -C; vip_local del ;;
	esac
}

# take_methods NAME...: these servers take what any method sends them. Theirs
# are the virtual addresses, and they unwrap what comes through a tunnel.
take_methods() {
	local name
	for name; do
		ip -n "$name" -batch - <<-END
		address add $vip4/32 dev lo
		address add $vip6/128 dev lo nodad
		link add ipip type ipip
		link add ip6ip6 type ip6tnl mode ip6ip6
		link set ipip up
		link set ip6ip6 up
		END
		ask sysctl "$name" net.ipv4.conf.ipip.rp_filter=0
	done
}

# Each has a port of its own, on which a scenario's servers answer, as they do
# on 8080, which is for those that change it.
# shellcheck disable=SC2034 # scenarios read it
methods="nat dr tunnel fullnat"
port_of() {
	case $1 in
	nat) echo 80 ;;
	dr) echo 82 ;;
	tunnel) echo 83 ;;
	fullnat) echo 84 ;;
	esac
}

# sees METHOD FAMILY: what "ask get" is told of the address that servers see.
sees() {
	[ "$1" = fullnat ] || return 0
	[ "$2" = 4 ] && echo "sees=10.2.1.1-10.2.1.1" ||
		echo "sees=2001:db8:2:1::1-2001:db8:2:1::1"
}

# pool FAMILY: that address as a service's source pool.
pool() { [ "$1" = 4 ] && echo 10.2.1.1 || echo "[2001:db8:2:1::1]"; }

# by_method METHOD PROTO FAMILY SERVER...: lines of a batch for a service whose
# servers, numbers or addresses, get packets by this method.
by_method() {
	local port service words="method $1" pool="" i addr
	port=$(port_of "$1")
	service="$2 $(at "$(vip "$3")" "$port")"
	case $1 in
	nat) port=8080 ;;
	tunnel) words+=" type ipip" ;;
	fullnat)
		port=8080
		pool=" source-pool $(pool "$3")"
		;;
	esac
	echo "service add $service scheduler rr$pool"
	for i in "${@:4}"; do
		[[ $i = *[.:]* ]] && addr=$i || addr=$(server "$3" "$i")
		echo "server add $service $(at "$addr" "$port") $words"
	done
}

ipvs_service() {
	case $1 in
	tcp) echo "-t $2" ;;
	udp) echo "-u $2" ;;
	sctp) echo "--sctp-service $2" ;;
	esac
}

# service_add PROTO ADDR:PORT SCHEDULER [vs' own options]
service_add() {
	local -a service
	if [ "$balancer" = vs ]; then
		vsadm service add "$1" "$2" scheduler "$3" "${@:4}"
	else
		read -ra service < <(ipvs_service "$1" "$2")
		ipvsadm -A "${service[@]}" -s "$3"
	fi
}

# server_add PROTO ADDR:PORT SERVER:PORT [WEIGHT]
server_add() {
	local -a service
	if [ "$balancer" = vs ]; then
		vsadm server add "$1" "$2" "$3" weight "${4-1}"
	else
		read -ra service < <(ipvs_service "$1" "$2")
		ipvsadm -a "${service[@]}" -r "$3" -m -w "${4-1}"
	fi
}

# server_weight PROTO ADDR:PORT SERVER:PORT WEIGHT
server_weight() {
	local -a service
	if [ "$balancer" = vs ]; then
		vsadm server set "$1" "$2" "$3" weight "$4"
	else
		read -ra service < <(ipvs_service "$1" "$2")
		ipvsadm -e "${service[@]}" -r "$3" -m -w "$4"
	fi
}
