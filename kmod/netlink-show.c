// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: services as they are shown, with their servers: the reply to one request
 * and the dump.
 *
 * A dump goes by position: service and server. It holds vn->lock while it
 * fills a message, so each message is right in itself, and when the
 * configuration changed between two of them it says NLM_F_DUMP_INTR.
 */

#include "netlink.h"

/* A reply and the acknowledgment after it must fit a socket's receive buffer,
 * which as a rule has 208 KiB and counts a message as the power of two that
 * holds it. A dump has no limit.
 */
#define REPLY_SIZE_MAX	(120 * 1024)

/**
 * struct service_dump - a dump under way, in cb->ctx
 * @key: the service that is wanted
 * @one: only @key is wanted, else all
 * @service: position of the next service to show
 * @server: position of its next server
 * @begun: the service itself was shown, but not all its servers
 */
struct service_dump {
	struct vs_service_key key;
	bool one;
	bool begun;
	unsigned int service;
	unsigned int server;
};

static size_t server_size(const struct vs_server *server)
{
	size_t size = nla_total_size(sizeof(union vs_addr)) +
		      nla_total_size(sizeof(__be16)) +
		      nla_total_size(sizeof(u8)) +
		      nla_total_size(sizeof(u16)) +
		      nla_total_size(sizeof(u8)) +
		      nla_total_size(sizeof(u32)) +
		      nla_total_size(sizeof(u32)) +
		      vs_nl_stats_size();

	if (server->method == VS_METHOD_TUNNEL)
		size += nla_total_size(sizeof(u8)) +
			nla_total_size(sizeof(__be16)) +
			nla_total_size(sizeof(u8)) +
			nla_total_size(sizeof(union vs_addr));

	return nla_total_size(size);
}

static size_t servers_size(const struct vs_service *service)
{
	const struct vs_server *server;
	size_t size = 0;

	list_for_each_entry(server, &service->servers, node)
		size += server_size(server);

	return size;
}

static int fill_tunnel(struct sk_buff *skb, const struct vs_server *server)
{
	const struct vs_tunnel *tunnel = &server->tunnel;

	if (server->method != VS_METHOD_TUNNEL)
		return 0;

	if (nla_put_u8(skb, VS_A_SERVER_TUNNEL_TYPE, tunnel->type) ||
	    (tunnel->type == VS_TUNNEL_TYPE_GUE &&
	     nla_put_be16(skb, VS_A_SERVER_TUNNEL_PORT, tunnel->port)) ||
	    (tunnel->type != VS_TUNNEL_TYPE_IPIP &&
	     nla_put_u8(skb, VS_A_SERVER_TUNNEL_CHECKSUM, tunnel->checksum)) ||
	    (tunnel->has_source &&
	     vs_nl_put_address(skb, VS_A_SERVER_TUNNEL_SOURCE, server->family,
			       &tunnel->source)))
		return -EMSGSIZE;

	return 0;
}

static int fill_server(struct sk_buff *skb, const struct vs_server *server)
{
	struct nlattr *nest = nla_nest_start(skb, VS_A_SERVICE_SERVER);
	struct vs_stats stats = {};

	if (!nest)
		return -EMSGSIZE;

	vs_stats_sum(&stats, server->stats);
	if (vs_nl_put_address(skb, VS_A_SERVER_ADDRESS, server->family,
			      &server->addr) ||
	    nla_put_be16(skb, VS_A_SERVER_PORT, server->port) ||
	    nla_put_u8(skb, VS_A_SERVER_METHOD, server->method) ||
	    nla_put_u16(skb, VS_A_SERVER_WEIGHT, server->weight) ||
	    nla_put_u8(skb, VS_A_SERVER_STATE, server->state) ||
	    nla_put_u32(skb, VS_A_SERVER_ACTIVE_CONNS,
			atomic_read(&server->active)) ||
	    nla_put_u32(skb, VS_A_SERVER_INACTIVE_CONNS,
			atomic_read(&server->inactive)) ||
	    vs_nl_put_stats(skb, VS_A_SERVER_STATS, &stats) ||
	    fill_tunnel(skb, server)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}

	nla_nest_end(skb, nest);
	return 0;
}

static int fill_key(struct sk_buff *skb, const struct vs_service_key *key)
{
	if (nla_put_u8(skb, VS_A_SERVICE_PROTOCOL, key->protocol) ||
	    vs_nl_put_address(skb, VS_A_SERVICE_ADDRESS, key->family,
			      &key->addr) ||
	    nla_put_be16(skb, VS_A_SERVICE_PORT, key->port))
		return -EMSGSIZE;

	return 0;
}

static int fill_sources(struct sk_buff *skb, u8 family,
			const struct vs_source_pool *sources)
{
	size_t len = family == NFPROTO_IPV4 ? sizeof(sources->first.ip) :
					      sizeof(sources->first.in6);
	u32 carry = sources->nr - 1;
	struct nlattr *attr;
	u8 *last;

	if (!sources->nr)
		return 0;

	attr = nla_reserve(skb, VS_A_SERVICE_SOURCE_POOL, 2 * len);
	if (!attr)
		return -EMSGSIZE;

	last = nla_data(attr) + len;
	memcpy(nla_data(attr), &sources->first, len);
	memcpy(last, &sources->first, len);
	while (carry && len--) {
		carry += last[len];
		last[len] = carry;
		carry >>= 8;
	}

	return 0;
}

static int fill_policy(struct sk_buff *skb, u8 protocol,
		       const struct vs_policy *policy)
{
	int i;

	/* 0 is the protocol's own. */
	for (i = 0; i < VS_TIMEOUTS; i++) {
		if (policy->timeouts[i] &&
		    nla_put_u16(skb, VS_A_SERVICE_TIMEOUT_OPENING + i,
				policy->timeouts[i]))
			return -EMSGSIZE;
	}

	if (protocol == IPPROTO_UDP &&
	    (nla_put_u8(skb, VS_A_SERVICE_ESTABLISHED_BY,
			policy->established_by) ||
	     nla_put_u8(skb, VS_A_SERVICE_UDP_RESELECT, policy->udp_reselect)))
		return -EMSGSIZE;

	if (protocol == IPPROTO_TCP &&
	    nla_put_u8(skb, VS_A_SERVICE_MSS_CLAMP, policy->mss_clamp))
		return -EMSGSIZE;

	return 0;
}

static int fill_config(struct sk_buff *skb, const struct vs_service *service)
{
	const struct vs_service_config *config = &service->config;
	const struct vs_sched_config *sched = &config->sched;
	u8 protocol = service->key.protocol;

	if (nla_put_string(skb, VS_A_SERVICE_SCHEDULER, sched->ops->name) ||
	    (sched->ops->hashes &&
	     nla_put_u8(skb, VS_A_SERVICE_HASH, sched->hash)) ||
	    (sched->ops->has_table &&
	     nla_put_u32(skb, VS_A_SERVICE_TABLE_SIZE, sched->table_size)) ||
	    nla_put_u8(skb, VS_A_SERVICE_PATH, config->path) ||
	    nla_put_u8(skb, VS_A_SERVICE_SLOPPY, config->sloppy) ||
	    (protocol == IPPROTO_UDP &&
	     nla_put_u8(skb, VS_A_SERVICE_ONE_PACKET, config->one_packet)) ||
	    nla_put_u8(skb, VS_A_SERVICE_ECHO, config->echo) ||
	    nla_put_u8(skb, VS_A_SERVICE_HELPER, config->helper) ||
	    fill_sources(skb, service->key.family, &config->sources) ||
	    fill_policy(skb, protocol, &config->policy))
		return -EMSGSIZE;

	return 0;
}

/* A service without its servers. */
static int fill_service(struct sk_buff *skb, struct vs_net *vn,
			const struct vs_service *service)
{
	struct vs_stats stats;

	vs_sum_read(vn, service->sum, &stats);
	if (fill_key(skb, &service->key) ||
	    fill_config(skb, service) ||
	    vs_nl_put_stats(skb, VS_A_SERVICE_STATS, &stats))
		return -EMSGSIZE;

	return 0;
}

/* Servers from position @from on, as many as fit. Returns the position of the
 * first that does not, which is service->nr_servers if all did.
 */
static unsigned int fill_servers(struct sk_buff *skb,
				 const struct vs_service *service,
				 unsigned int from)
{
	const struct vs_server *server;
	unsigned int pos = 0;

	list_for_each_entry(server, &service->servers, node) {
		if (pos >= from && fill_server(skb, server))
			break;
		pos++;
	}

	return pos;
}

static struct sk_buff *reply_service(struct vs_net *vn, struct genl_info *info)
{
	const struct vs_service *service;
	struct sk_buff *skb;
	size_t size;
	void *hdr;

	service = vs_nl_find_service(vn, info->attrs, info->extack);
	if (IS_ERR(service))
		return ERR_CAST(service);

	/* What is not servers takes a part of the default size. */
	size = GENLMSG_DEFAULT_SIZE + servers_size(service);
	if (size > REPLY_SIZE_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[VS_A_SERVICE_ADDRESS],
				    "too many servers for one reply, dump it");
		return ERR_PTR(-EMSGSIZE);
	}

	skb = vs_nl_reply_new(info, VS_CMD_SERVICE_GET, size, &hdr);
	if (!skb)
		return ERR_PTR(-ENOMEM);

	if (fill_service(skb, vn, service) ||
	    fill_servers(skb, service, 0) != service->nr_servers) {
		nlmsg_free(skb);
		return ERR_PTR(-EMSGSIZE);
	}

	genlmsg_end(skb, hdr);
	return skb;
}

/**
 * vs_nl_service_get_doit() - one service with its servers
 * @skb: the request
 * @info: what was parsed of it
 *
 * Return: 0 or -errno.
 */
int vs_nl_service_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vs_net *vn = vs_net(genl_info_net(info));
	struct sk_buff *reply;
	int err;

	err = vs_nl_check_info(info);
	if (err)
		return err;

	mutex_lock(&vn->lock);
	reply = reply_service(vn, info);
	mutex_unlock(&vn->lock);

	if (IS_ERR(reply))
		return PTR_ERR(reply);
	return genlmsg_reply(reply, info);
}

/* One message: a service, or what was left of its servers. Returns -EMSGSIZE
 * if there is more of it.
 */
static int dump_service(struct sk_buff *skb, struct netlink_callback *cb,
			struct vs_net *vn, const struct vs_service *service)
{
	struct service_dump *dump = (struct service_dump *)cb->ctx;
	unsigned int next;
	void *hdr;
	int err;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &vs_nl_family, NLM_F_MULTI, VS_CMD_SERVICE_GET);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);

	if (dump->begun)
		err = fill_key(skb, &service->key) ?:
		      nla_put_flag(skb, VS_A_SERVICE_MORE);
	else
		err = fill_service(skb, vn, service);
	if (err)
		goto cancel;

	next = fill_servers(skb, service, dump->server);
	if (dump->begun && next == dump->server && next < service->nr_servers)
		goto cancel;

	genlmsg_end(skb, hdr);
	dump->begun = true;
	dump->server = next;
	return next < service->nr_servers ? -EMSGSIZE : 0;

cancel:
	genlmsg_cancel(skb, hdr);
	return -EMSGSIZE;
}

static void dump_services(struct sk_buff *skb, struct netlink_callback *cb,
			  struct vs_net *vn)
{
	struct service_dump *dump = (struct service_dump *)cb->ctx;
	const struct vs_service *service;
	unsigned int pos = 0;

	list_for_each_entry(service, &vn->service_list, node) {
		if (pos++ < dump->service)
			continue;
		if (!dump->one ||
		    !memcmp(&service->key, &dump->key, sizeof(dump->key))) {
			if (dump_service(skb, cb, vn, service))
				return;
		}

		dump->service = pos;
		dump->server = 0;
		dump->begun = false;
	}
}

/**
 * vs_nl_service_get_start() - begin a dump of services
 * @cb: the dump
 *
 * Return: 0 or -errno.
 */
int vs_nl_service_get_start(struct netlink_callback *cb)
{
	struct vs_net *vn = vs_net(sock_net(cb->skb->sk));
	struct service_dump *dump = (struct service_dump *)cb->ctx;
	struct nlattr **attrs = vs_compat_dump_attrs(cb);
	const struct vs_service *service;
	int err;

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));

	err = vs_nl_check_dump(cb);
	if (err || !nlmsg_attrlen(cb->nlh, GENL_HDRLEN))
		return err;

	mutex_lock(&vn->lock);
	service = vs_nl_find_service(vn, attrs, cb->extack);
	if (IS_ERR(service)) {
		err = PTR_ERR(service);
	} else {
		dump->key = service->key;
		dump->one = true;
	}
	mutex_unlock(&vn->lock);

	return err;
}

/**
 * vs_nl_service_get_dumpit() - go on with a dump of services
 * @skb: the message to fill
 * @cb: the dump
 *
 * Return: length of @skb, 0 when all services were shown.
 */
int vs_nl_service_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct vs_net *vn = vs_net(sock_net(skb->sk));

	mutex_lock(&vn->lock);
	/* 0 would mean that there is nothing to compare with. */
	cb->seq = vn->generation << 1 | 1;
	dump_services(skb, cb, vn);
	mutex_unlock(&vn->lock);

	return skb->len;
}
