/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: what net/genetlink.h of kernels before 6.7 lacks.
 */
#ifndef _VS_COMPAT_NET_GENETLINK_H
#define _VS_COMPAT_NET_GENETLINK_H

#include <linux/version.h>
#include_next <net/genetlink.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)

/**
 * struct genl_split_ops - one operation, do or dump, as generated code has it
 * @doit: answers a request
 * @start: begins a dump
 * @dumpit: goes on with a dump
 * @done: ends a dump
 * @policy: of the request
 * @maxattr: of @policy
 * @cmd: command
 * @internal_flags: the family's own
 * @flags: GENL_*
 * @validate: what is not validated
 */
struct genl_split_ops {
	int (*doit)(struct sk_buff *skb, struct genl_info *info);
	int (*start)(struct netlink_callback *cb);
	int (*dumpit)(struct sk_buff *skb, struct netlink_callback *cb);
	int (*done)(struct netlink_callback *cb);
	const struct nla_policy *policy;
	unsigned int maxattr;
	u8 cmd;
	u8 internal_flags;
	u8 flags;
	u8 validate;
};

#endif

/**
 * vs_compat_dump_attrs() - the attributes of a dump's request
 * @cb: the dump
 *
 * Return: them, by type.
 */
static inline struct nlattr **
vs_compat_dump_attrs(const struct netlink_callback *cb)
{
	const struct genl_dumpit_info *info = cb->data;

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
	return info->attrs;
#else
	return info->info.attrs;
#endif
}

#endif /* _VS_COMPAT_NET_GENETLINK_H */
