// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT: requests get the server's address and port as their destination,
 * replies get the virtual ones back as their source. The server sees the
 * client's address and must route its replies through the director.
 *
 * Two conns of one client port whose services share a server would meet in one
 * server's end. The later of them gets another source port: the server sees
 * two, and their replies do not mix.
 */
#include "../vs.h"

#define PORT_MIN	1024
#define PORTS		(65536 - PORT_MIN)

/**
 * vs_nat_port() - a source port for a conn whose own is taken
 * @client: the client's tuple; its hash is set
 * @try: 1 and up, another port each
 *
 * Each client begins somewhere else, so that many find a free port soon.
 *
 * Return: a port from 1024 on.
 */
__be16 vs_nat_port(const struct vs_tuple *client, unsigned int try)
{
	/* An odd step that is prime to PORTS comes by all of them. */
	return htons(PORT_MIN + (client->hash % PORTS + try * 40505) % PORTS);
}

static void nat_back(struct vs_tuple *back, const struct vs_tuple *client,
		     const struct vs_server *server,
		     const struct vs_source_pool *sources, unsigned int try)
{
	back->src = server->addr;
	back->dst = client->src;
	back->sport = server->port;
	back->dport = try ? vs_nat_port(client, try) : client->sport;
	back->family = client->family;
	back->protocol = client->protocol;
}

/**
 * vs_nat_init() - prepare the rewriting; see struct vs_forward_ops
 * @conn: a conn whose ends are set, with or without VS_NODE_BOTH
 */
void vs_nat_init(struct vs_conn *conn)
{
	const struct vs_tuple *client = &conn->client.tuple;
	const struct vs_tuple *back = &conn->back.tuple;

	vs_rewrite_init(&conn->request.rewrite, client->family,
			&client->dst, client->dport, &back->src, back->sport);
	vs_rewrite_init(&conn->reply.rewrite, client->family,
			&back->src, back->sport, &client->dst, client->dport);
	if (!(conn->client.flags & VS_NODE_BOTH))
		return;
	vs_rewrite_also(&conn->request.rewrite, client->family,
			&client->src, client->sport, &back->dst, back->dport);
	vs_rewrite_also(&conn->reply.rewrite, client->family,
			&back->dst, back->dport, &client->src, client->sport);
}

/* Apart, since it reads the cache line of the other end. */
static noinline int apply_both(struct sk_buff *skb, const struct vs_packet *pkt,
			       const struct vs_conn *conn, enum vs_side from,
			       bool hop)
{
	const struct vs_tuple *client = &conn->client.tuple;
	const struct vs_tuple *back = &conn->back.tuple;

	if (from == VS_CLIENT)
		return vs_rewrite_both(skb, pkt, &conn->request.rewrite,
				       VS_REWRITE_DST, hop, &back->dst,
				       back->dport);
	return vs_rewrite_both(skb, pkt, &conn->reply.rewrite, VS_REWRITE_SRC,
			       hop, &client->src, client->sport);
}

/**
 * vs_nat_apply() - rewrite a packet; see struct vs_forward_ops
 * @skb: the packet
 * @pkt: what the parser found
 * @conn: its conn
 * @from: the end that sent it
 * @dst: not looked at
 * @hop: whether to take one from its TTL
 *
 * Not static, so that the packet path can call it directly.
 *
 * Return: 0 or -ENOMEM.
 */
int vs_nat_apply(struct sk_buff *skb, const struct vs_packet *pkt,
		 const struct vs_conn *conn, enum vs_side from,
		 const struct dst_entry *dst, bool hop)
{
	if (from == VS_CLIENT) {
		if (unlikely(conn->client.flags & VS_NODE_BOTH))
			return apply_both(skb, pkt, conn, from, hop);
		return vs_rewrite_apply(skb, pkt, &conn->request.rewrite,
					VS_REWRITE_DST, hop);
	}
	if (unlikely(conn->back.flags & VS_NODE_BOTH))
		return apply_both(skb, pkt, conn, from, hop);
	return vs_rewrite_apply(skb, pkt, &conn->reply.rewrite, VS_REWRITE_SRC,
				hop);
}

const struct vs_forward_ops vs_forward_nat = {
	.name		= "nat",
	.changes_port	= true,
	.tries		= 32,
	.back		= nat_back,
	.init		= vs_nat_init,
	.apply		= vs_nat_apply,
};
