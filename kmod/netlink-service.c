// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: requests that change services and servers.
 *
 * All of a request is checked under vn->lock before any of it is done, so a
 * refused request has changed nothing.
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

/* What is not said stays as it is in @config. */
static int parse_service(struct nlattr **attrs,
			 struct vs_service_config *config,
			 struct netlink_ext_ack *extack)
{
	if (attrs[VS_A_SERVICE_PATH])
		config->path = nla_get_u8(attrs[VS_A_SERVICE_PATH]);
	if (attrs[VS_A_SERVICE_SLOPPY])
		config->sloppy = nla_get_u8(attrs[VS_A_SERVICE_SLOPPY]);

	return parse_sched(attrs, &config->sched, extack);
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

	err = parse_service(attrs, &config, extack);
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
	err = parse_service(attrs, &config, extack);
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
	if (config->family != req->service->key.family) {
		NL_SET_ERR_MSG_ATTR(extack, addr,
				    "not of the service's address family");
		return -EAFNOSUPPORT;
	}

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

	req->server = vs_service_server(req->service, &req->config.addr,
					req->config.port);
	return 0;
}

/* What is not said stays as it is in @config. */
static void parse_server_config(struct nlattr **tb,
				struct vs_server_config *config)
{
	if (tb[VS_A_SERVER_METHOD])
		config->method = nla_get_u8(tb[VS_A_SERVER_METHOD]);
	if (tb[VS_A_SERVER_WEIGHT])
		config->weight = nla_get_u16(tb[VS_A_SERVER_WEIGHT]);
	if (tb[VS_A_SERVER_STATE])
		config->state = nla_get_u8(tb[VS_A_SERVER_STATE]);
}

static int no_such_server(const struct server_request *req,
			  struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG_ATTR(extack, req->tb[VS_A_SERVER_ADDRESS],
			    "no such server");
	return -ENOENT;
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
	err = vs_nl_check_unicast(addr, req.config.family, &req.config.addr,
				  extack);
	if (err)
		return err;
	if (req.server) {
		NL_SET_ERR_MSG_ATTR(extack, addr, "the server exists");
		return -EEXIST;
	}
	if (req.service->nr_servers >= VS_SERVERS_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, addr,
				    "the service cannot have more servers");
		return -ENOSPC;
	}

	parse_server_config(req.tb, &req.config);
	return vs_service_server_add(vn, req.service, &req.config);
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
	parse_server_config(req.tb, &req.config);
	if (req.config.method != req.server->method) {
		NL_SET_ERR_MSG_ATTR(extack, req.tb[VS_A_SERVER_METHOD],
				    "a server's method cannot change");
		return -EINVAL;
	}

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

	for (type = VS_A_SERVER_METHOD; type <= VS_A_SERVER_STATE; type++) {
		if (req.tb[type]) {
			NL_SET_ERR_MSG_ATTR(extack, req.tb[type],
					    "no part of a server's name");
			return -EINVAL;
		}
	}

	if (!req.server)
		return no_such_server(&req, extack);
	return vs_service_server_del(vn, req.service, req.server);
}

static int flush(struct vs_net *vn, struct nlattr **attrs,
		 struct netlink_ext_ack *extack)
{
	vs_service_flush(vn);
	services_gone(vn);
	return 0;
}

static int change(struct genl_info *info,
		  int (*what)(struct vs_net *vn, struct nlattr **attrs,
			      struct netlink_ext_ack *extack))
{
	struct vs_net *vn = vs_net(genl_info_net(info));
	int err;

	err = vs_nl_check_info(info);
	if (err)
		return err;

	mutex_lock(&vn->lock);
	err = what(vn, info->attrs, info->extack);
	mutex_unlock(&vn->lock);

	return err;
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
	return change(info, service_new);
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
	return change(info, service_set);
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
	return change(info, service_del);
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
	return change(info, server_new);
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
	return change(info, server_set);
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
	return change(info, server_del);
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
	return change(info, flush);
}
