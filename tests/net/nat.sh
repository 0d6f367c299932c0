#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# NAT with port mapping: TCP and UDP, IPv4 and IPv6, the virtual address on
# the director or only routed to it. Bytes come back as they were sent, the
# server sees the client's own address and port, the client only ever hears
# from the virtual address (its sockets are connected to it). The same is
# asked of ip_vs.
#
#   c0, c1 ---- d ---- s1 s2 s3, port 8080    virtual port 80

. "$(dirname "$0")/lib.sh"

topology 2 3
ask serve s1,s2,s3 8080

everything() {
	local family proto
	for family in 4 6; do
		for proto in tcp udp; do
			ask get c0 $proto "$(vip $family)" 80 count=12
			answers "$balancer $proto v$family" 12 "s1=4 s2=4 s3=4"
		done
		# Requests that need more than one segment, and several on a conn.
		ask get c1 tcp "$(vip $family)" 80 count=3 size=5000 asks=5
		answers "$balancer long requests v$family" 3 "s1=1 s2=1 s3=1"
		ask get c1 udp "$(vip $family)" 80 count=3 size=1300 asks=5
		answers "$balancer long datagrams v$family" 3 "s1=1 s2=1 s3=1"
	done
}

configure() {
	local family proto i
	for family in 4 6; do
		for proto in tcp udp; do
			service_add $proto "$(at "$(vip $family)" 80)" rr
			for i in 1 2 3; do
				server_add $proto "$(at "$(vip $family)" 80)" \
					"$(at "$(server $family $i)" 8080)"
			done
		done
	done
}

# Whatever is left for a device to complete must be complete but for that.
for i in c0 c1 s1 s2 s3; do
	ask capture $i $i
done

section "vs, the virtual addresses only routed to the director"
balancer vs
configure
everything

section "vs, the virtual addresses on the director"
vip_local add
everything
vip_local del

section "no packet had a wrong checksum"
for i in c0 c1 s1 s2 s3; do
	ask saw $i n=20
	unseen $i csum=BAD
	unseen $i ipcsum=BAD
	ask uncapture $i
done

section "after a flush nobody answers"
vsadm flush
ask get c0 tcp $vip4 80 timeout=0.3
expect "no service, no answer" "answered=0 failed=1" \
	"${reply%% wrong=*}"

if [[ $balancers = *ipvs* ]]; then
	section "ip_vs answers the same questions in the same way"
	balancer ipvs
	configure
	everything
	balancer_end
fi

finish
