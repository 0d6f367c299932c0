// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: tests of rewrite.c with SCTP, ESP and AH, and of crc32c.c. CRC32c is
 * compared with one that is computed bit by bit, over all there is.
 */

#include <linux/module.h>
#include <net/ipv6.h>

#include "vs.h"

#include "frame.h"
#include "naive.h"

#define VS_MESSAGE_MAX	2000
#define VS_ROUNDS	1024

static u32 vs_naive_crc32c(const u8 *bytes, u32 len)
{
	u32 crc = 0xffffffff;
	u32 i, bit;

	for (i = 0; i < len; i++) {
		crc ^= bytes[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
	}
	return ~crc;
}

/* RFC 3720, B.4: 32 bytes of zeroes, of ones, ascending. */
static void vs_crc32c_test_model(struct kunit *test)
{
	u8 bytes[32] = {};
	int i;

	KUNIT_EXPECT_EQ(test, vs_naive_crc32c(bytes, 32), 0x8a9136aa);
	memset(bytes, 0xff, 32);
	KUNIT_EXPECT_EQ(test, vs_naive_crc32c(bytes, 32), 0x62a8ab43);
	for (i = 0; i < 32; i++)
		bytes[i] = i;
	KUNIT_EXPECT_EQ(test, vs_naive_crc32c(bytes, 32), 0x46dd794e);
}

static void vs_crc32c_test_change(struct kunit *test)
{
	u8 *bytes = kunit_kzalloc(test, VS_MESSAGE_MAX, GFP_KERNEL);
	struct rnd_state rnd;
	u32 len, before, change;

	KUNIT_ASSERT_NOT_NULL(test, bytes);
	prandom_seed_state(&rnd, 21);
	for (len = 4; len <= VS_MESSAGE_MAX; len += 1 + len / 100) {
		prandom_bytes_state(&rnd, bytes, len);
		before = vs_naive_crc32c(bytes, len);
		change = prandom_u32_state(&rnd) >>
			 prandom_u32_state(&rnd) % 32;
		put_unaligned_le32(get_unaligned_le32(bytes) ^ change, bytes);
		KUNIT_EXPECT_EQ(test, vs_crc32c_change(change, len),
				before ^ vs_naive_crc32c(bytes, len));
	}
	KUNIT_EXPECT_EQ(test, vs_crc32c_change(0, 1000), 0);
}

/* Lengths that no buffer has: zero after zero. */
static void vs_crc32c_test_long(struct kunit *test)
{
	u32 crc = 0x12345678;
	u32 len, bit;

	for (len = 1; len <= 1 << 20; len++) {
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
		if (!(len & (len - 1)) || !((len + 1) & len))
			KUNIT_EXPECT_EQ(test, vs_crc32c_change(0x12345678, len),
					crc);
	}
}

/* Computes a frame's checksums; @partial: SCTP's is left to the device. */
static void vs_checks(struct vs_frame *frame, bool partial)
{
	u8 *l4 = frame->bytes + frame->l4;
	u32 hdrlen = (frame->bytes[0] & 15) * 4;

	vs_frame_set_len(frame, frame->len);
	if (frame->protocol == IPPROTO_SCTP) {
		put_unaligned_le32(0, l4 + 8);
		if (!partial)
			put_unaligned_le32(vs_naive_crc32c(l4, frame->len -
							       frame->l4),
					   l4 + 8);
	}
	if (frame->family == NFPROTO_IPV4) {
		put_unaligned_be16(0, frame->bytes + 10);
		put_unaligned_be16(~vs_naive_fold(vs_naive_sum(frame->bytes,
							       hdrlen)),
				   frame->bytes + 10);
	}
}

/**
 * struct vs_change - one rewrite
 * @old: the packet
 * @new: what must come of it
 * @what: which end
 * @hop: whether TTL is decremented
 * @summed: skb->ip_summed
 * @rw: what is prepared
 * @both: the other end is replaced as well
 * @other: by this address
 * @other_port: and port
 */
struct vs_change {
	struct vs_frame old;
	struct vs_frame new;
	enum vs_rewrite_what what;
	bool hop;
	u8 summed;
	struct vs_rewrite rw;
	bool both;
	union vs_addr other;
	__be16 other_port;
};

/* Replaces the other end in @c->new. */
static void vs_change_other(struct vs_change *c, u32 addr, u32 port,
			    u32 addrlen, struct rnd_state *rnd)
{
	bool sctp = c->old.protocol == IPPROTO_SCTP;
	__be16 from_port = htons(500);
	union vs_addr from = {};

	memset(&c->other, 0, sizeof(c->other));
	prandom_bytes_state(rnd, &c->other, addrlen);
	prandom_bytes_state(rnd, &c->other_port, 2);
	memcpy(&from, c->old.bytes + addr, addrlen);
	memcpy(c->new.bytes + addr, &c->other, addrlen);
	if (sctp) {
		memcpy(&from_port, c->old.bytes + port, 2);
		memcpy(c->new.bytes + port, &c->other_port, 2);
	}
	vs_rewrite_also(&c->rw, c->old.family, &from, from_port, &c->other,
			c->other_port);
}

/* A packet of any kind, and what is to come of it, by @bits and at random. */
static void vs_change_make(struct vs_change *c, u32 bits, struct rnd_state *rnd)
{
	static const u8 protocols[] = { IPPROTO_SCTP, IPPROTO_SCTP,
					IPPROTO_ESP, IPPROTO_AH };
	static const u8 summed[] = { CHECKSUM_NONE, CHECKSUM_UNNECESSARY,
				     CHECKSUM_COMPLETE, CHECKSUM_PARTIAL };
	u8 protocol = protocols[bits >> 3 & 3];
	u32 len = prandom_u32_state(rnd) % 1400;
	union vs_addr from = {}, to = {};
	__be16 from_port, to_port;
	u32 addrlen, addr, port;
	bool ip4 = bits & 1;

	c->what = bits & 2 ? VS_REWRITE_SRC : VS_REWRITE_DST;
	c->hop = bits & 4;
	c->summed = summed[bits >> 5 & 3];
	if (protocol != IPPROTO_SCTP && c->summed == CHECKSUM_PARTIAL)
		c->summed = CHECKSUM_NONE;

	if (ip4)
		vs_frame_ip4(&c->old, prandom_u32_state(rnd) % 3);
	else
		vs_frame_ip6(&c->old);
	if (!ip4 && prandom_u32_state(rnd) % 2)
		vs_frame_ext(&c->old, NEXTHDR_DEST, 1);
	if (protocol == IPPROTO_SCTP) {
		vs_frame_sctp_header(&c->old, 1);
		vs_frame_chunk(&c->old, 0, 4 + len);
	} else {
		vs_frame_ipsec(&c->old, protocol, len);
	}
	prandom_bytes_state(rnd, c->old.bytes + c->old.len - len / 2, len / 2);
	vs_checks(&c->old, c->summed == CHECKSUM_PARTIAL);

	addrlen = ip4 ? 4 : 16;
	addr = ip4 ? 12 : 8;
	if (c->what == VS_REWRITE_DST)
		addr += addrlen;
	port = c->old.l4 + (c->what == VS_REWRITE_DST ? 2 : 0);
	c->new = c->old;
	prandom_bytes_state(rnd, &to, addrlen);
	memcpy(&from, c->old.bytes + addr, addrlen);
	memcpy(c->new.bytes + addr, &to, addrlen);
	memcpy(&from_port, c->old.bytes + port, 2);
	to_port = from_port;
	if (prandom_u32_state(rnd) % 4)
		prandom_bytes_state(rnd, &to_port, 2);
	if (protocol == IPPROTO_SCTP)
		memcpy(c->new.bytes + port, &to_port, 2);
	else
		from_port = htons(500);
	memset(&c->rw, 0xaa, sizeof(c->rw));
	vs_rewrite_init(&c->rw, c->old.family, &from, from_port, &to, to_port);
	c->both = bits & 256;
	if (c->both)
		vs_change_other(c, (ip4 ? 28 : 32) - addr,
				2 * c->old.l4 + 2 - port, addrlen, rnd);
	if (c->hop)
		c->new.bytes[ip4 ? 8 : 7]--;
	vs_checks(&c->new, c->summed == CHECKSUM_PARTIAL);
}

static int vs_change_apply(struct sk_buff *skb, const struct vs_packet *pkt,
			   const struct vs_change *c)
{
	if (c->both)
		return vs_rewrite_both(skb, pkt, &c->rw, c->what, c->hop,
				       &c->other, c->other_port);
	return vs_rewrite_apply(skb, pkt, &c->rw, c->what, c->hop);
}

static struct sk_buff *vs_change_skb(struct kunit *test, struct vs_change *c,
				     struct rnd_state *rnd,
				     struct vs_packet *pkt)
{
	struct vs_frame_form form = {
		.offset	= prandom_u32_state(rnd) % 4 * 2,
		.paged	= prandom_u32_state(rnd) % 2,
		.head	= prandom_u32_state(rnd) % 90,
		.piece	= prandom_u32_state(rnd) % 200,
	};
	struct sk_buff *skb = vs_frame_skb(test, &c->old, c->old.len, &form);

	KUNIT_EXPECT_EQ(test, vs_packet_parse(skb, c->old.family, pkt),
			VS_PARSED);
	skb->ip_summed = c->summed;
	if (c->summed == CHECKSUM_COMPLETE) {
		u16 sum = vs_naive_fold(vs_naive_sum(c->old.bytes,
						     c->old.len));

		skb->csum = (__force __wsum)htons(sum);
	} else if (c->summed == CHECKSUM_PARTIAL) {
		skb->csum_not_inet = 1;
		skb->csum_start = skb_headroom(skb) + pkt->l4;
		skb->csum_offset = 8;
	}
	return skb;
}

static void vs_change_check(struct kunit *test, const struct vs_frame *want,
			    const struct sk_buff *skb, u8 summed, u32 l3)
{
	static u8 bytes[VS_FRAME_MAX];

	KUNIT_ASSERT_EQ(test, skb->len - l3, want->len);
	KUNIT_ASSERT_EQ(test, skb_copy_bits(skb, l3, bytes, want->len), 0);
	KUNIT_EXPECT_MEMEQ(test, bytes, want->bytes, want->len);
	KUNIT_EXPECT_TRUE(test, skb->ip_summed == summed);
	if (summed == CHECKSUM_COMPLETE) {
		u32 sum = vs_naive_sum(want->bytes, want->len) % 0xffff;
		u16 got = ntohs((__force __be16)~csum_fold(skb->csum));

		KUNIT_EXPECT_EQ(test, got % 0xffff, sum);
	}
}

static struct vs_change *vs_change_alloc(struct kunit *test)
{
	struct vs_change *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	return c;
}

static void vs_rewrite_other_test_matrix(struct kunit *test)
{
	struct vs_change *c = vs_change_alloc(test);
	struct sk_buff *skb, *clone;
	struct rnd_state rnd;
	struct vs_packet pkt;
	u32 i;

	prandom_seed_state(&rnd, 22);
	for (i = 0; i < VS_ROUNDS; i++) {
		vs_change_make(c, i, &rnd);
		skb = vs_change_skb(test, c, &rnd, &pkt);
		clone = i & 128 ? skb_clone(skb, GFP_KERNEL) : NULL;
		KUNIT_EXPECT_EQ(test, vs_change_apply(skb, &pkt, c), 0);
		vs_change_check(test, &c->new, skb, c->summed, pkt.l3);
		kfree_skb(skb);
		if (clone)
			vs_change_check(test, &c->old, clone, c->summed,
					pkt.l3);
		kfree_skb(clone);
	}
}

/* A wrong checksum is wrong by as much afterwards. */
static void vs_rewrite_other_test_wrong(struct kunit *test)
{
	struct vs_change *c = vs_change_alloc(test);
	struct rnd_state rnd;
	struct vs_packet pkt;
	struct sk_buff *skb;
	u32 i, wrong;

	prandom_seed_state(&rnd, 23);
	for (i = 0; i < 100; i++) {
		vs_change_make(c, i & 7, &rnd);
		wrong = prandom_u32_state(&rnd);
		put_unaligned_le32(get_unaligned_le32(c->old.bytes +
						      c->old.l4 + 8) ^ wrong,
				   c->old.bytes + c->old.l4 + 8);
		put_unaligned_le32(get_unaligned_le32(c->new.bytes +
						      c->new.l4 + 8) ^ wrong,
				   c->new.bytes + c->new.l4 + 8);
		skb = vs_change_skb(test, c, &rnd, &pkt);
		KUNIT_EXPECT_EQ(test, vs_change_apply(skb, &pkt, c), 0);
		vs_change_check(test, &c->new, skb, c->summed, pkt.l3);
		kfree_skb(skb);
	}
}

/* What is after the packet's end is none of it. */
static void vs_rewrite_other_test_padded(struct kunit *test)
{
	struct vs_change *c = vs_change_alloc(test);
	struct rnd_state rnd;
	struct vs_packet pkt;
	struct sk_buff *skb;
	u32 i;

	prandom_seed_state(&rnd, 24);
	for (i = 0; i < 64; i++) {
		vs_change_make(c, i & 7, &rnd);
		c->old.len += 6;
		c->new.len += 6;
		skb = vs_change_skb(test, c, &rnd, &pkt);
		KUNIT_EXPECT_EQ(test, pkt.len, c->old.len - 6);
		KUNIT_EXPECT_EQ(test, vs_change_apply(skb, &pkt, c), 0);
		vs_change_check(test, &c->new, skb, c->summed, pkt.l3);
		kfree_skb(skb);
	}
}

static struct kunit_case vs_rewrite_other_cases[] = {
	KUNIT_CASE(vs_crc32c_test_model),
	KUNIT_CASE(vs_crc32c_test_change),
	KUNIT_CASE(vs_crc32c_test_long),
	KUNIT_CASE(vs_rewrite_other_test_matrix),
	KUNIT_CASE(vs_rewrite_other_test_wrong),
	KUNIT_CASE(vs_rewrite_other_test_padded),
	{}
};

static struct kunit_suite vs_rewrite_other_suite = {
	.name = "vs-rewrite-other",
	.test_cases = vs_rewrite_other_cases,
};

kunit_test_suite(vs_rewrite_other_suite);
