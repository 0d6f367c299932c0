// SPDX-License-Identifier: GPL-2.0-only
/*
 * Echo requests to a virtual address that no device of the director has, are
 * answered if a service asks for it: in place, by the director's own output. If
 * a device has it, the stack answers as for any other of its addresses.
 *
 * They are limited no more than the stack's own: it leaves echo replies to
 * icmp_ratemask, which does not have them unless somebody sets it so.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/addrconf.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>

#include "vs.h"

/* What else there may be of headers is for the stack to judge. */
static bool is_request(const struct sk_buff *skb, u8 family)
{
	const struct icmphdr *icmph;
	struct icmphdr buf;
	u8 type = ICMP_ECHO;
	u32 l4;

	if (skb_is_gso(skb))
		return false;
	if (family == NFPROTO_IPV4) {
		const struct iphdr *iph = ip_hdr(skb);

		if (iph->protocol != IPPROTO_ICMP || iph->ihl != 5 ||
		    ip_is_fragment(iph))
			return false;
		l4 = sizeof(*iph);
	} else {
		if (ipv6_hdr(skb)->nexthdr != NEXTHDR_ICMP)
			return false;
		type = ICMPV6_ECHO_REQUEST;
		l4 = sizeof(struct ipv6hdr);
	}
	icmph = skb_header_pointer(skb, l4, sizeof(buf), &buf);
	return icmph && icmph->type == type && !icmph->code;
}

static bool is_local(struct net *net, const struct vs_tuple *tuple)
{
	if (tuple->family == NFPROTO_IPV4)
		return inet_addr_type(net, tuple->dst.ip) == RTN_LOCAL;
	return ipv6_chk_addr(net, &tuple->dst.in6, NULL, 0);
}

/* By rules and policies, as for any other packet of the director's own. */
static struct dst_entry *route4(struct net *net, const struct sk_buff *skb,
				const struct vs_tuple *tuple)
{
	struct flowi4 fl4 = {
		.daddr		= tuple->src.ip,
		.saddr		= tuple->dst.ip,
		.flowi4_tos	= RT_TOS(ip_hdr(skb)->tos),
		.flowi4_proto	= IPPROTO_ICMP,
		.flowi4_flags	= FLOWI_FLAG_ANYSRC,
		.flowi4_oif	= l3mdev_master_ifindex_rcu(skb->dev),
	};
	struct rtable *rt = ip_route_output_flow(net, &fl4, NULL);

	if (IS_ERR(rt))
		return NULL;
	/* Not to a broadcast address, nor to the director itself. */
	if (rt->rt_type != RTN_UNICAST) {
		ip_rt_put(rt);
		return NULL;
	}
	return &rt->dst;
}

static struct dst_entry *route6(struct net *net, const struct sk_buff *skb,
				const struct vs_tuple *tuple)
{
	struct flowi6 fl6 = {
		.daddr		= tuple->src.in6,
		.saddr		= tuple->dst.in6,
		.flowi6_proto	= IPPROTO_ICMPV6,
		.flowi6_flags	= FLOWI_FLAG_ANYSRC,
		.flowi6_oif	= l3mdev_master_ifindex_rcu(skb->dev),
	};
	struct dst_entry *dst = ip6_dst_lookup_flow(net, NULL, &fl6, NULL);

	if (IS_ERR(dst))
		return NULL;
	if (((const struct rt6_info *)dst)->rt6i_flags &
	    (RTF_LOCAL | RTF_ANYCAST | RTF_REJECT)) {
		dst_release(dst);
		return NULL;
	}
	return dst;
}

/* Its checksum stays right, or wrong, as it came. */
static void reply4(struct net *net, struct sk_buff *skb,
		   const struct dst_entry *dst)
{
	struct iphdr *iph = ip_hdr(skb);
	struct icmphdr *icmph = (void *)(skb->data + sizeof(*iph));

	icmph->type = ICMP_ECHOREPLY;
	csum_replace2(&icmph->checksum, htons(ICMP_ECHO << 8),
		      htons(ICMP_ECHOREPLY << 8));
	swap(iph->saddr, iph->daddr);
	iph->frag_off = 0;
	iph->ttl = ip4_dst_hoplimit(dst);
	__ip_select_ident(net, iph, 1);
}

static void reply6(struct sk_buff *skb, struct dst_entry *dst)
{
	struct ipv6hdr *iph = ipv6_hdr(skb);
	struct icmp6hdr *icmph = (void *)(skb->data + sizeof(*iph));

	icmph->icmp6_type = ICMPV6_ECHO_REPLY;
	csum_replace2(&icmph->icmp6_cksum, htons(ICMPV6_ECHO_REQUEST << 8),
		      htons(ICMPV6_ECHO_REPLY << 8));
	swap(iph->saddr, iph->daddr);
	ip6_flow_hdr(iph, ipv6_get_dsfield(iph), 0);
	iph->hop_limit = ip6_dst_hoplimit(dst);
}

static unsigned int answer(struct vs_net *vn, struct sk_buff *skb,
			   const struct vs_tuple *tuple)
{
	bool v4 = tuple->family == NFPROTO_IPV4;
	u32 end = v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	struct dst_entry *dst;

	dst = v4 ? route4(vn->net, skb, tuple) : route6(vn->net, skb, tuple);
	if (!dst)
		return vs_drop(vn, VS_DROP_NO_ROUTE);
	if (skb_ensure_writable(skb, end + sizeof(struct icmphdr)) ||
	    (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb))) {
		dst_release(dst);
		return vs_drop(vn, VS_DROP_NO_MEMORY);
	}
	skb->ip_summed = CHECKSUM_NONE;
	skb->mark = 0;
	skb->ignore_df = 1;
	skb_clear_tstamp(skb);
	memset(skb->cb, 0, sizeof(skb->cb));
	vs_route_untrack(skb);
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	if (v4) {
		reply4(vn->net, skb, dst);
		ip_local_out(vn->net, NULL, skb);
	} else {
		reply6(skb, dst);
		ip6_local_out(vn->net, NULL, skb);
	}
	return NF_STOLEN;
}

/**
 * vs_echo() - answer an echo request to a virtual address
 * @vn: namespace
 * @skb: any packet, at its network header, in PRE_ROUTING
 * @family: NFPROTO_*
 *
 * Context: RCU read side, BH off.
 *
 * Return: the hook's verdict: NF_ACCEPT if it is none, or not to be answered.
 */
unsigned int vs_echo(struct vs_net *vn, struct sk_buff *skb, u8 family)
{
	struct vs_tuple tuple = { .family = family };

	if (!is_request(skb, family))
		return NF_ACCEPT;
	if (family == NFPROTO_IPV4) {
		tuple.src.ip = ip_hdr(skb)->saddr;
		tuple.dst.ip = ip_hdr(skb)->daddr;
	} else {
		tuple.src.in6 = ipv6_hdr(skb)->saddr;
		tuple.dst.in6 = ipv6_hdr(skb)->daddr;
	}
	if (!vs_role_has(vn, VS_ROLE_ECHO, family, &tuple.dst, 0) ||
	    vs_packet_is_martian(&tuple) || is_local(vn->net, &tuple))
		return NF_ACCEPT;
	return answer(vn, skb, &tuple);
}
