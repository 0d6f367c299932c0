// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT: requests get the server's address and port as their destination,
 * replies get the virtual ones back as their source. The server sees the
 * client's address and must route its replies through the director.
 */
#include "../vs.h"

static void nat_init(struct vs_conn *conn, const struct vs_server *server)
{
	const struct vs_tuple *client = &conn->client.tuple;

	conn->back.tuple = (struct vs_tuple) {
		.src		= server->addr,
		.dst		= client->src,
		.sport		= server->port,
		.dport		= client->sport,
		.family		= client->family,
		.protocol	= client->protocol,
		.side		= VS_SERVER,
	};
	vs_rewrite_init(&conn->request.rewrite, client->family,
			&client->dst, client->dport,
			&server->addr, server->port);
	vs_rewrite_init(&conn->reply.rewrite, client->family,
			&server->addr, server->port,
			&client->dst, client->dport);
}

/**
 * vs_nat_apply() - rewrite a packet; see struct vs_forward_ops
 * @skb: the packet
 * @pkt: what the parser found
 * @conn: its conn
 * @from: the end that sent it
 * @hop: whether to take one from its TTL
 *
 * Not static, so that the packet path can call it directly.
 *
 * Return: 0 or -ENOMEM.
 */
int vs_nat_apply(struct sk_buff *skb, const struct vs_packet *pkt,
		 const struct vs_conn *conn, enum vs_side from, bool hop)
{
	if (from == VS_CLIENT)
		return vs_rewrite_apply(skb, pkt, &conn->request.rewrite,
					VS_REWRITE_DST, hop);
	return vs_rewrite_apply(skb, pkt, &conn->reply.rewrite,
				VS_REWRITE_SRC, hop);
}

const struct vs_forward_ops vs_forward_nat = {
	.name	= "nat",
	.init	= nat_init,
	.apply	= vs_nat_apply,
};
