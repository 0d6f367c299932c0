// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: what a service and its servers cannot be together, whichever of them a
 * request is about.
 */

#include "netlink.h"

/**
 * struct conflict - why a service cannot have a server
 * @attr: VS_A_SERVICE_* that stands in the way
 * @why: the reason
 */
struct conflict {
	int attr;
	const char *why;
};

static bool find_conflict(const struct vs_service_config *config, u8 method,
			  struct conflict *conflict)
{
	const struct vs_forward_ops *forward = vs_forward_find(method);

	if (forward->uses_sources && !config->sources.nr) {
		*conflict = (struct conflict){
			VS_A_SERVICE_SOURCE_POOL,
			"servers of method fullnat need a source-pool",
		};
		return true;
	}

	/* They answer an address of the pool: only a conn knows the client. */
	if (forward->uses_sources && config->one_packet) {
		*conflict = (struct conflict){
			VS_A_SERVICE_ONE_PACKET,
			"servers of method fullnat need conns",
		};
		return true;
	}

	if (config->helper != VS_HELPER_NONE && forward->one_way) {
		*conflict = (struct conflict){
			VS_A_SERVICE_HELPER,
			"no helper sees replies of dr, tunnel and local",
		};
		return true;
	}

	return false;
}

/* Without a conn, a reply's source is all that tells which service it is of:
 * a server of such a service can be in no other, with conns or without.
 */
static bool is_ambiguous(const struct vs_net *vn,
			 const struct vs_service *service, bool one_packet,
			 u8 family, const union vs_addr *addr, __be16 port)
{
	const struct vs_service *other;
	const struct vs_server *server;

	lockdep_assert_held(&vn->lock);

	list_for_each_entry(other, &vn->service_list, node) {
		if (other == service ||
		    other->key.protocol != service->key.protocol ||
		    !(one_packet || other->config.one_packet))
			continue;
		server = vs_service_server(other, family, addr, port);
		if (server && server->method == VS_METHOD_NAT)
			return true;
	}

	return false;
}

static const char ambiguous[] =
	"a one-packet service and another with it would mix up their replies";

/**
 * vs_nl_check_server() - refuse a new server that its service cannot have
 * @vn: the namespace
 * @service: the service
 * @config: what the server is to be
 * @tb: the server's attributes
 * @extack: says what is wrong
 *
 * Context: vn->lock is held.
 * Return: 0 or -errno.
 */
int vs_nl_check_server(const struct vs_net *vn,
		       const struct vs_service *service,
		       const struct vs_server_config *config,
		       struct nlattr **tb, struct netlink_ext_ack *extack)
{
	struct conflict conflict;

	if (find_conflict(&service->config, config->method, &conflict))
		return vs_nl_refuse(extack, tb[VS_A_SERVER_METHOD], -EINVAL,
				    conflict.why);

	if (config->method == VS_METHOD_NAT &&
	    is_ambiguous(vn, service, service->config.one_packet,
			 config->family, &config->addr, config->port))
		return vs_nl_refuse(extack, tb[VS_A_SERVER_ADDRESS], -EEXIST,
				    ambiguous);

	return 0;
}

/**
 * vs_nl_check_servers() - refuse a change that a service's servers forbid
 * @vn: the namespace
 * @service: the service
 * @config: what it is to be
 * @attrs: the service's attributes
 * @extack: says what is wrong
 *
 * Context: vn->lock is held.
 * Return: 0 or -errno.
 */
int vs_nl_check_servers(const struct vs_net *vn,
			const struct vs_service *service,
			const struct vs_service_config *config,
			struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	const struct vs_server *server;
	struct conflict conflict;

	list_for_each_entry(server, &service->servers, node) {
		if (find_conflict(config, server->method, &conflict))
			return vs_nl_refuse(extack, attrs[conflict.attr],
					    -EINVAL, conflict.why);

		if (config->one_packet && !service->config.one_packet &&
		    server->method == VS_METHOD_NAT &&
		    is_ambiguous(vn, service, true, server->family,
				 &server->addr, server->port))
			return vs_nl_refuse(extack,
					    attrs[VS_A_SERVICE_ONE_PACKET],
					    -EEXIST, ambiguous);
	}

	return 0;
}
