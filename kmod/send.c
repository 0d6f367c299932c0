// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of a packet whose conn is known.
 *
 * As a rule it is rewritten and sent to the neighbour at once. Where a service
 * asks for it, or only the stack can do right by a packet, it goes through the
 * stack instead. How depends on the method:
 *
 * nat		a request is rewritten early, a reply late (POST_ROUTING, or
 *		LOCAL_IN for a client here), so that conntrack and the host's
 *		rules see one consistent pair of addresses, the client's and
 *		the server's
 * fullnat	a reply is addressed to the director, which would keep it: both
 *		directions are rewritten early and leave as the director's own
 *		packets do, and conntrack is told not to look
 * dr, tunnel	a request leaves as the director's own packets do, by
 *		POST_ROUTING
 * local	a request goes up as it is
 */
#include <linux/indirect_call_wrapper.h>
#include <net/gso.h>
#include <net/tcp.h>

#include "vs.h"

/**
 * vs_drop() - count a packet that is dropped
 * @vn: namespace
 * @reason: why
 *
 * Return: NF_DROP.
 */
unsigned int vs_drop(struct vs_net *vn, enum vs_drop reason)
{
	vs_drops_count(vn->drops, reason);
	return NF_DROP;
}

static struct vs_server *server_of(struct vs_conn *conn, enum vs_side from)
{
	return vs_conn_end_of(conn, from)->server;
}

/* What it is looked up by is in cache lines that few packets need. */
static struct dst_entry *route_to_server(struct vs_net *vn,
					 struct vs_server *server)
{
	return vs_route_cached(&server->route) ?: vs_way_to_server(vn, server);
}

/**
 * vs_send_lost() - count a packet that could not be sent
 * @vn: namespace
 * @err: why, as vs_route_output() and vs_route_output_stack() say
 */
void vs_send_lost(struct vs_net *vn, int err)
{
	vs_drops_count(vn->drops, err == -ENOMEM || err == -ENOBUFS ?
				  VS_DROP_NO_MEMORY : VS_DROP_NO_ROUTE);
}

/**
 * vs_send_room() - what a server's packets grow by
 * @server: the server
 *
 * Return: bytes, at most.
 */
unsigned int vs_send_room(const struct vs_server *server)
{
	return server->forward->room ? server->forward->room(server) : 0;
}

/*
 * Has either end announce segments that fit the way to the server, if the
 * service wants it: what a client sends is limited by what the server says.
 */
static noinline int limit_segments(struct vs_server *server,
				   struct sk_buff *skb,
				   const struct vs_packet *pkt)
{
	unsigned int hdrlen = pkt->tuple.family == NFPROTO_IPV4 ?
			      sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	const struct dst_entry *dst;
	int fits;

	if (pkt->protocol != IPPROTO_TCP ||
	    !READ_ONCE(server->sum->policy.mss_clamp) ||
	    server->method == VS_METHOD_LOCAL)
		return 0;
	dst = route_to_server(server->vn, server);
	if (!dst)
		return 0;
	fits = vs_route_mtu(dst, vs_send_room(server)) - hdrlen -
	       sizeof(struct tcphdr);
	return vs_mss_clamp(skb, pkt, clamp_t(int, fits, TCP_MIN_MSS, U16_MAX));
}

static int apply(struct vs_conn *conn, enum vs_side from, struct sk_buff *skb,
		 const struct vs_packet *pkt, const struct dst_entry *dst,
		 bool hop)
{
	if (unlikely(pkt->flags & VS_TCP_SYN) &&
	    limit_segments(server_of(conn, from), skb, pkt))
		return -ENOMEM;
	return INDIRECT_CALL_1(server_of(conn, from)->forward->apply,
			       vs_nat_apply, skb, pkt, conn, from, dst, hop);
}

static void count(struct vs_conn *conn, enum vs_side from, unsigned int packets,
		  unsigned int bytes)
{
	if (from == VS_CLIENT)
		vs_stats_in(server_of(conn, from)->stats, packets, bytes);
	else
		vs_stats_out(server_of(conn, from)->stats, packets, bytes);
}

/* Apart, as few conns have a helper. Return: false if it is dropped. */
static noinline bool help(struct vs_net *vn, struct vs_conn *conn,
			  enum vs_side from, struct sk_buff *skb,
			  const struct vs_packet *pkt, struct dst_entry *dst)
{
	switch (vs_helper_apply(conn, from, skb, pkt, dst)) {
	case 0:
		return true;
	case -ENOMEM:
		vs_drop(vn, VS_DROP_NO_MEMORY);
		return false;
	case -EMSGSIZE:
		vs_drop(vn, VS_DROP_TOO_BIG);
		return false;
	default:
		vs_drop(vn, VS_DROP_HELPER);
		return false;
	}
}

static bool has_helper(struct vs_conn *conn, enum vs_side from)
{
	return unlikely(vs_conn_end_of(conn, from)->flags & VS_NODE_HELPER);
}

/* Into the stack, or on through it. */
static unsigned int rewrite(struct vs_net *vn, struct vs_conn *conn,
			    enum vs_side from, struct sk_buff *skb,
			    const struct vs_packet *pkt)
{
	unsigned int packets = vs_stats_packets(skb, pkt);

	vs_conn_seen(conn, from, pkt);
	if (has_helper(conn, from) && !help(vn, conn, from, skb, pkt, NULL))
		return NF_DROP;
	if (apply(conn, from, skb, pkt, NULL, false))
		return vs_drop(vn, VS_DROP_NO_MEMORY);
	count(conn, from, packets, pkt->len);
	return NF_ACCEPT;
}

/**
 * vs_send_is_untracked() - whether conntrack is to leave a conn alone
 * @conn: the conn
 *
 * Return: true if its two halves are no conn to conntrack: see above.
 */
bool vs_send_is_untracked(const struct vs_conn *conn)
{
	return conn->client.server->forward->uses_sources;
}

/**
 * vs_send_is_late() - whether a packet on the stack path is rewritten late
 * @vn: namespace
 * @from: the end that sent it
 *
 * Replies are the late hooks'. They are there while a service asks for this
 * path; for others they are called for with the first packet that needs it,
 * and the few replies that come before that are rewritten early.
 *
 * Return: true if it is not to be rewritten yet.
 */
bool vs_send_is_late(struct vs_net *vn, enum vs_side from)
{
	/* Pairs with the release in vs_hook_late(). */
	if (likely(smp_load_acquire(&vn->late)))
		return from == VS_SERVER;
	schedule_work(&vn->late_work);
	return false;
}

static unsigned int send_direct(struct vs_net *vn, struct vs_conn *conn,
				enum vs_side from, struct sk_buff *skb,
				const struct vs_packet *pkt,
				struct dst_entry *dst,
				const union vs_addr *server)
{
	unsigned int packets;
	int err;

	vs_conn_seen(conn, from, pkt);
	packets = vs_stats_packets(skb, pkt);
	/* A checksum that was received is of no use to a sender. */
	skb_forward_csum(skb);
	if (has_helper(conn, from) && !help(vn, conn, from, skb, pkt, dst))
		return NF_DROP;
	if (unlikely(apply(conn, from, skb, pkt, dst, true)))
		return vs_drop(vn, VS_DROP_NO_MEMORY);
	err = vs_route_output(skb, dst, server);
	if (unlikely(err)) {
		vs_send_lost(vn, err);
		return NF_STOLEN;
	}
	count(conn, from, packets, pkt->len);
	return NF_STOLEN;
}

static struct dst_entry *route_to_client(struct vs_net *vn,
					 struct vs_conn *conn)
{
	return vs_route_cached(&conn->route) ?: vs_way_to_client(vn, conn);
}

static unsigned int refuse(struct vs_net *vn, struct sk_buff *skb, u8 family,
			   struct dst_entry *dst, unsigned int room,
			   enum vs_verdict verdict)
{
	vs_route_refuse(skb, family, dst, room, verdict);
	return vs_drop(vn, verdict == VS_ROUTE_TTL ? VS_DROP_TTL :
						     VS_DROP_TOO_BIG);
}

/* For good and both ways, or conntrack would see but half of a conn. */
static void turn(struct vs_conn *conn, u8 flags)
{
	WRITE_ONCE(conn->client.flags, conn->client.flags | flags);
	WRITE_ONCE(conn->back.flags, conn->back.flags | flags);
}

static void turn_to_stack(struct vs_conn *conn)
{
	turn(conn, VS_NODE_STACK);
}

/**
 * vs_send_route() - the route of what one end of a conn sends
 * @vn: namespace
 * @conn: the conn
 * @from: the end
 *
 * Context: RCU read side, BH off.
 *
 * Return: it, as vs_route_get() says.
 */
struct dst_entry *vs_send_route(struct vs_net *vn, struct vs_conn *conn,
				enum vs_side from)
{
	return from == VS_CLIENT ? route_to_server(vn, server_of(conn, from)) :
				   route_to_client(vn, conn);
}

/* Tells the sender of one that cannot go out, who may be here. */
static unsigned int refuse_output(struct vs_net *vn, struct sk_buff *skb,
				  struct dst_entry *dst, unsigned int room,
				  const struct nf_hook_state *state,
				  enum vs_verdict verdict)
{
	if (state->hook != NF_INET_LOCAL_OUT) {
		refuse(vn, skb, state->pf, dst, room, verdict);
		/* The packet borrows it. */
		skb_dst_drop(skb);
	} else {
		/* Its sender asks the route that it has. */
		skb->dev = skb_dst(skb)->dev;
		skb_dst_update_pmtu_no_confirm(skb, vs_route_mtu(dst, room));
		vs_drop(vn, VS_DROP_TOO_BIG);
	}
	dst_release(dst);
	return NF_DROP;
}

/*
 * For a server that is the director itself, by method local or since its
 * address is the director's: as it is, and with all its hops. Through a tunnel
 * to itself it would come again and again.
 */
static unsigned int keep(struct vs_conn *conn, struct sk_buff *skb,
			 const struct vs_packet *pkt)
{
	vs_conn_seen(conn, VS_CLIENT, pkt);
	count(conn, VS_CLIENT, vs_stats_packets(skb, pkt), pkt->len);
	return NF_ACCEPT;
}

/* To a client here. */
static unsigned int send_up(struct vs_net *vn, struct vs_conn *conn,
			    struct sk_buff *skb, const struct vs_packet *pkt)
{
	unsigned int verdict = rewrite(vn, conn, VS_SERVER, skb, pkt);

	if (verdict != NF_ACCEPT)
		return verdict;
	vs_route_untrack(skb);
	skb_dst_drop(skb);
	return NF_ACCEPT;
}

/*
 * By the stack's output, which does not mind that a packet's source is an
 * address of the director, as full NAT's is.
 */
static unsigned int send_output(struct vs_net *vn, struct vs_conn *conn,
				enum vs_side from, struct sk_buff *skb,
				const struct vs_packet *pkt,
				const struct nf_hook_state *state)
{
	bool direct = conn->client.server->method == VS_METHOD_DR;
	bool local = state->hook == NF_INET_LOCAL_OUT;
	unsigned int room = from == VS_CLIENT ?
			    vs_send_room(conn->client.server) : 0;
	unsigned int packets = vs_stats_packets(skb, pkt);
	enum vs_verdict verdict;
	struct dst_entry *dst;
	int err;

	dst = vs_way_find(conn, from, skb, state);
	if (!dst)
		return vs_drop(vn, VS_DROP_NO_ROUTE);
	verdict = vs_route_judge(skb, state->pf, dst, room);
	if (verdict == VS_ROUTE_TOO_BIG ||
	    (verdict == VS_ROUTE_TTL && !local))
		return refuse_output(vn, skb, dst, room, state, verdict);
	if (verdict == VS_ROUTE_UP && from == VS_SERVER) {
		dst_release(dst);
		return send_up(vn, conn, skb, pkt);
	}
	if (verdict == VS_ROUTE_UP && conn->client.server->forward->one_way) {
		dst_release(dst);
		return keep(conn, skb, pkt);
	}
	vs_conn_seen(conn, from, pkt);
	skb_forward_csum(skb);
	if (has_helper(conn, from) &&
	    !help(vn, conn, from, skb, pkt, local ? NULL : dst)) {
		dst_release(dst);
		return NF_DROP;
	}
	if (apply(conn, from, skb, pkt, dst, !local)) {
		dst_release(dst);
		return vs_drop(vn, VS_DROP_NO_MEMORY);
	}
	err = vs_route_output_stack(skb, dst, state, !direct);
	if (err)
		vs_send_lost(vn, err);
	else
		count(conn, from, packets, pkt->len);
	return NF_STOLEN;
}

/* A reply to a client here: in LOCAL_IN it is rewritten. */
static bool is_here(struct vs_conn *conn, enum vs_side from)
{
	return from == VS_SERVER &&
	       READ_ONCE(conn->back.flags) & VS_NODE_LOCAL;
}

static unsigned int send_stack(struct vs_net *vn, struct vs_conn *conn,
			       enum vs_side from, struct sk_buff *skb,
			       const struct vs_packet *pkt,
			       const struct nf_hook_state *state)
{
	unsigned int verdict;

	if (vs_send_is_untracked(conn))
		return send_output(vn, conn, from, skb, pkt, state);
	if (is_here(conn, from) || vs_send_is_late(vn, from))
		return NF_ACCEPT;
	verdict = rewrite(vn, conn, from, skb, pkt);
	/* A route that it has is the virtual address's. */
	if (verdict == NF_ACCEPT)
		skb_dst_drop(skb);
	return verdict;
}

/* Apart, since most conns are not of these methods' kind. */
static noinline unsigned int send_unanswered(struct vs_net *vn,
					     struct vs_conn *conn,
					     struct sk_buff *skb,
					     const struct vs_packet *pkt,
					     const struct nf_hook_state *state)
{
	struct vs_server *server = conn->client.server;
	bool dr = server->method == VS_METHOD_DR;
	enum vs_verdict verdict;
	struct dst_entry *dst;

	if (server->method == VS_METHOD_LOCAL)
		return keep(conn, skb, pkt);
	if (READ_ONCE(conn->client.flags) & VS_NODE_STACK ||
	    vs_route_is_stacks(skb, state))
		return send_output(vn, conn, VS_CLIENT, skb, pkt, state);
	dst = route_to_server(vn, server);
	if (unlikely(!dst))
		return vs_drop(vn, VS_DROP_NO_ROUTE);
	verdict = vs_route_judge(skb, state->pf, dst, vs_send_room(server));
	if (likely(verdict == VS_ROUTE_DIRECT))
		return send_direct(vn, conn, VS_CLIENT, skb, pkt, dst,
				   dr ? &server->addr : NULL);
	if (unlikely(verdict == VS_ROUTE_UP))
		return keep(conn, skb, pkt);
	return send_output(vn, conn, VS_CLIENT, skb, pkt, state);
}

static bool is_whole(const struct vs_conn *conn, const struct sk_buff *skb)
{
	const struct vs_server *server = conn->client.server;

	return likely(!skb_is_gso(skb)) ||
	       server->method != VS_METHOD_TUNNEL ||
	       vs_tunnel_takes(skb, vs_tunnel_room(server));
}

/* A super-packet that no tunnel takes whole: each segment by itself. */
static noinline unsigned int send_segments(struct vs_net *vn,
					   struct vs_conn *conn,
					   struct sk_buff *skb,
					   const struct vs_packet *pkt,
					   const struct nf_hook_state *state)
{
	struct vs_packet part = *pkt;
	struct sk_buff *segs, *seg, *next;
	unsigned int verdict;

	segs = skb_gso_segment(skb, 0);
	if (IS_ERR_OR_NULL(segs))
		return vs_drop(vn, VS_DROP_NO_MEMORY);
	/* The first of a list of fragments is the packet itself, held twice. */
	consume_skb(skb);
	skb_list_walk_safe(segs, seg, next) {
		skb_mark_not_on_list(seg);
		part.len = seg->len;
		verdict = state->hook == NF_INET_LOCAL_OUT ?
			  send_output(vn, conn, VS_CLIENT, seg, &part, state) :
			  send_unanswered(vn, conn, seg, &part, state);
		if (verdict != NF_STOLEN)
			kfree_skb(seg);
	}
	return NF_STOLEN;
}

/**
 * vs_send() - send a packet of a conn on its way
 * @vn: namespace
 * @conn: its conn
 * @from: the end that sent it
 * @skb: the packet, at its network header, in PRE_ROUTING
 * @pkt: what the parser found
 * @state: the hook's
 *
 * Context: RCU read side, BH off.
 *
 * Return: the hook's verdict.
 */
unsigned int vs_send(struct vs_net *vn, struct vs_conn *conn,
		     enum vs_side from, struct sk_buff *skb,
		     const struct vs_packet *pkt,
		     const struct nf_hook_state *state)
{
	u8 flags = READ_ONCE(vs_conn_end_of(conn, from)->flags);
	bool direct = !(flags & VS_NODE_STACK);
	enum vs_verdict verdict;
	struct dst_entry *dst;

	if (unlikely(flags & VS_NODE_ONE_WAY))
		return is_whole(conn, skb) ?
		       send_unanswered(vn, conn, skb, pkt, state) :
		       send_segments(vn, conn, skb, pkt, state);
	if (unlikely(vs_route_is_stacks(skb, state))) {
		if (direct)
			turn_to_stack(conn);
		return send_stack(vn, conn, from, skb, pkt, state);
	}
	dst = vs_send_route(vn, conn, from);
	if (unlikely(!dst))
		return direct ? vs_drop(vn, VS_DROP_NO_ROUTE) :
				send_stack(vn, conn, from, skb, pkt, state);
	verdict = vs_route_judge(skb, state->pf, dst, 0);
	if (likely(verdict == VS_ROUTE_DIRECT && direct))
		return send_direct(vn, conn, from, skb, pkt, dst, NULL);
	if (verdict == VS_ROUTE_TTL || verdict == VS_ROUTE_TOO_BIG)
		return refuse(vn, skb, state->pf, dst, 0, verdict);
	if ((verdict == VS_ROUTE_STACK || verdict == VS_ROUTE_UP) && direct)
		turn_to_stack(conn);
	return send_stack(vn, conn, from, skb, pkt, state);
}

/**
 * vs_send_late() - rewrite a reply that went through the stack
 * @vn: namespace
 * @conn: its conn
 * @skb: the reply, at its network header, in POST_ROUTING, LOCAL_IN or, of a
 *	server here, LOCAL_OUT
 * @pkt: what the parser found
 *
 * Context: RCU read side, BH off.
 *
 * Return: the hook's verdict.
 */
unsigned int vs_send_late(struct vs_net *vn, struct vs_conn *conn,
			  struct sk_buff *skb, const struct vs_packet *pkt)
{
	return rewrite(vn, conn, VS_SERVER, skb, pkt);
}

/**
 * vs_send_local() - send a packet of a client here on its way
 * @vn: namespace
 * @conn: its conn
 * @skb: the request, at its network header, in LOCAL_OUT
 * @pkt: what the parser found
 * @state: the hook's
 *
 * It goes on through the stack. So must the conn's replies, to find the client
 * as conntrack knows it.
 *
 * Context: RCU read side, BH off.
 *
 * Return: the hook's verdict.
 */
unsigned int vs_send_local(struct vs_net *vn, struct vs_conn *conn,
			   struct sk_buff *skb, const struct vs_packet *pkt,
			   const struct nf_hook_state *state)
{
	struct vs_server *server = conn->client.server;
	unsigned int verdict;

	if (server->method == VS_METHOD_LOCAL)
		return keep(conn, skb, pkt);
	if (server->forward->one_way)
		return is_whole(conn, skb) ?
		       send_output(vn, conn, VS_CLIENT, skb, pkt, state) :
		       send_segments(vn, conn, skb, pkt, state);
	if (!(READ_ONCE(conn->client.flags) & VS_NODE_LOCAL))
		turn(conn, VS_NODE_STACK | VS_NODE_LOCAL);
	verdict = rewrite(vn, conn, VS_CLIENT, skb, pkt);
	if (verdict != NF_ACCEPT)
		return verdict;
	if (vs_send_is_untracked(conn))
		vs_route_untrack(skb);
	/* The route that it has is the virtual address's. */
	if (vs_route_again(skb, state))
		return vs_drop(vn, VS_DROP_NO_ROUTE);
	return NF_ACCEPT;
}

/**
 * vs_send_back() - send the reply of a full NAT server here to its client
 * @vn: namespace
 * @conn: its conn
 * @skb: the reply, at its network header, in LOCAL_OUT
 * @pkt: what the parser found
 * @state: the hook's
 *
 * It is addressed to the director and would stay here.
 *
 * Context: RCU read side, BH off.
 *
 * Return: the hook's verdict.
 */
unsigned int vs_send_back(struct vs_net *vn, struct vs_conn *conn,
			  struct sk_buff *skb, const struct vs_packet *pkt,
			  const struct nf_hook_state *state)
{
	unsigned int verdict = rewrite(vn, conn, VS_SERVER, skb, pkt);

	if (verdict != NF_ACCEPT)
		return verdict;
	vs_route_untrack(skb);
	if (vs_route_again(skb, state))
		return vs_drop(vn, VS_DROP_NO_ROUTE);
	return NF_ACCEPT;
}
