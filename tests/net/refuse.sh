#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# What contradicts itself, or what there is: refused with the word that is
# wrong and the reason, whichever way round it is said, and nothing changes.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cli-lib.sh"

tcp="tcp 203.0.113.10:80"
tcp6="tcp [2001:db8::10]:80"
udp="udp 203.0.113.10:53"
udp6="udp [2001:db8::10]:53"

# shellcheck disable=SC2086 # $tcp and others are two words
{
section "every method with what goes with it"
batch "service add $tcp source-pool 10.0.0.2-10.0.0.5 timeout-opening 5
service add $tcp6 mss-clamp on echo on timeout-closing 7 timeout-closed 8
service add $udp established-by request udp-reselect drain
service add $udp6 one-packet on
server add $tcp 10.0.0.11:8080
server add $tcp 10.0.0.12 method dr
server add $tcp 10.0.0.13 method tunnel
server add $tcp 10.0.0.14 method tunnel type gre checksum on
server add $tcp 10.0.0.15 method tunnel type gue port 6081 source 10.0.0.9
server add $tcp 10.0.0.16:8080 method fullnat
server add $tcp 127.0.0.1 method local
server add $tcp [fd00::13] method tunnel type gue checksum on
server add $tcp6 10.0.0.13 method tunnel source 10.0.0.9
server add $tcp6 [::1] method local
server add $udp 10.0.0.11
server add $udp6 [fd00::11]:5353
server add $udp6 [fd00::12] method dr
server add $udp6 10.0.0.13 method tunnel type gue"
done_ "a configuration"
run show -n
same "as it was given" \
	"6 203.0.113.10:80 scheduler wlc path direct source-pool 10.0.0.2-10.0.0.5 timeout-opening 5
method nat weight 1 state up
method dr weight 1 state up
method tunnel type ipip weight 1 state up
method tunnel type gre checksum on weight 1 state up
method tunnel type gue port 6081 source 10.0.0.9 weight 1 state up
method fullnat weight 1 state up
method local weight 1 state up
method tunnel type gue port 6080 checksum on weight 1 state up
6 [2001:db8::10]:80 scheduler wlc path direct mss-clamp on echo on timeout-closing 7 timeout-closed 8
method tunnel type ipip source 10.0.0.9 weight 1 state up
method local weight 1 state up
17 203.0.113.10:53 scheduler wlc path direct established-by request udp-reselect drain
method nat weight 1 state up
17 [2001:db8::10]:53 scheduler wlc path direct one-packet on
method nat weight 1 state up
method dr weight 1 state up
method tunnel type gue port 6080 weight 1 state up" \
	"$(sed -E 's/^  [^ ]+ +//; s/ +active .*//; s/ +/ /g' <<<"$out")"
run show -j
same "in JSON" '[["ipip",null,null,null],["gre",null,true,null],'`
	`'["gue",6081,false,"10.0.0.9"],["gue",6080,true,null]]' \
	"$(jq -c '[.[0].server[] | select(.method == "tunnel") |
		[."tunnel-type", ."tunnel-port", ."tunnel-checksum",
		 ."tunnel-source"]]' <<<"$out")"
remember

section "methods and ports"
for i in dr tunnel local; do
	refused "server port: not the service's, and the method does not change ports" \
		server add $tcp 10.0.0.21:81 method $i
done

section "methods and families"
for i in nat dr fullnat local; do
	refused "server address: not of the service's address family" \
		server add $tcp '[fd00::21]' method $i
	refused "server address: not of the service's address family" \
		server add $tcp6 10.0.0.21 method $i
done
refused 'server address: the address is a loopback address' \
	server add $tcp 127.0.0.2 method tunnel
refused 'server address: the address is a loopback address' \
	server add $tcp6 127.0.0.2 method tunnel
refused 'server address: the address is unspecified' \
	server add $tcp 0.0.0.0 method local
refused 'server address: the address is a multicast address' \
	server add $tcp6 '[ff02::1]' method local
for i in 10.0.0.12 10.0.0.13 10.0.0.16:8080 127.0.0.1 '[fd00::13]'; do
	refused 'server address: the server exists' server add $tcp $i method dr
done

section "tunnels"
for i in nat dr local fullnat; do
	for j in 'type ipip' 'port 6080' 'checksum off' 'source 10.0.0.9'; do
		refused "${j% *}: only for method tunnel" \
			server add $tcp 10.0.0.21 method $i $j
	done
done
refused 'type: only for method tunnel' server add $tcp 10.0.0.21 type gue port 1
refused 'type: only for method tunnel' server set $tcp 10.0.0.12 type ipip
for i in ipip gre; do
	refused 'port: only for type gue' \
		server add $tcp 10.0.0.21 method tunnel type $i port 6080
done
refused 'port: only for type gue' server add $tcp 10.0.0.21 method tunnel port 1
refused 'port: the port is 0' \
	server add $tcp 10.0.0.21 method tunnel type gue port 0
refused 'checksum: only for type gre and gue' \
	server add $tcp 10.0.0.21 method tunnel checksum off
refused "source: not of the server's address family" \
	server add $tcp 10.0.0.21 method tunnel source '[fd00::9]'
refused "source: not of the server's address family" \
	server add $tcp '[fd00::21]' method tunnel source 10.0.0.9
for i in '0.0.0.0 the address is unspecified' \
	 '127.0.0.1 the address is a loopback address' \
	 '224.0.0.1 the address is a multicast address' \
	 '255.255.255.255 the address is the broadcast address'; do
	refused "source: ${i#* }" \
		server add $tcp 10.0.0.21 method tunnel source "${i%% *}"
done
refused 'source: the address is link-local' \
	server add $tcp6 '[fd00::21]' method tunnel source '[fe80::1]'

section "what a server stays"
for i in dr tunnel fullnat local; do
	refused "method: a server's method cannot change" \
		server set $tcp 10.0.0.11:8080 weight 2 method $i
done
refused "method: a server's method cannot change" \
	server set $tcp 10.0.0.14 method nat
for i in 'type ipip' 'type gue' 'checksum off' 'source 10.0.0.9'; do
	refused "${i% *}: a server's tunnel cannot change" \
		server set $tcp 10.0.0.14 weight 2 $i
done
refused 'port: only for type gue' server set $tcp 10.0.0.14 port 6080
refused "port: a server's tunnel cannot change" \
	server set $tcp 10.0.0.15 state down port 6080
refused "source: a server's tunnel cannot change" \
	server set $tcp 10.0.0.15 source 10.0.0.8
refused "source: not of the server's address family" \
	server set $tcp6 10.0.0.13 source '[fd00::9]'
refused 'server address: no such server' server set $tcp '[fd00::14]' weight 2
refused 'server address: no such server' server del $tcp 10.0.0.12:81
unchanged "servers refused"

section "source pools"
refused 'method: servers of method fullnat need a source-pool' \
	server add $tcp6 '[fd00::21]' method fullnat
refused 'source-pool: servers of method fullnat need a source-pool' \
	service set $tcp echo on source-pool none
refused "source-pool: not of the service's address family" \
	service set $tcp source-pool '[fd00::2]'
refused "source-pool: not of the service's address family" \
	service set $tcp6 source-pool 10.0.0.2-10.0.0.5
refused "source-pool: not of the service's address family" \
	service add tcp 203.0.113.11:80 source-pool '[fd00::2]-[fd00::3]'
for i in 10.0.0.5-10.0.0.4 10.0.1.0-10.0.0.255 203.0.113.1-10.0.0.1; do
	refused 'source-pool: the last address is before the first' \
		service set $tcp source-pool $i
done
for i in 10.0.0.0-10.1.0.0 1.0.0.0-223.0.0.0; do
	refused 'source-pool: more than 65536 addresses' \
		service set $tcp source-pool $i
done
for i in '[fd00::]-[fd00::1:0]' '[fd00::1]-[fd00:0:0:1::1]' \
	 '[fd00::]-[fd00:0:0:1::]' '[2001::]-[fd00::]'; do
	refused 'source-pool: more than 65536 addresses' \
		service set $tcp6 source-pool $i
done
for i in '[fd00::2]-[fd00::1]' '[fd00:0:0:1::]-[fd00::ffff]'; do
	refused 'source-pool: the last address is before the first' \
		service set $tcp6 source-pool $i
done
for i in '0.0.0.0-0.0.0.1 the address is unspecified' \
	 '127.0.0.1 the address is a loopback address' \
	 '126.255.255.255-127.0.0.1 the address is a loopback address' \
	 '223.255.255.255-224.0.0.0 the address is a multicast address' \
	 '255.255.255.254-255.255.255.255 the address is the broadcast address'; do
	refused "source-pool: ${i#* }" service set $tcp source-pool "${i%% *}"
done
unchanged "pools refused"

section "protocols"
for i in 'established-by reply' 'udp-reselect gone' 'one-packet off'; do
	refused "${i% *}: only for UDP" service add tcp 203.0.113.11:80 $i
	refused "${i% *}: only for UDP" service set $tcp path stack $i
done
for i in on off; do
	refused 'mss-clamp: only for TCP' service add udp 203.0.113.11:53 mss-clamp $i
	refused 'mss-clamp: only for TCP' service set $udp mss-clamp $i
done
refused 'helper: FTP is TCP' service add udp 203.0.113.11:53 helper ftp
refused 'helper: FTP is TCP' service set $udp6 helper ftp
for i in closing closed; do
	refused "timeout-$i: a UDP flow is never closed" \
		service add udp 203.0.113.11:53 timeout-$i 5
	refused "timeout-$i: a UDP flow is never closed" \
		service set $udp timeout-$i 5
done
unchanged "protocols refused"

section "helpers see replies"
for i in '10.0.0.12 method dr' '10.0.0.13 method tunnel' '127.0.0.1 method local'; do
	batch "service add tcp 203.0.113.21:21
server add tcp 203.0.113.21:21 10.0.0.11
server add tcp 203.0.113.21:21 $i"
	done_ "$i"
	refused 'helper: no helper sees replies of dr, tunnel and local' \
		service set tcp 203.0.113.21:21 path stack helper ftp
	batch "server del tcp 203.0.113.21:21 ${i%% *}
service set tcp 203.0.113.21:21 helper ftp"
	done_ "without it, a helper"
	refused 'method: no helper sees replies of dr, tunnel and local' \
		server add tcp 203.0.113.21:21 $i
	batch "show tcp 203.0.113.21:21
service del tcp 203.0.113.21:21"
	same "as it was" "tcp 203.0.113.21:ftp scheduler wlc path direct helper ftp
  10.0.0.11:ftp method nat weight 1 state up active 0 inactive 0" "$out"
done
unchanged "helpers refused"

section "one-packet: no conn, so no source-pool"
batch "service add udp 203.0.113.21:53 source-pool 10.0.0.2
server add udp 203.0.113.21:53 10.0.0.31 method fullnat"
done_ "fullnat"
refused 'one-packet: servers of method fullnat need conns' \
	service set udp 203.0.113.21:53 one-packet on
batch "server del udp 203.0.113.21:53 10.0.0.31
service set udp 203.0.113.21:53 one-packet on"
done_ "one-packet"
refused 'method: servers of method fullnat need conns' \
	server add udp 203.0.113.21:53 10.0.0.31 method fullnat
run service del udp 203.0.113.21:53
unchanged "fullnat refused"

section "one-packet: replies tell no two services apart"
mixed="a one-packet service and another with it would mix up their replies"
batch "service add udp [2001:db8::21]:53 one-packet on"
done_ "another"
refused "server address: $mixed" server add udp '[2001:db8::21]:53' '[fd00::11]:5353'
batch "server add udp [2001:db8::21]:53 [fd00::11]:5354
server add udp [2001:db8::21]:53 [fd00::12]
server add udp [2001:db8::21]:53 10.0.0.13 method tunnel type gue
service del udp [2001:db8::21]:53
service add udp [2001:db8::21]:53"
done_ "another port, another method, with conns"
refused "server address: $mixed" server add udp '[2001:db8::21]:53' '[fd00::11]:5353'
batch "service add udp [2001:db8::22]:53
server add udp [2001:db8::21]:53 [fd00::41]
server add udp [2001:db8::22]:53 [fd00::41]"
done_ "both with conns"
refused "one-packet: $mixed" service set udp '[2001:db8::21]:53' one-packet on
batch "service del udp [2001:db8::22]:53
service set udp [2001:db8::21]:53 one-packet on
service del udp [2001:db8::21]:53"
done_ "without the other"
unchanged "mixing refused"

section "what can be said again, changed and taken back"
batch "server set $tcp 10.0.0.14 method tunnel type gre checksum on
server set $tcp 10.0.0.15 type gue port 6081 checksum off source 10.0.0.9
service set $tcp source-pool 10.0.0.2
service set $tcp source-pool 10.0.0.2-10.0.0.5 timeout-opening 0
service set $tcp timeout-opening 5
service set $tcp6 source-pool [fd00::ffff:ffff:ffff:ff00]-[fd00:0:0:1::feff]
show $tcp6
service set $tcp6 source-pool none
service set $udp established-by reply udp-reselect never
service set $udp established-by request udp-reselect drain
service set $udp6 one-packet off
service set $udp6 one-packet on helper none"
done_ "there and back"
has "a pool across the halves of an address" \
	" source-pool [fd00::ffff:ffff:ffff:ff00]-[fd00:0:0:1::feff] " "$out"
unchanged "changes taken back"

# The lines of show, less the counts of conns, are words of add.
section "what is shown can be added"
run show
shown=$out
again=flush$'\n'
name=
while IFS= read -r line; do
	case $line in
	'  '*) again+="server add $name ${line%% active *}"$'\n' ;;
	*) read -r proto at _ <<<"$line"
	   name="$proto $at"
	   again+="service add $line"$'\n' ;;
	esac
done <<<"$shown"
batch "$again"
done_ "it is added"
run show
same "and shown again" "$shown" "$out"
}

finish
