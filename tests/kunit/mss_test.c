// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: tests of mss.c. SYNs with every sort of options, many of which lie, are
 * compared with what a model makes of them, and their checksums are computed
 * in full.
 */

#include <linux/module.h>

#include "../../kmod/mss.c"
#include "frame.h"
#include "naive.h"

#define VS_TCP_OPTIONS_MAX	40

/* A SYN whose options are these bytes. */
static void vs_syn(struct vs_frame *frame, u8 family, const void *options,
		   u32 len, u32 payload)
{
	u8 *at;

	if (family == NFPROTO_IPV4)
		vs_frame_ip4(frame, 0);
	else
		vs_frame_ip6(frame);
	at = vs_frame_tcp(frame, VS_TCP_SYN, len + payload);
	at[12] = (5 + len / 4) << 4;
	memcpy(at + 20, options, len);
	vs_frame_set_len(frame, frame->len);
	vs_naive_checks(frame, VS_CHECK_FULL);
}

/* The options as RFC 9293 has them: lowers each MSS; returns how many. */
static u32 vs_model(u8 *options, u32 len, u16 max)
{
	u32 lowered = 0;

	while (len) {
		u32 size = 1;

		if (options[0] == 0)
			break;
		if (options[0] != 1) {
			if (len < 2 || options[1] < 2 || options[1] > len)
				break;
			size = options[1];
		}
		if (options[0] == 2 && size == 4 &&
		    get_unaligned_be16(options + 2) > max) {
			put_unaligned_be16(max, options + 2);
			lowered++;
		}
		options += size;
		len -= size;
	}
	return lowered;
}

static struct vs_packet vs_pkt_of(const struct vs_frame *frame)
{
	struct vs_packet pkt = {};

	pkt.tuple.family = frame->family;
	pkt.tuple.protocol = IPPROTO_TCP;
	pkt.l4 = frame->l4;
	pkt.len = frame->len;
	return pkt;
}

/**
 * struct vs_case - one SYN
 * @before: as it comes
 * @after: as it is to go
 * @got: as it went
 * @form: what the skb looks like
 */
struct vs_case {
	struct vs_frame before;
	struct vs_frame after;
	struct vs_frame got;
	struct vs_frame_form form;
};

static struct vs_case *vs_case_alloc(struct kunit *test)
{
	struct vs_case *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	return c;
}

static u16 vs_case_sum(const struct vs_frame *frame)
{
	return vs_naive_fold(vs_naive_sum(frame->bytes, frame->len));
}

/* Clamps @before, compares it with @after; returns the model's answer. */
static u32 vs_case_run(struct kunit *test, struct vs_case *c, u16 max,
		       u8 summed)
{
	u8 *check;
	struct vs_packet pkt = vs_pkt_of(&c->before);
	struct sk_buff *skb;
	u32 len, lowered;

	c->after = c->before;
	len = (c->after.bytes[c->before.l4 + 12] >> 4) * 4 - 20;
	lowered = vs_model(c->after.bytes + c->before.l4 + 20, len, max);
	if (summed == CHECKSUM_PARTIAL)
		vs_naive_checks(&c->before, VS_CHECK_PSEUDO);

	skb = vs_frame_skb(test, &c->before, c->before.len, &c->form);
	skb->ip_summed = summed;
	skb->csum_start = skb_headroom(skb) + c->before.l4;
	skb->csum_offset = 16;
	if (summed == CHECKSUM_COMPLETE)
		skb->csum = (__force __wsum)htons(vs_case_sum(&c->before));
	KUNIT_EXPECT_EQ(test, vs_mss_clamp(skb, &pkt, max), 0);
	if (summed == CHECKSUM_PARTIAL)
		KUNIT_EXPECT_EQ(test, skb_checksum_help(skb), 0);

	c->got = c->before;
	KUNIT_ASSERT_EQ(test, skb->len, c->got.len);
	skb_copy_bits(skb, 0, c->got.bytes, skb->len);
	check = vs_naive_check_at(&c->got);
	KUNIT_EXPECT_EQ(test, vs_naive_l4(&c->got) % 0xffff, 0);
	if (summed == CHECKSUM_COMPLETE)
		KUNIT_EXPECT_EQ(test, vs_case_sum(&c->got) % 0xffff,
				ntohs((__force __be16)~csum_fold(skb->csum)) %
				0xffff);
	memcpy(check, vs_naive_check_at(&c->after), 2);
	KUNIT_EXPECT_MEMEQ(test, c->got.bytes, c->after.bytes, c->got.len);
	kfree_skb(skb);
	return lowered;
}

/* What Linux, Windows and others send, and the option at odd places. */
static void vs_mss_test_plain(struct kunit *test)
{
	static const struct {
		const char *options;
		u32 len;
	} cases[] = {
		{ "\x02\x04\x05\xb4", 4 },
		{ "\x02\x04\x05\xb4\x04\x02\x08\x0a\x01\x02\x03\x04"
		  "\x00\x00\x00\x00\x01\x03\x03\x07", 20 },
		{ "\x01\x02\x04\x05\xb4\x00\x00\x00", 8 },
		{ "\x01\x01\x01\x02\x04\x05\xb4\x01", 8 },
		{ "\x03\x03\x07\x02\x04\xff\xff\x00", 8 },
		{ "\x04\x02\x02\x04\x23\x28\x01\x01", 8 },
		{ "\x01\x01\x01\x01\x02\x04\x05\xa1", 8 },
		{ "\x01\x02\x04\x05\xb4\x02\x04\x05\xb4\x00\x00\x00", 12 },
	};
	struct vs_case *c = vs_case_alloc(test);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases) * 16; i++) {
		const char *options = cases[i / 16].options;
		u8 family = i % 2 ? NFPROTO_IPV6 : NFPROTO_IPV4;
		u32 len = cases[i / 16].len;
		u32 payload = i / 2 % 2 * 31;

		vs_syn(&c->before, family, options, len, payload);
		KUNIT_EXPECT_GT(test, vs_case_run(test, c, 1440, i / 4 % 4), 0);
		vs_syn(&c->before, family, options, len, payload);
		KUNIT_EXPECT_EQ(test, vs_case_run(test, c, 0xffff, i / 4 % 4),
				0);
	}
}

/* No option is read that does not lie wholly within the header. */
static void vs_mss_test_lies(struct kunit *test)
{
	static const struct {
		const char *options;
		u32 len;
	} cases[] = {
		{ "", 0 },
		{ "\x00\x02\x04\x05\xb4\x00\x00\x00", 8 },	/* it ended */
		{ "\x01\x01\x01\x02", 4 },		/* cut short */
		{ "\x01\x01\x02\x04", 4 },
		{ "\x01\x02\x04\x05", 4 },
		{ "\x02\x03\x05\xb4\x01\x01\x01\x01", 8 },	/* no MSS */
		{ "\x02\x05\x05\xb4\x05\x01\x01\x01", 8 },
		{ "\x02\x00\x05\xb4", 4 },
		{ "\x02\x01\x05\xb4", 4 },
		{ "\x1e\x00\x02\x04\x05\xb4\x01\x01", 8 },	/* no end */
		{ "\x1e\x01\x02\x04\x05\xb4\x01\x01", 8 },
		{ "\x1e\xff\x02\x04\x05\xb4\x01\x01", 8 },	/* beyond */
		{ "\x1e\x08\x02\x04\x05\xb4\x01\x01", 8 },	/* inside */
	};
	struct vs_case *c = vs_case_alloc(test);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		vs_syn(&c->before, NFPROTO_IPV4, cases[i].options, cases[i].len,
		       i % 3 * 2);
		/* What follows the header looks like an option's rest. */
		memset(c->before.bytes + c->before.len - i % 3 * 2, 0xff,
		       i % 3 * 2);
		vs_naive_checks(&c->before, VS_CHECK_FULL);
		KUNIT_EXPECT_EQ(test, vs_case_run(test, c, 1000,
						  CHECKSUM_NONE), 0);
	}
}

/* Bytes at random, of which many mean something. */
static void vs_mss_test_random(struct kunit *test)
{
	static const u8 often[] = { 0, 1, 2, 2, 2, 3, 4, 4, 4, 8 };
	struct vs_case *c = vs_case_alloc(test);
	u8 options[VS_TCP_OPTIONS_MAX];
	struct rnd_state rnd;
	u32 i, j, lowered = 0;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < 20000; i++) {
		for (j = 0; j < sizeof(options); j++)
			options[j] = prandom_u32_state(&rnd) % 8 ?
				     often[prandom_u32_state(&rnd) %
					   sizeof(often)] :
				     prandom_u32_state(&rnd);
		vs_syn(&c->before, i % 2 ? NFPROTO_IPV6 : NFPROTO_IPV4, options,
		       prandom_u32_state(&rnd) % 11 * 4, i % 7);
		c->form.paged = i % 4 == 0;
		c->form.head = prandom_u32_state(&rnd) % 100;
		c->form.piece = prandom_u32_state(&rnd) % 40;
		lowered += vs_case_run(test, c, prandom_u32_state(&rnd) % 1100,
				       CHECKSUM_NONE);
	}
	KUNIT_EXPECT_GT(test, lowered, 1000);
}

/* A wrong checksum is not made right, and no header read that is not there. */
static void vs_mss_test_wrong(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct vs_packet pkt;
	struct sk_buff *skb;
	u32 wrong;

	vs_syn(&c->before, NFPROTO_IPV4, "\x02\x04\x05\xb4", 4, 0);
	vs_naive_check_at(&c->before)[1] ^= 0x10;
	wrong = vs_naive_l4(&c->before);
	pkt = vs_pkt_of(&c->before);
	skb = vs_frame_skb(test, &c->before, c->before.len, &c->form);
	KUNIT_EXPECT_EQ(test, vs_mss_clamp(skb, &pkt, 1000), 0);
	c->got = c->before;
	skb_copy_bits(skb, 0, c->got.bytes, skb->len);
	KUNIT_EXPECT_EQ(test, get_unaligned_be16(c->got.bytes + 42), 1000);
	KUNIT_EXPECT_EQ(test, vs_naive_l4(&c->got), wrong);
	kfree_skb(skb);

	c->before.bytes[32] = 7 << 4;
	skb = vs_frame_skb(test, &c->before, c->before.len, &c->form);
	KUNIT_EXPECT_EQ(test, vs_mss_clamp(skb, &pkt, 1000), -ENOMEM);
	skb_copy_bits(skb, 0, c->got.bytes, skb->len);
	KUNIT_EXPECT_MEMEQ(test, c->got.bytes, c->before.bytes, c->before.len);
	kfree_skb(skb);
}

/* A clone's other owner sees nothing of it. */
static void vs_mss_test_cloned(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct sk_buff *skb, *clone;
	struct vs_packet pkt;

	vs_syn(&c->before, NFPROTO_IPV6, "\x02\x04\x05\xb4", 4, 0);
	pkt = vs_pkt_of(&c->before);
	skb = vs_frame_skb(test, &c->before, c->before.len, &c->form);
	clone = skb_clone(skb, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, clone);
	KUNIT_EXPECT_EQ(test, vs_mss_clamp(skb, &pkt, 1000), 0);
	skb_copy_bits(clone, 0, c->got.bytes, clone->len);
	KUNIT_EXPECT_MEMEQ(test, c->got.bytes, c->before.bytes, c->before.len);
	skb_copy_bits(skb, 0, c->got.bytes, skb->len);
	KUNIT_EXPECT_EQ(test, get_unaligned_be16(c->got.bytes + 62), 1000);
	kfree_skb(clone);
	kfree_skb(skb);
}

static struct kunit_case vs_mss_cases[] = {
	KUNIT_CASE(vs_mss_test_plain),
	KUNIT_CASE(vs_mss_test_lies),
	KUNIT_CASE(vs_mss_test_random),
	KUNIT_CASE(vs_mss_test_wrong),
	KUNIT_CASE(vs_mss_test_cloned),
	{}
};

static struct kunit_suite vs_mss_suite = {
	.name = "vs-mss",
	.test_cases = vs_mss_cases,
};

kunit_test_suite(vs_mss_suite);
