// SPDX-License-Identifier: GPL-2.0-only
/*
 * The packet's way in.
 *
 * The early hook stands in PRE_ROUTING after the raw table and before
 * conntrack. It finds a packet's conn or makes one, and has it sent on
 * (send.c). Clients on the director itself come by the local hook, in
 * LOCAL_OUT at the same place, and have their replies rewritten in LOCAL_IN.
 * The late hook, in POST_ROUTING, is for other replies that went through the
 * stack, and is there only when it is needed.
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "vs.h"

/* Where a packet was met. */
enum place {
	ARRIVING,	/* PRE_ROUTING */
	LOCAL,		/* LOCAL_OUT */
};

/* Whether a conn's server is as good as gone to its client. */
static bool is_lost(const struct vs_conn *conn, const struct vs_server *server)
{
	bool gone = READ_ONCE(server->state) == VS_SERVER_STATE_DOWN ||
		    READ_ONCE(server->end) != VS_SERVER_THERE;

	if (conn->client.tuple.protocol != IPPROTO_UDP)
		return gone;
	switch (READ_ONCE(server->sum->policy.udp_reselect)) {
	case VS_UDP_RESELECT_DRAIN:
		return gone || !READ_ONCE(server->available);
	case VS_UDP_RESELECT_NEVER:
		return false;
	}
	return gone;
}

static bool reopens(const struct vs_conn *conn, const struct vs_packet *pkt)
{
	const struct vs_server *server = conn->client.server;

	if (likely(READ_ONCE(server->available) &&
		   READ_ONCE(server->end) == VS_SERVER_THERE &&
		   !(pkt->flags & VS_PACKET_OPENS)))
		return false;
	/* Where the conn goes is for its own protocol to say. */
	if (unlikely(vs_packet_follows(pkt)))
		return false;
	return conn->ops->reopens(READ_ONCE(conn->client.proto), pkt,
				  is_lost(conn, server));
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

	/* What a server sends to its clients is for none. */
	if (!vs_filter_has(vn->filter, VS_CLIENT, tuple->family, &tuple->dst))
		return NULL;
	if (tuple->family == NFPROTO_IPV4)
		key.addr.ip = tuple->dst.ip;
	else
		key.addr = tuple->dst;
	return vs_service_find(vn, &key);
}

static unsigned int send(struct vs_net *vn, struct vs_conn *conn,
			 struct sk_buff *skb, const struct vs_packet *pkt,
			 const struct nf_hook_state *state, enum place place)
{
	if (unlikely(place == LOCAL))
		return vs_send_local(vn, conn, skb, pkt, state);
	return vs_send(vn, conn, VS_CLIENT, skb, pkt, state);
}

/* Apart, since a conn on the stack is none of the others' business. */
static noinline unsigned int send_once(struct vs_net *vn,
				       const struct vs_service *service,
				       struct sk_buff *skb,
				       const struct vs_packet *pkt,
				       const struct nf_hook_state *state,
				       enum place place)
{
	unsigned int verdict;
	struct vs_conn conn;

	if (!vs_conn_once(&conn, service, pkt))
		return vs_drop(vn, VS_DROP_NO_SERVER);
	verdict = send(vn, &conn, skb, pkt, state, place);
	vs_conn_once_done(&conn);
	return verdict;
}

/* The reply of a server here: this comes before the late hooks. */
static unsigned int reply_local(struct vs_net *vn, struct vs_conn *conn,
				struct sk_buff *skb,
				const struct vs_packet *pkt,
				const struct nf_hook_state *state)
{
	if (vs_send_is_untracked(conn))
		return vs_send_back(vn, conn, skb, pkt, state);
	/* Pairs with the release in vs_hook_late(). */
	return smp_load_acquire(&vn->late) ? NF_ACCEPT :
	       vs_send_late(vn, conn, skb, pkt);
}

/* A reply of a service that has no conns, perhaps. */
static noinline unsigned int reply_once(struct vs_net *vn, struct sk_buff *skb,
					const struct vs_packet *pkt,
					const struct nf_hook_state *state)
{
	unsigned int verdict;
	struct vs_conn conn;

	if (!vs_conn_once_reply(&conn, vn, pkt))
		return NF_ACCEPT;
	if (state->hook == NF_INET_PRE_ROUTING)
		verdict = vs_send(vn, &conn, VS_SERVER, skb, pkt, state);
	else
		verdict = vs_send_late(vn, &conn, skb, pkt);
	vs_conn_once_done(&conn);
	return verdict;
}

/*
 * A packet that opens a data conn, which a control conn spoke of. Return: false
 * if it is none.
 */
static noinline bool admit_data(struct vs_net *vn, struct sk_buff *skb,
				const struct vs_packet *pkt,
				const struct nf_hook_state *state,
				enum place place, unsigned int *verdict)
{
	struct vs_conn *conn;
	enum vs_side from;
	enum vs_drop why;

	if (!vs_helper_expected(vn, pkt, &conn, &from, &why))
		return false;
	if (!conn)
		*verdict = vs_drop(vn, why);
	else if (from == VS_CLIENT)
		*verdict = send(vn, conn, skb, pkt, state, place);
	else if (place == ARRIVING)
		*verdict = vs_send(vn, conn, from, skb, pkt, state);
	else
		*verdict = reply_local(vn, conn, skb, pkt, state);
	return true;
}

static bool may_be_data(const struct vs_net *vn, const struct vs_packet *pkt)
{
	return (pkt->flags & VS_PACKET_OPENS) &&
	       unlikely(atomic_read(&vn->nr_expects));
}

static bool may_be_once(const struct vs_net *vn, const struct vs_packet *pkt)
{
	return unlikely(READ_ONCE(vn->nr_once)) &&
	       pkt->protocol == IPPROTO_UDP;
}

/* A packet of no conn: for none of our services, or one to schedule. */
static unsigned int admit(struct vs_net *vn, struct sk_buff *skb,
			  const struct vs_packet *pkt,
			  const struct nf_hook_state *state, enum place place)
{
	const struct vs_service *service;
	struct vs_conn *conn;
	unsigned int verdict;
	enum vs_drop why;

	if (unlikely(vs_packet_follows(pkt)))
		return NF_ACCEPT;
	service = service_of(vn, pkt);
	if (may_be_data(vn, pkt) &&
	    admit_data(vn, skb, pkt, state, place, &verdict))
		return verdict;
	if (!service && place == ARRIVING && may_be_once(vn, pkt))
		return reply_once(vn, skb, pkt, state);
	if (!service || unlikely(vs_packet_is_martian(&pkt->tuple)))
		return NF_ACCEPT;
	if (READ_ONCE(service->config.one_packet))
		return send_once(vn, service, skb, pkt, state, place);
	/* A local client's was perhaps there before the service. */
	if (!service->proto->opens(pkt, READ_ONCE(service->config.sloppy)))
		return place == LOCAL ? NF_ACCEPT :
					vs_drop(vn, VS_DROP_NO_CONN);
	conn = vs_conn_new(vn, service, pkt, &why);
	if (unlikely(!conn))
		return vs_drop(vn, why);
	return send(vn, conn, skb, pkt, state, place);
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

/* Errors come from and go to strangers. */
static bool may_be_icmp(const struct sk_buff *skb, u8 family)
{
	u8 nexthdr;

	if (family == NFPROTO_IPV4)
		return ip_hdr(skb)->protocol == IPPROTO_ICMP;
	nexthdr = ipv6_hdr(skb)->nexthdr;
	return nexthdr == NEXTHDR_ICMP || nexthdr == NEXTHDR_HOP ||
	       nexthdr == NEXTHDR_DEST;
}

/*
 * ESP and AH have no ports to tell conns apart by that have one source address.
 */
static bool is_shared(const struct vs_conn *conn)
{
	return conn->client.flags & VS_NODE_BOTH;
}

static unsigned int arrive_parsed(struct vs_net *vn, struct sk_buff *skb,
				  struct vs_packet *pkt,
				  const struct nf_hook_state *state)
{
	unsigned int verdict;
	struct vs_conn *conn;
	enum vs_side from;

	conn = vs_conn_find(vn, &pkt->tuple, &from);
	if (!conn)
		return admit(vn, skb, pkt, state, ARRIVING);
	if (unlikely(vs_packet_follows(pkt) && is_shared(conn)))
		return NF_ACCEPT;
	if (from == VS_CLIENT && unlikely(reopens(conn, pkt))) {
		vs_conn_end(conn);
		return admit(vn, skb, pkt, state, ARRIVING);
	}
	/* A server may open the tuple of its last data conn again. */
	if (from == VS_SERVER && may_be_data(vn, pkt) &&
	    admit_data(vn, skb, pkt, state, ARRIVING, &verdict))
		return verdict;
	return vs_send(vn, conn, from, skb, pkt, state);
}

/* What reassembly leaves alone, or vs does: see vs_fragment_gather(). */
static unsigned int judge_fragment(struct vs_net *vn,
				   struct vs_packet *pkt)
{
	enum vs_side from;

	if (vs_conn_find(vn, &pkt->tuple, &from) || service_of(vn, pkt))
		return vs_drop(vn, VS_DROP_FRAGMENT);
	return NF_ACCEPT;
}

/* No packet of a conn, or not yet: fragments, ICMP, and what is foreign. */
static noinline unsigned int arrive_other(struct vs_net *vn,
					  struct sk_buff *skb,
					  const struct nf_hook_state *state)
{
	struct vs_packet pkt;
	int err;

	if (!vs_fragment_is(skb, state->pf))
		return vs_icmp(vn, skb, state);
	if (!is_for_service(vn, skb, state->pf) &&
	    !is_from_server(vn, skb, state->pf))
		return NF_ACCEPT;
	err = vs_fragment_gather(vn->net, skb, state->pf);
	if (err == -EINPROGRESS)
		return NF_STOLEN;
	if (err) {
		vs_drops_count(vn->drops, VS_DROP_FRAGMENT);
		return NF_STOLEN;
	}
	switch (vs_packet_parse(skb, state->pf, &pkt)) {
	case VS_PARSED:
		return arrive_parsed(vn, skb, &pkt, state);
	case VS_PARSED_FRAGMENT:
		return judge_fragment(vn, &pkt);
	default:
		return vs_icmp(vn, skb, state);
	}
}

static unsigned int arrive(struct vs_net *vn, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	struct vs_packet pkt;

	/*
	 * What came as a link-layer broadcast is not forwarded, what comes
	 * from here has its route, and what tc gave a socket goes there.
	 */
	if (unlikely(skb->pkt_type != PACKET_HOST || skb->sk ||
		     state->in->flags & IFF_LOOPBACK))
		return NF_ACCEPT;
	if (unlikely(vs_packet_parse(skb, state->pf, &pkt) != VS_PARSED))
		return arrive_other(vn, skb, state);
	return arrive_parsed(vn, skb, &pkt, state);
}

static bool concerns(const struct vs_net *vn, const struct sk_buff *skb,
		     u8 family)
{
	return is_for_service(vn, skb, family) ||
	       is_from_server(vn, skb, family) || may_be_icmp(skb, family);
}

static unsigned int hook_early(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	struct vs_net *vn = priv;
	unsigned int verdict;

	/* The stack has seen to it that the IP header is linear. */
	if (likely(!concerns(vn, skb, state->pf)))
		return NF_ACCEPT;
	if (likely(softirq_count()))
		return arrive(vn, skb, state);
	/* Back from a queue to user space, it comes with BH on. */
	local_bh_disable();
	verdict = arrive(vn, skb, state);
	local_bh_enable();
	return verdict;
}

/* A local client's request, or the reply of a server here. */
static unsigned int depart(struct vs_net *vn, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	struct vs_packet pkt;
	struct vs_conn *conn;
	enum vs_side from;

	if (vs_packet_parse(skb, state->pf, &pkt) != VS_PARSED)
		return vs_icmp(vn, skb, state);
	conn = vs_conn_find(vn, &pkt.tuple, &from);
	if (!conn)
		return admit(vn, skb, &pkt, state, LOCAL);
	if (from == VS_SERVER)
		return reply_local(vn, conn, skb, &pkt, state);
	if (unlikely(reopens(conn, &pkt))) {
		vs_conn_end(conn);
		return admit(vn, skb, &pkt, state, LOCAL);
	}
	return vs_send_local(vn, conn, skb, &pkt, state);
}

static unsigned int hook_local(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	struct vs_net *vn = priv;
	unsigned int verdict;

	if (likely(!concerns(vn, skb, state->pf)))
		return NF_ACCEPT;
	/* Packets of local processes come with BH on. */
	local_bh_disable();
	verdict = depart(vn, skb, state);
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
		return vs_icmp(vn, skb, state);
	conn = vs_conn_find(vn, &pkt.tuple, &from);
	if (!conn && may_be_once(vn, &pkt))
		return reply_once(vn, skb, &pkt, state);
	if (!conn || from != VS_SERVER)
		return NF_ACCEPT;
	return vs_send_late(vn, conn, skb, &pkt);
}

static unsigned int hook_late(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct vs_net *vn = priv;
	unsigned int verdict;

	if (likely(!is_from_server(vn, skb, state->pf) &&
		   !may_be_icmp(skb, state->pf)))
		return NF_ACCEPT;
	/* Packets of local processes come with BH on. */
	local_bh_disable();
	verdict = rewrite_reply(vn, skb, state);
	local_bh_enable();
	return verdict;
}

#define HOOK(_hook, _pf, _hooknum, _priority) {				\
	.hook		= _hook,					\
	.pf		= _pf,						\
	.hooknum	= _hooknum,					\
	.priority	= _priority,					\
}

static const struct nf_hook_ops early_hooks[VS_FAMILIES] = {
	HOOK(hook_early, NFPROTO_IPV4, NF_INET_PRE_ROUTING,
	     NF_IP_PRI_CONNTRACK - 1),
	HOOK(hook_early, NFPROTO_IPV6, NF_INET_PRE_ROUTING,
	     NF_IP6_PRI_CONNTRACK - 1),
};

static const struct nf_hook_ops local_hooks[VS_FAMILIES][2] = {
	{
		HOOK(hook_local, NFPROTO_IPV4, NF_INET_LOCAL_OUT,
		     NF_IP_PRI_CONNTRACK - 1),
		HOOK(hook_late, NFPROTO_IPV4, NF_INET_LOCAL_IN,
		     NF_IP_PRI_LAST - 1),
	},
	{
		HOOK(hook_local, NFPROTO_IPV6, NF_INET_LOCAL_OUT,
		     NF_IP6_PRI_CONNTRACK - 1),
		HOOK(hook_late, NFPROTO_IPV6, NF_INET_LOCAL_IN,
		     NF_IP6_PRI_LAST - 1),
	},
};

static const struct nf_hook_ops late_hooks[VS_FAMILIES] = {
	HOOK(hook_late, NFPROTO_IPV4, NF_INET_POST_ROUTING,
	     NF_IP_PRI_LAST - 1),
	HOOK(hook_late, NFPROTO_IPV6, NF_INET_POST_ROUTING,
	     NF_IP6_PRI_LAST - 1),
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

static void unregister_family(struct vs_net *vn, unsigned int family)
{
	hook_unregister(vn, &vn->hooks[family]);
	hook_unregister(vn, &vn->local_hooks[family][0]);
	hook_unregister(vn, &vn->local_hooks[family][1]);
	hook_unregister(vn, &vn->late_hooks[family]);
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
	/* Pairs with vs_send_is_late(): they are there before it counts. */
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
 * family is added, or a tunnel's server.
 *
 * Return: 0 or -errno.
 */
int vs_hook_enable(struct vs_net *vn, u8 family)
{
	unsigned int i = vs_family_index(family);
	unsigned int j;
	int err;

	lockdep_assert_held(&vn->lock);
	if (vn->hooks[i])
		return 0;
	if (!vn->filter) {
		vn->filter = vs_filter_new();
		if (!vn->filter)
			return -ENOMEM;
	}
	err = vs_conn_table_init(vn) ?: vs_helper_net_enable(vn);
	if (err)
		return err;
	/* Both families have the late hooks, or none. */
	if (vn->late)
		err = hook_register(vn, &vn->late_hooks[i], &late_hooks[i]);
	for (j = 0; j < 2 && !err; j++)
		err = hook_register(vn, &vn->local_hooks[i][j],
				    &local_hooks[i][j]);
	if (!err)
		err = hook_register(vn, &vn->hooks[i], &early_hooks[i]);
	if (err) {
		unregister_family(vn, i);
		return err;
	}
	vs_collect_soon(vn);
	return 0;
}

/**
 * vs_hook_trim() - see no packets of families without a service or tunnel
 * @vn: namespace, with vn->lock held
 *
 * To be called after services or servers were removed, or could not be added.
 */
void vs_hook_trim(struct vs_net *vn)
{
	unsigned int i;

	lockdep_assert_held(&vn->lock);
	for (i = 0; i < VS_FAMILIES; i++) {
		if (!vn->nr_services[i] && !vn->nr_outer[i])
			unregister_family(vn, i);
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
