// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: tests of quote.c: quotes that lie, that are cut off, or have a tunnel's
 * packets in them.
 */

#include <linux/module.h>
#include <net/ipv6.h>

#include "vs.h"
#include "icmp.h"

/**
 * struct vs_lying - an error
 * @inner: what the packet in error is or, in a tunnel, carries
 * @pkt: the tunnel's packet
 * @error: the error
 * @form: what the skb looks like
 */
struct vs_lying {
	struct vs_frame inner;
	struct vs_frame pkt;
	struct vs_frame error;
	struct vs_frame_form form;
};

static struct vs_lying *vs_lying_alloc(struct kunit *test)
{
	struct vs_lying *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	return c;
}

/**
 * struct vs_lie - an honest error with a few bytes changed
 * @name: what that is
 * @at: where: from the network header of the error on, or if @inside from that
 *	of the quoted packet on
 * @byte: what is there then
 * @inside: see @at
 * @good: whether it is a quote still
 */
struct vs_lie {
	const char *name;
	u32 at;
	u8 byte;
	bool inside;
	bool good;
};

static const struct vs_lie vs_lies4[] = {
	{ "nothing", 8, 64, false, true },
	{ "version 6", 0, 0x65, false, false },
	{ "a header of 16 bytes", 0, 0x44, false, false },
	{ "a header of none", 0, 0x40, false, false },
	{ "a header over the type", 0, 0x46, false, false },
	{ "a header past the end", 0, 0x4f, false, false },
	{ "another protocol", 9, 6, false, false },
	{ "ICMPv6 in IPv4", 9, 58, false, false },
	{ "a length past the end", 3, 89, false, false },
	{ "a length cutting the ports", 3, 55, false, false },
	{ "a length after the ports", 3, 56, false, true },
	{ "a length of none", 3, 0, false, false },
	{ "the first fragment", 6, 0x20, false, false },
	{ "a later fragment", 7, 1, false, false },
	{ "another destination", 19, 1, false, false },
	{ "an echo reply", 20, 0, false, false },
	{ "an unreachable", 20, 3, false, true },
	{ "a source quench", 20, 4, false, false },
	{ "a redirect", 20, 5, false, false },
	{ "an echo request", 20, 8, false, false },
	{ "a time exceeded", 20, 11, false, true },
	{ "a parameter problem", 20, 12, false, true },
	{ "a timestamp", 20, 13, false, false },
	{ "quotes version 6", 0, 0x65, true, false },
	{ "quotes version 0", 0, 0x05, true, false },
	{ "quotes a header of none", 0, 0x40, true, false },
	{ "quotes a header of 16 bytes", 0, 0x44, true, false },
	{ "quotes options over the ports", 0, 0x46, true, true },
	{ "quotes options up to 8 bytes before the end", 0, 0x4b, true, true },
	{ "quotes options up to 4 bytes before the end", 0, 0x4c, true, false },
	{ "quotes options past the end", 0, 0x4f, true, false },
	{ "quotes a length of none", 3, 0, true, true },
	{ "quotes a length past all", 2, 0xff, true, true },
	{ "quotes a first fragment", 6, 0x20, true, true },
	{ "quotes a later fragment", 7, 1, true, false },
	{ "quotes a last fragment", 6, 0x1f, true, false },
	{ "quotes another source", 15, 1, true, false },
	{ "quotes another destination", 19, 1, true, true },
	{ "quotes no checksum", 10, 0, true, true },
};

static const struct vs_lie vs_lies6[] = {
	{ "nothing", 7, 64, false, true },
	{ "version 4", 0, 0x45, false, false },
	{ "another next header", 6, 6, false, false },
	{ "ICMP in IPv6", 6, 1, false, false },
	{ "hop-by-hop options in between", 6, 0, false, false },
	{ "a length past the end", 5, 89, false, false },
	{ "a length cutting the ports", 5, 55, false, false },
	{ "a length after the ports", 5, 56, false, true },
	{ "a length of none", 5, 0, false, false },
	{ "another destination", 39, 1, false, false },
	{ "type 0", 40, 0, false, false },
	{ "an unreachable", 40, 1, false, true },
	{ "a too big", 40, 2, false, true },
	{ "a time exceeded", 40, 3, false, true },
	{ "a parameter problem", 40, 4, false, true },
	{ "type 5", 40, 5, false, false },
	{ "an echo request", 40, 128, false, false },
	{ "a redirect", 40, 137, false, false },
	{ "quotes version 4", 0, 0x45, true, false },
	{ "quotes a length of none", 5, 0, true, true },
	{ "quotes a length past all", 4, 0xff, true, true },
	{ "quotes another source", 23, 1, true, false },
	{ "quotes another destination", 39, 1, true, true },
	/* A TCP header as extension headers: 40001 is 0x9c41. */
	{ "quotes options past the end", 6, 60, true, false },
	{ "quotes a routing header past the end", 6, 43, true, false },
	{ "quotes a later fragment, by its ports", 6, 44, true, false },
};

static void vs_quote_test_lies(struct kunit *test, u8 family,
			       const struct vs_lie *lies, u32 nr)
{
	struct vs_lying *c = vs_lying_alloc(test);
	struct vs_quote quote;
	struct sk_buff *skb;
	u32 i, at;

	for (i = 0; i < nr; i++) {
		vs_sample(&c->error, &c->inner, family, false);
		at = lies[i].at + (lies[i].inside ? c->error.l4 + 8 : 0);
		c->error.bytes[at] = lies[i].byte;
		skb = vs_frame_skb(test, &c->error, c->error.len, &vs_linear);
		KUNIT_EXPECT_EQ_MSG(test, vs_quote_parse(skb, family, &quote),
				    lies[i].good, "%s", lies[i].name);
		kfree_skb(skb);
	}
}

static void vs_quote_test_lies4(struct kunit *test)
{
	vs_quote_test_lies(test, NFPROTO_IPV4, vs_lies4, ARRAY_SIZE(vs_lies4));
}

static void vs_quote_test_lies6(struct kunit *test)
{
	vs_quote_test_lies(test, NFPROTO_IPV6, vs_lies6, ARRAY_SIZE(vs_lies6));
}

/* Quotes of every length: from the 8th byte after its headers on. */
static void vs_quote_test_cut(struct kunit *test)
{
	struct vs_lying *c = vs_lying_alloc(test);
	struct vs_quote quote;
	struct sk_buff *skb;
	u32 cut, kind;

	for (kind = 0; kind < 4; kind++) {
		u8 family = kind & 1 ? NFPROTO_IPV6 : NFPROTO_IPV4;

		vs_sample(&c->error, &c->inner, family, kind & 2);
		for (cut = 0; cut <= c->inner.len; cut++) {
			u32 len = c->error.len - c->inner.len + cut;

			vs_frame_set_len(&c->error, len);
			/* What is after it is padding, and tempting. */
			skb = vs_frame_skb(test, &c->error, c->error.len,
					   &vs_linear);
			KUNIT_EXPECT_EQ(test,
					vs_quote_parse(skb, family, &quote),
					cut >= c->inner.l4 + VS_QUOTE_MIN);
			kfree_skb(skb);
			skb = vs_frame_skb(test, &c->error, len, &vs_linear);
			KUNIT_EXPECT_EQ(test,
					vs_quote_parse(skb, family, &quote),
					cut >= c->inner.l4 + VS_QUOTE_MIN);
			kfree_skb(skb);
		}
	}
}

/**
 * struct vs_wrap - headers between a tunnel's network header and what it has
 * @name: what they are
 * @protocol: of the network header
 * @bytes: the headers
 * @len: how many bytes
 * @family: of what is in it; NFPROTO_UNSPEC if it is not for vs
 */
struct vs_wrap {
	const char *name;
	u8 protocol;
	const char *bytes;
	u8 len;
	u8 family;
};

#define VS_UDP	"\x12\x34\x17\xc0\0\0\0\0"

static const struct vs_wrap vs_wraps[] = {
	{ "IPIP", 4, "", 0, NFPROTO_IPV4 },
	{ "IPv6 in IP", 41, "", 0, NFPROTO_IPV6 },
	{ "IPv4, said to be IPv6", 41, "", 0, NFPROTO_UNSPEC },
	{ "GRE", 47, "\0\0\x08\0", 4, NFPROTO_IPV4 },
	{ "GRE, IPv6", 47, "\0\0\x86\xdd", 4, NFPROTO_IPV6 },
	{ "GRE with checksum", 47, "\x80\0\x08\0\1\2\0\0", 8, NFPROTO_IPV4 },
	{ "GRE with key", 47, "\x20\0\x08\0\1\2\0\0", 8, NFPROTO_UNSPEC },
	{ "GRE of version 1", 47, "\0\1\x08\0", 4, NFPROTO_UNSPEC },
	{ "GRE of Ethernet", 47, "\0\0\x65\x58", 4, NFPROTO_UNSPEC },
	{ "GUE", 17, VS_UDP "\0\4\0\0", 12, NFPROTO_IPV4 },
	{ "GUE, IPv6", 17, VS_UDP "\0\x29\0\0", 12, NFPROTO_IPV6 },
	{ "GUE with options", 17, VS_UDP "\1\4\0\0\0\0\0\0", 16,
	  NFPROTO_IPV4 },
	{ "GUE with more than there is", 17, VS_UDP "\x1f\4\0\0", 12,
	  NFPROTO_UNSPEC },
	{ "GUE's control message", 17, VS_UDP "\x20\4\0\0", 12,
	  NFPROTO_UNSPEC },
	{ "GUE of version 1", 17, VS_UDP "\x45\0\0\0", 12, NFPROTO_UNSPEC },
	{ "GUE of ICMP", 17, VS_UDP "\0\1\0\0", 12, NFPROTO_UNSPEC },
	{ "TCP", 6, VS_UDP "\0\0\0\0\x50\0\0\0\0\0\0\0", 20,
	  NFPROTO_UNSPEC },
};

/* A tunnel's packet, of family @outer, in @c->pkt, what it has in @c->inner. */
static void vs_wrapped(struct vs_lying *c, u8 outer, const struct vs_wrap *w)
{
	u8 *at;

	if (w->family == NFPROTO_IPV6)
		vs_frame_ip6(&c->inner);
	else
		vs_frame_ip4(&c->inner, 2);
	vs_frame_udp(&c->inner, 4);
	vs_frame_set_len(&c->inner, c->inner.len);
	if (outer == NFPROTO_IPV4)
		vs_frame_ip4(&c->pkt, 0);
	else
		vs_frame_ip6(&c->pkt);
	at = vs_frame_put(&c->pkt, w->protocol, w->len + c->inner.len);
	memcpy(at, w->bytes, w->len);
	memcpy(at + w->len, c->inner.bytes, c->inner.len);
	vs_frame_set_len(&c->pkt, c->pkt.len);
}

static bool vs_strip(struct kunit *test, struct vs_lying *c, u8 outer, u32 cut,
		     struct vs_quote *quote, struct vs_quote *inside)
{
	struct sk_buff *skb;
	bool found;

	if (outer == NFPROTO_IPV4)
		vs_frame_ip4(&c->error, 0);
	else
		vs_frame_ip6(&c->error);
	vs_frame_error(&c->error, outer == NFPROTO_IPV4 ? 3 : 2, &c->pkt, cut);
	skb = vs_frame_skb(test, &c->error, c->error.len, &c->form);
	found = vs_quote_parse(skb, outer, quote) &&
		vs_quote_strip(skb, quote, inside);
	kfree_skb(skb);
	return found;
}

static void vs_quote_test_strip(struct kunit *test)
{
	struct vs_lying *c = vs_lying_alloc(test);
	struct vs_quote quote, inside;
	u32 i, cut, least;

	for (i = 0; i < 2 * ARRAY_SIZE(vs_wraps); i++) {
		u8 outer = i % 2 ? NFPROTO_IPV6 : NFPROTO_IPV4;
		const struct vs_wrap *w = &vs_wraps[i / 2];

		c->form.paged = i % 3;
		c->form.head = 30;
		c->form.piece = 7;
		vs_wrapped(c, outer, w);
		least = c->pkt.len - c->inner.len + c->inner.l4 + VS_QUOTE_MIN;
		for (cut = 0; cut <= c->pkt.len; cut++)
			KUNIT_EXPECT_EQ_MSG(test,
					    vs_strip(test, c, outer, cut,
						     &quote, &inside),
					    w->family && cut >= least,
					    "%s, %u bytes", w->name, cut);
		if (!w->family)
			continue;
		KUNIT_EXPECT_EQ(test, inside.tuple.family, w->family);
		KUNIT_EXPECT_EQ(test, ntohs(inside.tuple.dport), 53);
		KUNIT_EXPECT_EQ(test, ntohs(inside.tuple.sport), 40002);
		/* What the tunnel adds to a packet. */
		KUNIT_EXPECT_EQ_MSG(test, inside.inner - quote.inner,
				    c->pkt.len - c->inner.len, "%s", w->name);
	}
}

/* ESP and AH are answered where IKE is, whatever stands for their ports. */
static void vs_quote_test_ipsec(struct kunit *test)
{
	struct vs_lying *c = vs_lying_alloc(test);
	struct vs_tuple tuple;
	struct vs_quote quote;
	struct sk_buff *skb;
	u32 i;

	for (i = 0; i < 4; i++) {
		u8 family = i & 1 ? NFPROTO_IPV6 : NFPROTO_IPV4;
		u8 protocol = i & 2 ? IPPROTO_AH : IPPROTO_ESP;

		vs_sample(&c->error, &c->inner, family, false);
		c->inner.bytes[family == NFPROTO_IPV4 ? 9 : 6] = protocol;
		if (family == NFPROTO_IPV4)
			vs_frame_ip4(&c->error, 0);
		else
			vs_frame_ip6(&c->error);
		vs_frame_error(&c->error, family == NFPROTO_IPV4 ? 3 : 1,
			       &c->inner, c->inner.l4 + VS_QUOTE_MIN);
		skb = vs_frame_skb(test, &c->error, c->error.len, &vs_linear);
		KUNIT_ASSERT_TRUE(test, vs_quote_parse(skb, family, &quote));
		kfree_skb(skb);
		KUNIT_EXPECT_EQ(test, quote.protocol, protocol);
		vs_quote_answer(&quote, &tuple);
		KUNIT_EXPECT_MEMEQ(test, &tuple.src, vs_dst(&c->inner),
				   vs_alen(&c->inner));
		KUNIT_EXPECT_EQ(test, tuple.protocol, IPPROTO_UDP);
		KUNIT_EXPECT_EQ(test, ntohs(tuple.sport), 500);
		KUNIT_EXPECT_EQ(test, ntohs(tuple.dport), 500);
	}
}

static struct kunit_case vs_quote_cases[] = {
	KUNIT_CASE(vs_quote_test_lies4),
	KUNIT_CASE(vs_quote_test_lies6),
	KUNIT_CASE(vs_quote_test_cut),
	KUNIT_CASE(vs_quote_test_strip),
	KUNIT_CASE(vs_quote_test_ipsec),
	{}
};

static struct kunit_suite vs_quote_suite = {
	.name = "vs_quote",
	.test_cases = vs_quote_cases,
};

kunit_test_suite(vs_quote_suite);
