// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT: requests get the server's address and port as their destination,
 * replies get the virtual ones back as their source. The server sees the
 * client's address and must route its replies through the director.
 */
#include "../vs.h"

static void nat_back(struct vs_tuple *back, const struct vs_tuple *client,
		     const struct vs_server *server)
{
	back->src = server->addr;
	back->dst = client->src;
	back->sport = server->port;
	back->dport = client->sport;
	back->family = client->family;
	back->protocol = client->protocol;
}

static void nat_init(struct vs_conn *conn)
{
	const struct vs_tuple *client = &conn->client.tuple;
	const struct vs_tuple *back = &conn->back.tuple;

	vs_rewrite_init(&conn->request.rewrite, client->family,
			&client->dst, client->dport, &back->src, back->sport);
	vs_rewrite_init(&conn->reply.rewrite, client->family,
			&back->src, back->sport, &client->dst, client->dport);
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
	.back	= nat_back,
	.init	= nat_init,
	.apply	= vs_nat_apply,
};
