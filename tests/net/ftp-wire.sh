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
		client=10.1.0.99 other=10.1.1.99 pool=192.0.2.9
		server=10.2.1.99 second=10.2.2.99
	else
		ip=ip6
		client=2001:db8:1::99 other=2001:db8:1:1::99
		pool=2001:db8:9::9
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
		helper ftp path "$3" source-pool "$pool-$pool"
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

finish
