# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scenarios of vsadm share, on top of lib.sh.
#
# Starting a program is the slow part in a guest: what can go into one batch
# does, and files are read without a cat.

out=
err=
status=
hint=
before=
as=()		# what vsadm is started by
scratch=$(mktemp -d)

# run WORD...: $status, $out and $err of "vsadm WORD...".
run() {
	status=0
	"${as[@]}" vsadm "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
	slurp out "$scratch/out"
	slurp err "$scratch/err"
}

# batch LINES [OPTION...]: the same of a batch.
batch() {
	status=0
	"${as[@]}" vsadm -b - "${@:2}" >"$scratch/out" 2>"$scratch/err" <<<"$1" || status=$?
	slurp out "$scratch/out"
	slurp err "$scratch/err"
}

# slurp VARIABLE FILE: without newlines at its end.
slurp() { IFS= read -r -d '' "$1" <"$2" || true; trim "$1"; }

trim() {
	local -n text=$1
	while [ "${text: -1}" = $'\n' ]; do text=${text%$'\n'}; done
}

# same WHAT EXPECTED SEEN: to the last blank.
same() {
	checks=$((checks + 1))
	if [ "$2" = "$3" ]; then
		[ -z "${V-}" ] || echo "  ok: $1"
		return
	fi
	fail "$1" "$2" "$3"
}

# has WHAT PART TEXT
has() { case $3 in *"$2"*) same "$1" "$2" "$2" ;; *) same "$1" "$2" "$3" ;; esac; }

# done_ WHAT: the last run worked and had nothing to complain about.
done_() { same "$1" "status 0, no error" "status $status, ${err:-no error}"; }

# misused TEXT WORD...: vsadm refuses the words with TEXT, says where help is,
# exits with 1. $hint is the command that the hint should name.
misused() {
	run "${@:2}"
	same "vsadm ${*:2}" \
		"1 vsadm: $1"$'\n'"Try \"vsadm help${hint:+ $hint}\"." \
		"$status $out$err"
}

# refused TEXT WORD...: the kernel refuses with TEXT, vsadm exits with 2.
refused() {
	run "${@:2}"
	same "vsadm ${*:2}" "2 vsadm: $1" "$status $out$err"
}

# remember, unchanged WHAT: all that can be configured is as it was.
configuration() { batch $'show --stats --json\nsettings --json\n'; }
remember() { configuration; done_ "the configuration"; before=$out; }
unchanged() { configuration; same "$1 change nothing" "$before" "$out"; }
