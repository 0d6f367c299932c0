// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: requests that change a service's servers.
 */

#include <linux/in.h>
#include <net/ipv6.h>

#include "netlink.h"

#define TUNNEL_PORT_DEFAULT	6080	/* IANA's for GUE */

/**
 * struct server_request - what a request says of a server
 * @service: whose it is
 * @server: the one that has its address and port, or NULL
 * @nest: where it is said
 * @tb: what is in @nest
 * @config: @tb->address and port, the rest not yet
 */
struct server_request {
	struct vs_service *service;
	struct vs_server *server;
	const struct nlattr *nest;
	struct nlattr *tb[VS_A_SERVER_MAX + 1];
	struct vs_server_config config;
};

/* Attributes that tell how a server is doing. */
static int check_no_report(struct nlattr **tb, struct netlink_ext_ack *extack)
{
	int type;

	for (type = VS_A_SERVER_ACTIVE_CONNS; type <= VS_A_SERVER_STATS;
	     type++) {
		if (tb[type]) {
			NL_SET_ERR_MSG_ATTR(extack, tb[type],
					    "cannot be set");
			return -EINVAL;
		}
	}

	return 0;
}

static int parse_server_key(struct server_request *req,
			    struct netlink_ext_ack *extack)
{
	const struct nlattr *addr = req->tb[VS_A_SERVER_ADDRESS];
	const struct nlattr *port = req->tb[VS_A_SERVER_PORT];
	struct vs_server_config *config = &req->config;
	int err;

	if (NL_REQ_ATTR_CHECK(extack, req->nest, req->tb, VS_A_SERVER_ADDRESS))
		return -EINVAL;
	err = vs_nl_get_address(addr, &config->family, &config->addr, extack);
	if (err)
		return err;
	config->port = req->service->key.port;
	return port ? vs_nl_get_port(port, &config->port, extack) : 0;
}

/* Reads as much of a request as those about servers have in common. */
static int parse_server(struct server_request *req, struct vs_net *vn,
			struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	int err;

	req->service = vs_nl_find_service(vn, attrs, extack);
	if (IS_ERR(req->service))
		return PTR_ERR(req->service);

	if (NL_REQ_ATTR_CHECK(extack, NULL, attrs, VS_A_SERVICE_SERVER))
		return -EINVAL;
	req->nest = attrs[VS_A_SERVICE_SERVER];
	err = vs_nl_check(nla_data(req->nest), nla_len(req->nest), extack);
	if (err)
		return err;
	err = nla_parse_nested(req->tb, VS_A_SERVER_MAX, req->nest,
			       vs_server_nl_policy, extack);
	if (err)
		return err;
	err = check_no_report(req->tb, extack);
	if (err)
		return err;
	err = parse_server_key(req, extack);
	if (err)
		return err;

	req->server = vs_service_server(req->service, req->config.family,
					&req->config.addr, req->config.port);
	return 0;
}

static bool is_loopback(const struct vs_server_config *config)
{
	return config->family == NFPROTO_IPV4 ?
	       ipv4_is_loopback(config->addr.ip) :
	       ipv6_addr_loopback(&config->addr.in6);
}

/* Whether a new server's method goes with its address and port. */
static int check_method(const struct server_request *req,
			struct netlink_ext_ack *extack)
{
	const struct vs_server_config *config = &req->config;
	const struct nlattr *addr = req->tb[VS_A_SERVER_ADDRESS];
	const struct vs_forward_ops *forward;
	int err;

	forward = vs_forward_find(config->method);
	if (!forward)
		return vs_nl_refuse(extack, req->tb[VS_A_SERVER_METHOD],
				    -EOPNOTSUPP, "the method is not supported");

	if (config->family != req->service->key.family &&
	    config->method != VS_METHOD_TUNNEL)
		return vs_nl_refuse(extack, addr, -EAFNOSUPPORT,
				    "not of the service's address family");

	/* No packet goes to a local server's address. */
	if (config->method != VS_METHOD_LOCAL || !is_loopback(config)) {
		err = vs_nl_check_unicast(addr, config->family, &config->addr,
					  extack);
		if (err)
			return err;
	}

	if (config->port != req->service->key.port &&
	    !forward->changes_port)
		return vs_nl_refuse(extack, req->tb[VS_A_SERVER_PORT], -EINVAL,
				    "not the service's, and the method does not change ports");

	return 0;
}

static int parse_tunnel_source(const struct nlattr *attr, u8 server_family,
			       struct vs_tunnel *tunnel,
			       struct netlink_ext_ack *extack)
{
	u8 family;
	int err;

	err = vs_nl_get_address(attr, &family, &tunnel->source, extack);
	if (err)
		return err;
	if (family != server_family)
		return vs_nl_refuse(extack, attr, -EAFNOSUPPORT,
				    "not of the server's address family");

	tunnel->has_source = true;
	return vs_nl_check_unicast(attr, family, &tunnel->source, extack);
}

/* What is not said stays as it is in @config. */
static int parse_tunnel(struct nlattr **tb, struct vs_server_config *config,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *checksum = tb[VS_A_SERVER_TUNNEL_CHECKSUM];
	const struct nlattr *source = tb[VS_A_SERVER_TUNNEL_SOURCE];
	const struct nlattr *port = tb[VS_A_SERVER_TUNNEL_PORT];
	struct vs_tunnel *tunnel = &config->tunnel;
	int type, err;

	for (type = VS_A_SERVER_TUNNEL_TYPE; type <= VS_A_SERVER_TUNNEL_SOURCE;
	     type++) {
		if (tb[type] && config->method != VS_METHOD_TUNNEL)
			return vs_nl_refuse(extack, tb[type], -EINVAL,
					    "only for method tunnel");
	}

	vs_nl_get_u8(tb[VS_A_SERVER_TUNNEL_TYPE], &tunnel->type);

	if (port && tunnel->type != VS_TUNNEL_TYPE_GUE)
		return vs_nl_refuse(extack, port, -EINVAL, "only for type gue");
	if (!tunnel->port && tunnel->type == VS_TUNNEL_TYPE_GUE)
		tunnel->port = htons(TUNNEL_PORT_DEFAULT);
	err = port ? vs_nl_get_port(port, &tunnel->port, extack) : 0;
	if (err)
		return err;

	if (checksum && tunnel->type == VS_TUNNEL_TYPE_IPIP)
		return vs_nl_refuse(extack, checksum, -EINVAL,
				    "only for type gre and gue");
	vs_nl_get_u8(checksum, &tunnel->checksum);

	return source ? parse_tunnel_source(source, config->family, tunnel,
					    extack) : 0;
}

/* What is not said stays as it is in @config. */
static int parse_server_config(struct server_request *req,
			       struct netlink_ext_ack *extack)
{
	struct vs_server_config *config = &req->config;

	vs_nl_get_u8(req->tb[VS_A_SERVER_METHOD], &config->method);
	vs_nl_get_u16(req->tb[VS_A_SERVER_WEIGHT], &config->weight);
	vs_nl_get_u8(req->tb[VS_A_SERVER_STATE], &config->state);

	if (req->server && config->method != req->server->method)
		return vs_nl_refuse(extack, req->tb[VS_A_SERVER_METHOD],
				    -EINVAL,
				    "a server's method cannot change");

	return 0;
}

static bool same_tunnel(const struct vs_tunnel *a, const struct vs_tunnel *b,
			int attr)
{
	switch (attr) {
	case VS_A_SERVER_TUNNEL_TYPE:
		return a->type == b->type;
	case VS_A_SERVER_TUNNEL_PORT:
		return a->port == b->port;
	case VS_A_SERVER_TUNNEL_CHECKSUM:
		return a->checksum == b->checksum;
	default:
		return a->has_source == b->has_source &&
		       !memcmp(&a->source, &b->source, sizeof(a->source));
	}
}

/* A server's tunnel is what its conns were made for. */
static int check_same_tunnel(const struct server_request *req,
			     struct netlink_ext_ack *extack)
{
	int type;

	for (type = VS_A_SERVER_TUNNEL_TYPE; type <= VS_A_SERVER_TUNNEL_SOURCE;
	     type++) {
		if (req->tb[type] &&
		    !same_tunnel(&req->config.tunnel, &req->server->tunnel,
				 type))
			return vs_nl_refuse(extack, req->tb[type], -EINVAL,
					    "a server's tunnel cannot change");
	}

	return 0;
}

static int no_such_server(const struct server_request *req,
			  struct netlink_ext_ack *extack)
{
	return vs_nl_refuse(extack, req->tb[VS_A_SERVER_ADDRESS], -ENOENT,
			    "no such server");
}

/* What routers say of a tunnel's packets comes in the tunnel's family. */
static int add_server(struct vs_net *vn, const struct server_request *req,
		      struct netlink_ext_ack *extack)
{
	int err = vs_hook_enable(vn, req->config.family);

	if (err)
		NL_SET_ERR_MSG(extack, "packet hooks cannot be made");
	else
		err = vs_service_server_add(vn, req->service, &req->config);
	if (err)
		vs_hook_trim(vn);

	return err;
}

static int server_new(struct vs_net *vn, struct nlattr **attrs,
		      struct netlink_ext_ack *extack)
{
	struct server_request req = {
		.config = {
			.method = VS_METHOD_NAT,
			.state = VS_SERVER_STATE_UP,
			.weight = 1,
		},
	};
	const struct nlattr *addr;
	int err;

	err = parse_server(&req, vn, attrs, extack);
	if (err)
		return err;

	addr = req.tb[VS_A_SERVER_ADDRESS];
	if (req.server)
		return vs_nl_refuse(extack, addr, -EEXIST,
				    "the server exists");
	if (req.service->nr_servers >= VS_SERVERS_MAX)
		return vs_nl_refuse(extack, addr, -ENOSPC,
				    "the service cannot have more servers");

	err = parse_server_config(&req, extack) ?:
	      check_method(&req, extack) ?:
	      parse_tunnel(req.tb, &req.config, extack) ?:
	      vs_nl_check_server(vn, req.service, &req.config, req.tb, extack);
	if (err)
		return err;

	return add_server(vn, &req, extack);
}

static int server_set(struct vs_net *vn, struct nlattr **attrs,
		      struct netlink_ext_ack *extack)
{
	struct server_request req = {};
	int err;

	err = parse_server(&req, vn, attrs, extack);
	if (err)
		return err;
	if (!req.server)
		return no_such_server(&req, extack);

	req.config.method = req.server->method;
	req.config.weight = req.server->weight;
	req.config.state = req.server->state;
	req.config.tunnel = req.server->tunnel;
	err = parse_server_config(&req, extack) ?:
	      parse_tunnel(req.tb, &req.config, extack) ?:
	      check_same_tunnel(&req, extack);
	if (err)
		return err;

	return vs_service_server_set(vn, req.service, req.server, &req.config);
}

static int server_del(struct vs_net *vn, struct nlattr **attrs,
		      struct netlink_ext_ack *extack)
{
	struct server_request req = {};
	int type, err;

	err = parse_server(&req, vn, attrs, extack);
	if (err)
		return err;

	for (type = VS_A_SERVER_METHOD; type <= VS_A_SERVER_MAX; type++) {
		if (req.tb[type]) {
			NL_SET_ERR_MSG_ATTR(extack, req.tb[type],
					    "no part of a server's name");
			return -EINVAL;
		}
	}

	if (!req.server)
		return no_such_server(&req, extack);
	err = vs_service_server_del(vn, req.service, req.server);
	vs_hook_trim(vn);
	return err;
}

/**
 * vs_nl_server_new_doit() - add a server to a service
 * @skb: the request
 * @info: what was parsed of it
 *
 * Return: 0 or -errno.
 */
int vs_nl_server_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vs_nl_change(info, server_new);
}

/**
 * vs_nl_server_set_doit() - change a server
 * @skb: the request
 * @info: what was parsed of it
 *
 * Return: 0 or -errno.
 */
int vs_nl_server_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vs_nl_change(info, server_set);
}

/**
 * vs_nl_server_del_doit() - remove a server
 * @skb: the request
 * @info: what was parsed of it
 *
 * Return: 0 or -errno.
 */
int vs_nl_server_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vs_nl_change(info, server_del);
}

