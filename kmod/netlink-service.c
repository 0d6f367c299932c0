// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: requests that change services. Those about servers are in
 * netlink-server.c.
 */

#include "netlink.h"

static int parse_table_size(const struct nlattr *attr, u32 *table_size,
			    struct netlink_ext_ack *extack)
{
	u32 size = nla_get_u32(attr);

	/* What is shown is the prime, which may be a little past the limit: it
	 * must be good to be asked for again.
	 */
	if (size < VS_MH_TABLE_MIN ||
	    size > vs_sched_prime(VS_MH_TABLE_MAX)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "not from 251 to 1048576");
		return -ERANGE;
	}

	*table_size = vs_sched_prime(size);
	return 0;
}

/* Another scheduler starts from its own defaults. */
static int parse_sched(struct nlattr **attrs, struct vs_sched_config *config,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *table_size = attrs[VS_A_SERVICE_TABLE_SIZE];
	const struct nlattr *name = attrs[VS_A_SERVICE_SCHEDULER];
	const struct nlattr *hash = attrs[VS_A_SERVICE_HASH];
	const struct vs_sched_ops *ops = config->ops;

	if (name) {
		ops = vs_sched_find(nla_data(name));
		if (!ops) {
			NL_SET_ERR_MSG_ATTR(extack, name,
					    "unknown scheduler");
			return -EINVAL;
		}
	}

	if (ops != config->ops) {
		config->ops = ops;
		config->hash = VS_HASH_ADDR;
		config->table_size = ops->has_table ? VS_MH_TABLE_DEFAULT : 0;
	}

	if (hash) {
		if (!ops->hashes) {
			NL_SET_ERR_MSG_ATTR(extack, hash,
					    "the scheduler does not hash");
			return -EINVAL;
		}
		config->hash = nla_get_u8(hash);
	}

	if (!table_size)
		return 0;
	if (!ops->has_table) {
		NL_SET_ERR_MSG_ATTR(extack, table_size,
				    "the scheduler has no table");
		return -EINVAL;
	}
	return parse_table_size(table_size, &config->table_size, extack);
}

/* Attributes that only services of one protocol have. */
static const struct {
	u8 attr;
	u8 protocol;
	const char *why;
} special[] = {
	{ VS_A_SERVICE_ESTABLISHED_BY, IPPROTO_UDP, "only for UDP" },
	{ VS_A_SERVICE_UDP_RESELECT, IPPROTO_UDP, "only for UDP" },
	{ VS_A_SERVICE_ONE_PACKET, IPPROTO_UDP, "only for UDP" },
	{ VS_A_SERVICE_MSS_CLAMP, IPPROTO_TCP, "only for TCP" },
};

static int check_protocol(struct nlattr **attrs, u8 protocol,
			  const struct vs_service_config *config,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(special); i++) {
		attr = attrs[special[i].attr];
		if (attr && protocol != special[i].protocol)
			return vs_nl_refuse(extack, attr, -EINVAL,
					    special[i].why);
	}

	if (config->helper == VS_HELPER_FTP && protocol != IPPROTO_TCP)
		return vs_nl_refuse(extack, attrs[VS_A_SERVICE_HELPER],
				    -EINVAL, "FTP is TCP");

	attr = attrs[VS_A_SERVICE_TIMEOUT_CLOSING] ?:
	       attrs[VS_A_SERVICE_TIMEOUT_CLOSED];
	if (attr && protocol == IPPROTO_UDP)
		return vs_nl_refuse(extack, attr, -EINVAL,
				    "a UDP flow is never closed");

	return 0;
}

static u64 half_of(const struct in6_addr *addr, int i)
{
	return (u64)ntohl(addr->s6_addr32[2 * i]) << 32 |
	       ntohl(addr->s6_addr32[2 * i + 1]);
}

/* @first to @last as a number of addresses; 0 if there are none, or more than
 * may be.
 */
static u32 count_addresses(u8 family, const union vs_addr *first,
			   const union vs_addr *last)
{
	u64 high, low;

	if (family == NFPROTO_IPV4) {
		high = ntohl(last->ip) < ntohl(first->ip);
		low = (u64)ntohl(last->ip) - ntohl(first->ip);
	} else {
		low = half_of(&last->in6, 1) - half_of(&first->in6, 1);
		high = half_of(&last->in6, 0) - half_of(&first->in6, 0) -
		       (half_of(&last->in6, 1) < half_of(&first->in6, 1));
	}

	return high || low >= VS_SOURCES_MAX ? 0 : low + 1;
}

static int parse_sources(const struct nlattr *attr, u8 family,
			 struct vs_source_pool *sources,
			 struct netlink_ext_ack *extack)
{
	size_t len = family == NFPROTO_IPV4 ? sizeof(sources->first.ip) :
					      sizeof(sources->first.in6);
	union vs_addr last = {};
	int err;

	*sources = (struct vs_source_pool){};
	if (!nla_len(attr))
		return 0;
	if (nla_len(attr) != 2 * sizeof(last.ip) &&
	    nla_len(attr) != 2 * sizeof(last.in6))
		return vs_nl_refuse(extack, attr, -EINVAL,
				    "two addresses have 8 or 32 bytes");
	if (nla_len(attr) != 2 * len)
		return vs_nl_refuse(extack, attr, -EAFNOSUPPORT,
				    "not of the service's address family");

	memcpy(&sources->first, nla_data(attr), len);
	memcpy(&last, nla_data(attr) + len, len);
	err = vs_nl_check_unicast(attr, family, &sources->first, extack) ?:
	      vs_nl_check_unicast(attr, family, &last, extack);
	if (err)
		return err;

	if (memcmp(&last, &sources->first, len) < 0)
		return vs_nl_refuse(extack, attr, -EINVAL,
				    "the last address is before the first");
	sources->nr = count_addresses(family, &sources->first, &last);
	if (!sources->nr)
		return vs_nl_refuse(extack, attr, -ERANGE,
				    "more than 65536 addresses");

	return 0;
}

/* What is not said stays as it is in @config. */
static int parse_service(struct nlattr **attrs,
			 const struct vs_service_key *key,
			 struct vs_service_config *config,
			 struct netlink_ext_ack *extack)
{
	const struct nlattr *sources = attrs[VS_A_SERVICE_SOURCE_POOL];
	struct vs_policy *policy = &config->policy;
	int i, err;

	vs_nl_get_u8(attrs[VS_A_SERVICE_PATH], &config->path);
	vs_nl_get_u8(attrs[VS_A_SERVICE_SLOPPY], &config->sloppy);
	vs_nl_get_u8(attrs[VS_A_SERVICE_ONE_PACKET], &config->one_packet);
	vs_nl_get_u8(attrs[VS_A_SERVICE_ECHO], &config->echo);
	vs_nl_get_u8(attrs[VS_A_SERVICE_HELPER], &config->helper);
	vs_nl_get_u8(attrs[VS_A_SERVICE_ESTABLISHED_BY],
		     &policy->established_by);
	vs_nl_get_u8(attrs[VS_A_SERVICE_UDP_RESELECT], &policy->udp_reselect);
	vs_nl_get_u8(attrs[VS_A_SERVICE_MSS_CLAMP], &policy->mss_clamp);
	for (i = 0; i < VS_TIMEOUTS; i++)
		vs_nl_get_u16(attrs[VS_A_SERVICE_TIMEOUT_OPENING + i],
			      &policy->timeouts[i]);

	err = check_protocol(attrs, key->protocol, config, extack);
	if (!err && sources)
		err = parse_sources(sources, key->family, &config->sources,
				    extack);
	return err ?: parse_sched(attrs, &config->sched, extack);
}

/* A family's hooks are there while a service of it is. */
static int enable_hooks(struct vs_net *vn, u8 family,
			const struct vs_service_config *config,
			struct netlink_ext_ack *extack)
{
	int err = vs_hook_enable(vn, family);

	if (!err && config->path == VS_PATH_STACK)
		err = vs_hook_late(vn);
	if (err)
		NL_SET_ERR_MSG(extack,
			       "conn table or packet hooks cannot be made");
	return err;
}

static int add_service(struct vs_net *vn, const struct vs_service_key *key,
		       const struct vs_service_config *config,
		       struct netlink_ext_ack *extack)
{
	int err;

	err = enable_hooks(vn, key->family, config, extack);
	if (!err)
		err = vs_service_add(vn, key, config);
	if (err)
		vs_hook_trim(vn);

	return err;
}

static void services_gone(struct vs_net *vn)
{
	vs_hook_trim(vn);
	vs_collect_soon(vn);
}

static int service_new(struct vs_net *vn, struct nlattr **attrs,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *addr = attrs[VS_A_SERVICE_ADDRESS];
	struct vs_service_config config = {
		.sched.ops = &vs_sched_wlc,
		.path = VS_PATH_DIRECT,
	};
	struct vs_service_key key;
	int err;

	err = vs_nl_get_key(attrs, &key, extack);
	if (err)
		return err;
	err = vs_nl_check_unicast(addr, key.family, &key.addr, extack);
	if (err)
		return err;

	if (vs_service_find(vn, &key)) {
		NL_SET_ERR_MSG_ATTR(extack, addr, "the service exists");
		return -EEXIST;
	}

	err = parse_service(attrs, &key, &config, extack);
	if (err)
		return err;

	return add_service(vn, &key, &config, extack);
}

static int service_set(struct vs_net *vn, struct nlattr **attrs,
		       struct netlink_ext_ack *extack)
{
	struct vs_service_config config;
	struct vs_service *service;
	int err;

	service = vs_nl_find_service(vn, attrs, extack);
	if (IS_ERR(service))
		return PTR_ERR(service);

	config = service->config;
	err = parse_service(attrs, &service->key, &config, extack) ?:
	      vs_nl_check_servers(vn, service, &config, attrs, extack);
	if (!err)
		err = enable_hooks(vn, service->key.family, &config, extack);
	if (err)
		return err;

	return vs_service_set(vn, service, &config);
}

static int service_del(struct vs_net *vn, struct nlattr **attrs,
		       struct netlink_ext_ack *extack)
{
	struct vs_service *service;

	service = vs_nl_find_service(vn, attrs, extack);
	if (IS_ERR(service))
		return PTR_ERR(service);

	vs_service_del(vn, service);
	services_gone(vn);
	return 0;
}

static int flush(struct vs_net *vn, struct nlattr **attrs,
		 struct netlink_ext_ack *extack)
{
	vs_service_flush(vn);
	services_gone(vn);
	return 0;
}

/**
 * vs_nl_service_new_doit() - add a service
 * @skb: the request
 * @info: what was parsed of it
 *
 * Return: 0 or -errno.
 */
int vs_nl_service_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vs_nl_change(info, service_new);
}

/**
 * vs_nl_service_set_doit() - change a service
 * @skb: the request
 * @info: what was parsed of it
 *
 * Return: 0 or -errno.
 */
int vs_nl_service_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vs_nl_change(info, service_set);
}

/**
 * vs_nl_service_del_doit() - remove a service with its servers
 * @skb: the request
 * @info: what was parsed of it
 *
 * Return: 0 or -errno.
 */
int vs_nl_service_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vs_nl_change(info, service_del);
}

/**
 * vs_nl_flush_doit() - remove all services
 * @skb: the request
 * @info: what was parsed of it
 *
 * Return: 0 or -errno.
 */
int vs_nl_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vs_nl_change(info, flush);
}
