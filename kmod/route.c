// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cached routes, and the way from the hook to the neighbour.
 *
 * A route is looked up as the director's own output would be, for requests
 * without the client's address: it serves all clients of a server. What this
 * cannot do right (rules, XFRM, VRF, fragmenting, IP options) is left to the
 * stack: vs_route_is_stacks() and vs_route_judge() say what.
 */
#include <linux/icmpv6.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/netdevice.h>
#include <net/gso.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/l3mdev.h>
#include <net/neighbour.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "vs.h"

/**
 * vs_source_init() - a source that is not known yet
 * @source: what is initialised
 */
void vs_source_init(struct vs_source *source)
{
	seqlock_init(&source->lock);
	memset(&source->addr, 0, sizeof(source->addr));
}

/**
 * vs_source_get() - what a route's packets are to come from
 * @source: as vs_route_get() left it
 * @addr: where the address goes
 *
 * Context: any.
 */
void vs_source_get(struct vs_source *source, union vs_addr *addr)
{
	unsigned int seq;

	do {
		seq = read_seqbegin(&source->lock);
		*addr = source->addr;
	} while (read_seqretry(&source->lock, seq));
}

static void source_set(struct vs_source *source, const union vs_addr *addr)
{
	union vs_addr now;

	/* Most of the time it is what it was, and its readers are many. */
	vs_source_get(source, &now);
	if (!memcmp(&now, addr, sizeof(now)))
		return;
	write_seqlock(&source->lock);
	source->addr = *addr;
	write_sequnlock(&source->lock);
}

static struct dst_entry *route_lookup4(struct net *net,
				       const struct vs_route_key *key, u32 mark,
				       int domain)
{
	struct flowi4 fl4 = {
		.daddr = key->daddr->ip,
		.saddr = key->saddr ? key->saddr->ip : 0,
		.flowi4_mark = mark,
		.flowi4_oif = domain,
		/* The virtual address need not be the director's. */
		.flowi4_flags = FLOWI_FLAG_ANYSRC |
				(key->direct ? FLOWI_FLAG_KNOWN_NH : 0),
	};
	struct rtable *rt = ip_route_output_key(net, &fl4);
	union vs_addr saddr = {};

	if (IS_ERR(rt))
		return NULL;
	saddr.ip = fl4.saddr;
	if (key->source)
		source_set(key->source, &saddr);
	return &rt->dst;
}

/* Finds a source as well, which is no cheap matter. */
static struct dst_entry *route_lookup6_source(struct net *net,
					      struct flowi6 *fl6,
					      struct vs_source *source)
{
	union vs_addr saddr;
	struct dst_entry *dst;

	if (ip6_dst_lookup(net, NULL, &dst, fl6))
		return NULL;
	saddr.in6 = fl6->saddr;
	source_set(source, &saddr);
	return dst;
}

static struct dst_entry *route_lookup6(struct net *net,
				       const struct vs_route_key *key, u32 mark,
				       int domain)
{
	struct flowi6 fl6 = {
		.daddr = key->daddr->in6,
		.flowi6_mark = mark,
		.flowi6_oif = domain,
		.flowi6_flags = FLOWI_FLAG_ANYSRC |
				(key->direct ? FLOWI_FLAG_KNOWN_NH : 0),
	};
	struct dst_entry *dst;

	if (key->saddr)
		fl6.saddr = key->saddr->in6;
	dst = key->source ? route_lookup6_source(net, &fl6, key->source) :
			    ip6_route_output(net, NULL, &fl6);
	if (dst && dst->error) {
		dst_release(dst);
		return NULL;
	}
	return dst;
}

static struct dst_entry *route_lookup(struct net *net,
				      const struct vs_route_key *key, u32 mark,
				      int domain)
{
	return key->family == NFPROTO_IPV4 ?
	       route_lookup4(net, key, mark, domain) :
	       route_lookup6(net, key, mark, domain);
}

static struct dst_entry *route_renew(struct vs_route *route, struct net *net,
				     const struct vs_route_key *key)
{
	struct dst_entry *dst = route_lookup(net, key, 0, 0);
	u32 cookie = 0;

	if (dst && key->family == NFPROTO_IPV6)
		cookie = rt6_get_cookie((struct rt6_info *)dst);
	/*
	 * Another CPU may renew it too, and a cookie meet the other's dst. It
	 * fails the next check then, but if routes changed between the two:
	 * that dst is used until they change again.
	 */
	WRITE_ONCE(route->cookie, cookie);
	/* A dst outlives its last reference by a grace period. */
	dst_release(unrcu_pointer(xchg(&route->dst, RCU_INITIALIZER(dst))));
	return dst;
}

/**
 * vs_route_get() - a route that holds now
 * @route: the cache
 * @net: namespace
 * @key: what it is looked up by, which is always the same for this cache
 *
 * Context: RCU read side, BH off.
 *
 * Return: the route, valid until the RCU read side ends; NULL if there is none.
 */
struct dst_entry *vs_route_get(struct vs_route *route, struct net *net,
			       const struct vs_route_key *key)
{
	return vs_route_cached(route) ?: route_renew(route, net, key);
}

/* The routing domain of a packet, if it has one: the index of its VRF. */
static int domain_of(const struct nf_hook_state *state)
{
	const struct net_device *dev = state->in ?: state->out;

	return dev ? l3mdev_master_ifindex_rcu(dev) : 0;
}

/**
 * vs_route_find() - a route for one packet
 * @skb: the packet
 * @state: the hook's
 * @key: what it is looked up by, besides what rules may ask for
 *
 * Unlike one of vs_route_get() it is right where rules or a VRF decide, and
 * may be @direct.
 *
 * Context: RCU read side, BH off.
 *
 * Return: the route with a reference, or NULL if there is none.
 */
struct dst_entry *vs_route_find(const struct sk_buff *skb,
				const struct nf_hook_state *state,
				const struct vs_route_key *key)
{
	return route_lookup(state->net, key, skb->mark, domain_of(state));
}

/**
 * vs_route_drop() - empty a cache
 * @route: the cache; nobody else writes it any more
 */
void vs_route_drop(struct vs_route *route)
{
	dst_release(unrcu_pointer(xchg(&route->dst, NULL)));
}

#ifdef CONFIG_XFRM
static bool has_xfrm(const struct net *net, const struct sk_buff *skb)
{
	return net->xfrm.policy_count[XFRM_POLICY_OUT] ||
	       net->xfrm.policy_count[XFRM_POLICY_FWD] || secpath_exists(skb);
}
#else
static bool has_xfrm(const struct net *net, const struct sk_buff *skb)
{
	return false;
}
#endif

#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
/* On its way through the bridge, not up: where to is the bridge's business. */
static bool is_bridged(const struct sk_buff *skb)
{
	const struct nf_bridge_info *info = nf_bridge_info_get(skb);

	return info && info->pkt_otherhost;
}

static void forget_bridge(struct sk_buff *skb)
{
	skb_ext_del(skb, SKB_EXT_BRIDGE_NF);
}
#else
static bool is_bridged(const struct sk_buff *skb)
{
	return false;
}

static void forget_bridge(struct sk_buff *skb)
{
}
#endif

/* Rules may ask for what the cached route was not looked up by. */
static bool has_rules(struct net *net, u8 family)
{
	return family == NFPROTO_IPV4 ? fib4_has_custom_rules(net) :
					fib6_has_custom_rules(net);
}

static bool is_transit(const struct dst_entry *dst)
{
	if (dst->ops->family == AF_INET)
		return ((const struct rtable *)dst)->rt_type == RTN_UNICAST;
	return !(((const struct rt6_info *)dst)->rt6i_flags &
		 (RTF_LOCAL | RTF_ANYCAST | RTF_REJECT));
}

static u8 hops_left(const struct sk_buff *skb, u8 family)
{
	return family == NFPROTO_IPV4 ? ip_hdr(skb)->ttl :
					ipv6_hdr(skb)->hop_limit;
}

/* As a router's: what was learned of paths of our own does not count. */
static unsigned int transit_mtu(const struct dst_entry *dst)
{
	return dst->ops->family == AF_INET ?
	       ip_dst_mtu_maybe_forward(dst, true) :
	       ip6_dst_mtu_maybe_forward(dst, true);
}

/**
 * vs_route_mtu() - how large a packet fits a route
 * @dst: the route
 * @room: bytes that a tunnel makes it longer by, else 0
 *
 * A tunnel is a path of our own: its packets come from here, and what routers
 * on it say is for us.
 *
 * Context: RCU read side.
 *
 * Return: bytes from the network header on.
 */
unsigned int vs_route_mtu(const struct dst_entry *dst, unsigned int room)
{
	return room ? dst_mtu(dst) - room : transit_mtu(dst);
}

static bool fits(const struct sk_buff *skb, unsigned int mtu)
{
	if (likely(skb->len <= mtu))
		return true;
	return skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu);
}

/* A local socket's datagram is cut after it was here, of either family. */
static bool may_fragment(const struct sk_buff *skb, u8 family)
{
	return skb->ignore_df || (family == NFPROTO_IPV4 &&
				  !(ip_hdr(skb)->frag_off & htons(IP_DF)));
}

/* No header could say how long it is in a tunnel. */
static bool is_beyond(const struct sk_buff *skb, unsigned int room)
{
	return room && !skb_is_gso(skb) && skb->len + room > IP_MAX_MTU;
}

/* IPv6 hosts send no less: a tunnel that is narrower fragments it itself. */
static bool is_least(const struct sk_buff *skb, u8 family)
{
	return family == NFPROTO_IPV6 && fits(skb, IPV6_MIN_MTU);
}

/* Put together from fragments, to be taken apart again as they came. */
static bool was_fragmented(const struct sk_buff *skb, u8 family)
{
	return family == NFPROTO_IPV4 ? IPCB(skb)->frag_max_size :
					IP6CB(skb)->frag_max_size;
}

static bool has_options(const struct sk_buff *skb, u8 family)
{
	return family == NFPROTO_IPV4 && ip_hdr(skb)->ihl != 5;
}

/* What has no size of its own segments is the stack's to refuse. */
static bool is_lro(const struct sk_buff *skb)
{
	return skb_is_gso(skb) && skb_warn_if_lro(skb);
}

/**
 * vs_route_is_stacks() - whether only the stack knows a packet's route
 * @skb: the packet, at its network header
 * @state: the hook's
 *
 * Return: true if a cached route may not be what the stack would choose.
 */
bool vs_route_is_stacks(const struct sk_buff *skb,
			const struct nf_hook_state *state)
{
	return has_rules(state->net, state->pf) ||
	       has_xfrm(state->net, skb) || is_bridged(skb) ||
	       netif_is_l3_slave(state->in) || netif_is_l3_master(state->in);
}

/**
 * vs_route_judge() - what a route does with a packet
 * @skb: the packet, at its network header, as it came
 * @family: the packet's, NFPROTO_*
 * @dst: its route, of a tunnel perhaps of the other family
 * @room: bytes that it is going to grow by
 *
 * Return: its way, or why it has none.
 */
enum vs_verdict vs_route_judge(const struct sk_buff *skb, u8 family,
			       const struct dst_entry *dst, unsigned int room)
{
	/* With no hop left one would go round and round through a tunnel. */
	if (unlikely(!is_transit(dst)))
		return hops_left(skb, family) ? VS_ROUTE_UP : VS_ROUTE_TTL;
	if (unlikely(hops_left(skb, family) <= 1))
		return VS_ROUTE_TTL;
	if (unlikely(dst->lwtstate))
		return VS_ROUTE_STACK;
	if (unlikely(is_beyond(skb, room)))
		return VS_ROUTE_TOO_BIG;
	if (unlikely(!fits(skb, vs_route_mtu(dst, room))))
		return may_fragment(skb, family) ||
		       is_least(skb, family) ||
		       was_fragmented(skb, family) ? VS_ROUTE_STACK_ONCE :
						     VS_ROUTE_TOO_BIG;
	if (unlikely(has_options(skb, family) || was_fragmented(skb, family) ||
		     is_lro(skb)))
		return VS_ROUTE_STACK_ONCE;
	return VS_ROUTE_DIRECT;
}

/* In an IPv6 tunnel it has none of its own. */
static bool set_route_back(struct sk_buff *skb, struct net *net)
{
	const union vs_addr sender = { .ip = ip_hdr(skb)->saddr };
	const struct vs_route_key key = {
		.daddr	= &sender,
		.family	= NFPROTO_IPV4,
	};
	struct dst_entry *dst = route_lookup(net, &key, 0, 0);

	if (dst)
		skb_dst_set(skb, dst);
	return dst;
}

/**
 * vs_route_refuse() - tell a packet's sender why it has no way
 * @skb: the packet as it came, which stays the caller's
 * @family: its, NFPROTO_*
 * @dst: its route
 * @room: bytes that it was going to grow by
 * @verdict: VS_ROUTE_TTL or VS_ROUTE_TOO_BIG
 *
 * To be called before it is rewritten: the sender knows its own words only.
 *
 * Context: RCU read side, BH off.
 */
void vs_route_refuse(struct sk_buff *skb, u8 family, struct dst_entry *dst,
		     unsigned int room, enum vs_verdict verdict)
{
	u32 mtu = vs_route_mtu(dst, room);

	if (family == NFPROTO_IPV6) {
		mtu = max_t(u32, mtu, IPV6_MIN_MTU);
		if (verdict == VS_ROUTE_TTL)
			icmpv6_send(skb, ICMPV6_TIME_EXCEED,
				    ICMPV6_EXC_HOPLIMIT, 0);
		else
			icmpv6_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
		return;
	}
	/* It wants a route of IPv4, to know the namespace by. */
	forget_bridge(skb);
	skb_dst_drop(skb);
	if (dst->ops->family == AF_INET)
		skb_dst_set_noref(skb, dst);
	else if (!set_route_back(skb, dev_net(dst->dev)))
		return;
	if (verdict == VS_ROUTE_TTL)
		icmp_send(skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
	else
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
}

static struct neighbour *neighbour4(const struct rtable *rt, __be32 nexthop,
				    bool *is_v6gw)
{
	if (likely(rt->rt_gw_family == AF_INET))
		return ip_neigh_gw4(rt->dst.dev, rt->rt_gw4);
	if (likely(!rt->rt_gw_family))
		return ip_neigh_gw4(rt->dst.dev, nexthop);
	*is_v6gw = true;
	return ip_neigh_gw6(rt->dst.dev, &rt->rt_gw6);
}

static struct neighbour *neighbour(const struct sk_buff *skb,
				   const struct dst_entry *dst,
				   const union vs_addr *server, bool *is_v6gw)
{
	const struct in6_addr *nexthop;

	*is_v6gw = false;
	if (dst->ops->family == AF_INET)
		return neighbour4((const struct rtable *)dst,
				  server ? server->ip : ip_hdr(skb)->daddr,
				  is_v6gw);
	nexthop = server ? &server->in6 : &ipv6_hdr(skb)->daddr;
	nexthop = rt6_nexthop((const struct rt6_info *)dst, nexthop);
	return ip_neigh_gw6(dst->dev, nexthop);
}

/*
 * A packet that waits for its neighbour is asked for its way again when that is
 * known, and then only a route of its own can tell that this is a server which
 * is not its destination.
 */
static noinline bool name_server(struct sk_buff *skb,
				 const union vs_addr *server,
				 u8 family)
{
	const struct vs_route_key key = {
		.daddr	= server,
		.family	= family,
		.direct	= true,
	};
	struct dst_entry *dst;

	dst = route_lookup(dev_net(skb->dev), &key, 0, 0);
	if (dst)
		skb_dst_set(skb, dst);
	return dst;
}

static bool is_known(const struct neighbour *neigh)
{
	return READ_ONCE(neigh->nud_state) & NUD_VALID;
}

/**
 * vs_route_output() - send a packet to the neighbour that its route names
 * @skb: the packet, rewritten; it is used up
 * @dst: its route
 * @server: where it goes if that is not its destination, else NULL
 *
 * Context: RCU read side, BH off.
 *
 * Return: 0, or -errno if it could not be sent.
 */
int vs_route_output(struct sk_buff *skb, struct dst_entry *dst,
		    const union vs_addr *server)
{
	unsigned int room = LL_RESERVED_SPACE(dst->dev);
	struct neighbour *neigh;
	bool is_v6gw;

	skb_dst_drop(skb);
	skb_dst_set_noref(skb, dst);
	skb->dev = dst->dev;
	skb_clear_tstamp(skb);

	if (unlikely(skb_headroom(skb) < room)) {
		skb = skb_expand_head(skb, room);
		if (!skb)
			return -ENOMEM;
	}
	neigh = neighbour(skb, dst, server, &is_v6gw);
	if (IS_ERR(neigh)) {
		kfree_skb(skb);
		return PTR_ERR(neigh);
	}
	if (unlikely(server && !is_known(neigh)) &&
	    !name_server(skb, server, dst->ops->family)) {
		kfree_skb(skb);
		return -ENETUNREACH;
	}
	neigh_output(neigh, skb, is_v6gw);
	return 0;
}

/**
 * vs_route_untrack() - have conntrack leave a packet alone
 * @skb: the packet, which it has not seen
 */
void vs_route_untrack(struct sk_buff *skb)
{
	nf_reset_ct(skb);
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
}

/* By what a packet itself says, policies included. */
static int route_again(struct net *net, struct sock *sk, struct sk_buff *skb,
		       u8 family)
{
	return family == NFPROTO_IPV4 ?
	       ip_route_me_harder(net, sk, skb, RTN_UNSPEC) :
	       ip6_route_me_harder(net, sk, skb);
}

/**
 * vs_route_again() - find the route of a local packet that was rewritten
 * @skb: the packet, in LOCAL_OUT
 * @state: the hook's
 *
 * Return: 0 or -errno.
 */
int vs_route_again(struct sk_buff *skb, const struct nf_hook_state *state)
{
	return route_again(state->net, state->sk, skb, state->pf);
}

/**
 * vs_route_output_stack() - have the stack send a packet, by POST_ROUTING
 * @skb: the packet as it is to leave; it is used up
 * @dst: its route, whose reference is used up
 * @state: the hook's
 * @own: it is addressed to where it goes, which XFRM policies have a say in;
 *	else only @dst knows
 *
 * For what vs_route_output() cannot do: fragmenting, options, policies. Half
 * of a conn is all that conntrack would see of it, so it does not.
 *
 * Context: RCU read side, BH off.
 *
 * Return: 0, or -errno if it could not be sent.
 */
int vs_route_output_stack(struct sk_buff *skb, struct dst_entry *dst,
			  const struct nf_hook_state *state, bool own)
{
	u8 family = dst->ops->family;
	struct net *net = state->net;
	int err = 0;

	forget_bridge(skb);
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	skb_clear_tstamp(skb);
	vs_route_untrack(skb);
	if (own && has_xfrm(net, skb))
		err = route_again(net, NULL, skb, family);
	if (err) {
		kfree_skb(skb);
		return err;
	}
	err = dst_output(net, NULL, skb);
	return net_xmit_eval(err);
}
