// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: replaces one end of a packet. What that does to its checksums depends on
 * the conn and not on the packet, so it is computed once, as differences in
 * one's complement arithmetic (RFC 1624).
 *
 * A difference is a u16 in memory order and never 0: "nothing" is 0xffff. Then
 * no sum is 0 either, and one fold gives what a full recomputation would give,
 * without the two kinds of zero that RFC 1624 is about.
 */

#include <linux/sctp.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>

#include "vs.h"

/* What a TTL less by 1 adds: in the upper byte of its word, and the lower. */
#define VS_REWRITE_TTL		((__force u16)htons(0xfeff))
#define VS_REWRITE_HOP_LIMIT	((__force u16)htons(0xfffe))

/* One's complement sum; not 0 unless both are. */
static u16 vs_rewrite_sum(u16 a, u16 b)
{
	u32 sum = (u32)a + b;

	return sum + (sum >> 16);
}

/* What a sum changes by when @words 32-bit words become others. */
static u16 vs_rewrite_diff(const __be32 *from, const __be32 *to, int words)
{
	__wsum sum = 0;
	u16 diff;

	while (words--)
		sum = csum_add(csum_sub(sum, (__force __wsum)*from++),
			       (__force __wsum)*to++);
	diff = (__force u16)~csum_fold(sum);
	return diff ?: 0xffff;
}

/**
 * vs_rewrite_init() - prepare what replaces one end of packets
 * @rw: what is prepared
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @from: address that the packets have
 * @from_port: port that they have
 * @to: address that they get
 * @to_port: port that they get
 *
 * Context: any.
 */
void vs_rewrite_init(struct vs_rewrite *rw, u8 family,
		     const union vs_addr *from, __be16 from_port,
		     const union vs_addr *to, __be16 to_port)
{
	int words = family == NFPROTO_IPV4 ? 1 : 4;
	__be32 from32 = (__force __be32)(__force u16)from_port;
	__be32 to32 = (__force __be32)(__force u16)to_port;

	rw->addr = (union vs_addr) {};
	if (family == NFPROTO_IPV4)
		rw->addr.ip = to->ip;
	else
		rw->addr = *to;
	rw->port = to_port;
	rw->addr_delta = vs_rewrite_diff(from->in6.s6_addr32,
					 to->in6.s6_addr32, words);
	rw->hop_delta = vs_rewrite_sum(rw->addr_delta, VS_REWRITE_TTL);
	rw->l4_delta = vs_rewrite_sum(rw->addr_delta,
				      vs_rewrite_diff(&from32, &to32, 1));
}

/**
 * vs_rewrite_also() - prepare to replace the other end of packets too
 * @rw: what vs_rewrite_init() has prepared; vs_rewrite_both() uses it from now
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @from: the other end's address that the packets have
 * @from_port: port that they have there
 * @to: address that they get there
 * @to_port: port that they get there
 *
 * Context: any.
 */
void vs_rewrite_also(struct vs_rewrite *rw, u8 family,
		     const union vs_addr *from, __be16 from_port,
		     const union vs_addr *to, __be16 to_port)
{
	struct vs_rewrite other;

	vs_rewrite_init(&other, family, from, from_port, to, to_port);
	rw->addr_delta = vs_rewrite_sum(rw->addr_delta, other.addr_delta);
	rw->hop_delta = vs_rewrite_sum(rw->hop_delta, other.addr_delta);
	rw->l4_delta = vs_rewrite_sum(rw->l4_delta, other.l4_delta);
}

static __sum16 vs_rewrite_check(__sum16 check, u16 delta)
{
	return (__force __sum16)~vs_rewrite_sum(~(__force u16)check, delta);
}

static void vs_rewrite_ip4(struct iphdr *iph, const struct vs_rewrite *rw,
			   enum vs_rewrite_what what, bool hop)
{
	if (what == VS_REWRITE_DST)
		iph->daddr = rw->addr.ip;
	else
		iph->saddr = rw->addr.ip;
	iph->ttl -= hop;
	iph->check = vs_rewrite_check(iph->check,
				      hop ? rw->hop_delta : rw->addr_delta);
}

static void vs_rewrite_ip6(struct ipv6hdr *iph, const struct vs_rewrite *rw,
			   enum vs_rewrite_what what, bool hop)
{
	if (what == VS_REWRITE_DST)
		iph->daddr = rw->addr.in6;
	else
		iph->saddr = rw->addr.in6;
	iph->hop_limit -= hop;
}

/*
 * Whether the transport checksum is left to the device and its field has but
 * the pseudo header's sum. If the device was asked for the one of a packet
 * inside, a tunnel's, this one is complete, except that each segment of a GSO
 * packet is to get its own.
 */
static bool vs_rewrite_partial(const struct sk_buff *skb, const void *l4,
			       __sum16 check)
{
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return false;
	if (likely(skb->head + skb->csum_start == l4))
		return true;
	return skb_is_gso(skb) && check;
}

/* Returns whether there is a checksum: not in every UDP packet. */
static bool vs_rewrite_l4(struct sk_buff *skb, const struct vs_packet *pkt,
			  const struct vs_rewrite *rw,
			  enum vs_rewrite_what what)
{
	bool udp = pkt->protocol == IPPROTO_UDP;
	/* The ports are where they are in either header. */
	struct udphdr *uh = (struct udphdr *)(skb->data + pkt->l4);
	__sum16 *check = udp ? &uh->check : &((struct tcphdr *)uh)->check;

	if (what == VS_REWRITE_DST)
		uh->dest = rw->port;
	else
		uh->source = rw->port;

	if (vs_rewrite_partial(skb, uh, *check)) {
		*check = (__force __sum16)
			 vs_rewrite_sum((__force u16)*check, rw->addr_delta);
		return true;
	}
	if (udp && !*check)
		return false;
	*check = vs_rewrite_check(*check, rw->l4_delta);
	if (udp && !*check)
		*check = CSUM_MANGLED_0;
	return true;
}

/*
 * SCTP's checksum has no pseudo header: it changes with the ports alone. One
 * that is left to the device has nothing in its field.
 */
static void vs_rewrite_sctp(struct sk_buff *skb, const struct vs_packet *pkt,
			    const struct vs_rewrite *rw,
			    enum vs_rewrite_what what)
{
	struct sctphdr *sh = (struct sctphdr *)(skb->data + pkt->l4);
	u32 len = pkt->l3 + pkt->len - pkt->l4;
	u32 ports = le32_to_cpup((__le32 *)sh);
	__le32 change;

	if (what == VS_REWRITE_DST)
		sh->dest = rw->port;
	else
		sh->source = rw->port;

	ports ^= le32_to_cpup((__le32 *)sh);
	if (!ports || vs_rewrite_partial(skb, sh, 0))
		return;
	change = cpu_to_le32(vs_crc32c_change(ports, len));
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->csum = csum_add(csum_sub(skb->csum,
					      (__force __wsum)sh->checksum),
				     (__force __wsum)(sh->checksum ^ change));
	sh->checksum ^= change;
}

/* Bytes of the transport header that are written. */
static unsigned int vs_rewrite_header(u8 protocol)
{
	if (likely(protocol == IPPROTO_TCP))
		return sizeof(struct tcphdr);
	if (likely(protocol == IPPROTO_UDP))
		return sizeof(struct udphdr);
	return protocol == IPPROTO_SCTP ? sizeof(struct sctphdr) : 0;
}

/* Returns what is changed that no checksum makes up for, or 0. */
static u16 vs_rewrite_transport(struct sk_buff *skb,
				const struct vs_packet *pkt,
				const struct vs_rewrite *rw,
				enum vs_rewrite_what what)
{
	switch (pkt->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		return vs_rewrite_l4(skb, pkt, rw, what) ? 0 : rw->l4_delta;
	case IPPROTO_SCTP:
		vs_rewrite_sctp(skb, pkt, rw, what);
		return rw->l4_delta;
	default:
		return rw->addr_delta;
	}
}

/*
 * Keeps the device's sum of the whole packet right. A header with a checksum
 * sums up to the same whatever is changed in it; the transport checksum makes
 * up for the addresses as well, which in IPv4 is once too often; @more is
 * changed where there is none.
 */
static void vs_rewrite_complete(struct sk_buff *skb,
				const struct vs_packet *pkt,
				const struct vs_rewrite *rw, u16 more, bool hop)
{
	u16 diff = 0;

	if (pkt->tuple.family == NFPROTO_IPV4)
		diff = ~rw->addr_delta;
	else if (hop)
		diff = VS_REWRITE_HOP_LIMIT;
	diff = vs_rewrite_sum(diff, more);
	skb->csum = csum_add(skb->csum, (__force __wsum)(u32)diff);
}

static int vs_rewrite_prepare(struct sk_buff *skb, const struct vs_packet *pkt)
{
	unsigned int end = pkt->l4 + vs_rewrite_header(pkt->protocol);

	/* The first two questions spare most packets the call. */
	if ((skb_headlen(skb) < end || skb_cloned(skb)) &&
	    skb_ensure_writable(skb, end))
		return -ENOMEM;
	return 0;
}

/**
 * vs_rewrite_apply() - replace one end of a packet
 * @skb: the packet; its header may move, its offsets stay
 * @pkt: what vs_packet_parse() found: it was VS_PARSED
 * @rw: what replaces it
 * @what: which end
 * @hop: decrement TTL or hop limit, which the caller knows to be above 1
 *
 * All checksums stay what they were: right, wrong, absent, or left to a
 * device.
 *
 * Context: any.
 * Return: 0, or -ENOMEM with the packet unchanged.
 */
int vs_rewrite_apply(struct sk_buff *skb, const struct vs_packet *pkt,
		     const struct vs_rewrite *rw, enum vs_rewrite_what what,
		     bool hop)
{
	u16 more;

	if (vs_rewrite_prepare(skb, pkt))
		return -ENOMEM;

	if (pkt->tuple.family == NFPROTO_IPV4)
		vs_rewrite_ip4((struct iphdr *)(skb->data + pkt->l3), rw, what,
			       hop);
	else
		vs_rewrite_ip6((struct ipv6hdr *)(skb->data + pkt->l3), rw,
			       what, hop);
	more = vs_rewrite_transport(skb, pkt, rw, what);
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		vs_rewrite_complete(skb, pkt, rw, more, hop);
	return 0;
}

/* The end that @what is not. What it does to checksums is accounted for. */
static void vs_rewrite_other(struct sk_buff *skb, const struct vs_packet *pkt,
			     enum vs_rewrite_what what,
			     const union vs_addr *addr, __be16 port)
{
	/* The ports are where they are in every header. */
	struct udphdr *uh = (struct udphdr *)(skb->data + pkt->l4);
	const struct vs_rewrite other = { .port = port };
	bool src = what == VS_REWRITE_DST;

	if (pkt->tuple.family == NFPROTO_IPV4) {
		struct iphdr *iph = (struct iphdr *)(skb->data + pkt->l3);

		*(src ? &iph->saddr : &iph->daddr) = addr->ip;
	} else {
		struct ipv6hdr *iph = (struct ipv6hdr *)(skb->data + pkt->l3);

		*(src ? &iph->saddr : &iph->daddr) = addr->in6;
	}
	if (pkt->protocol == IPPROTO_SCTP)
		vs_rewrite_sctp(skb, pkt, &other, src ? VS_REWRITE_SRC :
							VS_REWRITE_DST);
	else if (vs_rewrite_header(pkt->protocol))
		*(src ? &uh->source : &uh->dest) = port;
}

/**
 * vs_rewrite_both() - replace both ends of a packet
 * @skb: the packet; its header may move, its offsets stay
 * @pkt: what vs_packet_parse() found: it was VS_PARSED
 * @rw: what replaces one end, and what vs_rewrite_also() was told of the other
 * @what: which end @rw is about
 * @hop: decrement TTL or hop limit, which the caller knows to be above 1
 * @addr: address that the other end gets
 * @port: port that it gets
 *
 * Context: any.
 * Return: 0, or -ENOMEM with the packet unchanged.
 */
int vs_rewrite_both(struct sk_buff *skb, const struct vs_packet *pkt,
		    const struct vs_rewrite *rw, enum vs_rewrite_what what,
		    bool hop, const union vs_addr *addr, __be16 port)
{
	if (vs_rewrite_prepare(skb, pkt))
		return -ENOMEM;
	vs_rewrite_other(skb, pkt, what, addr, port);
	return vs_rewrite_apply(skb, pkt, rw, what, hop);
}

/**
 * vs_rewrite_hop() - take one from a packet's TTL or hop limit, no more
 * @skb: the packet; its header may move, its offsets stay
 * @pkt: what vs_packet_parse() found; the caller knows it to be above 1
 *
 * Context: any.
 * Return: 0, or -ENOMEM with the packet unchanged.
 */
int vs_rewrite_hop(struct sk_buff *skb, const struct vs_packet *pkt)
{
	bool ip4 = pkt->tuple.family == NFPROTO_IPV4;
	unsigned int end = pkt->l3;

	end += ip4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	if ((skb_headlen(skb) < end || skb_cloned(skb)) &&
	    skb_ensure_writable(skb, end))
		return -ENOMEM;

	if (ip4) {
		/* Its checksum makes up for it. */
		ip_decrease_ttl((struct iphdr *)(skb->data + pkt->l3));
		return 0;
	}
	((struct ipv6hdr *)(skb->data + pkt->l3))->hop_limit--;
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->csum = csum_add(skb->csum, (__force __wsum)(u32)
						VS_REWRITE_HOP_LIMIT);
	return 0;
}
