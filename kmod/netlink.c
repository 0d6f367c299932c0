// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: the generic netlink family, and what it says of a namespace as a whole:
 * totals and settings. Services are in netlink-service.c, conns in
 * netlink-conn.c.
 *
 * Documentation/netlink/specs/vs.yaml describes the family; policies and the
 * table of operations are generated from it.
 */

#include "netlink.h"

/* What the generated table says, one entry a command instead of one for do and
 * one for dump: that every kernel from 6.1 on takes.
 */
static struct genl_ops nl_ops[VS_CMD_MAX] __ro_after_init;

static int put_drop(struct sk_buff *skb, const char *reason, u64 packets)
{
	struct nlattr *nest = nla_nest_start(skb, VS_A_TOTAL_DROP);

	if (!nest ||
	    nla_put_string(skb, VS_A_DROP_REASON, reason) ||
	    nla_put_u64_64bit(skb, VS_A_DROP_PACKETS, packets, VS_A_DROP_PAD))
		return -EMSGSIZE;

	nla_nest_end(skb, nest);
	return 0;
}

static int fill_stats(struct sk_buff *skb, struct vs_net *vn)
{
	u32 services = 0, servers;
	enum vs_drop reason;
	struct vs_stats stats;
	int i;

	mutex_lock(&vn->lock);
	for (i = 0; i < VS_FAMILIES; i++)
		services += vn->nr_services[i];
	servers = vn->nr_servers;
	mutex_unlock(&vn->lock);
	vs_sums_read(vn, &stats);

	if (nla_put_u32(skb, VS_A_TOTAL_SERVICES, services) ||
	    nla_put_u32(skb, VS_A_TOTAL_SERVERS, servers) ||
	    nla_put_u32(skb, VS_A_TOTAL_CONNS, atomic_read(&vn->nr_conns)) ||
	    vs_nl_put_stats(skb, VS_A_TOTAL_STATS, &stats))
		return -EMSGSIZE;

	for (reason = 0; reason < VS_DROP_MAX; reason++) {
		if (put_drop(skb, vs_drop_name(reason),
			     vs_drops_sum(vn->drops, reason)))
			return -EMSGSIZE;
	}

	return 0;
}

/**
 * vs_nl_stats_get_doit() - totals and drop reasons of the namespace
 * @skb: the request
 * @info: what was parsed of it
 *
 * Return: 0 or -errno.
 */
int vs_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vs_net *vn = vs_net(genl_info_net(info));
	struct sk_buff *reply;
	void *hdr;
	int err;

	reply = vs_nl_reply_new(info, VS_CMD_STATS_GET, GENLMSG_DEFAULT_SIZE,
				&hdr);
	if (!reply)
		return -ENOMEM;

	err = fill_stats(reply, vn);
	if (err) {
		nlmsg_free(reply);
		return err;
	}

	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}

/**
 * vs_nl_settings_get_doit() - the namespace's settings
 * @skb: the request
 * @info: what was parsed of it
 *
 * Return: 0 or -errno.
 */
int vs_nl_settings_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vs_net *vn = vs_net(genl_info_net(info));
	struct sk_buff *reply;
	void *hdr;

	reply = vs_nl_reply_new(info, VS_CMD_SETTINGS_GET,
				GENLMSG_DEFAULT_SIZE, &hdr);
	if (!reply)
		return -ENOMEM;

	if (nla_put_u32(reply, VS_A_SETTINGS_CONNS_MAX,
			READ_ONCE(vn->conns_max))) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}

	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}

/**
 * vs_nl_settings_set_doit() - change settings
 * @skb: the request
 * @info: what was parsed of it
 *
 * Return: 0 or -errno.
 */
int vs_nl_settings_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[VS_A_SETTINGS_CONNS_MAX];
	struct vs_net *vn = vs_net(genl_info_net(info));
	u32 conns_max;
	int err;

	err = vs_nl_check_info(info);
	if (err || !attr)
		return err;

	/* Conns are counted in an int. */
	conns_max = nla_get_u32(attr);
	if (!conns_max || conns_max > INT_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "not from 1 to 2147483647");
		return -ERANGE;
	}

	/* It bounds kernel memory, which is not only a container's. */
	if (conns_max > vs_conn_limit_default() &&
	    !netlink_capable(skb, CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "above the default, and not privileged in the initial user namespace");
		return -EPERM;
	}

	mutex_lock(&vn->lock);
	WRITE_ONCE(vn->conns_max, conns_max);
	mutex_unlock(&vn->lock);

	return 0;
}

/* One entry a command of what the generated table says. */
static void __init merge_ops(void)
{
	const struct genl_split_ops *split;

	for (split = vs_nl_ops; split < vs_nl_ops + ARRAY_SIZE(vs_nl_ops);
	     split++) {
		struct genl_ops *op = &nl_ops[split->cmd - 1];

		op->cmd = split->cmd;
		op->flags |= split->flags &
			     ~(GENL_CMD_CAP_DO | GENL_CMD_CAP_DUMP);
		/* doit and dumpit share their place. */
		if (split->flags & GENL_CMD_CAP_DO)
			op->doit = split->doit;
		if (split->flags & GENL_CMD_CAP_DUMP) {
			op->start = split->start;
			op->dumpit = split->dumpit;
			op->done = split->done;
		}

		/* Of a command without a policy netlink refuses every
		 * attribute. Do and dump of one command have the same.
		 */
		if (split->policy) {
			op->policy = split->policy;
			op->maxattr = split->maxattr;
		}
	}
}

/**
 * vs_nl_init() - register the family
 *
 * Context: may sleep; namespaces have been set up.
 * Return: 0 or -errno.
 */
int __init vs_nl_init(void)
{
	merge_ops();
	vs_nl_family.ops = nl_ops;
	vs_nl_family.n_ops = ARRAY_SIZE(nl_ops);

	return genl_register_family(&vs_nl_family);
}

/**
 * vs_nl_exit() - unregister the family
 *
 * Context: may sleep; requests that are under way end first.
 */
void vs_nl_exit(void)
{
	genl_unregister_family(&vs_nl_family);
}
