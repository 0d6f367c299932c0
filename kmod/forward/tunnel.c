// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnel: a request goes to the server whole, inside a packet of vs' own: in
 * plain IPv4 or IPv6, in GRE, or in UDP (GUE). The server has the virtual
 * address and answers the client itself. Inner and outer family are whatever
 * the client and the server have.
 *
 * The outer header is as a router's that tunnels:
 *  - TTL or hop limit is the inner one, less the hop that vs is, so that no
 *    loop through tunnels lasts for ever.
 *  - DSCP and ECN are the inner ones: RFC 6040's normal mode copies all four
 *    codepoints, CE too, since what the server takes out of the tunnel then is
 *    right whichever of its rules it follows.
 *  - DF is the inner one for IPv4 (RFC 2003, 3.1). IPv6 has none: who sends
 *    more than 1280 bytes can be told of a smaller path, and DF has routers
 *    tell; who sends less cannot, and is fragmented (RFC 4213, 3.2).
 *  - What tells flows apart, the flow label and GUE's source port, comes from
 *    the hash that the packet's conn was found by.
 */
#include <linux/hash.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/gre.h>
#include <net/gue.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/udp.h>

#include "../vs.h"

/* Optional, after struct gre_base_hdr: 16 bits of it, 16 bits of nothing. */
#define GRE_CHECK_LEN	4

/* Which of a packet's 2^15 source ports; those below are somebody's. */
#define GUE_PORT_BITS	15
#define GUE_PORT_FIRST	BIT(GUE_PORT_BITS)

#define FLOW_LABEL_BITS	20

static bool is_gre(const struct vs_tunnel *tunnel)
{
	return tunnel->type == VS_TUNNEL_TYPE_GRE;
}

static bool is_gue(const struct vs_tunnel *tunnel)
{
	return tunnel->type == VS_TUNNEL_TYPE_GUE;
}

static unsigned int gre_len(const struct vs_tunnel *tunnel)
{
	return sizeof(struct gre_base_hdr) +
	       (tunnel->checksum ? GRE_CHECK_LEN : 0);
}

/**
 * vs_tunnel_room() - what a server's tunnel makes a packet longer by
 * @server: the server, of VS_METHOD_TUNNEL
 *
 * Context: any.
 * Return: bytes.
 */
unsigned int vs_tunnel_room(const struct vs_server *server)
{
	unsigned int len = server->family == NFPROTO_IPV4 ?
			   sizeof(struct iphdr) : sizeof(struct ipv6hdr);

	if (is_gre(&server->tunnel))
		len += gre_len(&server->tunnel);
	else if (is_gue(&server->tunnel))
		len += sizeof(struct udphdr) + sizeof(struct guehdr);
	return len;
}

/* The protocol number of a packet of this family inside another. */
static u8 inner_protocol(u8 family)
{
	return family == NFPROTO_IPV4 ? IPPROTO_IPIP : IPPROTO_IPV6;
}

static __be16 ethertype(u8 family)
{
	return htons(family == NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6);
}

static u8 tos_of(const struct sk_buff *skb, u8 family)
{
	return family == NFPROTO_IPV4 ? ip_hdr(skb)->tos :
					ipv6_get_dsfield(ipv6_hdr(skb));
}

/*
 * The inner packet's; of a GSO packet, that of each segment. What came in
 * fragments may go in fragments.
 */
static __be16 df_of(const struct sk_buff *skb, u8 family)
{
	bool small;

	if (family == NFPROTO_IPV4)
		return IPCB(skb)->frag_max_size ? 0 :
		       ip_hdr(skb)->frag_off & htons(IP_DF);
	if (IP6CB(skb)->frag_max_size)
		return 0;
	small = skb_is_gso(skb) ?
		skb_gso_validate_network_len(skb, IPV6_MIN_MTU) :
		skb->len <= IPV6_MIN_MTU;
	return small ? 0 : htons(IP_DF);
}

/* No checksum changes: if the packet had one of its own, it has none now. */
static u8 take_hop(struct sk_buff *skb, u8 family, bool hop)
{
	if (family == NFPROTO_IPV4)
		return hop ? ip_decrease_ttl(ip_hdr(skb)) : ip_hdr(skb)->ttl;
	ipv6_hdr(skb)->hop_limit -= hop;
	return ipv6_hdr(skb)->hop_limit;
}

static int gso_type(const struct vs_server *server)
{
	const struct vs_tunnel *tunnel = &server->tunnel;
	int type = server->family == NFPROTO_IPV4 ? SKB_GSO_IPXIP4 :
						    SKB_GSO_IPXIP6;

	if (is_gre(tunnel))
		return tunnel->checksum ? SKB_GSO_GRE_CSUM : SKB_GSO_GRE;
	if (is_gue(tunnel))
		type |= tunnel->checksum ? SKB_GSO_UDP_TUNNEL_CSUM :
					   SKB_GSO_UDP_TUNNEL;
	return type;
}

/*
 * A checksum that was left to the device is to be where the outer one's sum can
 * read it. It is completed here where no device could: its packet is itself in
 * a tunnel, of which a device knows but one; or it is no Internet checksum and
 * the outer one would have to cover it.
 */
static int prepare_checksum(struct sk_buff *skb, const struct vs_tunnel *tunnel)
{
	unsigned int end;

	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return 0;
	end = skb_checksum_start_offset(skb) + skb->csum_offset +
	      sizeof(__sum16);
	if (unlikely(!pskb_may_pull(skb, end)))
		return -ENOMEM;
	if (skb_is_gso(skb))
		return 0;
	if (skb->encapsulation || (tunnel->checksum && skb_csum_is_sctp(skb)))
		return skb_csum_hwoffload_help(skb, 0);
	return 0;
}

/* What offloads need to know; of the skb's headers, the inner ones are left. */
static int offloads(struct sk_buff *skb, const struct vs_server *server,
		    u8 family)
{
	int err;

	if (likely(skb->ip_summed != CHECKSUM_PARTIAL && !skb_is_gso(skb))) {
		skb->ip_summed = CHECKSUM_NONE;
		skb->encapsulation = 0;
		skb_reset_inner_headers(skb);
		return 0;
	}
	err = prepare_checksum(skb, &server->tunnel);
	if (err)
		return err;
	err = iptunnel_handle_offloads(skb, gso_type(server));
	if (err)
		return err;
	if (is_gre(&server->tunnel))
		skb_set_inner_protocol(skb, ethertype(family));
	else
		skb_set_inner_ipproto(skb, inner_protocol(family));
	return 0;
}

/* The device's to complete, or its that segments the packet. */
static void push_gre(struct sk_buff *skb, const struct vs_tunnel *tunnel,
		     u8 family)
{
	struct gre_base_hdr *gre = skb_push(skb, gre_len(tunnel));
	__sum16 *check = (__sum16 *)(gre + 1);

	skb_reset_transport_header(skb);
	gre->flags = tunnel->checksum ? GRE_CSUM : 0;
	gre->protocol = ethertype(family);
	if (!tunnel->checksum)
		return;
	memset(check, 0, GRE_CHECK_LEN);
	if (skb_is_gso(skb))
		return;
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		*check = csum_fold(lco_csum(skb));
		return;
	}
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = sizeof(*gre);
}

static void push_gue(struct sk_buff *skb, const struct vs_server *server,
		     const union vs_addr *source, u8 family, u32 hash)
{
	const struct vs_tunnel *tunnel = &server->tunnel;
	struct guehdr *gue = skb_push(skb, sizeof(*gue));
	struct udphdr *uh;

	/* Variant 0, for data, no options. */
	gue->word = 0;
	gue->proto_ctype = inner_protocol(family);

	uh = skb_push(skb, sizeof(*uh));
	skb_reset_transport_header(skb);
	uh->source = htons(GUE_PORT_FIRST | hash_32(hash, GUE_PORT_BITS));
	uh->dest = tunnel->port;
	uh->len = htons(skb->len);
	if (server->family == NFPROTO_IPV4)
		udp_set_csum(!tunnel->checksum, skb, source->ip,
			     server->addr.ip, skb->len);
	else
		udp6_set_csum(!tunnel->checksum, skb, &source->in6,
			      &server->addr.in6, skb->len);
}

/**
 * struct outer - what the outer network header says
 * @source: source address
 * @net: namespace
 * @hash: tells flows apart
 * @df: IP_DF or 0
 * @protocol: what follows
 * @tos: type of service, traffic class
 * @ttl: TTL, hop limit
 */
struct outer {
	union vs_addr source;
	struct net *net;
	u32 hash;
	__be16 df;
	u8 protocol;
	u8 tos;
	u8 ttl;
};

static void push_ip4(struct sk_buff *skb, const struct vs_server *server,
		     const struct outer *outer)
{
	struct iphdr *iph = skb_push(skb, sizeof(*iph));

	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = outer->tos;
	iph->tot_len = htons(skb->len);
	iph->id = 0;
	iph->frag_off = outer->df;
	iph->ttl = outer->ttl;
	iph->protocol = outer->protocol;
	iph->check = 0;
	iph->saddr = outer->source.ip;
	iph->daddr = server->addr.ip;
	/* What is never fragmented needs none: RFC 6864. */
	if (!outer->df)
		__ip_select_ident(outer->net, iph,
				  skb_shinfo(skb)->gso_segs ?: 1);
	iph->check = ip_fast_csum(iph, sizeof(*iph) / 4);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
}

static void push_ip6(struct sk_buff *skb, const struct vs_server *server,
		     const struct outer *outer)
{
	struct ipv6hdr *iph = skb_push(skb, sizeof(*iph));

	/* RFC 6438: equal paths are shared by addresses and label. */
	ip6_flow_hdr(iph, outer->tos,
		     htonl(hash_32(outer->hash, FLOW_LABEL_BITS)));
	iph->payload_len = htons(skb->len - sizeof(*iph));
	iph->nexthdr = outer->protocol;
	iph->hop_limit = outer->ttl;
	iph->saddr = outer->source.in6;
	iph->daddr = server->addr.in6;
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	/* Fragmented here or nowhere; who must not be was refused before. */
	skb->ignore_df = 1;
}

static void source_of(struct vs_server *server, union vs_addr *source)
{
	if (server->tunnel.has_source)
		*source = server->tunnel.source;
	else
		vs_source_get(&server->source, source);
}

/**
 * vs_tunnel_takes() - whether a packet can be put into a tunnel whole
 * @skb: the packet, at its network header
 * @room: what vs_tunnel_room() says
 *
 * Not a super-packet whose segments nobody could make: one that is itself in a
 * tunnel, that is a list of packets, or whose length does not fit the outer
 * header.
 *
 * Return: false if each segment has to go by itself.
 */
bool vs_tunnel_takes(const struct sk_buff *skb, unsigned int room)
{
	if (likely(!skb_is_gso(skb)))
		return true;
	return !skb->encapsulation &&
	       !(skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST) &&
	       skb->len + room <= IP_MAX_MTU;
}

/* Makes the header ours to write, with room before it. */
static int make_room(struct sk_buff *skb, const struct vs_packet *pkt,
		     unsigned int room)
{
	if (unlikely(!pskb_may_pull(skb, pkt->l4)))
		return -ENOMEM;
	return skb_cow_head(skb, room);
}

/**
 * vs_tunnel_push() - put a packet into its server's tunnel
 * @skb: the packet, skb->data at its network header; its header may move
 * @pkt: what the parser found; its offsets are stale afterwards
 * @server: the server, of VS_METHOD_TUNNEL
 * @dst: the route to it
 * @hop: take one from TTL or hop limit, which the caller knows to be above 1
 *
 * Whatever of its own checksum a device has verified is forgotten.
 *
 * Context: RCU read side, BH off.
 * Return: 0, or -errno with the packet unchanged but for how it is stored.
 */
int vs_tunnel_push(struct sk_buff *skb, const struct vs_packet *pkt,
		   struct vs_server *server, const struct dst_entry *dst,
		   bool hop)
{
	u8 family = pkt->tuple.family;
	struct outer outer;
	int err;

	err = make_room(skb, pkt, vs_tunnel_room(server) +
				  LL_RESERVED_SPACE(dst->dev));
	if (unlikely(err))
		return err;
	skb_reset_mac_header(skb);
	skb_set_transport_header(skb, pkt->l4);
	outer.df = df_of(skb, family);
	err = offloads(skb, server, family);
	if (unlikely(err))
		return err;

	source_of(server, &outer.source);
	outer.net = dev_net(dst->dev);
	outer.hash = pkt->tuple.hash;
	outer.tos = tos_of(skb, family);
	outer.ttl = take_hop(skb, family, hop);

	if (is_gre(&server->tunnel)) {
		outer.protocol = IPPROTO_GRE;
		push_gre(skb, &server->tunnel, family);
	} else if (is_gue(&server->tunnel)) {
		outer.protocol = IPPROTO_UDP;
		push_gue(skb, server, &outer.source, family, outer.hash);
	} else {
		outer.protocol = inner_protocol(family);
		skb_reset_transport_header(skb);
	}
	if (server->family == NFPROTO_IPV4)
		push_ip4(skb, server, &outer);
	else
		push_ip6(skb, server, &outer);
	skb_reset_network_header(skb);
	skb_reset_mac_header(skb);
	skb_reset_mac_len(skb);
	skb->protocol = ethertype(server->family);
	return 0;
}

static void tunnel_init(struct vs_conn *conn)
{
}

static int tunnel_apply(struct sk_buff *skb, const struct vs_packet *pkt,
			const struct vs_conn *conn, enum vs_side from,
			const struct dst_entry *dst, bool hop)
{
	return vs_tunnel_push(skb, pkt, conn->client.server, dst, hop);
}

const struct vs_forward_ops vs_forward_tunnel = {
	.name		= "tunnel",
	.one_way	= true,
	.init		= tunnel_init,
	.apply		= tunnel_apply,
	.room		= vs_tunnel_room,
};
