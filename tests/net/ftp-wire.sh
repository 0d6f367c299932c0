#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# FTP's control connection packet by packet: what is put in place of the
# server's address and port, and of the client's where the server does not see
# the client itself; sequence numbers, acknowledgments and SACK on both sides
# of that; text that comes again, early or in pieces; who may then come where,
# and who lies.
#
#   c0, c1 ---- d ---- s1 s2, port 21    virtual port 2121

. "$(dirname "$0")/lib.sh"

topology 2 2
ghost c0 c1 s1 s2
for i in c0 c1 s1 s2; do
	ask capture $i $i
done

# Where everybody is, by the family of which the section is.
family_is() {
	if [ "$1" = 4 ]; then
		ip=ip
		client=10.1.0.99 other=10.1.1.99
		pool=192.0.2.9 range=$pool-$pool
		server=10.2.1.99 second=10.2.2.99
	else
		ip=ip6
		client=2001:db8:1::99 other=2001:db8:1:1::99
		pool=2001:db8:9::9 range=[$pool]-[$pool]
		server=2001:db8:2:1::99 second=2001:db8:2:2::99
	fi
	virtual=$(vip "$1")
}

# begin FAMILY METHOD PATH [SERVER]: a service, and a control conn from port
# 5000, whose client begins to count at 100 and whose server does at 900.
begin() {
	family_is "$1"
	vsadm flush
	vsadm service add tcp "$(at "$virtual" 2121)" scheduler rr \
		helper ftp path "$3" source-pool "$range"
	vsadm server add tcp "$(at "$virtual" 2121)" "$(at "$server" 21)" \
		method "$2"
	seen=$client
	[ "$2" = nat ] || seen=$pool
	for i in c0 c1 s1 s2; do
		ask forget $i
	done
	from_client flags=S seq=99
	saw s1 src="$seen" dst="$server" dport=21 flags=S seq=99
	ask saw s1 flags=S
	field sport
	seen_port=$value
	from_server flags=SA seq=899 ack=100
	saw c0 src="$virtual" flags=SA seq=899 ack=100
	from_client flags=A seq=100 ack=900
	saw s1 flags=A seq=100 ack=900
}

from_client() {
	ask send c0 "$ip src=$client dst=$virtual tcp sport=5000 dport=2121 $*"
}

from_server() {
	ask send s1 "$ip src=$server dst=$seen tcp sport=21 dport=$seen_port $*"
}

# text LINE...: as wire.py has data of it; $len is set to its length.
text() {
	local line data=
	for line; do
		data+=$line$'\r\n'
	done
	bytes "$data"
}

bytes() {
	len=${#1}
	hex=x$(printf %s "$1" | od -An -v -tx1 | tr -d ' \n')
}

# What a line is with _ for its blanks, as saw knows it.
words() { echo "${1// /_}"; }

# comma ADDRESS PORT: as PORT and 227 write it.
comma() { echo "${1//./,},$(($2 / 256)),$(($2 % 256))"; }

# pasv ADDRESS PORT: a 227.
pasv() { echo "227 Entering Passive Mode ($(comma "$1" "$2"))."; }

epsv() { echo "229 Entering Extended Passive Mode (|||$1|)"; }

# opens_to NS SOURCE PORT SERVER-PORT: a SYN for the virtual address is seen
# by the server.
opens() {
	ask send "$1" "$ip src=$2 dst=$virtual tcp sport=$3 dport=$4 flags=S seq=7000"
}

dropped() { drops helper; }

nothing_else() {
	for i in c0 s1; do
		unseen $i csum=BAD
		unseen $i ipcsum=BAD
	done
}

for path in direct stack; do
	section "$path: 227, and the numbers on both sides of it"
	begin 4 nat $path
	text "$(pasv "$server" 40000)"
	was=$len
	from_server flags=PA seq=900 ack=100 "data=$hex"
	is=$(pasv "$virtual" 40000)
	saw c0 flags=PA seq=900 ack=100 "text=$(words "$is")"
	is=$((${#is} + 2))
	expect_that "it has another length" "$is != $was"

	# Again, before the client had it, and together with what comes next.
	ask forget c0
	from_server flags=PA seq=900 ack=100 "data=$hex"
	saw c0 seq=900 "text=$(words "$(pasv "$virtual" 40000)")"
	text "$(pasv "$server" 40000)" "200 more"
	from_server flags=PA seq=900 ack=100 "data=$hex"
	saw c0 seq=900 \
		"text=$(words "$(pasv "$virtual" 40000)")_200_more"
	more=$((len - was))

	# The next but one is there: SACK, at an even place and at an odd one.
	text "200 next"
	from_server flags=PA seq=$((900 + was + more)) ack=100 "data=$hex"
	saw c0 seq=$((900 + is + more)) text=200_next
	left=$((900 + is + more)) right=$((900 + is + more + len))
	was_left=$((900 + was + more)) was_right=$((was_left + len))
	from_client flags=A seq=100 ack=900 \
		"opts=0101050a$(printf %08x%08x $left $right)"
	saw s1 ack=900 "opts=0101050a$(printf %08x%08x $was_left $was_right)"
	from_client flags=A seq=100 ack=900 \
		"opts=01050a$(printf %08x%08x $left $right)01"
	saw s1 ack=900 "opts=01050a$(printf %08x%08x $was_left $was_right)01"

	# A part of the text that was put in is none of the server's.
	from_client flags=A seq=100 ack=$((900 + 35))
	saw s1 ack=$((900 + 27))
	from_client flags=A seq=100 ack=$right
	saw s1 ack=$was_right
	text "NOOP"
	from_client flags=PA seq=100 ack=$right "data=$hex"
	saw s1 seq=100 ack=$was_right text=NOOP
	text "200 fine"
	from_server flags=PA seq=$was_right ack=106 "data=$hex"
	saw c0 seq=$right ack=106 text=200_fine

	# The server did not hear of all that.
	ask forget c0
	from_server flags=A seq=$((was_right - 1)) ack=106
	saw c0 seq=$((right - 1))

	section "$path: the data conn is to the same server, for this client only"
	opens c1 "$other" 6000 40000
	opens c0 "$client" 6000 40001
	opens c0 "$client" 6000 40000
	saw s1 src="$client" sport=6000 dst="$server" dport=40000 flags=S
	unseen s1 src="$other"
	unseen s1 dport=40001
	ask send s1 "ip src=$server dst=$client tcp sport=40000 dport=6000 flags=SA seq=1 ack=7001"
	saw c0 src="$virtual" sport=40000 dport=6000 flags=SA
	opens c0 "$client" 6001 40000
	opens c0 "$client" 5000 2121
	saw s1 flags=S seq=7000 dport=21
	unseen s1 sport=6001
	expect "what is dropped" 0 "$(dropped)"
	nothing_else

	section "$path: PORT, and a server that sees its client"
	begin 4 nat $path
	text "PORT $(comma "$client" 51213)"
	from_client flags=PA seq=100 ack=900 "data=$hex"
	saw s1 seq=100 "text=PORT_$(comma "$client" 51213)"
	ask send s1 "ip src=$second dst=$client tcp sport=20 dport=51213 flags=S seq=70"
	ask send s1 "ip src=$server dst=$client tcp sport=20 dport=51214 flags=S seq=71"
	ask send s1 "ip src=$server dst=$client tcp sport=20 dport=51213 flags=S seq=72"
	saw c0 src="$virtual" sport=20 dst="$client" dport=51213 flags=S seq=72
	unseen c0 src="$virtual" seq=70
	unseen c0 src="$virtual" seq=71
	ask send c0 "ip src=$client dst=$virtual tcp sport=51213 dport=20 flags=SA seq=80 ack=73"
	saw s1 src="$client" sport=51213 dst="$server" dport=20 flags=SA
	ask send s1 "ip src=$server dst=$client tcp sport=20 dport=51213 flags=A seq=73 ack=81"
	saw c0 src="$virtual" sport=20 flags=A seq=73
	expect "the data conn" established "$(vsadm --json conn show client \
		"$(at "$client" 51213)" | jq -r '.[].state')"
	nothing_else
done

for family in 4 6; do
	section "IPv$family: EPSV, and its port"
	begin $family nat direct
	text "$(epsv 40000)"
	from_server flags=PA seq=900 ack=100 "data=$hex"
	saw c0 seq=900 "text=$(words "$(epsv 40000)")"
	opens c0 "$client" 6000 40000
	saw s1 src="$client" sport=6000 dst="$server" dport=40000 flags=S
	opens c0 "$client" 6001 40000
	# A service's port is not for data conns: it stays the service's.
	was=$len
	text "$(epsv 2121)"
	from_server flags=PA seq=$((900 + was)) ack=100 "data=$hex"
	saw c0 seq=$((900 + was))
	opens c0 "$client" 6002 2121
	saw s1 src="$client" sport=6002 dst="$server" dport=21 flags=S
	unseen s1 sport=6001
	unseen c0 "text=$(words "$(epsv 2121)")"

	section "IPv$family, fullnat: EPRT, and numbers on both sides of it"
	begin $family fullnat direct
	eprt="EPRT |$((family == 4 ? 1 : 2))|"
	text "$eprt$client|51213|"
	was=$len
	from_client flags=PA seq=100 ack=900 "data=$hex"
	is=$(words "$eprt$pool|51213|")
	saw s1 src="$pool" seq=100 ack=900 "text=$is"
	is=$((${#is} + 2))
	from_client flags=PA seq=100 ack=900 "data=$hex"
	saw s1 n=2 seq=100 "text=$(words "$eprt$pool|51213|")"
	from_server flags=A seq=900 ack=$((100 + is))
	saw c0 seq=900 ack=$((100 + was))
	text NOOP
	from_client flags=PA seq=$((100 + was)) ack=900 "data=$hex"
	saw s1 seq=$((100 + is)) text=NOOP
	ask send s1 "$ip src=$server dst=$pool tcp sport=20 dport=51213 flags=S seq=72"
	saw c0 src="$virtual" sport=20 dst="$client" dport=51213 flags=S seq=72
	ask send c0 "$ip src=$client dst=$virtual tcp sport=51213 dport=20 flags=SA seq=80 ack=73"
	saw s1 src="$pool" sport=51213 dst="$server" dport=20 flags=SA ack=73
	nothing_else
done

section "fullnat: PORT, two of them in a segment, and a third"
begin 4 fullnat direct
text "PORT $(comma "$client" 51213)" "NOOP" "PORT $(comma "$client" 51214)"
was=$len
from_client flags=PA seq=100 ack=900 "data=$hex"
is="PORT $(comma $pool 51213)_NOOP_PORT $(comma $pool 51214)"
saw s1 seq=100 "text=$(words "$is")"
is=$((${#is} + 2 + 2))
text "PORT $(comma "$client" 51215)"
from_client flags=PA seq=$((100 + was)) ack=900 "data=$hex"
ask send c0 "ip src=$client dst=$virtual tcp sport=5000 dport=2121 flags=A seq=100 ack=900"
saw s1 flags=A seq=100
unseen s1 seq=$((100 + is))
expect "too much at once waits" 1 "$(dropped)"
from_server flags=A seq=900 ack=$((100 + is))
saw c0 ack=$((100 + was))
from_client flags=PA seq=$((100 + was)) ack=900 "data=$hex"
saw s1 seq=$((100 + is)) "text=PORT_$(comma $pool 51215)"
# Three in one segment will never be two: the third is let pass as it is.
begin 4 fullnat direct
text "PORT $(comma "$client" 51213)" "PORT $(comma "$client" 51214)" \
	"PORT $(comma "$client" 51215)"
for _ in 1 2 3 4; do
	from_client flags=PA seq=100 ack=900 "data=$hex"
done
is="PORT $(comma $pool 51213)_PORT $(comma $pool 51214)"
saw s1 seq=100 "text=$(words "${is}_PORT $(comma "$client" 51215)")"

section "what was replaced comes again, cut anywhere"
begin 4 nat direct
line=$(pasv "$server" 40000)$'\r\n'
is=$(pasv "$virtual" 40000)
bytes "$line"
from_server flags=PA seq=900 ack=100 "data=$hex"
saw c0 seq=900 "text=$(words "$is")"
ask forget c0
bytes "${line:0:30}"
from_server flags=PA seq=900 ack=100 "data=$hex"
saw c0 seq=900 "text=$(words "${is%).}")"
bytes "${line:30}"
from_server flags=PA seq=930 ack=100 "data=$hex"
saw c0 seq=$((900 + ${#is} - 2)) "text=)."

section "a segment that would outgrow its route"
begin 4 nat direct
was_dropped=$(drops too-big)
pad=$(printf "%$((1460 - ${#line} - 6))s" "" | tr ' ' x)
bytes "200 $pad"$'\r\n'"$line"
expect "it is as large as can be" 1460 "$len"
from_server flags=PA seq=900 ack=100 "data=$hex"
text "$(epsv 40001)"
from_server flags=PA seq=2360 ack=100 "data=$hex"
unseen c0 seq=900 flags=PA
expect "too big" $((was_dropped + 1)) "$(drops too-big)"
bytes "$line"
from_server flags=PA seq=$((2360 - len)) ack=100 "data=$hex"
saw c0 seq=$((2360 - len)) "text=$(words "$is")"

section "fullnat: the data conn of a passive session, and what the server sees"
begin 4 fullnat direct
text "$(pasv "$server" 40000)"
from_server flags=PA seq=900 ack=100 "data=$hex"
opens c0 "$client" 6000 40000
saw s1 src="$pool" dst="$server" dport=40000 flags=S

section "text that comes early, and lines that break off"
begin 4 nat direct
was_dropped=$(dropped)
text "200 second"
second=$hex
text "200 first"
from_server flags=PA seq=$((900 + len)) ack=100 "data=$second"
from_server flags=PA seq=900 ack=100 "data=$hex"
saw c0 seq=900 text=200_first
unseen c0 text=200_second
from_server flags=PA seq=$((900 + len)) ack=100 "data=$second"
saw c0 seq=$((900 + len)) text=200_second
next=$((900 + len))
text "200 second"
next=$((next + len))
text "$(pasv "$server" 40000)"
whole=$hex
bytes "227 Entering Passive Mode (10,2,"
from_server flags=PA seq=$next ack=100 "data=$hex"
from_server flags=PA seq=$next ack=100 "data=$whole"
saw c0 seq=$next "text=$(words "$(pasv "$virtual" 40000)")"
unseen c0 seq=$next data="$len"
expect "dropped" $((was_dropped + 2)) "$(dropped)"
# What is missing does not come: reading goes on behind it.
begin 4 nat direct
text "200 second"
for _ in {1..17}; do
	from_server flags=PA seq=910 ack=100 "data=$hex"
done
saw c0 seq=910 text=200_second
next=$((910 + len))
text "$(pasv "$server" 40000)"
from_server flags=PA seq=$next ack=100 "data=$hex"
saw c0 seq=$next "text=$(words "$(pasv "$virtual" 40000)")"
# One that can't do otherwise gets its way, and is not helped.
begin 4 nat direct
bytes "227 Entering Passive Mode (10,2,"
for _ in 1 2 3 4; do
	from_server flags=PA seq=900 ack=100 "data=$hex"
done
saw c0 seq=900 data="$len"
next=$((900 + len))
bytes $'1,99,156,64)\r\n'
from_server flags=PA seq=$next ack=100 "data=$hex"
saw c0 seq=$next text="1,99,156,64)"
# Where nothing is to be replaced a line may come in pieces.
bytes "POR"
from_client flags=PA seq=100 ack=900 "data=$hex"
bytes "T 10,1,0,9"
from_client flags=PA seq=103 ack=900 "data=$hex"
bytes $'9,200,13\r\n'
from_client flags=PA seq=113 ack=900 "data=$hex"
saw s1 seq=113
ask send s1 "ip src=$server dst=$client tcp sport=20 dport=51213 flags=S seq=72"
saw c0 src="$virtual" sport=20 dport=51213 flags=S

section "addresses of others lead nowhere"
begin 4 fullnat direct
text "PORT $(comma "$other" 51213)"
from_client flags=PA seq=100 ack=900 "data=$hex"
saw s1 seq=100 "text=PORT_$(comma "$other" 51213)"
next=$((100 + len))
text "EPRT |1|$second|21|"
from_client flags=PA seq=$next ack=900 "data=$hex"
saw s1 seq=$next "text=EPRT_|1|$second|21|"
text "$(pasv "$second" 40000)"
from_server flags=PA seq=900 ack=100 "data=$hex"
saw c0 seq=900 "text=$(words "$(pasv "$second" 40000)")"
next=$((900 + len))
text "$(pasv 127.0.0.1 40001)"
from_server flags=PA seq=$next ack=100 "data=$hex"
saw c0 seq=$next "text=$(words "$(pasv 127.0.0.1 40001)")"
opens c0 "$client" 6000 40000
opens c0 "$client" 6001 40001
ask send s1 "ip src=$server dst=$pool tcp sport=20 dport=51213 flags=S seq=73"
ask send s1 "ip src=$server dst=$pool tcp sport=20 dport=21 flags=S seq=74"
from_client flags=A seq=100 ack=900
saw s1 flags=A seq=100 ack=900 n=2
for port in 40000 40001; do
	unseen s1 dport=$port
	unseen s2 dport=$port
done
unseen c0 seq=73
unseen c0 seq=74
unseen c1 flags=S

section "what was said last counts, and the control conn's end ends it"
begin 4 nat direct
next=900
for port in 40001 40002 40003 40004 40005; do
	text "$(epsv $port)"
	from_server flags=PA seq=$next ack=100 "data=$hex"
	next=$((next + len))
done
opens c0 "$client" 6001 40001
opens c0 "$client" 6002 40002
saw s1 sport=6002 dport=40002
unseen s1 sport=6001
ask send s1 "ip src=$server dst=$client tcp sport=40002 dport=6002 flags=SA seq=1 ack=7001"
saw c0 sport=40002 flags=SA
ask send c0 "ip src=$client dst=$virtual tcp sport=6002 dport=40002 flags=A seq=7001 ack=2"
saw s1 sport=6002 flags=A
from_client flags=RA seq=100 ack=$next
saw s1 flags=RA
opens c0 "$client" 6003 40003
ask send c0 "ip src=$client dst=$virtual tcp sport=6002 dport=40002 flags=PA seq=7001 ack=2 data=100"
saw s1 sport=6002 seq=7001 data=100
unseen s1 sport=6003
expect "the data conn lives on" established "$(vsadm --json conn show client \
	"$(at "$client" 6002)" | jq -r '.[].state')"

section "two servers that name one port to one client"
begin 4 nat direct
vsadm server add tcp "$(at "$virtual" 2121)" "$(at "$second" 21)" method nat
ask send c0 "ip src=$client dst=$virtual tcp sport=5001 dport=2121 flags=S seq=99"
ask send c0 "ip src=$client dst=$virtual tcp sport=5002 dport=2121 flags=S seq=99"
saw s2 flags=S
ask saw s2 flags=S
field sport
seen_port=$value
ask send s2 "ip src=$second dst=$client tcp sport=21 dport=$seen_port flags=SA seq=899 ack=100"
saw c0 flags=SA dport="$seen_port"
text "$(epsv 40000)"
from_second="ip src=$second dst=$client tcp sport=21 dport=$seen_port"
ask send s2 "$from_second flags=PA seq=900 ack=100 data=$hex"
saw c0 dport="$seen_port" seq=900 "text=$(words "$(epsv 40000)")"
seen_port=5000
from_server flags=PA seq=900 ack=100 "data=$hex"
saw c0 dport=5000 seq=900
unseen c0 dport=5000 "text=$(words "$(epsv 40000)")"
opens c0 "$client" 6000 40000
saw s2 dport=40000 flags=S
unseen s1 dport=40000

section "no wrong checksum, none that was made right"
nothing_else
begin 4 nat direct
text "$(pasv "$server" 40000)"
from_server flags=PA seq=900 ack=100 csum=0x1234 "data=$hex"
saw c0 seq=900 csum=BAD "text=$(words "$(pasv "$virtual" 40000)")"

finish
