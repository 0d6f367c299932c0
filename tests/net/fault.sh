#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels: uml-debug
#
# Memory that is short at any moment of any command: the administrator's way is
# all or nothing even then. (That nothing leaks, the guest sees at its end.)

. "$(dirname "$0")/lib.sh"

section "each allocation of each command"
status=0
PYTHONDONTWRITEBYTECODE=1 python3 "$net_dir/fault.py" ${V:+-v} || status=$?
expect "fault.py's status" 0 $status

finish
