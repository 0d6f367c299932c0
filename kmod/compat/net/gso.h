/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: before 6.5 there was no net/gso.h; what it has was in linux/skbuff.h.
 */
#ifndef _VS_COMPAT_NET_GSO_H
#define _VS_COMPAT_NET_GSO_H

#include <linux/skbuff.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include_next <net/gso.h>
#endif

#endif /* _VS_COMPAT_NET_GSO_H */
