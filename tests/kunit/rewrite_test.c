// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: tests of rewrite.c. A packet is rewritten and compared, byte for byte,
 * with one that was built anew with the other address and whose checksums were
 * computed in full, by code that knows nothing of differences.
 */

#include <linux/module.h>
#include <net/gso.h>
#include <net/ipv6.h>

#include "../../kmod/crc32c.c"
#include "../../kmod/rewrite.c"
#include "frame.h"
#include "naive.h"

/**
 * struct vs_case - one rewrite
 * @old: the packet
 * @new: what must come of it
 * @to: the new address
 * @to_port: the new port
 * @what: which end
 * @hop: whether TTL is decremented
 * @summed: skb->ip_summed
 * @kind: what the transport checksum is
 * @form: what the skb looks like
 * @pkt: what the parser says
 * @rw: what is prepared
 */
struct vs_case {
	struct vs_frame old;
	struct vs_frame new;
	union vs_addr to;
	__be16 to_port;
	enum vs_rewrite_what what;
	bool hop;
	u8 summed;
	enum vs_check_kind kind;
	struct vs_frame_form form;
	struct vs_packet pkt;
	struct vs_rewrite rw;
};

static u32 vs_addr_len(const struct vs_frame *frame)
{
	return frame->family == NFPROTO_IPV4 ? 4 : 16;
}

static u8 *vs_addr_at(struct vs_frame *frame, enum vs_rewrite_what what)
{
	u32 first = frame->family == NFPROTO_IPV4 ? 12 : 8;

	if (what == VS_REWRITE_DST)
		first += vs_addr_len(frame);
	return frame->bytes + first;
}

static u8 *vs_port_at(struct vs_frame *frame, enum vs_rewrite_what what)
{
	return frame->bytes + frame->l4 + (what == VS_REWRITE_DST ? 2 : 0);
}

/* From @c->old and what to do: the rest of @c. */
static void vs_case_prepare(struct vs_case *c)
{
	union vs_addr from = {};
	__be16 from_port;

	vs_frame_set_len(&c->old, c->old.len);
	vs_naive_checks(&c->old, c->kind);

	c->new = c->old;
	memcpy(vs_addr_at(&c->new, c->what), &c->to, vs_addr_len(&c->new));
	memcpy(vs_port_at(&c->new, c->what), &c->to_port, 2);
	if (c->hop)
		c->new.bytes[c->new.family == NFPROTO_IPV4 ? 8 : 7]--;
	vs_naive_checks(&c->new, c->kind);

	memcpy(&from, vs_addr_at(&c->old, c->what), vs_addr_len(&c->old));
	memcpy(&from_port, vs_port_at(&c->old, c->what), 2);
	memset(&c->rw, 0xaa, sizeof(c->rw));
	vs_rewrite_init(&c->rw, c->old.family, &from, from_port, &c->to,
			c->to_port);
}

static struct sk_buff *vs_case_skb(struct kunit *test, struct vs_case *c)
{
	struct sk_buff *skb = vs_frame_skb(test, &c->old, c->old.len, &c->form);

	KUNIT_EXPECT_EQ(test,
			vs_packet_parse(skb, c->old.family, &c->pkt),
			VS_PARSED);
	skb->ip_summed = c->summed;
	if (c->summed == CHECKSUM_COMPLETE) {
		u16 sum = vs_naive_fold(vs_naive_sum(c->old.bytes,
						     c->old.len));

		skb->csum = (__force __wsum)htons(sum);
	} else if (c->summed == CHECKSUM_PARTIAL) {
		skb->csum_start = skb_headroom(skb) + c->pkt.l4;
		skb->csum_offset = c->old.protocol == IPPROTO_TCP ? 16 : 6;
	}
	return skb;
}

static void vs_case_bytes(struct kunit *test, const struct sk_buff *skb,
			  const struct vs_frame *want, u32 l3)
{
	static u8 bytes[VS_FRAME_MAX];

	KUNIT_ASSERT_EQ(test, skb->len - l3, want->len);
	KUNIT_ASSERT_EQ(test, skb_copy_bits(skb, l3, bytes, want->len), 0);
	KUNIT_EXPECT_MEMEQ(test, bytes, want->bytes, want->len);
}

/* @skb is a case's after it was rewritten. */
static void vs_case_check(struct kunit *test, struct vs_case *c,
			  const struct sk_buff *skb)
{
	vs_case_bytes(test, skb, &c->new, c->pkt.l3);
	KUNIT_EXPECT_TRUE(test, skb->ip_summed == c->summed);
	KUNIT_EXPECT_EQ(test, skb_network_offset(skb), c->pkt.l3);
	if (c->summed == CHECKSUM_COMPLETE) {
		u32 sum = vs_naive_sum(c->new.bytes, c->new.len) % 0xffff;
		u16 got = ntohs((__force __be16)~csum_fold(skb->csum));

		KUNIT_EXPECT_EQ(test, got % 0xffff, sum);
	} else if (c->summed == CHECKSUM_PARTIAL) {
		KUNIT_EXPECT_EQ(test, skb_checksum_start_offset(skb),
				c->pkt.l4);
	}
}

static void vs_case_run(struct kunit *test, struct vs_case *c)
{
	struct sk_buff *skb;

	vs_case_prepare(c);
	skb = vs_case_skb(test, c);
	KUNIT_EXPECT_EQ(test,
			vs_rewrite_apply(skb, &c->pkt, &c->rw, c->what,
					 c->hop), 0);
	vs_case_check(test, c, skb);
	kfree_skb(skb);
}

static struct vs_case *vs_case_alloc(struct kunit *test)
{
	struct vs_case *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->to.ip = htonl(0x0a00000b);
	c->to_port = htons(8080);
	return c;
}

/* Random bytes of which many are those that sums are sensitive to. */
static void vs_edgy(struct rnd_state *rnd, void *to, u32 len)
{
	u32 kind = prandom_u32_state(rnd) % 6;
	u8 *at = to;
	u32 i;

	prandom_bytes_state(rnd, at, len);
	for (i = 0; i < len; i++) {
		if (kind == 0)
			at[i] = 0;
		else if (kind == 1)
			at[i] = 0xff;
		else if (kind == 2)
			at[i] = at[i] % 2 ? 0xff : 0;
	}
}

/* A packet of this kind, else at random: options, addresses, ports, data. */
static void vs_case_packet(struct vs_case *c, u8 family, u8 protocol,
			   u32 payload, struct rnd_state *rnd)
{
	u32 more = prandom_u32_state(rnd) % 3;
	u8 *at;

	if (family == NFPROTO_IPV4) {
		vs_frame_ip4(&c->old, more * 5);
		c->old.bytes[1] = prandom_u32_state(rnd);
		c->old.bytes[8] = 2 + prandom_u32_state(rnd) % 254;
	} else {
		vs_frame_ip6(&c->old);
		c->old.bytes[7] = 2 + prandom_u32_state(rnd) % 254;
		if (more)
			vs_frame_ext(&c->old, NEXTHDR_HOP, 0);
		if (more > 1)
			vs_frame_ext(&c->old, NEXTHDR_FRAGMENT, 0);
	}
	if (protocol == IPPROTO_TCP)
		at = vs_frame_tcp(&c->old, VS_TCP_ACK, payload) + 20;
	else
		at = vs_frame_udp(&c->old, payload) + 8;
	vs_edgy(rnd, at, payload);
	vs_edgy(rnd, vs_addr_at(&c->old, VS_REWRITE_DST), vs_addr_len(&c->old));
	vs_edgy(rnd, vs_addr_at(&c->old, VS_REWRITE_SRC), vs_addr_len(&c->old));
	vs_edgy(rnd, vs_port_at(&c->old, VS_REWRITE_DST), 2);
	vs_edgy(rnd, vs_port_at(&c->old, VS_REWRITE_SRC), 2);
	memset(&c->to, 0, sizeof(c->to));
	vs_edgy(rnd, &c->to, vs_addr_len(&c->old));
	vs_edgy(rnd, &c->to_port, 2);
	if (prandom_u32_state(rnd) % 8 == 0)	/* only the port */
		memcpy(&c->to, vs_addr_at(&c->old, c->what),
		       vs_addr_len(&c->old));
	if (prandom_u32_state(rnd) % 8 == 0)	/* only the address */
		memcpy(&c->to_port, vs_port_at(&c->old, c->what), 2);
}

static const u8 vs_summed[] = {
	CHECKSUM_NONE,
	CHECKSUM_UNNECESSARY,
	CHECKSUM_COMPLETE,
	CHECKSUM_PARTIAL,
};

#define VS_BITS		7	/* of the loop over everything there is */
#define VS_ROUNDS	60

/* Whether there is what the bits ask for; then it is in @c. */
static bool vs_case_bits(struct vs_case *c, u32 bits, struct rnd_state *rnd)
{
	u8 family = bits & 1 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	u8 protocol = bits & 2 ? IPPROTO_UDP : IPPROTO_TCP;

	c->what = bits & 4 ? VS_REWRITE_SRC : VS_REWRITE_DST;
	c->hop = bits & 8;
	c->summed = vs_summed[bits >> 4 & 3];
	c->kind = c->summed == CHECKSUM_PARTIAL ? VS_CHECK_PSEUDO :
						  VS_CHECK_FULL;
	if (bits & 64) {
		if (protocol == IPPROTO_TCP || c->kind == VS_CHECK_PSEUDO)
			return false;
		c->kind = VS_CHECK_NONE;
	}
	vs_case_packet(c, family, protocol, prandom_u32_state(rnd) % 60, rnd);
	return true;
}

static void vs_rewrite_test_matrix(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct rnd_state rnd;
	u32 bits;
	int i;

	prandom_seed_state(&rnd, 1);
	for (bits = 0; bits < 1 << VS_BITS; bits++) {
		for (i = 0; i < VS_ROUNDS; i++) {
			if (!vs_case_bits(c, bits, &rnd))
				break;
			c->form.offset = prandom_u32_state(&rnd) % 4 * 2;
			c->form.paged = prandom_u32_state(&rnd) % 2;
			c->form.head = prandom_u32_state(&rnd) % 90;
			c->form.piece = prandom_u32_state(&rnd) % 40;
			vs_case_run(test, c);
		}
	}
}

/* Another skb that has the same bytes must not see the change. */
static void vs_rewrite_test_cloned(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct sk_buff *skb, *clone;
	struct rnd_state rnd;
	u32 bits;

	prandom_seed_state(&rnd, 2);
	for (bits = 0; bits < 1 << (VS_BITS + 2); bits++) {
		if (!vs_case_bits(c, bits, &rnd))
			continue;
		c->form.paged = bits >> VS_BITS & 1;
		c->form.head = prandom_u32_state(&rnd) % 90;
		c->form.offset = bits >> VS_BITS & 2 ? 14 : 0;
		vs_case_prepare(c);
		skb = vs_case_skb(test, c);
		clone = skb_clone(skb, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, clone);
		KUNIT_EXPECT_EQ(test,
				vs_rewrite_apply(clone, &c->pkt, &c->rw,
						 c->what, c->hop), 0);
		vs_case_check(test, c, clone);
		vs_case_bytes(test, skb, &c->old, c->pkt.l3);

		/* Then it is writable, the other one still is not. */
		KUNIT_EXPECT_EQ(test,
				vs_rewrite_apply(skb, &c->pkt, &c->rw, c->what,
						 c->hop), 0);
		vs_case_check(test, c, skb);
		kfree_skb(skb);
		vs_case_check(test, c, clone);
		kfree_skb(clone);
	}
}

/* Data that make the new checksum, or the old one, come out as 0. */
static void vs_rewrite_test_zero(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct rnd_state rnd;
	u32 bits;
	u8 *word;

	prandom_seed_state(&rnd, 3);
	for (bits = 0; bits < 32; bits++) {
		bool udp = bits & 2, old = bits & 16;
		struct vs_frame *zero = old ? &c->old : &c->new;

		c->what = bits & 4 ? VS_REWRITE_SRC : VS_REWRITE_DST;
		c->hop = bits & 8;
		vs_case_packet(c, bits & 1 ? NFPROTO_IPV6 : NFPROTO_IPV4,
			       udp ? IPPROTO_UDP : IPPROTO_TCP, 2, &rnd);
		word = c->old.bytes + c->old.len - 2;
		put_unaligned_be16(0, word);
		vs_case_prepare(c);
		put_unaligned_be16(0, vs_naive_check_at(zero));
		put_unaligned_be16(vs_naive_l4(zero), word);
		vs_case_run(test, c);
		KUNIT_EXPECT_EQ(test,
				get_unaligned_be16(vs_naive_check_at(zero)),
				udp ? 0xffff : 0);
	}
}

/*
 * A checksum of 0 that came as the other zero goes as a full recomputation
 * would have it, even if it changes by nothing or by zeroes of either kind.
 */
static void vs_rewrite_test_other_zero(struct kunit *test)
{
	static const u8 bytes[][2] = { { 7, 7 }, { 0, 0 }, { 255, 0 },
				       { 0, 255 }, { 255, 255 } };
	struct vs_case *c = vs_case_alloc(test);
	u8 *word, *dst, *check;
	struct sk_buff *skb;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		vs_frame_ip4(&c->old, 0);
		vs_frame_tcp(&c->old, VS_TCP_ACK, 2);
		dst = vs_addr_at(&c->old, c->what);
		memset(dst, bytes[i][0], 4);
		memset(&c->to.ip, bytes[i][1], 4);
		memset(vs_port_at(&c->old, c->what), bytes[i][0], 2);
		memset(&c->to_port, bytes[i][1], 2);
		word = c->old.bytes + c->old.len - 2;
		put_unaligned_be16(0, word);
		vs_case_prepare(c);
		put_unaligned_be16(get_unaligned_be16(c->old.bytes + 10),
				   c->old.bytes + 4);
		check = vs_naive_check_at(&c->old);
		put_unaligned_be16(get_unaligned_be16(check), word);
		vs_case_prepare(c);
		KUNIT_EXPECT_EQ(test, get_unaligned_be16(c->old.bytes + 10), 0);
		KUNIT_EXPECT_EQ(test,
				get_unaligned_be16(vs_naive_check_at(&c->old)),
				0);
		put_unaligned_be16(0xffff, c->old.bytes + 10);
		put_unaligned_be16(0xffff, vs_naive_check_at(&c->old));
		skb = vs_case_skb(test, c);
		KUNIT_EXPECT_EQ(test,
				vs_rewrite_apply(skb, &c->pkt, &c->rw, c->what,
						 false), 0);
		vs_case_bytes(test, skb, &c->new, 0);
		kfree_skb(skb);
	}
}

/* The IPv4 header's checksum around 0: of the two zeroes only one comes out. */
static void vs_rewrite_test_header(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	u32 id, zero, zeroes = 0;

	vs_frame_ip4(&c->old, 0);
	vs_frame_udp(&c->old, 0);
	c->hop = true;
	vs_case_prepare(c);
	zero = get_unaligned_be16(c->new.bytes + 10);
	for (id = zero - 500; id <= zero + 500; id++) {
		put_unaligned_be16(id, c->old.bytes + 4);
		vs_case_run(test, c);
		zeroes += !get_unaligned_be16(c->new.bytes + 10);
	}
	KUNIT_EXPECT_EQ(test, zeroes, 1);
}

/* What was wrong before is wrong after, by as much: a router's duty. */
static void vs_rewrite_test_wrong(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct vs_frame *after = kunit_kzalloc(test, sizeof(*after),
					       GFP_KERNEL);
	struct rnd_state rnd;
	struct sk_buff *skb;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, after);
	prandom_seed_state(&rnd, 4);
	for (i = 0; i < 400; i++) {
		vs_case_packet(c, i % 2 ? NFPROTO_IPV4 : NFPROTO_IPV6,
			       i / 2 % 2 ? IPPROTO_UDP : IPPROTO_TCP, 11, &rnd);
		vs_case_prepare(c);
		put_unaligned_be16(1 + prandom_u32_state(&rnd) % 0xfffe,
				   vs_naive_check_at(&c->old));
		if (i % 2)
			put_unaligned_be16(prandom_u32_state(&rnd),
					   c->old.bytes + 10);
		skb = vs_case_skb(test, c);
		KUNIT_EXPECT_EQ(test,
				vs_rewrite_apply(skb, &c->pkt, &c->rw, c->what,
						 true), 0);
		*after = c->old;
		skb_copy_bits(skb, 0, after->bytes, after->len);
		kfree_skb(skb);
		KUNIT_EXPECT_EQ(test, vs_naive_l4(after) % 0xffff,
				vs_naive_l4(&c->old) % 0xffff);
		if (i % 2)
			KUNIT_EXPECT_EQ(test,
					vs_naive_sum(after->bytes, 20) % 0xffff,
					vs_naive_sum(c->old.bytes, 20) %
					0xffff);
	}
}

/* The stack fills in what PARTIAL left out: then all must be right. */
static void vs_rewrite_test_partial_done(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct rnd_state rnd;
	struct sk_buff *skb;
	u32 i;

	prandom_seed_state(&rnd, 5);
	for (i = 0; i < 200; i++) {
		c->kind = VS_CHECK_PSEUDO;
		c->summed = CHECKSUM_PARTIAL;
		vs_case_packet(c, i % 2 ? NFPROTO_IPV4 : NFPROTO_IPV6,
			       i / 2 % 2 ? IPPROTO_UDP : IPPROTO_TCP, i, &rnd);
		c->form.paged = i % 3 == 0;
		vs_case_prepare(c);
		skb = vs_case_skb(test, c);
		KUNIT_EXPECT_EQ(test,
				vs_rewrite_apply(skb, &c->pkt, &c->rw, c->what,
						 c->hop), 0);
		KUNIT_EXPECT_EQ(test, skb_checksum_help(skb), 0);
		vs_naive_checks(&c->new, VS_CHECK_FULL);
		vs_case_bytes(test, skb, &c->new, 0);
		kfree_skb(skb);
	}
}

/* A super-packet is rewritten whole, and each segment comes out right. */
static void vs_rewrite_test_gso(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct sk_buff *skb, *segs, *next;
	struct rnd_state rnd;
	u32 i, nr, bytes;

	prandom_seed_state(&rnd, 6);
	for (i = 0; i < 8; i++) {
		u8 family = i % 2 ? NFPROTO_IPV4 : NFPROTO_IPV6;

		c->kind = VS_CHECK_PSEUDO;
		c->summed = CHECKSUM_PARTIAL;
		c->what = i & 2 ? VS_REWRITE_SRC : VS_REWRITE_DST;
		c->hop = i & 4;
		do {	/* GSO knows no fragment header */
			vs_case_packet(c, family, IPPROTO_TCP, 2500, &rnd);
		} while (family == NFPROTO_IPV6 && c->old.l4 > 48);
		vs_case_prepare(c);
		skb = vs_case_skb(test, c);
		skb_shinfo(skb)->gso_size = 700;
		skb_shinfo(skb)->gso_segs = 4;
		skb_shinfo(skb)->gso_type = i % 2 ? SKB_GSO_TCPV4 :
						    SKB_GSO_TCPV6;
		KUNIT_EXPECT_EQ(test,
				vs_rewrite_apply(skb, &c->pkt, &c->rw, c->what,
						 c->hop), 0);
		vs_case_check(test, c, skb);

		skb_reset_mac_header(skb);
		skb_set_transport_header(skb, c->pkt.l4);
		segs = skb_gso_segment(skb, 0);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, segs);
		nr = 0;
		bytes = 0;
		for (; segs; segs = next) {
			next = segs->next;
			memset(&c->new, 0, sizeof(c->new));
			c->new.family = family;
			c->new.protocol = IPPROTO_TCP;
			c->new.len = segs->len;
			c->new.l4 = c->old.l4;
			skb_copy_bits(segs, 0, c->new.bytes, segs->len);
			KUNIT_EXPECT_EQ(test, vs_naive_l4(&c->new) % 0xffff, 0);
			KUNIT_EXPECT_MEMEQ(test,
					   vs_addr_at(&c->new, c->what), &c->to,
					   vs_addr_len(&c->new));
			nr++;
			bytes += segs->len - c->old.l4 - 20;
			kfree_skb(segs);
		}
		KUNIT_EXPECT_EQ(test, nr, 4);
		KUNIT_EXPECT_EQ(test, bytes, 2500);
		kfree_skb(skb);
	}
}

/* PARTIAL of a packet inside this one: this one's checksum is complete. */
static void vs_rewrite_test_inner(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct rnd_state rnd;
	struct sk_buff *skb;
	u32 i;

	prandom_seed_state(&rnd, 7);
	for (i = 0; i < 200; i++) {
		bool gso = i & 2, none = i & 4;

		c->kind = none ? VS_CHECK_NONE :
			  gso ? VS_CHECK_PSEUDO : VS_CHECK_FULL;
		vs_case_packet(c, i % 2 ? NFPROTO_IPV4 : NFPROTO_IPV6,
			       IPPROTO_UDP, 100, &rnd);
		vs_case_prepare(c);
		skb = vs_case_skb(test, c);
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_headroom(skb) + c->pkt.l4 + 50;
		skb->csum_offset = 16;
		skb_shinfo(skb)->gso_size = gso ? 40 : 0;
		KUNIT_EXPECT_EQ(test,
				vs_rewrite_apply(skb, &c->pkt, &c->rw, c->what,
						 c->hop), 0);
		vs_case_bytes(test, skb, &c->new, 0);
		kfree_skb(skb);
	}
}

/* What can't be made writable is not touched. */
static void vs_rewrite_test_refused(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct sk_buff *skb;

	vs_frame_ip4(&c->old, 0);
	vs_frame_tcp(&c->old, VS_TCP_ACK, 0);
	vs_case_prepare(c);
	skb = vs_case_skb(test, c);
	c->pkt.l4++;
	KUNIT_EXPECT_EQ(test,
			vs_rewrite_apply(skb, &c->pkt, &c->rw, c->what, true),
			-ENOMEM);
	vs_case_bytes(test, skb, &c->old, 0);
	kfree_skb(skb);
}

/* There and back again, all is as it was. */
static void vs_rewrite_test_back(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct vs_rewrite back;
	union vs_addr from;
	struct rnd_state rnd;
	struct sk_buff *skb;
	__be16 from_port;
	u32 bits;

	prandom_seed_state(&rnd, 8);
	for (bits = 0; bits < 1 << VS_BITS; bits++) {
		if (!vs_case_bits(c, bits, &rnd))
			continue;
		c->hop = false;
		vs_case_prepare(c);
		memcpy(&from, vs_addr_at(&c->old, c->what),
		       vs_addr_len(&c->old));
		memcpy(&from_port, vs_port_at(&c->old, c->what), 2);
		vs_rewrite_init(&back, c->old.family, &c->to, c->to_port, &from,
				from_port);
		skb = vs_case_skb(test, c);
		KUNIT_EXPECT_EQ(test,
				vs_rewrite_apply(skb, &c->pkt, &c->rw, c->what,
						 false), 0);
		KUNIT_EXPECT_EQ(test,
				vs_rewrite_apply(skb, &c->pkt, &back, c->what,
						 false), 0);
		c->new = c->old;
		vs_case_check(test, c, skb);
		kfree_skb(skb);
	}
}

static struct kunit_case vs_rewrite_cases[] = {
	KUNIT_CASE(vs_rewrite_test_matrix),
	KUNIT_CASE(vs_rewrite_test_cloned),
	KUNIT_CASE(vs_rewrite_test_zero),
	KUNIT_CASE(vs_rewrite_test_other_zero),
	KUNIT_CASE(vs_rewrite_test_header),
	KUNIT_CASE(vs_rewrite_test_wrong),
	KUNIT_CASE(vs_rewrite_test_partial_done),
	KUNIT_CASE(vs_rewrite_test_gso),
	KUNIT_CASE(vs_rewrite_test_inner),
	KUNIT_CASE(vs_rewrite_test_refused),
	KUNIT_CASE(vs_rewrite_test_back),
	{}
};

static struct kunit_suite vs_rewrite_suite = {
	.name = "vs-rewrite",
	.test_cases = vs_rewrite_cases,
};

kunit_test_suite(vs_rewrite_suite);
