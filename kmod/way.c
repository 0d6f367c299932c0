// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the routes of conns are looked up by: those that servers and conns
 * cache, and those of one packet.
 */
#include "vs.h"

/* Where a tunnel's source comes from, if it was not given. */
static struct vs_source *chosen_source(struct vs_server *server)
{
	return server->method == VS_METHOD_TUNNEL &&
	       !server->tunnel.has_source ? &server->source : NULL;
}

/**
 * vs_way_to_server() - the route to a server, looked up if need be
 * @vn: namespace
 * @server: the server
 *
 * Context: RCU read side, BH off.
 *
 * Return: it, as vs_route_get() says.
 */
struct dst_entry *vs_way_to_server(struct vs_net *vn, struct vs_server *server)
{
	const struct vs_route_key key = {
		.daddr	= &server->addr,
		.saddr	= server->tunnel.has_source ? &server->tunnel.source :
						      NULL,
		.source	= chosen_source(server),
		.family	= server->family,
	};

	return vs_route_get(&server->route, vn->net, &key);
}

/**
 * vs_way_to_client() - the route to a conn's client, looked up if need be
 * @vn: namespace
 * @conn: the conn
 *
 * Context: RCU read side, BH off.
 *
 * Return: it, as vs_route_get() says.
 */
struct dst_entry *vs_way_to_client(struct vs_net *vn, struct vs_conn *conn)
{
	const struct vs_route_key key = {
		.daddr	= &conn->client.tuple.src,
		.saddr	= &conn->client.tuple.dst,
		.family	= conn->client.tuple.family,
	};

	return vs_route_get(&conn->route, vn->net, &key);
}

/* What one packet's route is looked up by. */
static struct vs_route_key key_of(const struct vs_conn *conn, enum vs_side from)
{
	struct vs_server *server = conn->client.server;
	struct vs_route_key key = {
		.daddr	= &server->addr,
		.source	= chosen_source(server),
		.family	= server->family,
		.direct	= server->method == VS_METHOD_DR,
	};

	if (from == VS_SERVER)
		return (struct vs_route_key) {
			.daddr	= &conn->client.tuple.src,
			.saddr	= &conn->client.tuple.dst,
			.family	= conn->client.tuple.family,
		};
	if (server->tunnel.has_source)
		key.saddr = &server->tunnel.source;
	else if (server->method == VS_METHOD_DR)
		key.saddr = &conn->client.tuple.src;
	else if (server->method == VS_METHOD_FULLNAT)
		key.saddr = &conn->back.tuple.dst;
	return key;
}

/**
 * vs_way_find() - a route for one packet of a conn, by the stack's output
 * @conn: the conn
 * @from: the end that sends it
 * @skb: the packet
 * @state: the hook's
 *
 * Context: RCU read side, BH off.
 *
 * Return: it, with a reference, as vs_route_find() says.
 */
struct dst_entry *vs_way_find(const struct vs_conn *conn, enum vs_side from,
			      const struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	const struct vs_route_key key = key_of(conn, from);

	return vs_route_find(skb, state, &key);
}
