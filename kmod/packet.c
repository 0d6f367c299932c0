// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: finds out what a packet is, once. Nothing is assumed of the skb: it may
 * be paged, cloned or cut short, and what its headers say may be a lie. Bytes
 * in pages can even change under the reader, so each header is read once.
 */

#include <linux/sctp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "vs.h"

/* More extension headers than this nobody sends in earnest. */
#define VS_PACKET_EXTS_MAX	8

/* Chunks of an SCTP packet that are looked at; those that matter come first. */
#define VS_PACKET_CHUNKS_MAX	4

#define VS_PACKET_CHUNK_DATA	0x80

#define VS_PACKET_TCP_FLAGS \
	(VS_TCP_FIN | VS_TCP_SYN | VS_TCP_RST | VS_TCP_ACK)

/*
 * The _paged() functions are for headers that are not wholly in the linear
 * part. They stand apart, since a buffer on the stack costs every call of its
 * function, if only for the zeroes and the canary in it.
 */

static enum vs_parsed vs_packet_tcp(const struct tcphdr *th, u32 l4, u32 end,
				    struct vs_packet *pkt)
{
	u32 len = th->doff * 4;

	if (unlikely(len < sizeof(*th) || l4 + len > end))
		return VS_PARSED_BROKEN;

	pkt->tuple.sport = th->source;
	pkt->tuple.dport = th->dest;
	pkt->tuple.protocol = IPPROTO_TCP;
	pkt->protocol = IPPROTO_TCP;
	pkt->l4 = l4;
	pkt->flags = tcp_flag_byte(th) & VS_PACKET_TCP_FLAGS;
	return VS_PARSED;
}

static enum vs_parsed vs_packet_udp(const struct udphdr *uh, u32 l4,
				    struct vs_packet *pkt)
{
	pkt->tuple.sport = uh->source;
	pkt->tuple.dport = uh->dest;
	pkt->tuple.protocol = IPPROTO_UDP;
	pkt->protocol = IPPROTO_UDP;
	pkt->l4 = l4;
	pkt->flags = 0;
	return VS_PARSED;
}

static noinline enum vs_parsed
vs_packet_l4_paged(const struct sk_buff *skb, u8 protocol, u32 l4, u32 end,
		   struct vs_packet *pkt)
{
	union {
		struct tcphdr tcp;
		struct udphdr udp;
	} buf;

	if (protocol == IPPROTO_TCP) {
		if (skb_copy_bits(skb, l4, &buf.tcp, sizeof(buf.tcp)))
			return VS_PARSED_BROKEN;
		return vs_packet_tcp(&buf.tcp, l4, end, pkt);
	}
	if (skb_copy_bits(skb, l4, &buf.udp, sizeof(buf.udp)))
		return VS_PARSED_BROKEN;
	return vs_packet_udp(&buf.udp, l4, pkt);
}

/*
 * VS_SCTP_* of a chunk, or VS_PACKET_CHUNK_DATA, or 0 for one that says nothing
 * of how far a conn is.
 */
static u8 vs_packet_chunk(u8 type)
{
	switch (type) {
	case SCTP_CID_DATA:
	case SCTP_CID_I_DATA:
		return VS_PACKET_CHUNK_DATA;
	case SCTP_CID_INIT:
		return VS_SCTP_INIT;
	case SCTP_CID_ABORT:
		return VS_SCTP_ABORT;
	case SCTP_CID_SHUTDOWN:
		return VS_SCTP_SHUTDOWN;
	case SCTP_CID_SHUTDOWN_ACK:
		return VS_SCTP_SHUTDOWN_ACK;
	case SCTP_CID_COOKIE_ECHO:
		return VS_SCTP_COOKIE_ECHO;
	case SCTP_CID_COOKIE_ACK:
		return VS_SCTP_COOKIE_ACK;
	case SCTP_CID_SHUTDOWN_COMPLETE:
		return VS_SCTP_SHUTDOWN_COMPLETE;
	}
	return 0;
}

/*
 * What the chunks from @off on say. Control chunks come before data, so the
 * first of data ends the look, as does one that is cut or lies. An INIT is
 * alone in its packet, or the packet is nobody's (RFC 9260, 6.10).
 */
static enum vs_parsed vs_packet_chunks(const struct sk_buff *skb, u32 off,
				       u32 end, u8 *flags)
{
	const struct sctp_chunkhdr *ch;
	struct sctp_chunkhdr buf;
	int i;

	*flags = 0;
	for (i = 0; i < VS_PACKET_CHUNKS_MAX; i++) {
		u32 len;
		u8 flag;

		if (off + sizeof(buf) > end)
			break;
		ch = skb_header_pointer(skb, off, sizeof(buf), &buf);
		if (!ch)
			return VS_PARSED_BROKEN;
		flag = vs_packet_chunk(ch->type);
		if (i && (*flags | flag) & VS_SCTP_INIT)
			return VS_PARSED_BROKEN;
		len = ntohs(ch->length);
		if (len < sizeof(buf) || off + len > end ||
		    flag == VS_PACKET_CHUNK_DATA)
			return VS_PARSED;
		*flags |= flag;
		off += ALIGN(len, 4);
	}
	return i ? VS_PARSED : VS_PARSED_BROKEN;
}

/* Only an INIT has no verification tag (RFC 9260, 8.5.1). */
static enum vs_parsed vs_packet_sctp(const struct sk_buff *skb, u32 l4,
				     u32 end, struct vs_packet *pkt)
{
	const struct sctphdr *sh;
	struct sctphdr buf;

	if (l4 + sizeof(buf) > end)
		return VS_PARSED_BROKEN;
	sh = skb_header_pointer(skb, l4, sizeof(buf), &buf);
	if (!sh || vs_packet_chunks(skb, l4 + sizeof(buf), end, &pkt->flags) !=
		   VS_PARSED)
		return VS_PARSED_BROKEN;
	if (!sh->vtag != !!(pkt->flags & VS_SCTP_INIT))
		return VS_PARSED_BROKEN;

	pkt->tuple.sport = sh->source;
	pkt->tuple.dport = sh->dest;
	pkt->tuple.protocol = IPPROTO_SCTP;
	pkt->protocol = IPPROTO_SCTP;
	pkt->l4 = l4;
	return VS_PARSED;
}

/* ESP and AH, of which nothing is read: they go where IKE's packets go. */
static enum vs_parsed vs_packet_ipsec(u8 protocol, u32 l4,
				      struct vs_packet *pkt)
{
	pkt->tuple.sport = htons(VS_IKE_PORT);
	pkt->tuple.dport = htons(VS_IKE_PORT);
	pkt->tuple.protocol = IPPROTO_UDP;
	pkt->protocol = protocol;
	pkt->l4 = l4;
	pkt->flags = 0;
	return VS_PARSED;
}

/* Apart: they are few, and buffers cost as above. */
static noinline enum vs_parsed
vs_packet_other(const struct sk_buff *skb, u8 protocol, u32 l4, u32 end,
		struct vs_packet *pkt)
{
	switch (protocol) {
	case IPPROTO_SCTP:
		return vs_packet_sctp(skb, l4, end, pkt);
	case IPPROTO_ESP:
	case IPPROTO_AH:
		return vs_packet_ipsec(protocol, l4, pkt);
	}
	return VS_PARSED_FOREIGN;
}

static enum vs_parsed vs_packet_l4(const struct sk_buff *skb, u8 protocol,
				   u32 l4, u32 end, struct vs_packet *pkt)
{
	u32 hdrlen;

	if (protocol == IPPROTO_TCP)
		hdrlen = sizeof(struct tcphdr);
	else if (protocol == IPPROTO_UDP)
		hdrlen = sizeof(struct udphdr);
	else
		return vs_packet_other(skb, protocol, l4, end, pkt);

	if (unlikely(l4 + hdrlen > end))
		return VS_PARSED_BROKEN;
	if (unlikely(l4 + hdrlen > skb_headlen(skb)))
		return vs_packet_l4_paged(skb, protocol, l4, end, pkt);
	if (protocol == IPPROTO_TCP)
		return vs_packet_tcp((const void *)(skb->data + l4), l4, end,
				     pkt);
	return vs_packet_udp((const void *)(skb->data + l4), l4, pkt);
}

/*
 * What the first fragment is, whose headers are as @parsed says. ESP and AH
 * follow a conn only whole.
 */
static enum vs_parsed vs_packet_first(enum vs_parsed parsed,
				      const struct vs_packet *pkt)
{
	if (parsed != VS_PARSED)
		return parsed;
	return vs_packet_follows(pkt) ? VS_PARSED_FOREIGN : VS_PARSED_FRAGMENT;
}

/* Apart, so that a whole packet's way ends in a jump to vs_packet_l4(). */
static noinline enum vs_parsed
vs_packet_ip4_fragment(const struct sk_buff *skb, const struct iphdr *iph,
		       struct vs_packet *pkt)
{
	if (iph->frag_off & htons(IP_OFFSET))
		return VS_PARSED_FOREIGN;
	return vs_packet_first(vs_packet_l4(skb, iph->protocol,
					    pkt->l3 + iph->ihl * 4,
					    pkt->l3 + pkt->len, pkt), pkt);
}

/* Above 65535 bytes a packet of several segments says that it has none. */
static bool vs_packet_is_big(const struct sk_buff *skb)
{
	return skb_is_gso(skb) &&
	       (skb_is_gso_tcp(skb) || skb_is_gso_sctp(skb));
}

static enum vs_parsed vs_packet_ip4(const struct sk_buff *skb,
				    const struct iphdr *iph, u32 l3,
				    struct vs_packet *pkt)
{
	u32 hdrlen = iph->ihl * 4;
	u32 room = skb->len - l3;
	u32 len = ntohs(iph->tot_len);

	if (unlikely(!len && vs_packet_is_big(skb)))
		len = room;
	if (unlikely(iph->version != 4 || hdrlen < sizeof(*iph) ||
		     hdrlen > len || len > room))
		return VS_PARSED_BROKEN;

	pkt->tuple.src.ip = iph->saddr;
	pkt->tuple.dst.ip = iph->daddr;
	pkt->tuple.family = NFPROTO_IPV4;
	pkt->l3 = l3;
	pkt->len = len;

	if (unlikely(ip_is_fragment(iph)))
		return vs_packet_ip4_fragment(skb, iph, pkt);
	return vs_packet_l4(skb, iph->protocol, l3 + hdrlen, l3 + len, pkt);
}

static noinline enum vs_parsed
vs_packet_ip4_paged(const struct sk_buff *skb, u32 l3, struct vs_packet *pkt)
{
	struct iphdr buf;

	if (skb_copy_bits(skb, l3, &buf, sizeof(buf)))
		return VS_PARSED_BROKEN;
	return vs_packet_ip4(skb, &buf, l3, pkt);
}

/* Those that are walked. Hop-by-hop options are first or nowhere. */
static bool vs_packet_is_ext(u8 nexthdr)
{
	return nexthdr == NEXTHDR_HOP || nexthdr == NEXTHDR_DEST ||
	       nexthdr == NEXTHDR_ROUTING || nexthdr == NEXTHDR_FRAGMENT;
}

/**
 * vs_packet_walk() - pass by IPv6 extension headers
 * @skb: the packet
 * @walk: where they begin; set to where the header after them is
 * @end: where the packet ends, from skb->data
 *
 * Context: any.
 * Return: VS_PARSED; VS_PARSED_FOREIGN if there is something in the way that a
 * balancer has no business with; VS_PARSED_BROKEN.
 */
enum vs_parsed vs_packet_walk(const struct sk_buff *skb, struct vs_walk *walk,
			      u32 end)
{
	const struct frag_hdr *fh;
	struct frag_hdr buf;
	int i;

	for (i = 0; vs_packet_is_ext(walk->nexthdr); i++) {
		const struct ipv6_rt_hdr *rh;
		u32 len;

		if (i == VS_PACKET_EXTS_MAX)
			return VS_PARSED_FOREIGN;
		if (walk->nexthdr == NEXTHDR_HOP && i)
			return VS_PARSED_BROKEN;

		/* None is shorter than the fragment header's 8 bytes. */
		if (walk->off + sizeof(buf) > end)
			return VS_PARSED_BROKEN;
		fh = skb_header_pointer(skb, walk->off, sizeof(buf), &buf);
		if (!fh)
			return VS_PARSED_BROKEN;

		len = sizeof(*fh);
		if (walk->nexthdr == NEXTHDR_FRAGMENT) {
			/* One without neighbours is whole: RFC 6946. */
			if (fh->frag_off & htons(IP6_OFFSET))
				return VS_PARSED_FOREIGN;
			walk->first |= !!(fh->frag_off & htons(IP6_MF));
		} else {
			rh = (const struct ipv6_rt_hdr *)fh;
			if (walk->nexthdr == NEXTHDR_ROUTING &&
			    rh->segments_left)
				return VS_PARSED_FOREIGN;
			len += rh->hdrlen * 8;
		}
		walk->nexthdr = fh->nexthdr;
		walk->off += len;
		if (walk->off > end)
			return VS_PARSED_BROKEN;
	}
	return VS_PARSED;
}

/* What follows extension headers from @off on, the first being @nexthdr. */
static noinline enum vs_parsed
vs_packet_exts(const struct sk_buff *skb, u8 nexthdr, u32 off, u32 end,
	       struct vs_packet *pkt)
{
	struct vs_walk walk = { .off = off, .nexthdr = nexthdr };
	enum vs_parsed parsed = vs_packet_walk(skb, &walk, end);

	if (parsed != VS_PARSED)
		return parsed;
	parsed = vs_packet_l4(skb, walk.nexthdr, walk.off, end, pkt);
	return walk.first ? vs_packet_first(parsed, pkt) : parsed;
}

static enum vs_parsed vs_packet_ip6(const struct sk_buff *skb,
				    const struct ipv6hdr *iph, u32 l3,
				    struct vs_packet *pkt)
{
	u32 len = sizeof(*iph) + ntohs(iph->payload_len);
	u32 room = skb->len - l3;

	/* A jumbogram's length is in an option, which the stack has checked. */
	if (unlikely(!iph->payload_len &&
		     (iph->nexthdr == NEXTHDR_HOP || vs_packet_is_big(skb))))
		len = room;
	if (unlikely(iph->version != 6 || len > room))
		return VS_PARSED_BROKEN;

	pkt->tuple.src.in6 = iph->saddr;
	pkt->tuple.dst.in6 = iph->daddr;
	pkt->tuple.family = NFPROTO_IPV6;
	pkt->l3 = l3;
	pkt->len = len;

	if (unlikely(vs_packet_is_ext(iph->nexthdr)))
		return vs_packet_exts(skb, iph->nexthdr, l3 + sizeof(*iph),
				      l3 + len, pkt);
	return vs_packet_l4(skb, iph->nexthdr, l3 + sizeof(*iph), l3 + len,
			    pkt);
}

static noinline enum vs_parsed
vs_packet_ip6_paged(const struct sk_buff *skb, u32 l3, struct vs_packet *pkt)
{
	struct ipv6hdr buf;

	if (skb_copy_bits(skb, l3, &buf, sizeof(buf)))
		return VS_PARSED_BROKEN;
	return vs_packet_ip6(skb, &buf, l3, pkt);
}

/**
 * vs_packet_is_martian() - whether no client can have sent a packet
 * @tuple: the packet's
 *
 * The stack, which drops what comes from such an address, is not to be passed
 * by.
 *
 * Context: any.
 * Return: true if it is so.
 */
bool vs_packet_is_martian(const struct vs_tuple *tuple)
{
	__be32 ip = tuple->src.ip;

	if (tuple->family == NFPROTO_IPV4)
		return ipv4_is_zeronet(ip) || ipv4_is_loopback(ip) ||
		       ipv4_is_multicast(ip) || ipv4_is_lbcast(ip);
	return !(ipv6_addr_type(&tuple->src.in6) & IPV6_ADDR_UNICAST) ||
	       ipv6_addr_type(&tuple->src.in6) & (IPV6_ADDR_LOOPBACK |
						  IPV6_ADDR_LINKLOCAL);
}

/**
 * vs_packet_parse() - find out what a packet is
 * @skb: the packet; skb->data is at its network header or before it
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @pkt: what it is; not initialised before
 *
 * What is set in @pkt is said at &enum vs_parsed.
 *
 * Context: any.
 * Return: what the packet is to vs.
 */
enum vs_parsed vs_packet_parse(const struct sk_buff *skb, u8 family,
			       struct vs_packet *pkt)
{
	u32 l3 = skb_network_offset(skb);
	const void *hdr = skb->data + l3;

	if (family == NFPROTO_IPV4) {
		if (likely(l3 + sizeof(struct iphdr) <= skb_headlen(skb)))
			return vs_packet_ip4(skb, hdr, l3, pkt);
		return vs_packet_ip4_paged(skb, l3, pkt);
	}
	if (likely(l3 + sizeof(struct ipv6hdr) <= skb_headlen(skb)))
		return vs_packet_ip6(skb, hdr, l3, pkt);
	return vs_packet_ip6_paged(skb, l3, pkt);
}
