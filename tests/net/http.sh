#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# Programs that people use: nginx and curl, dnsmasq and dig, on both paths.
#
#   c0 (curl, dig) ---- d ---- s1 s2 s3 (nginx, dnsmasq)

. "$(dirname "$0")/lib.sh"

topology 1 3
work=$(mktemp -d)
head -c 3000000 /dev/urandom >"$work/big"
chmod -R a+rX "$work"
for i in 1 2 3; do
	cat >"$work/s$i.conf" <<-END
	pid $work/s$i.pid;
	error_log $work/s$i.log;
	worker_processes 1;
	events { worker_connections 256; }
	http {
		access_log off;
		server {
			listen 8080;
			listen [::]:8080;
			location / { return 200 "s$i \$remote_addr\n"; }
			location /big { root $work; }
		}
	}
	END
	nsenter --net=/run/netns/s$i nginx -q -c "$work/s$i.conf"
	nsenter --net=/run/netns/s$i dnsmasq --conf-file=/dev/null --no-resolv \
		--no-hosts --pid-file="$work/dns$i.pid" --user=root \
		--txt-record=who.example,s$i
done

for family in 4 6; do
	for path in direct:80 stack:81; do
		for proto in tcp udp; do
			vip=$(at "$(vip $family)" ${path#*:})
			vsadm service add $proto "$vip" scheduler rr \
				path ${path%:*}
			port=8080
			[ $proto = tcp ] || port=53
			for i in 1 2 3; do
				vsadm server add $proto "$vip" \
					"$(at "$(server $family $i)" $port)"
			done
		done
	done
done

# c0 COMMAND...: as the client.
c0() { nsenter --net=/run/netns/c0 "$@"; }

# urls ADDRESS PORT PATH N
urls() {
	local i
	for ((i = 1; i <= $4; i++)); do
		echo "http://$(at "$1" "$2")/$3?$i"
	done
}

# spread_of: how often each line came.
spread_of() {
	sort | uniq -c | while read -r n who; do
		echo "$who=$n"
	done
}

for family in 4 6; do
	vip=$(vip $family)
	client=$(client $family 0)
	[ $family = 4 ] || client=2001:db8:1::2
	for port in 80 81; do
		section "IPv$family, port $port: curl, a connection each"
		expect "who answered whom" \
			"s1 $client=4 s2 $client=4 s3 $client=4" \
			"$(urls "$vip" $port "" 12 |
				c0 xargs curl -gsS --http1.0 -m 10 | spread_of)"
		section "IPv$family, port $port: curl, one connection for all"
		expect "who answered" 1 \
			"$(urls "$vip" $port "" 12 | c0 xargs curl -gsS -m 10 |
				spread_of | grep -c =12)"
		section "IPv$family, port $port: three large files at once"
		# shellcheck disable=SC2046 # three of them
		c0 curl -gsS -Z --no-progress-meter -m 20 -o "$work/got1" \
			-o "$work/got2" -o "$work/got3" \
			$(urls "$vip" $port big 3)
		for i in 1 2 3; do
			expect "file $i" yes \
				"$(cmp "$work/big" "$work/got$i" && echo yes)"
			rm -f "$work/got$i"
		done
		section "IPv$family, port $port: dig"
		expect "who answered" '"s1"=1 "s2"=1 "s3"=1' \
			"$(for i in 1 2 3; do
				c0 dig +short +tries=1 -p $port TXT who.example \
					"@$vip"
			done | spread_of)"
	done
done

finish
