// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: ICMP and ICMPv6 errors, which quote the packet that they are about. Who
 * sent it knows it by its own addresses and ports only, so an error that is
 * passed on is rewritten inside as well as outside.
 *
 * A quote is cut off anywhere and may be all lies. Nothing is assumed but what
 * the skb's own length proves. The quoted packet's length is not even looked
 * at: there are routers that quote it in another byte order.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/gre.h>
#include <net/gue.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "vs.h"

#define QUOTE_MIN	8	/* bytes of transport header: RFC 792 */

/**
 * struct headers - what a row of headers says, the error's or the quoted one's
 * @src: source address
 * @dst: destination address
 * @l4: offset of what follows them
 * @end: where the packet ends by its own account
 * @protocol: of what follows
 * @first: the first fragment
 */
struct headers {
	union vs_addr src;
	union vs_addr dst;
	u32 l4;
	u32 end;
	u8 protocol;
	bool first;
};

static bool read_ip4(const struct sk_buff *skb, u32 at, u32 end,
		     struct headers *h)
{
	const struct iphdr *iph;
	struct iphdr buf;

	if (at + sizeof(buf) > end)
		return false;
	iph = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!iph || iph->version != 4 || iph->ihl < 5 ||
	    at + iph->ihl * 4 > end || iph->frag_off & htons(IP_OFFSET))
		return false;
	h->src = (union vs_addr) { .ip = iph->saddr };
	h->dst = (union vs_addr) { .ip = iph->daddr };
	h->l4 = at + iph->ihl * 4;
	h->end = at + ntohs(iph->tot_len);
	h->protocol = iph->protocol;
	h->first = iph->frag_off & htons(IP_MF);
	return true;
}

static bool read_ip6(const struct sk_buff *skb, u32 at, u32 end,
		     struct headers *h)
{
	struct vs_walk walk = { .off = at + sizeof(struct ipv6hdr) };
	const struct ipv6hdr *iph;
	struct ipv6hdr buf;

	if (at + sizeof(buf) > end)
		return false;
	iph = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!iph || iph->version != 6)
		return false;
	h->src.in6 = iph->saddr;
	h->dst.in6 = iph->daddr;
	h->end = walk.off + ntohs(iph->payload_len);
	walk.nexthdr = iph->nexthdr;
	if (vs_packet_walk(skb, &walk, end) != VS_PARSED)
		return false;
	h->l4 = walk.off;
	h->protocol = walk.nexthdr;
	h->first = walk.first;
	return true;
}

static bool read_headers(const struct sk_buff *skb, u8 family, u32 at, u32 end,
			 struct headers *h)
{
	return family == NFPROTO_IPV4 ? read_ip4(skb, at, end, h) :
					read_ip6(skb, at, end, h);
}

static bool has_ports(u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_SCTP;
}

/* The quoted packet's ports, as the parser would have them: see packet.c. */
static bool read_ports(const struct sk_buff *skb, u32 l4, u8 protocol,
		       struct vs_tuple *tuple)
{
	const __be16 *ports;
	__be16 buf[2];

	tuple->protocol = protocol;
	if (vs_protocol_follows(protocol)) {
		tuple->protocol = IPPROTO_UDP;
		tuple->sport = htons(VS_IKE_PORT);
		tuple->dport = htons(VS_IKE_PORT);
		return true;
	}
	if (!has_ports(protocol))
		return true;
	ports = skb_header_pointer(skb, l4, sizeof(buf), buf);
	if (!ports)
		return false;
	tuple->sport = ports[0];
	tuple->dport = ports[1];
	return true;
}

/* Reads the packet that is quoted from quote->inner on. */
static bool read_quoted(const struct sk_buff *skb, u8 family,
			struct vs_quote *quote)
{
	struct headers h;

	if (!read_headers(skb, family, quote->inner, quote->end, &h) ||
	    h.l4 + QUOTE_MIN > quote->end)
		return false;
	quote->l4 = h.l4;
	quote->protocol = h.protocol;
	quote->tuple = (struct vs_tuple) {
		.src	= h.src,
		.dst	= h.dst,
		.family	= family,
	};
	return read_ports(skb, h.l4, h.protocol, &quote->tuple);
}

/* Redirects are not among them: they are between neighbours. */
static bool is_error(u8 family, u8 type)
{
	if (family == NFPROTO_IPV4)
		return type == ICMP_DEST_UNREACH ||
		       type == ICMP_TIME_EXCEEDED ||
		       type == ICMP_PARAMETERPROB;
	return type >= ICMPV6_DEST_UNREACH && type <= ICMPV6_PARAMPROB;
}

/* A checksum that is left to the device must be the one that is rewritten. */
static bool is_plain(const struct sk_buff *skb, u32 icmp)
{
	return !skb_is_gso(skb) &&
	       (skb->ip_summed != CHECKSUM_PARTIAL ||
		(skb_checksum_start_offset(skb) == icmp &&
		 skb->csum_offset == offsetof(struct icmphdr, checksum)));
}

/**
 * vs_quote_parse() - find out what packet an ICMP error is about
 * @skb: any packet; skb->data is at its network header or before it
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @quote: set if there is a quote
 *
 * Context: any.
 * Return: whether it is a whole ICMP error that quotes, with enough of the
 * transport header, a packet of whoever the error is sent to.
 */
bool vs_quote_parse(const struct sk_buff *skb, u8 family,
		    struct vs_quote *quote)
{
	u32 l3 = skb_network_offset(skb);
	const struct icmphdr *icmph;
	struct icmphdr buf;
	struct headers h;

	if (!read_headers(skb, family, l3, skb->len, &h) || h.first ||
	    h.end > skb->len || h.l4 + sizeof(buf) > h.end ||
	    h.protocol != (family == NFPROTO_IPV4 ? IPPROTO_ICMP :
						    IPPROTO_ICMPV6))
		return false;
	/* Of ICMPv6 the fields read here are where ICMP has them. */
	icmph = skb_header_pointer(skb, h.l4, sizeof(buf), &buf);
	if (!icmph || !is_error(family, icmph->type) || !is_plain(skb, h.l4))
		return false;
	quote->type = icmph->type;
	quote->code = icmph->code;
	quote->l3 = l3;
	quote->icmp = h.l4;
	quote->inner = h.l4 + sizeof(buf);
	quote->end = h.end;
	return read_quoted(skb, family, quote) &&
	       vs_addr_equal(family, &h.dst, &quote->tuple.src);
}

/* What family a tunnel's packet carries, from its protocol number. */
static u8 carried_by_ip(u8 protocol)
{
	if (protocol == IPPROTO_IPIP)
		return NFPROTO_IPV4;
	return protocol == IPPROTO_IPV6 ? NFPROTO_IPV6 : NFPROTO_UNSPEC;
}

/* The family of what GRE carries, whose header ends at *@off. */
static u8 carried_by_gre(const struct sk_buff *skb, u32 *off)
{
	const struct gre_base_hdr *gre;
	struct gre_base_hdr buf;

	gre = skb_header_pointer(skb, *off, sizeof(buf), &buf);
	if (!gre || gre->flags & ~GRE_CSUM)
		return NFPROTO_UNSPEC;
	*off += sizeof(*gre);
	if (gre->flags & GRE_CSUM)
		*off += GRE_HEADER_SECTION;
	if (gre->protocol == htons(ETH_P_IP))
		return NFPROTO_IPV4;
	return gre->protocol == htons(ETH_P_IPV6) ? NFPROTO_IPV6 :
						    NFPROTO_UNSPEC;
}

static u8 carried_by_gue(const struct sk_buff *skb, u32 *off)
{
	const struct guehdr *gue;
	struct guehdr buf;

	*off += sizeof(struct udphdr);
	gue = skb_header_pointer(skb, *off, sizeof(buf), &buf);
	if (!gue || gue->version || gue->control)
		return NFPROTO_UNSPEC;
	*off += sizeof(*gue) + gue->hlen * 4;
	return carried_by_ip(gue->proto_ctype);
}

/**
 * vs_quote_strip() - find out what a quoted packet of a tunnel carries
 * @skb: the error
 * @quote: its quote; one of UDP is taken to be GUE
 * @inside: set to a quote of what it carries
 *
 * Context: any.
 * Return: whether there is enough of it.
 */
bool vs_quote_strip(const struct sk_buff *skb, const struct vs_quote *quote,
		    struct vs_quote *inside)
{
	u32 off = quote->l4;
	u8 family;

	if (quote->protocol == IPPROTO_GRE)
		family = carried_by_gre(skb, &off);
	else if (quote->protocol == IPPROTO_UDP)
		family = carried_by_gue(skb, &off);
	else
		family = carried_by_ip(quote->protocol);
	if (family == NFPROTO_UNSPEC)
		return false;
	*inside = *quote;
	inside->inner = off;
	return read_quoted(skb, family, inside);
}

/**
 * vs_quote_answer() - what packets arrive with that answer a quoted one
 * @quote: the quote
 * @tuple: set; an error travels the way that they do
 *
 * Context: any.
 */
void vs_quote_answer(const struct vs_quote *quote, struct vs_tuple *tuple)
{
	*tuple = (struct vs_tuple) {
		.src		= quote->tuple.dst,
		.dst		= quote->tuple.src,
		.sport		= quote->tuple.dport,
		.dport		= quote->tuple.sport,
		.family		= quote->tuple.family,
		.protocol	= quote->tuple.protocol,
	};
}

/* Replaces whole 16-bit words, and adds to @sum what a sum changes by. */
static void replace(void *at, const void *with, u32 len, __wsum *sum)
{
	*sum = csum_sub(*sum, csum_partial(at, len, 0));
	memcpy(at, with, len);
	*sum = csum_add(*sum, csum_partial(at, len, 0));
}

/* Replaces a network header's addresses; *@sum is the change by them. */
static void replace_addrs(void *at, u8 family, const union vs_addr *src,
			  const union vs_addr *dst, __wsum *sum)
{
	struct ipv6hdr *ip6h = at;
	struct iphdr *iph = at;

	if (family == NFPROTO_IPV4) {
		if (src)
			replace(&iph->saddr, src, sizeof(iph->saddr), sum);
		replace(&iph->daddr, dst, sizeof(iph->daddr), sum);
	} else {
		if (src)
			replace(&ip6h->saddr, src, sizeof(ip6h->saddr), sum);
		replace(&ip6h->daddr, dst, sizeof(ip6h->daddr), sum);
	}
}

/* A checksum changes by *@sum; then *@sum changes by the checksum itself. */
static void replace_check(__sum16 *at, __wsum *sum, bool udp)
{
	__sum16 check = *at;

	csum_replace_by_diff(&check, *sum);
	if (udp && !check)
		check = CSUM_MANGLED_0;
	replace(at, &check, sizeof(check), sum);
}

/* SCTP's checksum is of the whole packet, which no quote need have. */
static __sum16 *quoted_check(const struct sk_buff *skb,
			     const struct vs_quote *quote)
{
	void *l4 = skb->data + quote->l4;
	__sum16 *check;

	if (quote->protocol == IPPROTO_UDP)
		check = &((struct udphdr *)l4)->check;
	else if (quote->protocol == IPPROTO_TCP)
		check = &((struct tcphdr *)l4)->check;
	else
		return NULL;
	if ((u8 *)(check + 1) > skb->data + quote->end)
		return NULL;
	return check;
}

/* Returns what the error's own sum changes by. */
static __wsum rewrite_quoted(struct sk_buff *skb, const struct vs_quote *quote,
			     const struct vs_tuple *tuple)
{
	bool udp = quote->protocol == IPPROTO_UDP;
	__be16 ports[] = { tuple->sport, tuple->dport };
	__sum16 *check = quoted_check(skb, quote);
	void *l3 = skb->data + quote->inner;
	__wsum addrs = 0, sum, l4;

	replace_addrs(l3, tuple->family, &tuple->src, &tuple->dst, &addrs);
	sum = addrs;
	if (tuple->family == NFPROTO_IPV4)
		replace_check(&((struct iphdr *)l3)->check, &sum, false);
	if (!has_ports(quote->protocol))
		return sum;
	/* The addresses count in this checksum, though not where it is. */
	l4 = addrs;
	replace(skb->data + quote->l4, ports, sizeof(ports), &l4);
	if (check && (*check || !udp))
		replace_check(check, &l4, udp);
	return csum_add(sum, csum_sub(l4, addrs));
}

/**
 * vs_quote_rewrite() - make an error one for the other end of a conn
 * @skb: the error; its header may move, its offsets stay
 * @quote: what vs_quote_parse() found
 * @tuple: what the quoted packet is to have been sent with; ports count if its
 *	protocol has them
 * @src: what the error is to come from, or NULL if that stays
 * @dst: who it is for
 * @hop: decrement TTL or hop limit, which the caller knows to be above 1
 *
 * Checksums that are wrong stay so.
 *
 * Context: any.
 * Return: 0, or -ENOMEM with nothing rewritten.
 */
int vs_quote_rewrite(struct sk_buff *skb, const struct vs_quote *quote,
		     const struct vs_tuple *tuple, const union vs_addr *src,
		     const union vs_addr *dst, bool hop)
{
	u32 end = min_t(u32, quote->end, quote->l4 + sizeof(struct tcphdr));
	__wsum sum = 0, pseudo = 0;
	struct icmphdr *icmph;
	struct ipv6hdr *ip6h;
	struct iphdr *iph;

	if (skb_ensure_writable(skb, end))
		return -ENOMEM;
	/* Errors are few: what a device or the sender saved is done here. */
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb))
		return -ENOMEM;
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;

	replace_addrs(skb->data + quote->l3, tuple->family, src, dst, &pseudo);
	sum = rewrite_quoted(skb, quote, tuple);
	if (tuple->family == NFPROTO_IPV4) {
		iph = (struct iphdr *)(skb->data + quote->l3);
		csum_replace_by_diff(&iph->check, pseudo);
		if (hop)
			ip_decrease_ttl(iph);
	} else {
		ip6h = (struct ipv6hdr *)(skb->data + quote->l3);
		ip6h->hop_limit -= hop;
		sum = csum_add(sum, pseudo);
	}
	icmph = (struct icmphdr *)(skb->data + quote->icmp);
	csum_replace_by_diff(&icmph->checksum, sum);
	return 0;
}
