#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Documentation/methods/fullnat.rst, done and looked at on the wire. ip_vs has
# no such method.

# shellcheck disable=SC2086 # numbers and words
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/page-lib.sh"

page fullnat
hosts client router director server1 server2
cable client:eth0 router:eth0
lan router:eth1 director:eth0 server1:eth0 server2:eth0
addresses client:eth0 198.51.100.7/24 2001:db8:c::7/64
addresses router:eth0 198.51.100.1/24 2001:db8:c::1/64
addresses router:eth1 10.0.0.1/24 2001:db8:1::1/64
addresses director:eth0 10.0.0.2/24 2001:db8:1::2/64
addresses server1:eth0 10.0.0.11/24 2001:db8:1::11/64
addresses server2:eth0 10.0.0.12/24 2001:db8:1::12/64
internet client router

ask serve server1,server2 53,8080
balancer=vs
follow server1 server2 router director
follow director , services
for i in c:client d:director r:router s1:server1 s2:server2; do
	ns=${i#*:}
	[ $ns != director ] || ns=d
	dev=eth0
	[ $ns != router ] || dev=eth1
	ask capture ${i%:*} $ns dev=$dev
done

# on_the_wire FAMILY SERVER: what of it the server and the client get.
on_the_wire() {
	local ip ttl client server pool source
	case $1 in
	4) ip=ip ttl=ttl client=198.51.100.7 server=10.0.0.1$2 pool=10.0.0.2 ;;
	6) ip=ip6 ttl=hlim client=2001:db8:c::7 server=2001:db8:1::1$2 pool=2001:db8:1::2 ;;
	esac
	for end in tcp:80:8080 udp:53:53; do
		IFS=: read -r proto port real <<<"$end"
		# Router and director took one each.
		saw s$2 $ip dst=$server $ttl=62 $proto dport=$real csum=ok \
			from="$(mac_of director:eth0)" to="$(mac_of server$2:eth0)"
		field src
		source=$value
		expect "IPv$1, $proto: its source is of the pool" yes \
			"$([[ $source =~ ^"$pool"[0-3]$ ]] && echo yes)"
		field sport
		# Its answer came back to there, and no way but by the director.
		saw d $ip src=$server dst=$source $ttl=64 $proto sport=$real \
			dport=$value csum=ok
		saw c $ip src="$(vip $1)" dst=$client $ttl=62 $proto sport=$port \
			csum=ok from="$(mac_of router:eth0)"
	done
	unseen s$2 src=$client
	unseen s$2 dst="$(vip $1)"
	unseen r src=$server $proto
	unseen c src=$server
}

pools=([4]=10.0.0.20-10.0.0.23 [6]=2001:db8:1::20-2001:db8:1::23)
for family in 4 6; do
	section "IPv$family"
	ask get client tcp "$(vip $family)" 80 count=8 sees=${pools[family]}
	answers "TCP" 8 "server1=4 server2=4"
	ask get client udp "$(vip $family)" 53 count=8 sees=${pools[family]}
	answers "UDP" 8 "server1=4 server2=4"
	ask transfer client "$(vip $family)" 80 bytes=300000 dir=get timeout=5
	field same
	expect "300 kB to the client" 1 "$value"
	ask transfer client "$(vip $family)" 80 bytes=300000 dir=put timeout=5
	field same
	expect "300 kB to the server" 1 "$value"
	for i in 1 2; do
		on_the_wire $family $i
	done
done

section "conns have both names of a client"
vsadm flush
follow director , services
ask forget s1
ask hold a client tcp $vip4 80 count=1 sees=${pools[4]}
answers "one" 1 "server1=1"
saw s1 ip tcp flags=S
field src
source=$value
field sport
expect "the source that the server saw" "\"$source\" $value" \
	"$(vsadm --json conn show | jq -r \
		'.[] | "\(."source-address" | @json) \(."source-port")"')"
for i in c s1 s2; do
	unseen $i csum=BAD
	unseen $i ipcsum=BAD
done

page_end
finish
