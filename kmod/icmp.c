// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP and ICMPv6.
 *
 * An error is about a packet of a conn if the answer to the packet that it
 * quotes would be one: it travels that answer's way. It changes nothing of the
 * conn's state and does not keep it alive, since anybody can send one.
 *
 * An error about a tunnel's packet comes back to the director, who made it. The
 * director learns what fits through the tunnel, and tells the client in words
 * that it understands.
 *
 * Echo requests to a virtual address that no interface has are answered if a
 * service asks for it.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "vs.h"

/* The least that there may be of IPv4: RFC 791; what old routers mean by 0. */
#define MTU_MIN_V4		68
#define MTU_UNSAID		576

/* Asked of every ICMP packet, before anything that costs more. */
static bool concerns(const struct vs_net *vn, const struct vs_quote *quote)
{
	const struct vs_tuple *tuple = &quote->tuple;

	return vs_filter_has(vn->filter, VS_SERVER, tuple->family,
			     &tuple->dst) ||
	       vs_filter_has(vn->filter, VS_CLIENT, tuple->family,
			     &tuple->src);
}

/* As for the packets themselves, ESP and AH have their IKE's unless shared. */
static struct vs_conn *find(struct vs_net *vn, struct vs_tuple *tuple,
			    u8 protocol, enum vs_side *from)
{
	struct vs_conn *conn = vs_conn_find(vn, tuple, from);

	if (conn && vs_protocol_follows(protocol) &&
	    conn->client.flags & VS_NODE_BOTH)
		return NULL;
	return conn;
}

/*
 * Whoever gets it must take it for one about its own packet, from where it sent
 * that: the virtual address for a client, a client's for a server, unless the
 * server sees the client as it is. Then so it does routers.
 */
static int rewrite(struct sk_buff *skb, const struct vs_quote *quote,
		   const struct vs_conn *conn, enum vs_side from, bool hop)
{
	const struct vs_tuple *client = &conn->client.tuple;
	const struct vs_tuple *back = &conn->back.tuple;

	if (from == VS_SERVER)
		return vs_quote_rewrite(skb, quote, client, &client->dst,
					&client->src, hop);
	return vs_quote_rewrite(skb, quote, back,
				vs_addr_equal(client->family, &client->src,
					      &back->dst) ? NULL : &back->dst,
				&back->src, hop);
}

/* What method's apply() is to know of an error that it passes on unchanged. */
static struct vs_packet packet_of(const struct vs_quote *quote,
				  const struct vs_conn *conn)
{
	return (struct vs_packet) {
		.tuple	= conn->client.tuple,
		.l3	= quote->l3,
		.l4	= quote->icmp,
		.len	= quote->end - quote->l3,
	};
}

static unsigned int error_output(struct vs_net *vn, struct vs_conn *conn,
				 struct sk_buff *skb,
				 const struct vs_packet *pkt,
				 const struct nf_hook_state *state)
{
	const struct vs_server *server = conn->client.server;
	bool arriving = state->hook == NF_INET_PRE_ROUTING;
	struct dst_entry *dst;

	dst = vs_way_find(conn, VS_CLIENT, skb, state);
	if (!dst)
		return vs_drop(vn, VS_DROP_NO_ROUTE);
	if (server->forward->apply(skb, pkt, conn, VS_CLIENT, dst, arriving)) {
		dst_release(dst);
		return vs_drop(vn, VS_DROP_NO_MEMORY);
	}
	if (vs_route_output_stack(skb, dst, state,
				  server->method != VS_METHOD_DR))
		vs_drops_count(vn->drops, VS_DROP_NO_MEMORY);
	return NF_STOLEN;
}

static unsigned int error_one_way(struct vs_net *vn, struct vs_conn *conn,
				  struct sk_buff *skb,
				  const struct vs_quote *quote,
				  const struct nf_hook_state *state)
{
	const struct vs_server *server = conn->client.server;
	struct vs_packet pkt = packet_of(quote, conn);
	bool arriving = state->hook == NF_INET_PRE_ROUTING;
	bool dr = server->method == VS_METHOD_DR;
	enum vs_verdict verdict = VS_ROUTE_STACK;
	struct dst_entry *dst;

	if (server->method == VS_METHOD_LOCAL)
		return NF_ACCEPT;
	dst = vs_send_route(vn, conn, VS_CLIENT);
	if (!dst)
		return vs_drop(vn, VS_DROP_NO_ROUTE);
	if (arriving)
		verdict = vs_route_judge(skb, state->pf, dst,
					 vs_send_room(server));
	if (verdict == VS_ROUTE_UP && dr)
		return NF_ACCEPT;
	/* Nobody is told what becomes of an error. */
	if (verdict == VS_ROUTE_TTL || verdict == VS_ROUTE_TOO_BIG)
		return vs_drop(vn, verdict == VS_ROUTE_TTL ? VS_DROP_TTL :
							     VS_DROP_TOO_BIG);
	skb_forward_csum(skb);
	if (verdict != VS_ROUTE_DIRECT || vs_route_is_stacks(skb, state) ||
	    READ_ONCE(conn->client.flags) & VS_NODE_STACK)
		return error_output(vn, conn, skb, &pkt, state);
	if (server->forward->apply(skb, &pkt, conn, VS_CLIENT, dst, true))
		return vs_drop(vn, VS_DROP_NO_MEMORY);
	if (vs_route_output(skb, dst, dr ? &server->addr : NULL))
		vs_drops_count(vn->drops, VS_DROP_NO_MEMORY);
	return NF_STOLEN;
}

/* As its conn's packets go through the stack: see send.c. */
static unsigned int error_stack(struct vs_net *vn, struct vs_conn *conn,
				enum vs_side from, struct sk_buff *skb,
				const struct vs_quote *quote,
				const struct nf_hook_state *state)
{
	struct dst_entry *dst;
	bool up;

	if (!vs_send_is_untracked(conn)) {
		if (vs_send_is_late(vn, from))
			return NF_ACCEPT;
		if (rewrite(skb, quote, conn, from, false))
			return vs_drop(vn, VS_DROP_NO_MEMORY);
		skb_dst_drop(skb);
		return NF_ACCEPT;
	}
	dst = vs_way_find(conn, from, skb, state);
	if (!dst)
		return vs_drop(vn, VS_DROP_NO_ROUTE);
	up = from == VS_SERVER &&
	     vs_route_judge(skb, state->pf, dst, 0) == VS_ROUTE_UP;
	if (rewrite(skb, quote, conn, from, !up)) {
		dst_release(dst);
		return vs_drop(vn, VS_DROP_NO_MEMORY);
	}
	if (up) {
		/* To a client here. */
		dst_release(dst);
		vs_route_untrack(skb);
		skb_dst_drop(skb);
		return NF_ACCEPT;
	}
	if (vs_route_output_stack(skb, dst, state, true))
		vs_drops_count(vn->drops, VS_DROP_NO_MEMORY);
	return NF_STOLEN;
}

static unsigned int error_two_way(struct vs_net *vn, struct vs_conn *conn,
				  enum vs_side from, struct sk_buff *skb,
				  const struct vs_quote *quote,
				  const struct nf_hook_state *state)
{
	bool direct = !(READ_ONCE(conn->client.flags) & VS_NODE_STACK) &&
		      !vs_route_is_stacks(skb, state);
	enum vs_verdict verdict;
	struct dst_entry *dst;

	dst = vs_send_route(vn, conn, from);
	if (!dst)
		return direct ? vs_drop(vn, VS_DROP_NO_ROUTE) :
				error_stack(vn, conn, from, skb, quote, state);
	verdict = vs_route_judge(skb, state->pf, dst, 0);
	if (verdict == VS_ROUTE_TTL || verdict == VS_ROUTE_TOO_BIG)
		return vs_drop(vn, verdict == VS_ROUTE_TTL ? VS_DROP_TTL :
							     VS_DROP_TOO_BIG);
	if (!direct || verdict != VS_ROUTE_DIRECT)
		return error_stack(vn, conn, from, skb, quote, state);
	if (rewrite(skb, quote, conn, from, true))
		return vs_drop(vn, VS_DROP_NO_MEMORY);
	if (vs_route_output(skb, dst, NULL))
		vs_drops_count(vn->drops, VS_DROP_NO_MEMORY);
	return NF_STOLEN;
}

/* What goes to a tunnel's far end, by its protocol. */
static bool is_tunnels(struct vs_net *vn, const struct vs_quote *quote)
{
	const struct vs_tuple *tuple = &quote->tuple;
	enum vs_role role;

	switch (quote->protocol) {
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
		role = VS_ROLE_IPIP;
		break;
	case IPPROTO_GRE:
		role = VS_ROLE_GRE;
		break;
	case IPPROTO_UDP:
		role = VS_ROLE_GUE;
		break;
	default:
		return false;
	}
	return vs_role_has(vn, role, tuple->family, &tuple->dst, tuple->dport);
}

static bool is_too_big(const struct vs_quote *quote)
{
	if (quote->tuple.family == NFPROTO_IPV6)
		return quote->type == ICMPV6_PKT_TOOBIG;
	return quote->type == ICMP_DEST_UNREACH &&
	       quote->code == ICMP_FRAG_NEEDED;
}

/* What a router says that fits; the ICMP header is linear. */
static u32 mtu_of(const struct sk_buff *skb, const struct vs_quote *quote)
{
	const struct icmphdr *icmph = (void *)(skb->data + quote->icmp);
	u32 mtu;

	if (quote->tuple.family == NFPROTO_IPV4)
		mtu = ntohs(icmph->un.frag.mtu);
	else
		mtu = ntohl(icmph->un.gateway);
	return mtu ?: MTU_UNSAID;
}

static bool is_own(struct net *net, u8 family, const union vs_addr *addr)
{
	return family == NFPROTO_IPV4 ? !!__ip_dev_find(net, addr->ip, false) :
					ipv6_chk_addr(net, &addr->in6, NULL, 0);
}

/*
 * Whether the director sent a tunnel's quoted packet. @conn, if it is known,
 * may have a source that was given to its tunnel and is no address of a device.
 * Others' errors pass by here too, and are none of the director's.
 */
static bool is_ours(struct vs_net *vn, const struct vs_quote *quote,
		    const struct vs_conn *conn)
{
	const union vs_addr *src = &quote->tuple.src;
	u8 family = quote->tuple.family;
	const struct vs_tunnel *tunnel;

	if (is_own(vn->net, family, src))
		return true;
	tunnel = conn ? &conn->client.server->tunnel : NULL;
	return tunnel && tunnel->has_source &&
	       vs_addr_equal(family, &tunnel->source, src);
}

/* Has the route to the tunnel's far end know what fits. */
static void learn(struct vs_net *vn, struct sk_buff *skb,
		  const struct vs_quote *quote)
{
	u32 mtu = mtu_of(skb, quote);

	__skb_pull(skb, quote->inner);
	if (quote->tuple.family == NFPROTO_IPV4)
		ipv4_update_pmtu(skb, vn->net, mtu, 0, quote->protocol);
	else
		ip6_update_pmtu(skb, vn->net, htonl(mtu), 0, 0,
				sock_net_uid(vn->net, NULL));
	__skb_push(skb, quote->inner);
}

/* The conn whose client's packet a tunnel's quoted packet has in it. */
static struct vs_conn *find_inside(struct vs_net *vn, const struct sk_buff *skb,
				   const struct vs_quote *quote,
				   struct vs_quote *inside)
{
	const struct vs_server *server;
	struct vs_conn *conn;
	enum vs_side from;

	if (!vs_quote_strip(skb, quote, inside))
		return NULL;
	conn = find(vn, &inside->tuple, inside->protocol, &from);
	if (!conn || from != VS_CLIENT)
		return NULL;
	server = conn->client.server;
	if (server->method != VS_METHOD_TUNNEL ||
	    server->family != quote->tuple.family ||
	    !vs_addr_equal(server->family, &server->addr, &quote->tuple.dst))
		return NULL;
	return conn;
}

/* Makes of an error the packet that it is about, as its client sent it. */
static int unwrap(struct sk_buff *skb, const struct vs_quote *inside)
{
	u8 family = inside->tuple.family;

	if (!pskb_may_pull(skb, inside->l4) || pskb_trim(skb, inside->end))
		return -ENOMEM;
	skb->ip_summed = CHECKSUM_NONE;
	__skb_pull(skb, inside->inner);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, inside->l4 - inside->inner);
	/* What was known of the error's header is not true of this one. */
	memset(skb->cb, 0, sizeof(skb->cb));
	skb->protocol = htons(family == NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6);
	return 0;
}

/* Tells a client what became of its packet, of which @skb has the beginning. */
static void tell4(struct sk_buff *skb, bool too_big, u32 mtu)
{
	if (!too_big)
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	else if (ip_hdr(skb)->frag_off & htons(IP_DF))
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
			  htonl(max_t(u32, mtu, MTU_MIN_V4)));
}

static void tell6(struct sk_buff *skb, bool too_big, u32 mtu)
{
	if (too_big)
		icmpv6_send(skb, ICMPV6_PKT_TOOBIG, 0,
			    max_t(u32, mtu, IPV6_MIN_MTU));
	else
		icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
}

static unsigned int error_of_tunnel(struct vs_net *vn, struct sk_buff *skb,
				    const struct vs_quote *quote)
{
	bool too_big = is_too_big(quote);
	struct dst_entry *there, *back;
	struct vs_quote inside;
	struct vs_conn *conn;
	u32 mtu = 0, room;

	if (!pskb_may_pull(skb, quote->l4))
		return NF_ACCEPT;
	conn = find_inside(vn, skb, quote, &inside);
	if (!is_ours(vn, quote, conn))
		return NF_ACCEPT;
	if (too_big)
		learn(vn, skb, quote);
	if (!conn)
		return NF_ACCEPT;
	there = vs_send_route(vn, conn, VS_CLIENT);
	back = vs_send_route(vn, conn, VS_SERVER);
	if (!there || !back)
		return vs_drop(vn, VS_DROP_NO_ROUTE);
	if (too_big) {
		room = inside.inner - quote->inner;
		mtu = min(mtu_of(skb, quote), dst_mtu(there));
		mtu = mtu > room ? mtu - room : 0;
	}
	if (unwrap(skb, &inside))
		return vs_drop(vn, VS_DROP_NO_MEMORY);
	/* By this route icmp_send() knows the namespace. */
	skb_dst_drop(skb);
	skb_dst_set_noref(skb, back);
	if (inside.tuple.family == NFPROTO_IPV4)
		tell4(skb, too_big, mtu);
	else
		tell6(skb, too_big, mtu);
	consume_skb(skb);
	return NF_STOLEN;
}

/* An error of a client here, or of the director's own. */
static unsigned int error_local(struct vs_net *vn, struct vs_conn *conn,
				enum vs_side from, struct sk_buff *skb,
				const struct vs_quote *quote,
				const struct nf_hook_state *state)
{
	bool untracked = vs_send_is_untracked(conn);

	if (conn->client.flags & VS_NODE_ONE_WAY)
		return error_one_way(vn, conn, skb, quote, state);
	if (!untracked && vs_send_is_late(vn, from))
		return NF_ACCEPT;
	if (rewrite(skb, quote, conn, from, false))
		return vs_drop(vn, VS_DROP_NO_MEMORY);
	if (untracked)
		vs_route_untrack(skb);
	if (vs_route_again(skb, state))
		return vs_drop(vn, VS_DROP_NO_ROUTE);
	return NF_ACCEPT;
}

static unsigned int error_late(struct vs_net *vn, struct vs_conn *conn,
			       enum vs_side from, struct sk_buff *skb,
			       const struct vs_quote *quote)
{
	if (from == VS_CLIENT || vs_send_is_untracked(conn))
		return NF_ACCEPT;
	if (rewrite(skb, quote, conn, from, false))
		return vs_drop(vn, VS_DROP_NO_MEMORY);
	return NF_ACCEPT;
}

static unsigned int error_of_conn(struct vs_net *vn, struct vs_conn *conn,
				  enum vs_side from, struct sk_buff *skb,
				  const struct vs_quote *quote,
				  const struct nf_hook_state *state)
{
	if (state->hook == NF_INET_LOCAL_OUT)
		return error_local(vn, conn, from, skb, quote, state);
	if (state->hook != NF_INET_PRE_ROUTING)
		return error_late(vn, conn, from, skb, quote);
	if (conn->client.flags & VS_NODE_ONE_WAY)
		return error_one_way(vn, conn, skb, quote, state);
	return error_two_way(vn, conn, from, skb, quote, state);
}

/*
 * An error about a request of a service that has no conns, perhaps. Nothing in
 * one about a reply tells which server the reply came from.
 */
static noinline bool error_once(struct vs_net *vn, struct sk_buff *skb,
				const struct vs_quote *quote,
				const struct vs_packet *answer,
				const struct nf_hook_state *state,
				unsigned int *verdict)
{
	struct vs_conn conn;

	if (quote->protocol != IPPROTO_UDP ||
	    !vs_conn_once_reply(&conn, vn, answer))
		return false;
	*verdict = error_of_conn(vn, &conn, VS_SERVER, skb, quote, state);
	vs_conn_once_done(&conn);
	return true;
}

/**
 * vs_icmp() - send an ICMP error of a conn on its way, or answer an echo
 * @vn: namespace
 * @skb: any packet, at its network header, in any of the hooks
 * @state: the hook's
 *
 * Context: RCU read side, BH off.
 *
 * Return: the hook's verdict: NF_ACCEPT if it does not concern vs.
 */
unsigned int vs_icmp(struct vs_net *vn, struct sk_buff *skb,
		     const struct nf_hook_state *state)
{
	bool arriving = state->hook == NF_INET_PRE_ROUTING;
	struct vs_packet answer = {};
	struct vs_quote quote;
	unsigned int verdict;
	struct vs_conn *conn;
	enum vs_side from;

	if (!vs_quote_parse(skb, state->pf, &quote))
		return arriving ? vs_echo(vn, skb, state->pf) : NF_ACCEPT;
	if (!concerns(vn, &quote))
		return NF_ACCEPT;
	vs_quote_answer(&quote, &answer.tuple);
	conn = find(vn, &answer.tuple, quote.protocol, &from);
	if (conn)
		return error_of_conn(vn, conn, from, skb, &quote, state);
	if (error_once(vn, skb, &quote, &answer, state, &verdict))
		return verdict;
	if (arriving && is_tunnels(vn, &quote))
		return error_of_tunnel(vn, skb, &quote);
	return NF_ACCEPT;
}
