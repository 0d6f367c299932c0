# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For the scenarios that do what a page of Documentation/methods says: networks
# as the pages draw them, and the pages' own commands.
#
#   page NAME              Documentation/methods/NAME.rst is the page
#   hosts HOST...          as in its picture; the guest itself is the director
#   cable H:DEV H:DEV      from host to host
#   lan H:DEV...           a switch
#   addresses H:DEV A...   its addresses there, with their prefix lengths
#   on HOST COMMAND...     as that host
#   follow HOST... [, TAG] what the page has for them; vsadm is the balancer's
#   page_end               fails if the page has commands that were not followed
#
# Device N of host H has the address 02:00:00:00:HH:NN, HH as hosts counts, d0
# for the director. mac_of H:DEV is
# for "ask saw ... to=". A command of the agent's is of "d", not director.

# shellcheck disable=SC2154 # lib.sh has them
declare -A host_number=([director]=d0) followed=()
page=
lans=0

page() { page=${net_dir%/tests/net}/Documentation/methods/$1.rst; }

mac_of() { printf '02:00:00:00:%s:%02x\n' "${host_number[${1%:*}]}" "${1##*[a-z]}"; }

hosts() {
	local host n=${#host_number[@]}
	quiet_ipv6 d
	for host; do
		[ "$host" != director ] || continue
		ip netns add "$host"
		ip -n "$host" link set lo up
		host_number[$host]=$(printf '%02x' "$n")
		n=$((n + 1))
		quiet_ipv6 "$host"
	done
}

cable() {
	# The names may be taken in this namespace: both ends move by other ones.
	ip link add vs-a address "$(mac_of "$1")" type veth \
		peer name vs-b address "$(mac_of "$2")"
	plug vs-a "$1"
	plug vs-b "$2"
}

plug() {
	local host=${2%:*} dev=${2#*:}
	if [ "$host" = director ]; then
		ip link set "$1" name "$dev"
	else
		ip link set "$1" netns "$host" name "$dev"
	fi
	on "$host" ip link set "$dev" up
}

lan() {
	local end n=0
	lans=$((lans + 1))
	ip netns add "lan$lans"
	quiet_ipv6 "lan$lans"
	ip -n "lan$lans" link add br0 type bridge
	ip -n "lan$lans" link set br0 up
	for end; do
		n=$((n + 1))
		ip link add vs-a address "$(mac_of "$end")" type veth \
			peer name "p$n" netns "lan$lans"
		ip -n "lan$lans" link set "p$n" master br0
		ip -n "lan$lans" link set "p$n" up
		plug vs-a "$end"
	done
}

addresses() {
	local address
	for address in "${@:2}"; do
		[[ $address != *:* ]] || address+=" nodad"
		# shellcheck disable=SC2086 # words
		on "${1%:*}" ip address add $address dev "${1#*:}"
	done
}

on() {
	if [ "$1" = director ]; then
		"${@:2}"
	else
		nsenter --net="/run/netns/$1" "${@:2}"
	fi
}

follow() {
	local host tag='' hosts=()
	while [ $# -gt 0 ] && [ "$1" != , ]; do
		hosts+=("$1")
		shift
	done
	[ $# -eq 0 ] || tag=${*:2}
	for host in "${hosts[@]}"; do
		followed["$host $tag"]=1
		PYTHONDONTWRITEBYTECODE=1 python3 "$net_dir/page.py" "$page" \
			"$host" "$tag" >"$VS_OUT/page" ||
			die "$page has nothing for $host, '$tag'"
		if [ "$balancer" = ipvs ]; then
			declare -f vsadm_ipvs
			echo 'vsadm() { vsadm_ipvs "$@"; }'
		fi | cat - "$VS_OUT/page" >"$VS_OUT/follow"
		on "$host" bash -eu "$VS_OUT/follow" ||
			fail "$host, as the page says" "success" "status $?"
	done
}

page_end() {
	local line left=''
	while IFS= read -r line; do
		[ -n "${followed[$line]-}" ] || left+="${line% }; "
	done < <(PYTHONDONTWRITEBYTECODE=1 python3 "$net_dir/page.py" "$page")
	expect "commands of the page that were not followed" "" "$left"
}

# The pages' vsadm commands, done by ip_vs; it runs in a shell of its own.
vsadm_ipvs() {
	local what="$1 $2" words=(-t "$4") method=nat type=ipip port=
	[ "$3" = tcp ] || words[0]=-u
	shift 4
	if [ "$what" = "server add" ]; then
		# ipvsadm takes no IPv6 address in brackets without a port.
		words+=(-r "$1")
		[ "${1%]}" = "$1" ] || words[3]+=:${words[1]##*:}
		shift
	fi
	while [ $# -gt 0 ]; do
		case "$1 $2" in
		"scheduler "*) words+=(-s "$2") ;;
		"weight "*) words+=(-w "$2") ;;
		"method "*) method=$2 ;;
		"type "*) type=$2 ;;
		"port "*) port=$2 ;;
		"checksum on") words+=(--tun-csum) ;;
		*) echo "ip_vs has no $1 $2" >&2; return 1 ;;
		esac
		shift 2
	done
	case $what:$method:$type in
	"service add:"*) ipvsadm -A "${words[@]}" ;;
	"server add:nat:"*) ipvsadm -a "${words[@]}" -m ;;
	"server add:dr:"* | "server add:local:"*) ipvsadm -a "${words[@]}" -g ;;
	"server add:tunnel:gue") ipvsadm -a "${words[@]}" -i --tun-type gue \
		--tun-port "${port:-6080}" ;;
	"server add:tunnel:"*) ipvsadm -a "${words[@]}" -i --tun-type "$type" ;;
	*) echo "ip_vs has no $what, method $method" >&2; return 1 ;;
	esac
}

# internet CLIENT ROUTER: it is that client's way to everywhere.
internet() {
	on "$2" sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	on "$1" ip route add default via 198.51.100.1
	on "$1" ip route add default via 2001:db8:c::1
}
