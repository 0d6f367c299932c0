#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# A client that uses its port again: a SYN on a closing connection's tuple is
# scheduled anew, at once. In ip_vs it was dropped for years, and each such
# connection took a second longer.
#
#   c0 ---- d ---- s1 s2 s3 s4

. "$(dirname "$0")/lib.sh"

topology 1 4
ask serve s1,s2,s3,s4 8080

for family in 4 6; do
	vip=$(at "$(vip $family)" 80)
	for path in direct stack; do
		vsadm service add tcp "$vip" scheduler rr path $path
		for i in 1 2 3 4; do
			vsadm server add tcp "$vip" \
				"$(at "$(server $family $i)" 8080)"
		done
		for how in server reset; do
			section "IPv$family, $path: one port, 60 times, closed by $how"
			ask get c0 tcp "$(vip $family)" 80 count=60 sport=4000 \
				close=$how
			answers "each from port 4000" 60 \
				"s1=15 s2=15 s3=15 s4=15"
			field slowest
			expect_that "none waited for a retransmission" \
				"$value < 900"
		done
		section "IPv$family, $path: the old server is gone meanwhile"
		ask get c0 tcp "$(vip $family)" 80 sport=4000 close=server
		was=${spread%=*}
		vsadm server set tcp "$vip" \
			"$(at "$(server $family "${was#s}")" 8080)" state down
		ask get c0 tcp "$(vip $family)" 80 count=9 sport=4000 \
			close=server
		answers "the other three" 9
		field "$was"
		expect "none of $was" "" "$value"
		vsadm flush
	done
done
expect "nothing was dropped" 0 \
	"$(vsadm --json stats | jq '[.drop[].packets] | add')"

section "packet by packet: which state takes a SYN for a new connection"
ghost c0 s1 s2
for i in 1 2; do
	ask capture s$i s$i
done
ask capture c c0

c="ip src=10.1.0.99 dst=$vip4 tcp sport=5000 dport=80"
s() { echo "ip src=10.2.$1.99 dst=10.1.0.99 tcp sport=8080 dport=5000"; }

# state_is WHAT STATE
state_is() {
	expect "$1" "$2" "$(vsadm --json conn show client 10.1.0.99:5000 |
		jq -r '.[].state')"
}

# begin: a service, and a conn to s1 that sent its SYN
begin() {
	vsadm flush
	vsadm service add tcp $vip4:80 scheduler rr
	vsadm server add tcp $vip4:80 10.2.1.99:8080
	vsadm server add tcp $vip4:80 10.2.2.99:8080
	for i in s1 s2 c; do
		ask forget $i
	done
	ask send c0 "$c" flags=S seq=100
	saw s1 flags=S seq=100
	state_is "a SYN" syn-sent
}

establish() {
	ask send s1 "$(s 1)" flags=SA seq=900 ack=101
	saw c flags=SA
	state_is "a SYN-ACK" syn-recv
	ask send c0 "$c" flags=A seq=101 ack=901
	saw s1 flags=A seq=101
	state_is "an ACK" established
}

# goes_to N WHY: a SYN now is seen by server N.
goes_to() {
	ask send c0 "$c" flags=S seq=777777
	saw "s$1" flags=S seq=777777
	checks=$((checks + 1))
}

section "a SYN that is sent again goes where the first went"
begin
goes_to 1
begin
ask send s1 "$(s 1)" flags=SA seq=900 ack=101
saw c flags=SA
goes_to 1

section "one on an established connection goes to its server, who knows"
begin
establish
goes_to 1
state_is "still" established

section "after the client's FIN, the server's, both, a RST: anew"
begin
establish
ask send c0 "$c" flags=FA seq=101 ack=901
saw s1 flags=FA
state_is "the client's FIN" fin-wait
goes_to 2
state_is "a new one" syn-sent

begin
establish
ask send s1 "$(s 1)" flags=FA seq=901 ack=101
saw c flags=FA
state_is "the server's FIN" fin-wait
goes_to 2

begin
establish
ask send s1 "$(s 1)" flags=FA seq=901 ack=101
ask send c0 "$c" flags=FA seq=101 ack=902
saw s1 flags=FA
saw c flags=FA
state_is "both FINs" time-wait
ask send s1 "$(s 1)" flags=A seq=902 ack=102
saw c flags=A seq=902
state_is "the last ACK" time-wait
goes_to 2

begin
establish
ask send s1 "$(s 1)" flags=R seq=901
saw c flags=R
state_is "a RST" close
goes_to 2

section "a server that went down while the SYN was on its way: anew"
begin
vsadm server set tcp $vip4:80 10.2.1.99:8080 state down
goes_to 2

section "a late packet of the old connection does not disturb the new one"
begin
establish
ask send s1 "$(s 1)" flags=R seq=901
saw c flags=R
goes_to 2
ask forget c
ask send s1 "$(s 1)" flags=A seq=901 ack=102
ask send s2 "$(s 2)" flags=SA seq=1 ack=777778
saw c flags=SA
unseen c flags=A seq=901 src=$vip4
state_is "the new one" syn-recv

finish
