// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: tests of quote.c. An error is rewritten and compared, byte for byte, with
 * one that was built anew about the packet with the other addresses and ports,
 * and whose checksums were computed in full.
 */

#include <linux/module.h>
#include <net/ipv6.h>

#include "../../kmod/quote.c"
#include "icmp.h"

/**
 * struct vs_end - addresses and ports of a quoted packet
 * @src: source address
 * @dst: destination address
 * @sport: source port
 * @dport: destination port
 */
struct vs_end {
	u8 src[16];
	u8 dst[16];
	u8 sport[2];
	u8 dport[2];
};

/**
 * struct vs_case - an error, before and after
 * @inner: the packet that it is about
 * @old: the error
 * @new: what must come of it
 * @to: what the quoted packet is to have been sent with
 * @src: new source of the error, if @keep_src does not say that it stays
 * @keep_src: likewise
 * @hop: TTL or hop limit is decremented
 * @cut: bytes of @inner that are quoted
 * @form: what the skb looks like
 */
struct vs_case {
	struct vs_frame inner;
	struct vs_frame old;
	struct vs_frame new;
	struct vs_end to;
	u8 src[16];
	bool keep_src;
	bool hop;
	u32 cut;
	struct vs_frame_form form;
};

static u8 *vs_frame_sctp(struct vs_frame *frame)
{
	u8 *at = vs_frame_put(frame, IPPROTO_SCTP, 32);

	frame->l4 = at - frame->bytes;
	frame->protocol = IPPROTO_SCTP;
	put_unaligned_be16(40003, at);
	put_unaligned_be16(2905, at + 2);
	memset(at + 8, 0xa5, 4);
	return at;
}

static bool vs_is_ipsec(u8 protocol)
{
	return protocol == IPPROTO_ESP || protocol == IPPROTO_AH;
}

static bool vs_has_check(const struct vs_frame *inner)
{
	return inner->protocol != IPPROTO_SCTP && !vs_is_ipsec(inner->protocol);
}

static void vs_inner_checks(struct vs_frame *inner, enum vs_check_kind kind)
{
	if (vs_has_check(inner)) {
		vs_naive_checks(inner, kind);
	} else if (inner->family == NFPROTO_IPV4) {
		u32 len = (inner->bytes[0] & 15) * 4;

		put_unaligned_be16(0, inner->bytes + 10);
		put_unaligned_be16(~vs_naive_fold(vs_naive_sum(inner->bytes,
							       len)),
				   inner->bytes + 10);
	}
}

/* Random bytes of which many are those that sums are sensitive to. */
static void vs_edgy(struct rnd_state *rnd, u8 *at, u32 len)
{
	u32 kind = prandom_u32_state(rnd) % 6;
	u32 i;

	prandom_bytes_state(rnd, at, len);
	for (i = 0; i < len && kind < 3; i++)
		at[i] = kind == 0 ? 0 : kind == 1 ? 0xff : i % 2 ? 0xff : 0;
}

static void vs_random_headers(struct vs_frame *frame, u8 family,
			      struct rnd_state *rnd)
{
	u32 more = prandom_u32_state(rnd) % 4;

	if (family == NFPROTO_IPV4) {
		vs_frame_ip4(frame, more * 3);
		frame->bytes[8] = 2 + prandom_u32_state(rnd) % 254;
	} else {
		vs_frame_ip6(frame);
		frame->bytes[7] = 2 + prandom_u32_state(rnd) % 254;
		if (more & 1)
			vs_frame_ext(frame, NEXTHDR_HOP, 0);
		if (more & 2)
			vs_frame_ext(frame, NEXTHDR_DEST, more - 2);
	}
	vs_edgy(rnd, vs_src(frame), 2 * vs_alen(frame));
}

static enum vs_check_kind vs_random_inner(struct vs_frame *inner, u8 family,
					  struct rnd_state *rnd)
{
	enum vs_check_kind kind = VS_CHECK_FULL;
	u32 payload = prandom_u32_state(rnd) % 60;
	u8 *at;

	vs_random_headers(inner, family, rnd);
	switch (prandom_u32_state(rnd) % 6) {
	case 0:
		at = vs_frame_tcp(inner, VS_TCP_ACK, payload) + 20;
		break;
	case 1:
		kind = VS_CHECK_NONE;
		fallthrough;
	case 2:
		at = vs_frame_udp(inner, payload) + 8;
		break;
	case 3:
		at = vs_frame_ipsec(inner, IPPROTO_ESP, 8 + payload) + 8;
		break;
	case 4:
		at = vs_frame_ipsec(inner, IPPROTO_AH, 8 + payload) + 8;
		break;
	default:
		at = vs_frame_sctp(inner) + 12;
		payload = 20;
		break;
	}
	vs_edgy(rnd, at, payload);
	vs_edgy(rnd, inner->bytes + inner->l4, 4);
	vs_frame_set_len(inner, inner->len);
	vs_inner_checks(inner, kind);
	return kind;
}

/* All of a case at random, and what must come of it. */
static void vs_case_make(struct vs_case *c, u8 family, struct rnd_state *rnd)
{
	enum vs_check_kind kind = vs_random_inner(&c->inner, family, rnd);
	u32 least = c->inner.l4 + VS_QUOTE_MIN;
	u8 type = family == NFPROTO_IPV4 ? 3 : 1 + prandom_u32_state(rnd) % 4;
	u8 half, *at;

	c->cut = least + prandom_u32_state(rnd) % (c->inner.len - least + 1);
	c->hop = prandom_u32_state(rnd) % 2;
	c->keep_src = prandom_u32_state(rnd) % 2;
	vs_edgy(rnd, (u8 *)&c->to, sizeof(c->to));
	vs_edgy(rnd, c->src, sizeof(c->src));

	vs_random_headers(&c->old, family, rnd);
	c->new = c->old;
	at = vs_frame_error(&c->old, type, &c->inner, c->cut);
	put_unaligned_be16(1400, at + 6);
	vs_error_checks(&c->old);

	memcpy(vs_src(&c->inner), c->to.src, vs_alen(&c->inner));
	memcpy(vs_dst(&c->inner), c->to.dst, vs_alen(&c->inner));
	if (!vs_is_ipsec(c->inner.protocol))
		memcpy(c->inner.bytes + c->inner.l4, c->to.sport, 4);
	half = c->inner.bytes[c->cut - 1];
	vs_inner_checks(&c->inner, kind);
	/* A checksum of which there is but half is left alone. */
	if (vs_has_check(&c->inner) &&
	    c->inner.bytes + c->cut == vs_naive_check_at(&c->inner) + 1)
		c->inner.bytes[c->cut - 1] = half;
	at = vs_frame_error(&c->new, type, &c->inner, c->cut);
	put_unaligned_be16(1400, at + 6);
	if (!c->keep_src)
		memcpy(vs_src(&c->new), c->src, vs_alen(&c->new));
	c->new.bytes[family == NFPROTO_IPV4 ? 8 : 7] -= c->hop;
	vs_error_checks(&c->new);
}

static int vs_case_rewrite(struct vs_case *c, struct sk_buff *skb,
			   const struct vs_quote *quote)
{
	struct vs_tuple tuple = { .family = c->old.family };
	union vs_addr src = {};
	union vs_addr dst = {};

	memcpy(&tuple.src, c->to.src, vs_alen(&c->old));
	memcpy(&tuple.dst, c->to.dst, vs_alen(&c->old));
	memcpy(&tuple.sport, c->to.sport, 2);
	memcpy(&tuple.dport, c->to.dport, 2);
	/* That of the conn, which is not always the quoted packet's. */
	tuple.protocol = quote->tuple.protocol;
	memcpy(&src, c->src, vs_alen(&c->old));
	memcpy(&dst, c->to.src, vs_alen(&c->old));
	return vs_quote_rewrite(skb, quote, &tuple, c->keep_src ? NULL : &src,
				&dst, c->hop);
}

static void vs_expect_bytes(struct kunit *test, const struct sk_buff *skb,
			    const struct vs_frame *want)
{
	static u8 bytes[VS_FRAME_MAX];
	u32 l3 = skb_network_offset(skb);

	KUNIT_ASSERT_EQ(test, skb->len - l3, want->len);
	KUNIT_ASSERT_EQ(test, skb_copy_bits(skb, l3, bytes, want->len), 0);
	KUNIT_EXPECT_MEMEQ(test, bytes, want->bytes, want->len);
}

static void vs_case_summed(struct sk_buff *skb, struct vs_case *c, u8 summed)
{
	u8 *check = skb->data + c->old.l4 + 2;
	u64 sum;

	skb->ip_summed = summed;
	if (summed == CHECKSUM_COMPLETE) {
		sum = vs_naive_sum(c->old.bytes, c->old.len);
		skb->csum = (__force __wsum)htons(vs_naive_fold(sum));
	} else if (summed == CHECKSUM_PARTIAL) {
		skb->csum_start = skb_headroom(skb) + c->old.l4;
		skb->csum_offset = 2;
		sum = c->old.family == NFPROTO_IPV4 ? 0 :
		      vs_naive_pseudo(&c->old);
		put_unaligned_be16(vs_naive_fold(sum), check);
	}
}

static void vs_case_run(struct kunit *test, struct vs_case *c, u8 summed,
			bool cloned)
{
	struct sk_buff *skb, *clone = NULL;
	struct vs_quote quote;

	skb = vs_frame_skb(test, &c->old, c->old.len, &c->form);
	vs_case_summed(skb, c, summed);
	KUNIT_ASSERT_TRUE(test, vs_quote_parse(skb, c->old.family, &quote));
	KUNIT_EXPECT_EQ(test, quote.protocol, c->inner.protocol);
	KUNIT_EXPECT_EQ(test, quote.inner,
			c->form.offset + c->old.l4 + 8);
	KUNIT_EXPECT_EQ(test, quote.l4, quote.inner + c->inner.l4);
	if (cloned)
		clone = skb_clone(skb, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, vs_case_rewrite(c, skb, &quote), 0);
	vs_expect_bytes(test, skb, &c->new);
	KUNIT_EXPECT_TRUE(test, skb->ip_summed == CHECKSUM_NONE ||
			  skb->ip_summed == CHECKSUM_UNNECESSARY);
	if (clone && summed != CHECKSUM_PARTIAL)
		vs_expect_bytes(test, clone, &c->old);
	kfree_skb(clone);
	kfree_skb(skb);
}

static struct vs_case *vs_case_alloc(struct kunit *test)
{
	struct vs_case *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	return c;
}

#define VS_ROUNDS	4000

static void vs_icmp_test_rewrite(struct kunit *test, u8 family)
{
	struct vs_case *c = vs_case_alloc(test);
	struct rnd_state rnd;
	int i;

	prandom_seed_state(&rnd, 4711 + family);
	for (i = 0; i < VS_ROUNDS; i++) {
		u8 summed = prandom_u32_state(&rnd) % 4;

		vs_case_make(c, family, &rnd);
		c->form = (struct vs_frame_form) {
			/* A device's sum begins at the network header. */
			.offset	= prandom_u32_state(&rnd) % 2 * 16,
			.paged	= prandom_u32_state(&rnd) % 2,
			.head	= prandom_u32_state(&rnd) % c->old.len,
			.piece	= prandom_u32_state(&rnd) % 40,
		};
		if (summed == CHECKSUM_PARTIAL) {
			/* Who leaves it to the device has it in one piece. */
			c->form.paged = false;
			c->form.offset = 0;
		}
		vs_case_run(test, c, summed, prandom_u32_state(&rnd) % 2);
	}
}

static void vs_icmp_test_rewrite4(struct kunit *test)
{
	vs_icmp_test_rewrite(test, NFPROTO_IPV4);
}

static void vs_icmp_test_rewrite6(struct kunit *test)
{
	vs_icmp_test_rewrite(test, NFPROTO_IPV6);
}

/* A wrong checksum is not to become right: whoever gets it shall know. */
static void vs_icmp_test_wrong(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct rnd_state rnd;
	int i;

	prandom_seed_state(&rnd, 815);
	for (i = 0; i < 200; i++) {
		vs_case_make(c, i % 2 ? NFPROTO_IPV6 : NFPROTO_IPV4, &rnd);
		c->old.bytes[c->old.l4 + 7] ^= 0x10;
		c->new.bytes[c->new.l4 + 7] ^= 0x10;
		vs_case_run(test, c, CHECKSUM_NONE, false);
	}
}

/* Parses in two forms, with other bytes around it: the same must come of it. */
static bool vs_both_say(struct kunit *test, struct vs_case *c, u32 len,
			struct vs_quote *quote)
{
	struct vs_frame_form form = c->form;
	struct vs_quote other = {};
	struct sk_buff *skb;
	bool a, b;

	*quote = (struct vs_quote) {};
	skb = vs_frame_skb(test, &c->old, len, &form);
	a = vs_quote_parse(skb, c->old.family, quote);
	kfree_skb(skb);
	form = vs_linear;
	form.offset = c->form.offset;
	form.fill = 0xff;
	skb = vs_frame_skb(test, &c->old, len, &form);
	b = vs_quote_parse(skb, c->old.family, &other);
	KUNIT_EXPECT_EQ(test, a, b);
	if (a && b) {
		KUNIT_EXPECT_EQ(test, quote->l4, other.l4);
		KUNIT_EXPECT_MEMEQ(test, &quote->tuple, &other.tuple,
				   sizeof(other.tuple));
		KUNIT_EXPECT_LE(test, quote->l4 + VS_QUOTE_MIN, quote->end);
		KUNIT_EXPECT_LE(test, quote->end, skb->len);
		KUNIT_EXPECT_EQ(test, vs_case_rewrite(c, skb, &other), 0);
		KUNIT_EXPECT_EQ(test, skb->len, len + form.offset);
	}
	kfree_skb(skb);
	return a && b;
}

/* Errors with wrong bytes anywhere: no reading or writing outside of them. */
static void vs_icmp_test_mutants(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	u32 i, j, at, good = 0;
	struct vs_quote quote;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 90125);
	for (i = 0; i < VS_ROUNDS; i++) {
		vs_case_make(c, i % 2 ? NFPROTO_IPV6 : NFPROTO_IPV4, &rnd);
		for (j = prandom_u32_state(&rnd) % 4; j; j--) {
			at = prandom_u32_state(&rnd) % c->old.len;
			c->old.bytes[at] = prandom_u32_state(&rnd);
		}
		c->form = (struct vs_frame_form) {
			.offset	= prandom_u32_state(&rnd) % 2 * 14,
			.paged	= true,
			.head	= prandom_u32_state(&rnd) % c->old.len,
			.piece	= prandom_u32_state(&rnd) % 40,
		};
		at = c->old.len;
		if (prandom_u32_state(&rnd) % 4 == 0)
			at = 1 + prandom_u32_state(&rnd) % at;
		good += vs_both_say(test, c, at, &quote);
	}
	/* Or this tests but one of two ways. */
	KUNIT_EXPECT_GT(test, good, VS_ROUNDS / 8);
	KUNIT_EXPECT_LT(test, good, VS_ROUNDS * 7 / 8);
}

/* What the device is to sum is not what is rewritten; segments of TCP. */
static void vs_icmp_test_offloads(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct vs_quote quote;
	struct sk_buff *skb;

	vs_sample(&c->old, &c->inner, NFPROTO_IPV4, true);
	skb = vs_frame_skb(test, &c->old, c->old.len, &vs_linear);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + 20;
	skb->csum_offset = 2;
	KUNIT_EXPECT_TRUE(test, vs_quote_parse(skb, NFPROTO_IPV4, &quote));
	skb->csum_offset = 6;
	KUNIT_EXPECT_FALSE(test, vs_quote_parse(skb, NFPROTO_IPV4, &quote));
	skb->csum_offset = 2;
	skb->csum_start += 8;
	KUNIT_EXPECT_FALSE(test, vs_quote_parse(skb, NFPROTO_IPV4, &quote));
	skb->ip_summed = CHECKSUM_NONE;
	KUNIT_EXPECT_TRUE(test, vs_quote_parse(skb, NFPROTO_IPV4, &quote));
	skb_shinfo(skb)->gso_size = 100;
	KUNIT_EXPECT_FALSE(test, vs_quote_parse(skb, NFPROTO_IPV4, &quote));
	skb_shinfo(skb)->gso_size = 0;
	kfree_skb(skb);
}

static void vs_icmp_test_answer(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct vs_tuple tuple;
	struct vs_quote quote;
	struct sk_buff *skb;

	vs_sample(&c->old, &c->inner, NFPROTO_IPV6, false);
	skb = vs_frame_skb(test, &c->old, c->old.len, &vs_linear);
	KUNIT_ASSERT_TRUE(test, vs_quote_parse(skb, NFPROTO_IPV6, &quote));
	kfree_skb(skb);
	vs_quote_answer(&quote, &tuple);
	KUNIT_EXPECT_MEMEQ(test, &tuple.src, vs_dst(&c->inner), 16);
	KUNIT_EXPECT_MEMEQ(test, &tuple.dst, vs_src(&c->inner), 16);
	KUNIT_EXPECT_EQ(test, ntohs(tuple.sport), 80);
	KUNIT_EXPECT_EQ(test, ntohs(tuple.dport), 40001);
	KUNIT_EXPECT_EQ(test, tuple.protocol, IPPROTO_TCP);
	KUNIT_EXPECT_EQ(test, tuple.family, NFPROTO_IPV6);
}

static struct kunit_case vs_icmp_cases[] = {
	KUNIT_CASE(vs_icmp_test_rewrite4),
	KUNIT_CASE(vs_icmp_test_rewrite6),
	KUNIT_CASE(vs_icmp_test_wrong),
	KUNIT_CASE(vs_icmp_test_mutants),
	KUNIT_CASE(vs_icmp_test_offloads),
	KUNIT_CASE(vs_icmp_test_answer),
	{}
};

static struct kunit_suite vs_icmp_suite = {
	.name = "vs_icmp",
	.test_cases = vs_icmp_cases,
};

kunit_test_suite(vs_icmp_suite);

MODULE_LICENSE("GPL");
