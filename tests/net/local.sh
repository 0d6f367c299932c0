#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Servers on the director, and clients on it, for every method. Of what it can
# ip_vs is asked the same.
#
#   c0, d ---- d ---- s1 s2, d

# shellcheck disable=SC2046,SC2086 # numbers and words
. "$(dirname "$0")/lib.sh"

topology 1 2
ask serve s1,s2 80,8080
ask serve d 80,8080 as=d
# For the director's own clients: its way to the virtual addresses, and to all.
ip route add default via 10.1.0.2
ip route add default via 2001:db8:1:0::2
director() { [ "$1" = 4 ] && echo 10.2.1.1 || echo 2001:db8:2:1::1; }
pools=([4]=10.1.0.1 [6]="[2001:db8:1::1]")

# What servers of dr and tunnel need.
for i in s1 s2; do
	ask sysctl $i net.ipv4.conf.all.arp_ignore=1
	ip -n $i -batch - <<-END
	link add vs4 type ipip local 10.2.${i#s}.2 remote any
	link set vs4 up
	link add vs46 type ip6tnl mode any local 2001:db8:2:${i#s}::2 remote any
	link set vs46 up
	END
done

# method METHOD PORT SERVER...: for VIP:80, both families and protocols.
method() {
	local family proto service i words=()
	for family in 4 6; do
		service=$(at "$(vip $family)" 80)
		[ $1 != fullnat ] || words=(source-pool "${pools[family]}")
		for proto in tcp udp; do
			if [ $balancer = vs ]; then
				vsadm service add $proto $service scheduler rr \
					path $path "${words[@]}"
			else
				service_add $proto $service rr
			fi
			for i in "${@:3}"; do
				server_of $1 $family $2 $i
			done
		done
	done
}

# server_of METHOD FAMILY PORT SERVER
server_of() {
	local server flag
	case $4 in
	d) server=$(at $(director $2) $3) ;;
	*) server=$(at $(server $2 ${4#s}) $3) ;;
	esac
	if [ $balancer = vs ]; then
		vsadm server add $proto $service $server method $1
		return
	fi
	case $1 in
	nat) flag=-m ;;
	dr | local) flag=-g ;;
	tunnel) flag=-i ;;
	esac
	ipvsadm -a $(ipvs_service $proto $service) -r $server $flag
}

# asked BY SPREAD [SEES]: the client there asks six times, and they answer.
asked() {
	local family proto sees pool
	for family in 4 6; do
		sees='' pool=${pools[family]//[\[\]]}
		[ -z "${3-}" ] || sees=sees=$pool-$pool
		for proto in tcp udp; do
			ask get $1 $proto "$(vip $family)" 80 count=6 timeout=1 $sees
			answers "$what, by $1, $proto, IPv$family" 6 "$2"
		done
		for dir in put get; do
			ask transfer $1 "$(vip $family)" 80 bytes=200000 \
				dir=$dir timeout=3
			field same
			expect "$what, by $1, $dir of 200 kB, IPv$family" 1 "$value"
		done
	done
}

# everything METHOD PORT CLIENT SPREAD SEES SERVER...
everything() {
	local path paths="direct stack"
	[ $balancer = vs ] || paths=its
	for path in $paths; do
		what="$balancer, $1, path $path"
		method $1 $2 "${@:6}"
		asked $3 "$4" $5
		if [ $balancer = vs ]; then
			vsadm flush
		else
			ipvsadm -C
		fi
	done
}

# servers_vip add|del: what servers of dr and tunnel have.
servers_vip() {
	local i
	for i in s1 s2; do
		ip -n $i -batch - <<-END
		address $1 $vip4/32 dev lo
		address $1 $vip6/128 dev lo
		END
	done
}

for balancer in ${VS_BALANCERS-$balancers}; do
	[ $balancer = vs ] || modprobe -a ip_vs ip_vs_rr
	section "$balancer: clients here, the virtual addresses are not"
	everything nat 8080 d "s1=3 s2=3" "" s1 s2
	servers_vip add
	everything dr 80 d "s1=3 s2=3" "" s1 s2
	everything tunnel 80 d "s1=3 s2=3" "" s1 s2
	servers_vip del
	if [ $balancer = vs ]; then
		everything fullnat 8080 d "s1=3 s2=3" pool s1 s2

		section "vs: one of two servers here, the virtual addresses are not"
		everything nat 8080 c0 "d=3 s2=3" "" d s2
		everything nat 8080 d "d=3 s2=3" "" d s2
		everything fullnat 8080 d "d=3 s2=3" pool d s2
		everything fullnat 8080 c0 "d=3 s2=3" pool d s2
	fi

	section "$balancer: the virtual addresses are here"
	vip_local add
	everything nat 8080 c0 "d=3 s2=3" "" d s2
	everything local 80 c0 "d=6" "" d
	everything local 80 d "d=6" "" d
	if [ $balancer = vs ]; then
		everything nat 8080 d "d=3 s2=3" "" d s2
	fi
	everything nat 8080 d "s1=3 s2=3" "" s1 s2
	vip_local del
done
[ $balancer = vs ] || modprobe -r ip_vs_rr ip_vs

finish
