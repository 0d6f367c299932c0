#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# vsadm: what it refuses itself, what the kernel refuses, and that neither
# changes anything; names and numbers; every word there and back.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cli-lib.sh"

big=$(printf '%65536s' '')
big=${big// /x}
tcp="tcp 203.0.113.10:80"

section "a configuration to leave alone"
run show
same "no service" "0 " "$status $out$err"
run show -j
same "no service in JSON" "0 []" "$status $out$err"
batch "service add $tcp
server add $tcp 10.0.0.11:8080 weight 5
service add udp [2001:db8::10]:53 scheduler mh hash addr-port
server add udp [2001:db8::10]:53 [2001:db8::11]"
done_ "a configuration"
remember

section "wrong words: options and commands"
misused 'unknown option "--foo"' --foo
misused 'unknown option "-"' -
misused 'unknown option "--js"' --js show
misused 'unknown command "serv"' serv
misused 'unknown command ""' ''
misused 'unknown command "-1"' -1
misused 'unknown command "frob"' help frob
misused 'unknown word "b"' help service b
misused '-b: its file is missing' -b
misused '-b: there is a batch already' -b a -b b
misused 'unknown word "show"' -b /dev/null show
misused '/nowhere: No such file or directory' -b /nowhere
misused '/: Is a directory' -b /
hint=stats misused '--stats: not an option of stats' stats --stats
hint=stats misused 'unknown word "x"' stats x
hint=flush misused 'unknown word "all"' flush all
hint=version misused 'unknown word "x"' version x

section "wrong words: services"
hint=service
misused 'service: missing: add, set, del' service
misused 'service: "rm": not one of add, set, del' service rm
misused 'protocol: missing' service add
misused 'protocol: "icmp": not one of tcp, udp, sctp, a number' \
	service add icmp 203.0.113.1:80
misused 'protocol: "256": not one of tcp, udp, sctp, a number' \
	service add 256 203.0.113.1:80
misused 'protocol: "TCP": not one of tcp, udp, sctp, a number' \
	service add TCP 203.0.113.1:80
misused 'address: missing' service add tcp
misused 'address: "203.0.113.1": the port is missing' \
	service add tcp 203.0.113.1
misused 'address: "203.0.113.1:": not a port' service add tcp 203.0.113.1:
misused 'address: "203.0.113.1:65536": not a port' \
	service add tcp 203.0.113.1:65536
misused 'address: "203.0.113.1:-1": not a port' service add tcp 203.0.113.1:-1
misused 'address: "203.0.113.1:nosuch": not a port' \
	service add tcp 203.0.113.1:nosuch
misused 'address: "203.0.113:80": not an address' service add tcp 203.0.113:80
misused 'address: "203.0.113.256:80": not an address' \
	service add tcp 203.0.113.256:80
misused 'address: "localhost:80": not an address' \
	service add tcp localhost:80
misused 'address: ":80": not an address' service add tcp :80
misused 'address: "2001:db8::1:80": an IPv6 address stands in brackets' \
	service add tcp 2001:db8::1:80
misused 'address: "[2001:db8::1:80": the closing bracket is missing' \
	service add tcp '[2001:db8::1:80'
misused 'address: "[2001:db8::1]80": not an address' \
	service add tcp '[2001:db8::1]80'
misused 'address: "[203.0.113.1]:80": not an address' \
	service add tcp '[203.0.113.1]:80'
misused 'address: "[fe80::1%eth0]:80": not an address' \
	service add tcp '[fe80::1%eth0]:80'
misused "address: \"${big:0:40}\": not an address" service add tcp "$big"
misused 'unknown word "sched"' service add tcp 203.0.113.1:80 sched rr
misused 'unknown word "weight"' service add tcp 203.0.113.1:80 weight 1
misused "unknown word \"${big:0:40}\"" service add tcp 203.0.113.1:80 "$big"
misused 'scheduler: its value is missing' \
	service add tcp 203.0.113.1:80 scheduler
misused 'scheduler: given twice' \
	service add tcp 203.0.113.1:80 scheduler rr path stack scheduler rr
misused 'scheduler: "sixteen-letters!": too long' \
	service add tcp 203.0.113.1:80 scheduler 'sixteen-letters!'
misused "scheduler: \"${big:0:40}\": too long" \
	service add tcp 203.0.113.1:80 scheduler "$big"
misused 'hash: "port": not one of addr, addr-port' \
	service add tcp 203.0.113.1:80 scheduler sh hash port
misused 'path: "straight": not one of direct, stack' \
	service add tcp 203.0.113.1:80 path straight
misused 'sloppy: "1": not one of off, on' \
	service add tcp 203.0.113.1:80 sloppy 1
for i in established-by udp-reselect helper; do
	misused "$i: its value is missing" service add udp 203.0.113.1:80 $i
done
misused 'established-by: "both": not one of reply, request' \
	service add udp 203.0.113.1:80 established-by both
misused 'udp-reselect: "down": not one of gone, drain, never' \
	service add udp 203.0.113.1:80 udp-reselect down
misused 'helper: "sip": not one of none, ftp' \
	service add tcp 203.0.113.1:80 helper sip
for i in one-packet mss-clamp echo; do
	misused "$i: \"1\": not one of off, on" service add udp 203.0.113.1:80 $i 1
done
for i in opening established closing closed; do
	misused "timeout-$i: \"65536\": not a number from 0 to 65535" \
		service add tcp 203.0.113.1:80 timeout-$i 65536
done
for i in 10.0.0.2-10.0.0 10.0.0.2- -10.0.0.2 10.0.0.2-10.0.0.3-10.0.0.4 None ''; do
	misused "source-pool: \"$i\": not an address" \
		service add tcp 203.0.113.1:80 source-pool "$i"
done
misused 'source-pool: "10.0.0.2:1-10.0.0.3": it has no port' \
	service add tcp 203.0.113.1:80 source-pool 10.0.0.2:1-10.0.0.3
misused 'source-pool: "10.0.0.2-[fd00::1]": addresses of two families' \
	service add tcp 203.0.113.1:80 source-pool '10.0.0.2-[fd00::1]'
misused "source-pool: \"${big:0:40}\": not an address" \
	service add tcp 203.0.113.1:80 source-pool "$big"
for i in -1 4294967296 18446744073709551617 0x100 1e3 ''; do
	misused "table-size: \"$i\": not a number from 0 to 4294967295" \
		service add tcp 203.0.113.1:80 scheduler mh table-size "$i"
done
misused 'set: missing: what to change' service set tcp 203.0.113.10:80
misused 'unknown word "path"' service del tcp 203.0.113.10:80 path stack

section "wrong words: servers, conns, settings"
# shellcheck disable=SC2086 # $tcp is two words
{
hint=server
misused 'server: missing: add, set, del' server
misused 'server address: missing' server add $tcp
misused 'server address: "10.0.0.1:x y": not a port' \
	server add $tcp '10.0.0.1:x y'
misused 'server address: "web1": not an address' server add $tcp web1
misused 'weight: "65536": not a number from 0 to 65535' \
	server add $tcp 10.0.0.1 weight 65536
misused 'weight: "-1": not a number from 0 to 65535' \
	server add $tcp 10.0.0.1 weight -1
misused 'weight: given twice' server set $tcp 10.0.0.11:8080 weight 1 weight 2
misused 'method: "masq": not one of nat, dr, tunnel, fullnat, local' \
	server add $tcp 10.0.0.1 method masq
misused 'type: "vxlan": not one of ipip, gre, gue' \
	server add $tcp 10.0.0.1 method tunnel type vxlan
misused 'port: "65536": not a port' \
	server add $tcp 10.0.0.1 method tunnel type gue port 65536
misused 'checksum: "yes": not one of off, on' \
	server add $tcp 10.0.0.1 method tunnel type gre checksum yes
misused 'source: "10.0.0.1:80": it has no port' \
	server add $tcp 10.0.0.1 method tunnel source 10.0.0.1:80
misused 'source: "fd00::1": an IPv6 address stands in brackets' \
	server add $tcp 10.0.0.1 method tunnel source fd00::1
misused 'state: "nonsense": not one of up, drain, down' \
	server set $tcp 10.0.0.11:8080 state nonsense
misused 'set: missing: what to change' server set $tcp 10.0.0.11:8080
misused 'unknown word "weight"' server del $tcp 10.0.0.11:8080 weight 5
hint=show
misused 'address: missing' show tcp
misused 'unknown word "x"' show $tcp x
}
hint=conn
misused 'conn: missing: show' conn
misused 'conn: "flush": not one of show' conn flush
misused 'unknown word "port"' conn show port 80
misused 'client: "1.2.3": not an address' conn show client 1.2.3
misused 'service: given twice' conn show service 1.2.3.4 service 1.2.3.5
misused 'state: "open": not one of none, syn-sent, syn-recv, established,'` \
	`' fin-wait, time-wait, close, unreplied, cookie-wait, cookie-echoed,'` \
	`' shutdown, shutdown-ack' conn show state open
hint=settings
misused 'unknown word "conns"' settings conns 5
misused 'conns-max: its value is missing' settings conns-max
misused 'conns-max: "many": not a number from 0 to 4294967295' \
	settings conns-max many
unchanged "wrong words"

section "what the kernel refuses"
# shellcheck disable=SC2086
{
refused 'address: the service exists' service add $tcp
refused 'address: the service exists' service add 6 203.0.113.10:http path stack
refused 'address: no such service' service set tcp 203.0.113.10:81 path stack
refused 'address: no such service' service set udp 203.0.113.10:80 path stack
refused 'address: no such service' service del tcp 203.0.113.11:80
refused 'address: no such service' show tcp 203.0.113.11:80
refused 'protocol: unknown protocol' service add 33 203.0.113.1:80
refused 'protocol: unknown protocol' service add 0 203.0.113.1:80
refused 'port: the port is 0' service add tcp 203.0.113.1:0
refused 'scheduler: unknown scheduler' \
	service add tcp 203.0.113.1:80 scheduler best
refused 'scheduler: unknown scheduler' service add tcp 203.0.113.1:80 scheduler ''
refused 'scheduler: unknown scheduler' service set $tcp scheduler RR
refused 'hash: the scheduler does not hash' \
	service add tcp 203.0.113.1:80 scheduler rr hash addr
refused 'hash: the scheduler does not hash' service set $tcp hash addr
refused 'table-size: the scheduler has no table' \
	service add tcp 203.0.113.1:80 scheduler sh table-size 1000
refused 'table-size: not from 251 to 1048576' \
	service add tcp 203.0.113.1:80 scheduler mh table-size 250
refused 'table-size: not from 251 to 1048576' \
	service set $tcp path stack scheduler mh table-size 4294967295
for i in '0.0.0.0 the address is unspecified' \
	 '127.0.0.1 the address is a loopback address' \
	 '224.0.0.1 the address is a multicast address' \
	 '255.255.255.255 the address is the broadcast address'; do
	refused "address: ${i#* }" service add tcp "${i%% *}:80"
done
for i in ':: the address is unspecified' \
	 '::1 the address is a loopback address' \
	 'ff02::1 the address is a multicast address' \
	 'fe80::1 the address is link-local'; do
	refused "address: ${i#* }" service add tcp "[${i%% *}]:80"
done
refused 'address: no such service' server add tcp 203.0.113.11:80 10.0.0.1
refused 'server address: the server exists' \
	server add $tcp 10.0.0.11:8080 weight 9
refused 'server address: no such server' server set $tcp 10.0.0.11 weight 9
refused 'server address: no such server' server del $tcp 10.0.0.11:80
refused "server address: not of the service's address family" \
	server add $tcp '[2001:db8::11]'
refused "server address: not of the service's address family" \
	server add udp '[2001:db8::10]:53' 10.0.0.11
refused 'server port: the port is 0' server add $tcp 10.0.0.1:0
refused 'server address: the address is unspecified' server add $tcp 0.0.0.0
refused 'server address: the address is a loopback address' \
	server add $tcp 127.1.2.3
}
refused 'conns-max: not from 1 to 2147483647' settings conns-max 0
refused 'conns-max: not from 1 to 2147483647' settings conns-max 2147483648
# Kernels before 6.4 have no text for what refuses to start a dump.
IFS=. read -r major minor _ </proc/sys/kernel/osrelease
dump_refused() {
	if ((major * 1000 + minor < 6004)); then
		refused "$1" "${@:3}"
	else
		refused "$2" "${@:3}"
	fi
}
dump_refused 'Protocol not supported' 'protocol: unknown protocol' \
	conn show protocol 1
dump_refused 'Invalid argument' 'client port: the port is 0' \
	conn show client 10.1.0.2:0
dump_refused 'Address family not supported by protocol' \
	"service: not of the client's address family" \
	conn show client 10.1.0.2 service '[2001:db8::11]'
unchanged "refusals"

section "without privilege: look, but do not touch"
as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
run show --json --stats
same "show" "${before%$'\n'*}" "$out"
run settings -j
same "settings" "${before##*$'\n'}" "$out"
run stats
done_ "stats"
need="not permitted: this needs CAP_NET_ADMIN"
refused "$need" flush
refused "$need" service add tcp 203.0.113.1:80
refused "$need" service del tcp 203.0.113.10:80
refused "$need" server set tcp 203.0.113.10:80 10.0.0.11:8080 weight 1
refused "$need" settings conns-max 7
refused "$need" conn show
as=()
unchanged "commands without privilege"

section "batches"
batch "# a comment

  service add tcp 203.0.113.20:80	# and another
service del tcp 203.0.113.20:80
version
-j version"
same "a batch" "0 vsadm ${out##*vsadm }" "$status $out"
same "no error" "" "$err"
batch "service add tcp 203.0.113.20:80
service add tcp 203.0.113.20:80
flush"
same "the kernel refuses a line" \
	"2 vsadm: stdin:2: address: the service exists" "$status $err"
printf '\nservice del tcp 203.0.113.20:80\nserver add tcp x\nflush\n' \
	>"$scratch/batch"
run --batch "$scratch/batch"
same "a line is wrong" "1 vsadm: $scratch/batch:3: address: \"x\": not an address"` \
	`$'\nTry "vsadm help server".' "$status $err"
batch "-b $scratch/batch"
same "no batch in a batch" "1 vsadm: stdin:1: -b: there is a batch already" \
	"$status ${err%%$'\n'*}"
status=0
printf 'flush\0flush\n' | vsadm -b - 2>"$scratch/err" || status=$?
slurp err "$scratch/err"
same "a zero byte" "1 vsadm: stdin:1: a zero byte in a line" \
	"$status ${err%%$'\n'*}"
batch "$big"
same "a long line" "1 vsadm: stdin:1: unknown command \"${big:0:40}\"" \
	"$status ${err%%$'\n'*}"
unchanged "these batches"

section "an output that can't be written"
status=0
vsadm show >/dev/full 2>"$scratch/err" || status=$?
slurp err "$scratch/err"
same "a full device" "1 vsadm: cannot write: No space left on device" \
	"$status $err"

section "help"
run help
done_ "help"
for i in service server show conn stats settings flush help version; do
	has "help lists $i" "  $i " "$out"
done
all=$out
run -h
same "-h is help" "0 $all" "$status $out"
run help service
service_help=$out
run service -h
same "service -h is help service" "0 $service_help" "$status $out"
for i in scheduler hash table-size path sloppy one-packet established-by \
	 udp-reselect mss-clamp echo helper source-pool timeout-opening \
	 timeout-established timeout-closing timeout-closed; do
	has "help service lists $i" "  $i " "$service_help"
done
run help server
for i in method type port checksum source weight state; do
	has "help server lists $i" "  $i " "$out"
done

section "names and numbers"
batch "flush
service add 6 203.0.113.10:https
service add 17 203.0.113.10:domain scheduler rr sloppy on
server add udp 203.0.113.10:53 10.0.0.1:http-alt state down"
done_ "numbers and names"
batch "show
show -n
-n show udp 203.0.113.10:domain"
same "shown" "tcp 203.0.113.10:https scheduler wlc path direct
udp 203.0.113.10:domain scheduler rr path direct sloppy on
  10.0.0.1:8080 method nat weight 1 state down active 0 inactive 0
6 203.0.113.10:443 scheduler wlc path direct
17 203.0.113.10:53 scheduler rr path direct sloppy on
  10.0.0.1:8080 method nat weight 1 state down active 0 inactive 0
17 203.0.113.10:53 scheduler rr path direct sloppy on
  10.0.0.1:8080 method nat weight 1 state down active 0 inactive 0" "$out"
run -j show -n
same "JSON with numbers" '[{"protocol": 6, "address": "203.0.113.10", '`
	`'"port": 443, "scheduler": "wlc", "path": "direct", "sloppy": false, '`
	`'"mss-clamp": false, "echo": false, "helper": "none", "server": []},
{"protocol": 17, "address": "203.0.113.10", "port": 53, "scheduler": "rr", '`
	`'"path": "direct", "sloppy": true, "one-packet": false, '`
	`'"established-by": "reply", "udp-reselect": "gone", "echo": false, '`
	`'"helper": "none", "server": [{"address": "10.0.0.1", '`
	`'"port": 8080, "method": "nat", "weight": 1, "state": "down", '`
	`'"active-conns": 0, "inactive-conns": 0}]}]' "$out"

section "every word there and back"
batch "flush
service add tcp 203.0.113.1:1 scheduler rr
service add tcp 203.0.113.1:2 scheduler wrr path stack
service add tcp 203.0.113.1:3 scheduler lc sloppy on
service add tcp 203.0.113.1:4 scheduler wlc path direct sloppy off
service add tcp 203.0.113.1:5 scheduler mh table-size 251
service add tcp 203.0.113.1:65535 scheduler mh table-size 1048576
service add udp [2001:db8::1]:7 scheduler mh hash addr-port table-size 300
service add udp [2001:db8::1]:8 scheduler sh hash addr
service add udp [2001:db8::1]:9 scheduler sh hash addr-port path stack
service add sctp 203.0.113.1:6 scheduler rr
server add tcp 203.0.113.1:1 10.0.0.1 method nat weight 0 state up
server add tcp 203.0.113.1:1 10.0.0.1:2 weight 65535 state drain
server add tcp 203.0.113.1:1 10.0.0.1:65535 state down
server add udp [2001:db8::1]:9 [2001:db8::ffff:1]
server add udp [2001:db8::1]:9 [2001:db8:0:0:1::1]:10 weight 10"
done_ "every word"
run show -j
jq -c '.[] | [.protocol, .address, .port, .scheduler, .hash, ."table-size",
	.path, .sloppy], (.server[] | [.address, .port, .method, .weight,
	.state, ."active-conns", ."inactive-conns"])' \
	<"$scratch/out" >"$scratch/words"
words=
slurp words "$scratch/words"
same "in JSON" '["tcp","203.0.113.1",1,"rr",null,null,"direct",false]
["10.0.0.1",1,"nat",0,"up",0,0]
["10.0.0.1",2,"nat",65535,"drain",0,0]
["10.0.0.1",65535,"nat",1,"down",0,0]
["tcp","203.0.113.1",2,"wrr",null,null,"stack",false]
["tcp","203.0.113.1",3,"lc",null,null,"direct",true]
["tcp","203.0.113.1",4,"wlc",null,null,"direct",false]
["tcp","203.0.113.1",5,"mh","addr",251,"direct",false]
["tcp","203.0.113.1",65535,"mh","addr",1048583,"direct",false]
["udp","2001:db8::1",7,"mh","addr-port",307,"direct",false]
["udp","2001:db8::1",8,"sh","addr",null,"direct",false]
["udp","2001:db8::1",9,"sh","addr-port",null,"stack",false]
["2001:db8::ffff:1",9,"nat",1,"up",0,0]
["2001:db8::1:0:0:1",10,"nat",10,"up",0,0]
["sctp","203.0.113.1",6,"rr",null,null,"direct",false]' "$words"

# The lines of show, less the counts of conns, are words of add.
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
done_ "what is shown can be added"
run show
same "what is shown, added, shown" "$shown" "$out"

section "set changes what is said and nothing else"
batch "flush
service add $tcp scheduler mh hash addr-port table-size 300 sloppy on
server add $tcp 10.0.0.1 weight 7 state drain
service set $tcp path stack
show
service set $tcp scheduler sh
service set $tcp sloppy off
show
service set $tcp scheduler mh
server set $tcp 10.0.0.1 weight 8
server set $tcp 10.0.0.1 state up
server set $tcp 10.0.0.1:80 method nat
show
server del $tcp 10.0.0.1:http
show
service del $tcp
show"
done_ "set"
server="  10.0.0.1:http method nat weight"
same "set" "tcp 203.0.113.10:http scheduler mh hash addr-port table-size 307 path stack sloppy on
$server 7 state drain active 0 inactive 0
tcp 203.0.113.10:http scheduler sh hash addr path stack
$server 7 state drain active 0 inactive 0
tcp 203.0.113.10:http scheduler mh hash addr table-size 16381 path stack
$server 8 state up active 0 inactive 0
tcp 203.0.113.10:http scheduler mh hash addr table-size 16381 path stack" "$out"

section "settings"
batch "settings conns-max 4711
settings
settings -j
settings conns-max 2147483647
settings
settings conns-max 1
-j settings"
same "settings" 'conns-max 4711
{"conns-max": 4711}
conns-max 2147483647
{"conns-max": 1}' "$out"
done_ "settings"

section "without the module"
if rmmod vs 2>/dev/null; then
	refused "vs is not loaded (modprobe vs)"
	refused "vs is not loaded (modprobe vs)" flush
	run help
	done_ "help needs no module"
else
	fail "rmmod vs" "done" "refused"
fi

finish
