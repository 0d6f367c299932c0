// SPDX-License-Identifier: GPL-2.0-only
/*
 * The packet's way.
 *
 * The early hook stands in PRE_ROUTING after the raw table and before
 * conntrack. It finds a packet's conn or makes one, rewrites the packet and
 * sends it to the neighbour itself. Where a service asks for it, or only the
 * stack can do right by a packet, it goes through the stack instead: a request
 * is rewritten here, a reply by the late hook in POST_ROUTING, so that
 * conntrack and the host's rules see one consistent pair of addresses, the
 * client's and the server's.
 */
#include <linux/indirect_call_wrapper.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "vs.h"

static unsigned int drop(struct vs_net *vn, enum vs_drop reason)
{
	vs_drops_count(vn->drops, reason);
	return NF_DROP;
}

/* Down or removed: one that drains still answers. */
static bool is_gone(const struct vs_server *server)
{
	return READ_ONCE(server->state) == VS_SERVER_STATE_DOWN ||
	       READ_ONCE(server->end) != VS_SERVER_THERE;
}

static bool reopens(const struct vs_conn *conn, const struct vs_packet *pkt)
{
	bool gone = is_gone(conn->client.server);

	if (likely(!gone && !(pkt->flags & VS_PACKET_OPENS)))
		return false;
	/* Where the conn goes is for its own protocol to say. */
	if (unlikely(vs_packet_follows(pkt)))
		return false;
	return conn->ops->reopens(READ_ONCE(conn->client.proto), pkt, gone);
}

static struct vs_server *server_of(struct vs_conn *conn, enum vs_side from)
{
	return vs_conn_end_of(conn, from)->server;
}

static int apply(struct vs_conn *conn, enum vs_side from, struct sk_buff *skb,
		 const struct vs_packet *pkt, bool hop)
{
	return INDIRECT_CALL_1(server_of(conn, from)->forward->apply,
			       vs_nat_apply, skb, pkt, conn, from, hop);
}

static void count(struct vs_conn *conn, enum vs_side from, unsigned int packets,
		  unsigned int bytes)
{
	if (from == VS_CLIENT)
		vs_stats_in(server_of(conn, from)->stats, packets, bytes);
	else
		vs_stats_out(server_of(conn, from)->stats, packets, bytes);
}

/* Into the stack, or on through it. */
static unsigned int rewrite(struct vs_net *vn, struct vs_conn *conn,
			    enum vs_side from, struct sk_buff *skb,
			    const struct vs_packet *pkt)
{
	unsigned int packets = vs_stats_packets(skb, pkt);

	vs_conn_seen(conn, from, pkt);
	if (apply(conn, from, skb, pkt, false))
		return drop(vn, VS_DROP_NO_MEMORY);
	/* A route that it has is the virtual address's. */
	if (from == VS_CLIENT)
		skb_dst_drop(skb);
	count(conn, from, packets, pkt->len);
	return NF_ACCEPT;
}

/*
 * The stack path: replies are the late hook's. It is there while a service
 * asks for this path; for others it is called for with the first packet that
 * needs it, and the few replies that come before it are rewritten early.
 */
static unsigned int forward_stack(struct vs_net *vn, struct vs_conn *conn,
				  enum vs_side from, struct sk_buff *skb,
				  const struct vs_packet *pkt)
{
	/* Pairs with the release in vs_hook_late(). */
	if (unlikely(!smp_load_acquire(&vn->late)))
		schedule_work(&vn->late_work);
	else if (from == VS_SERVER)
		return NF_ACCEPT;
	return rewrite(vn, conn, from, skb, pkt);
}

static unsigned int forward_direct(struct vs_net *vn, struct vs_conn *conn,
				   enum vs_side from, struct sk_buff *skb,
				   const struct vs_packet *pkt,
				   struct dst_entry *dst, u8 family)
{
	unsigned int packets;

	vs_conn_seen(conn, from, pkt);
	packets = vs_stats_packets(skb, pkt);
	/* A checksum that was received is of no use to a sender. */
	skb_forward_csum(skb);
	if (unlikely(apply(conn, from, skb, pkt, true)))
		return drop(vn, VS_DROP_NO_MEMORY);
	if (unlikely(vs_route_output(skb, dst, family))) {
		vs_drops_count(vn->drops, VS_DROP_NO_MEMORY);
		return NF_STOLEN;
	}
	count(conn, from, packets, pkt->len);
	return NF_STOLEN;
}

static struct dst_entry *route(struct vs_net *vn, struct vs_conn *conn,
			       enum vs_side from, u8 family)
{
	struct vs_server *server = server_of(conn, from);

	if (from == VS_CLIENT)
		return vs_route_get(&server->route, vn->net, family,
				    &server->addr, NULL);
	return vs_route_get(&conn->route, vn->net, family,
			    &conn->client.tuple.src, &conn->client.tuple.dst);
}

static unsigned int refuse(struct vs_net *vn, struct sk_buff *skb,
			   struct dst_entry *dst, u8 family,
			   enum vs_verdict verdict)
{
	vs_route_refuse(skb, dst, family, verdict);
	return drop(vn, verdict == VS_ROUTE_TTL ? VS_DROP_TTL :
						  VS_DROP_TOO_BIG);
}

/* For good and both ways, or conntrack would see but half of a conn. */
static void turn_to_stack(struct vs_conn *conn)
{
	WRITE_ONCE(conn->client.path, VS_PATH_STACK);
	WRITE_ONCE(conn->back.path, VS_PATH_STACK);
}

static unsigned int forward(struct vs_net *vn, struct vs_conn *conn,
			    enum vs_side from, struct sk_buff *skb,
			    const struct vs_packet *pkt,
			    const struct nf_hook_state *state)
{
	bool direct = READ_ONCE(vs_conn_end_of(conn, from)->path) ==
		      VS_PATH_DIRECT;
	enum vs_verdict verdict;
	struct dst_entry *dst;

	if (unlikely(vs_route_is_stacks(skb, state))) {
		if (direct)
			turn_to_stack(conn);
		return forward_stack(vn, conn, from, skb, pkt);
	}
	dst = route(vn, conn, from, state->pf);
	if (unlikely(!dst))
		return direct ? drop(vn, VS_DROP_NO_ROUTE) :
				forward_stack(vn, conn, from, skb, pkt);
	verdict = vs_route_judge(skb, dst, state->pf);
	if (likely(verdict == VS_ROUTE_DIRECT && direct))
		return forward_direct(vn, conn, from, skb, pkt, dst, state->pf);
	if (verdict == VS_ROUTE_TTL || verdict == VS_ROUTE_TOO_BIG)
		return refuse(vn, skb, dst, state->pf, verdict);
	if (verdict == VS_ROUTE_STACK && direct)
		turn_to_stack(conn);
	return forward_stack(vn, conn, from, skb, pkt);
}

static const struct vs_service *service_of(const struct vs_net *vn,
					   const struct vs_packet *pkt)
{
	const struct vs_tuple *tuple = &pkt->tuple;
	struct vs_service_key key = {
		.port		= tuple->dport,
		.family		= tuple->family,
		.protocol	= tuple->protocol,
	};

	if (tuple->family == NFPROTO_IPV4)
		key.addr.ip = tuple->dst.ip;
	else
		key.addr = tuple->dst;
	return vs_service_find(vn, &key);
}

/*
 * No client has such an address. The stack, which drops what comes from one,
 * is not to be passed by.
 */
static bool is_martian(const struct vs_tuple *tuple)
{
	__be32 ip = tuple->src.ip;

	if (tuple->family == NFPROTO_IPV4)
		return ipv4_is_zeronet(ip) || ipv4_is_loopback(ip) ||
		       ipv4_is_multicast(ip) || ipv4_is_lbcast(ip);
	return !(ipv6_addr_type(&tuple->src.in6) & IPV6_ADDR_UNICAST) ||
	       ipv6_addr_type(&tuple->src.in6) & (IPV6_ADDR_LOOPBACK |
						  IPV6_ADDR_LINKLOCAL);
}

/* A packet of no conn: for none of our services, or one to schedule. */
static unsigned int admit(struct vs_net *vn, struct sk_buff *skb,
			  const struct vs_packet *pkt,
			  const struct nf_hook_state *state)
{
	const struct vs_service *service = service_of(vn, pkt);
	struct vs_conn *conn;
	enum vs_drop why;

	if (!service || unlikely(is_martian(&pkt->tuple)) ||
	    vs_packet_follows(pkt))
		return NF_ACCEPT;
	if (!service->proto->opens(pkt, READ_ONCE(service->config.sloppy)))
		return drop(vn, VS_DROP_NO_CONN);
	conn = vs_conn_new(vn, service, pkt, &why);
	if (unlikely(!conn))
		return drop(vn, why);
	return forward(vn, conn, VS_CLIENT, skb, pkt, state);
}

/* The first of a packet's fragments: without it the rest are no harm. */
static unsigned int judge_fragment(struct vs_net *vn,
				   struct vs_packet *pkt)
{
	enum vs_side from;

	if (vs_conn_find(vn, &pkt->tuple, &from) || service_of(vn, pkt))
		return drop(vn, VS_DROP_FRAGMENT);
	return NF_ACCEPT;
}

static bool is_from_server(const struct vs_net *vn, const struct sk_buff *skb,
			   u8 family)
{
	const void *src = family == NFPROTO_IPV4 ?
			  (const void *)&ip_hdr(skb)->saddr :
			  (const void *)&ipv6_hdr(skb)->saddr;

	return vs_filter_has(vn->filter, VS_SERVER, family, src);
}

static bool is_for_service(const struct vs_net *vn, const struct sk_buff *skb,
			   u8 family)
{
	const void *dst = family == NFPROTO_IPV4 ?
			  (const void *)&ip_hdr(skb)->daddr :
			  (const void *)&ipv6_hdr(skb)->daddr;

	return vs_filter_has(vn->filter, VS_CLIENT, family, dst);
}

static unsigned int arrive(struct vs_net *vn, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	struct vs_packet pkt;
	struct vs_conn *conn;
	enum vs_side from;

	/*
	 * What came as a link-layer broadcast is not forwarded, what comes
	 * from here has its route, and what tc gave a socket goes there.
	 */
	if (unlikely(skb->pkt_type != PACKET_HOST || skb->sk ||
		     state->in->flags & IFF_LOOPBACK))
		return NF_ACCEPT;

	switch (vs_packet_parse(skb, state->pf, &pkt)) {
	case VS_PARSED:
		break;
	case VS_PARSED_FRAGMENT:
		return judge_fragment(vn, &pkt);
	default:
		return NF_ACCEPT;
	}

	conn = vs_conn_find(vn, &pkt.tuple, &from);
	if (!conn)
		return admit(vn, skb, &pkt, state);
	if (from == VS_CLIENT && unlikely(reopens(conn, &pkt))) {
		vs_conn_end(conn);
		return admit(vn, skb, &pkt, state);
	}
	return forward(vn, conn, from, skb, &pkt, state);
}

static unsigned int hook_early(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	struct vs_net *vn = priv;
	unsigned int verdict;

	/* The stack has seen to it that the IP header is linear. */
	if (likely(!is_for_service(vn, skb, state->pf) &&
		   !is_from_server(vn, skb, state->pf)))
		return NF_ACCEPT;
	if (likely(softirq_count()))
		return arrive(vn, skb, state);
	/* Back from a queue to user space, it comes with BH on. */
	local_bh_disable();
	verdict = arrive(vn, skb, state);
	local_bh_enable();
	return verdict;
}

static unsigned int rewrite_reply(struct vs_net *vn, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	struct vs_packet pkt;
	struct vs_conn *conn;
	enum vs_side from;

	if (vs_packet_parse(skb, state->pf, &pkt) != VS_PARSED)
		return NF_ACCEPT;
	conn = vs_conn_find(vn, &pkt.tuple, &from);
	if (!conn || from != VS_SERVER)
		return NF_ACCEPT;
	return rewrite(vn, conn, from, skb, &pkt);
}

static unsigned int hook_late(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct vs_net *vn = priv;
	unsigned int verdict;

	if (likely(!is_from_server(vn, skb, state->pf)))
		return NF_ACCEPT;
	/* Packets of local processes come with BH on. */
	local_bh_disable();
	verdict = rewrite_reply(vn, skb, state);
	local_bh_enable();
	return verdict;
}

static const struct nf_hook_ops early_hooks[VS_FAMILIES] = {
	{
		.hook		= hook_early,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP_PRI_CONNTRACK - 1,
	},
	{
		.hook		= hook_early,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP6_PRI_CONNTRACK - 1,
	},
};

static const struct nf_hook_ops late_hooks[VS_FAMILIES] = {
	{
		.hook		= hook_late,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP_PRI_LAST - 1,
	},
	{
		.hook		= hook_late,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_POST_ROUTING,
		.priority	= NF_IP6_PRI_LAST - 1,
	},
};

static int hook_register(struct vs_net *vn, struct vs_hook **where,
			 const struct nf_hook_ops *what)
{
	struct vs_hook *hook;
	int err;

	if (*where)
		return 0;
	hook = kzalloc(sizeof(*hook), GFP_KERNEL);
	if (!hook)
		return -ENOMEM;
	hook->ops = *what;
	hook->ops.priv = vn;
	err = nf_register_net_hook(vn->net, &hook->ops);
	if (err) {
		kfree(hook);
		return err;
	}
	WRITE_ONCE(*where, hook);
	return 0;
}

static void hook_unregister(struct vs_net *vn, struct vs_hook **where)
{
	struct vs_hook *hook = *where;

	if (!hook)
		return;
	nf_unregister_net_hook(vn->net, &hook->ops);
	WRITE_ONCE(*where, NULL);
	kfree_rcu(hook, rcu);
}

/**
 * vs_hook_late() - let replies go through the stack before they are rewritten
 * @vn: namespace, with vn->lock held
 *
 * Does nothing if they do already, or if no packets are seen.
 *
 * Return: 0 or -errno.
 */
int vs_hook_late(struct vs_net *vn)
{
	unsigned int i;
	int err;

	lockdep_assert_held(&vn->lock);
	for (i = 0; i < VS_FAMILIES; i++) {
		if (!vn->hooks[i])
			continue;
		err = hook_register(vn, &vn->late_hooks[i], &late_hooks[i]);
		if (err)
			return err;
	}
	/* Pairs with forward_stack(): the hooks are there before it counts. */
	smp_store_release(&vn->late, vn->hooks[0] || vn->hooks[1]);
	return 0;
}

static void late_work(struct work_struct *work)
{
	struct vs_net *vn = container_of(work, struct vs_net, late_work);

	mutex_lock(&vn->lock);
	/* If it fails the next packet calls for it again. */
	vs_hook_late(vn);
	mutex_unlock(&vn->lock);
}

/**
 * vs_hook_enable() - see the packets of a family
 * @vn: namespace, with vn->lock held
 * @family: NFPROTO_*
 *
 * Does nothing if they are seen already. To be called before a service of that
 * family is added.
 *
 * Return: 0 or -errno.
 */
int vs_hook_enable(struct vs_net *vn, u8 family)
{
	unsigned int i = vs_family_index(family);
	int err;

	lockdep_assert_held(&vn->lock);
	if (vn->hooks[i])
		return 0;
	if (!vn->filter) {
		vn->filter = vs_filter_new();
		if (!vn->filter)
			return -ENOMEM;
	}
	err = vs_conn_table_init(vn);
	if (err)
		return err;
	/* Both families have the late hook, or none. */
	if (vn->late) {
		err = hook_register(vn, &vn->late_hooks[i], &late_hooks[i]);
		if (err)
			return err;
	}
	err = hook_register(vn, &vn->hooks[i], &early_hooks[i]);
	if (err) {
		hook_unregister(vn, &vn->late_hooks[i]);
		return err;
	}
	vs_collect_soon(vn);
	return 0;
}

/**
 * vs_hook_trim() - see no packets of families without a service
 * @vn: namespace, with vn->lock held
 *
 * To be called after services were removed, or could not be added.
 */
void vs_hook_trim(struct vs_net *vn)
{
	unsigned int i;

	lockdep_assert_held(&vn->lock);
	for (i = 0; i < VS_FAMILIES; i++) {
		if (vn->nr_services[i])
			continue;
		hook_unregister(vn, &vn->hooks[i]);
		hook_unregister(vn, &vn->late_hooks[i]);
	}
	if (!vn->hooks[0] && !vn->hooks[1])
		WRITE_ONCE(vn->late, false);
}

/**
 * vs_hook_net_init() - what hooks need in a namespace
 * @vn: namespace
 */
void vs_hook_net_init(struct vs_net *vn)
{
	INIT_WORK(&vn->late_work, late_work);
}

/**
 * vs_hook_net_exit() - the opposite; no packet is seen any more
 * @vn: namespace
 */
void vs_hook_net_exit(struct vs_net *vn)
{
	cancel_work_sync(&vn->late_work);
}
