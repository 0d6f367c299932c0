#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml uml-debug stock
#
# FTP by programs that people use: vsftpd and curl, active and passive, with
# the words of RFC 959 (PORT, PASV) and of RFC 2428 (EPRT, EPSV), both
# families, NAT and full NAT, both paths. Each session goes on after every
# transfer, past all text that was replaced. The virtual port is another than
# the servers'. ip_vs, with its FTP application and conntrack, is asked for the
# same files.
#
#   c0, c1 (curl) ---- d ---- s1, s2 (vsftpd, port 21)    virtual port 2121

. "$(dirname "$0")/lib.sh"

topology 2 2
work=$(mktemp -d)
chmod 755 "$work"
head -c 1000000 /dev/urandom >"$work/big"
head -c 1000 /dev/urandom >"$work/small"
servers=()
for i in 1 2; do
	root=$work/root$i
	mkdir -p "$root/up" "$work/empty"
	cp "$work/big" "$work/small" "$root"
	echo s$i >"$root/who"
	chmod -R a+rX "$root"
	chown ftp "$root/up"
	# Few ports for data conns, so that both servers name the same.
	cat >"$work/$i.conf" <<-END
	listen=NO
	listen_ipv6=YES
	background=NO
	anonymous_enable=YES
	no_anon_password=YES
	local_enable=NO
	write_enable=YES
	anon_upload_enable=YES
	anon_world_readable_only=NO
	anon_umask=022
	anon_root=$root
	connect_from_port_20=YES
	pasv_min_port=40000
	pasv_max_port=40003
	secure_chroot_dir=$work/empty
	seccomp_sandbox=NO
	isolate=NO
	isolate_network=NO
	END
	nsenter --net=/run/netns/s$i vsftpd "$work/$i.conf" &
	servers+=($!)
done
trap 'kill "${servers[@]}"' EXIT

listens() { nsenter --net=/run/netns/"$1" ss -Hltn sport = :21 | grep -q .; }

for i in s1 s2; do
	wait_for 10 listens $i || die "no vsftpd in $i"
	ask capture $i $i
done
ask capture c0 c0

# session NS FAMILY CURL-OPTION...: two downloads and two uploads, and what was
# sent up back, all by one control conn.
session() {
	local ns=$1 url dir i
	local -a mode=("${@:3}" --no-ftp-skip-pasv-ip -gsS -m 60)

	url=ftp://$(at "$(vip "$2")" 2121)
	dir=$(mktemp -d -p "$work")
	nsenter --net=/run/netns/"$ns" curl \
		"${mode[@]}" -o "$dir/1" "$url/big" -o "$dir/2" "$url/small" \
		--next "${mode[@]}" -T "$work/big" "$url/up/${dir##*.}.big" \
		--next "${mode[@]}" -T "$work/small" "$url/up/${dir##*.}.small" \
		--next "${mode[@]}" -o "$dir/3" "$url/up/${dir##*.}.big" \
		-o "$dir/4" "$url/up/${dir##*.}.small" -o "$dir/5" "$url/who" \
		2>&1 || echo "curl: $?"
	for i in 1 3; do
		cmp "$work/big" "$dir/$i" 2>&1 || return 0
	done
	for i in 2 4; do
		cmp "$work/small" "$dir/$i" 2>&1 || return 0
	done
	rm -r "$dir"
	echo whole
}

# conns_made: by all servers since the service is.
conns_made() { stat_of '[.[].server[].stats.conns] | add'; }

# sums_right: of all packets since it was called last.
sums_right() {
	local i
	for i in c0 s1 s2; do
		unseen $i csum=BAD
		unseen $i ipcsum=BAD
		ask forget $i
	done
}

service() {
	local i
	vsadm flush
	vsadm service add tcp "$(at "$(vip "$1")" 2121)" scheduler rr \
		helper ftp path "$3" source-pool "$(pool "$1")"
	for i in 1 2; do
		vsadm server add tcp "$(at "$(vip "$1")" 2121)" \
			"$(at "$(server "$1" $i)" 21)" method "$2"
	done
}

pool() {
	[ "$1" = 4 ] && echo 192.0.2.8-192.0.2.9 ||
		echo "[2001:db8:9::8]-[2001:db8:9::9]"
}

for family in 4 6; do
	for method in nat fullnat; do
		for path in direct stack; do
			service $family $method $path
			modes=("" "--disable-epsv" "--ftp-port -"
				"--ftp-port - --disable-eprt")
			[ $family = 4 ] || modes=("" "--ftp-port -")
			for mode in "${modes[@]}"; do
				# All at once will do there.
				[ $path = direct ] || break
				section "IPv$family, $method, path $path: curl $mode"
				before=$(conns_made)
				# shellcheck disable=SC2086 # words
				expect "files" whole "$(session c0 $family $mode)"
				# A control conn, seven data conns, and nothing twice.
				expect "conns" $((before + 8)) "$(conns_made)"
				sums_right
			done
			section "IPv$family, $method, path $path: four at once"
			before=$(conns_made)
			jobs=()
			for i in 0 1 2 3; do
				mode=${modes[$((i % ${#modes[@]}))]}
				# shellcheck disable=SC2086 # words
				session c$((i / 2)) $family $mode >"$work/job$i" &
				jobs+=($!)
			done
			wait "${jobs[@]}"
			for i in 0 1 2 3; do
				expect "files of $i" whole "$(<"$work/job$i")"
			done
			expect "conns" $((before + 32)) "$(conns_made)"
			sums_right
		done
	done
done

section "nothing was dropped"
expect "drops" 0 "$(vsadm --json stats | jq '[.drop[].packets] | add')"

if [[ $balancers = *ipvs* ]]; then
	balancer ipvs
	modprobe ip_vs_ftp ports=2121
	ask sysctl d net.ipv4.vs.conntrack=1
	for family in 4 6; do
		service_add tcp "$(at "$(vip $family)" 2121)" rr
		server_add tcp "$(at "$(vip $family)" 2121)" \
			"$(at "$(server $family 1)" 21)"
		modes=("" "--disable-epsv" "--ftp-port -"
			"--ftp-port - --disable-eprt")
		[ $family = 4 ] || modes=("" "--ftp-port -")
		for mode in "${modes[@]}"; do
			section "IPv$family, ip_vs: curl $mode"
			# shellcheck disable=SC2086 # words
			expect "files" whole "$(session c0 $family $mode)"
		done
	done
	balancer_end
fi

finish
