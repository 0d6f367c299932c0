// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: tests of tunnel.c. Every outer header is compared byte by byte with one
 * that is written down here as the RFCs draw it, and every checksum with one
 * that was computed in full.
 */

#include <linux/module.h>
#include <net/gso.h>

#include "../../kmod/forward/tunnel.c"
#include "tunnel_case.h"

static void vs_case_run(struct kunit *test, struct vs_case *c, u8 summed)
{
	struct sk_buff *skb;
	u32 cb;

	vs_case_prepare(c);
	skb = vs_case_skb(test, c, summed);
	memset(skb->cb, 0xaa, sizeof(skb->cb));
	IPCB(skb)->frag_max_size = 0;
	IP6CB(skb)->frag_max_size = 0;
	KUNIT_ASSERT_EQ(test, vs_tunnel_push(skb, &c->pkt, &c->server, &c->dst,
					     c->hop), 0);
	vs_case_headers(test, c, skb);
	cb = c->server.family == NFPROTO_IPV4 ? sizeof(struct inet_skb_parm) :
						sizeof(struct inet6_skb_parm);
	KUNIT_EXPECT_NULL(test, memchr_inv(skb->cb, 0, cb));
	if (summed == CHECKSUM_PARTIAL || c->server.tunnel.checksum)
		KUNIT_EXPECT_TRUE(test, skb->ip_summed == CHECKSUM_PARTIAL);
	else
		KUNIT_EXPECT_TRUE(test, skb->ip_summed == CHECKSUM_NONE);
	KUNIT_EXPECT_TRUE(test, skb->encapsulation ==
				(summed == CHECKSUM_PARTIAL));
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		KUNIT_EXPECT_EQ(test, skb_checksum_help(skb), 0);
	vs_case_bytes(test, c, skb, &c->after);
	kfree_skb(skb);
}

static const u8 vs_summed[] = {
	CHECKSUM_NONE,
	CHECKSUM_UNNECESSARY,
	CHECKSUM_COMPLETE,
	CHECKSUM_PARTIAL,
};

/* Every type, family, protocol and state of checksum, in all forms. */
static void vs_tunnel_test_matrix(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct rnd_state rnd;
	u32 type, bits;

	prandom_seed_state(&rnd, 1);
	for (type = 0; type < VS_TYPES; type++) {
		for (bits = 0; bits < 512; bits++) {
			vs_case_tunnel(c, type, bits & 1 ? NFPROTO_IPV6 :
							   NFPROTO_IPV4);
			vs_case_inner(c, bits & 2 ? NFPROTO_IPV6 : NFPROTO_IPV4,
				      bits & 4 ? IPPROTO_UDP : IPPROTO_TCP,
				      prandom_u32_state(&rnd) % 90,
				      prandom_u32_state(&rnd));
			if (bits & 8 && c->inner.family == NFPROTO_IPV4)
				c->inner.bytes[6] = 0;
			c->hop = bits & 16;
			c->form.paged = bits & 128;
			c->form.head = prandom_u32_state(&rnd) % 90;
			c->form.piece = prandom_u32_state(&rnd) % 40;
			c->form.offset = bits & 256 ? 14 : 0;
			vs_case_run(test, c, vs_summed[bits >> 5 & 3]);
		}
	}
}

/* Type of service and traffic class: all that there are. */
static void vs_tunnel_test_tos(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	u32 tos, bits;

	for (tos = 0; tos < 256; tos++) {
		for (bits = 0; bits < 4; bits++) {
			struct sk_buff *skb;
			u8 got;

			vs_case_tunnel(c, 0, bits & 1 ? NFPROTO_IPV6 :
							NFPROTO_IPV4);
			vs_case_inner(c, bits & 2 ? NFPROTO_IPV6 : NFPROTO_IPV4,
				      IPPROTO_UDP, 4, tos);
			vs_case_prepare(c);
			skb = vs_case_skb(test, c, CHECKSUM_NONE);
			KUNIT_EXPECT_EQ(test, vs_tunnel_push(skb, &c->pkt,
							     &c->server,
							     &c->dst, true), 0);
			got = bits & 1 ? skb->data[0] << 4 | skb->data[1] >> 4 :
					 skb->data[1];
			KUNIT_EXPECT_EQ(test, got, tos);
			kfree_skb(skb);
		}
	}
}

/* DF: IPv4's own; for IPv6 whether the sender can be told of less. */
static void vs_tunnel_test_df(struct kunit *test)
{
	static const struct {
		u8 family;
		u8 flags;
		u32 len;
		u8 df;
	} cases[] = {
		{ NFPROTO_IPV4, 0x00, 100, 0x00 },
		{ NFPROTO_IPV4, 0x40, 100, 0x40 },
		{ NFPROTO_IPV4, 0x00, 1400, 0x00 },
		{ NFPROTO_IPV4, 0x40, 1400, 0x40 },
		{ NFPROTO_IPV6, 0x00, 100, 0x00 },
		{ NFPROTO_IPV6, 0x00, 1280, 0x00 },
		{ NFPROTO_IPV6, 0x00, 1281, 0x40 },
		{ NFPROTO_IPV6, 0x00, 1500, 0x40 },
	};
	struct vs_case *c = vs_case_alloc(test);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases) * VS_TYPES; i++) {
		u32 at = i % ARRAY_SIZE(cases);
		bool ip4 = cases[at].family == NFPROTO_IPV4;
		u32 hdrlen = ip4 ? 28 : 48;
		struct sk_buff *skb;

		vs_case_tunnel(c, i / ARRAY_SIZE(cases), NFPROTO_IPV4);
		vs_case_inner(c, cases[at].family, IPPROTO_UDP,
			      cases[at].len - hdrlen, 0);
		if (ip4)
			c->inner.bytes[6] = cases[at].flags;
		vs_case_prepare(c);
		KUNIT_ASSERT_EQ(test, c->inner.len, cases[at].len);
		skb = vs_case_skb(test, c, CHECKSUM_NONE);
		KUNIT_EXPECT_EQ(test, vs_tunnel_push(skb, &c->pkt, &c->server,
						     &c->dst, true), 0);
		KUNIT_EXPECT_EQ(test, skb->data[6], cases[at].df);
		kfree_skb(skb);
	}
}

/* What may be fragmented has an id of its own, the rest has none. */
static void vs_tunnel_test_id(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	u32 i, same = 0, zero = 0;
	u16 last = 0;

	for (i = 0; i < 32; i++) {
		struct sk_buff *skb;
		u16 id;

		vs_case_tunnel(c, 1, NFPROTO_IPV4);
		vs_case_inner(c, NFPROTO_IPV4, IPPROTO_UDP, 4, 0);
		c->inner.bytes[6] = i < 16 ? 0 : 0x40;
		vs_case_prepare(c);
		skb = vs_case_skb(test, c, CHECKSUM_NONE);
		KUNIT_EXPECT_EQ(test, vs_tunnel_push(skb, &c->pkt, &c->server,
						     &c->dst, true), 0);
		id = get_unaligned_be16(skb->data + 4);
		same += id == last && i && i < 16;
		zero += !id && i >= 16;
		last = id;
		kfree_skb(skb);
	}
	KUNIT_EXPECT_EQ(test, same, 0);
	KUNIT_EXPECT_EQ(test, zero, 16);
}

/* Flows differ in GUE's source port, which is nobody's; a flow has but one. */
static void vs_tunnel_test_ports(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	unsigned long *seen = kunit_kzalloc(test, 65536 / 8, GFP_KERNEL);
	u32 i, low = 0;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	vs_case_tunnel(c, 3, NFPROTO_IPV6);
	vs_case_inner(c, NFPROTO_IPV4, IPPROTO_UDP, 4, 0);
	vs_case_prepare(c);
	for (i = 0; i < 2000; i++) {
		struct sk_buff *skb = vs_case_skb(test, c, CHECKSUM_NONE);
		u16 port;

		/* Hashes that differ only above, then only below. */
		c->pkt.tuple.hash = i < 1000 ? i << 22 : i;
		KUNIT_EXPECT_EQ(test, vs_tunnel_push(skb, &c->pkt, &c->server,
						     &c->dst, true), 0);
		port = get_unaligned_be16(skb->data + 40);
		low += port < 32768;
		__set_bit(port, seen);
		kfree_skb(skb);
	}
	KUNIT_EXPECT_EQ(test, low, 0);
	KUNIT_EXPECT_GT(test, bitmap_weight(seen, 65536), 1800);
}

/* A clone's other owner sees nothing of it. */
static void vs_tunnel_test_cloned(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct sk_buff *skb, *clone;
	u32 type;
	u8 *got;

	got = kunit_kzalloc(test, VS_FRAME_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, got);
	for (type = 0; type < VS_TYPES; type++) {
		vs_case_tunnel(c, type, NFPROTO_IPV4);
		vs_case_inner(c, NFPROTO_IPV4, IPPROTO_TCP, 30, 2);
		c->form.offset = 64;
		vs_case_prepare(c);
		skb = vs_case_skb(test, c, CHECKSUM_NONE);
		clone = skb_clone(skb, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, clone);
		KUNIT_EXPECT_EQ(test, vs_tunnel_push(skb, &c->pkt, &c->server,
						     &c->dst, true), 0);
		skb_copy_bits(clone, 0, got, clone->len);
		KUNIT_EXPECT_EQ(test, clone->len, c->inner.len);
		KUNIT_EXPECT_MEMEQ(test, got, c->inner.bytes, c->inner.len);
		kfree_skb(clone);
		if (skb->ip_summed == CHECKSUM_PARTIAL)
			KUNIT_EXPECT_EQ(test, skb_checksum_help(skb), 0);
		vs_case_bytes(test, c, skb, &c->after);
		kfree_skb(skb);
	}
}

/* Where there is room, nothing is copied. */
static void vs_tunnel_test_room(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct sk_buff *skb;
	u32 type;
	u8 *head;

	for (type = 0; type < VS_TYPES; type++) {
		vs_case_tunnel(c, type, NFPROTO_IPV6);
		vs_case_inner(c, NFPROTO_IPV6, IPPROTO_TCP, 30, 2);
		c->form.offset = vs_tunnel_room(&c->server) +
				 LL_RESERVED_SPACE(c->dst.dev);
		vs_case_prepare(c);
		skb = vs_case_skb(test, c, CHECKSUM_NONE);
		head = skb->head;
		KUNIT_EXPECT_EQ(test, vs_tunnel_push(skb, &c->pkt, &c->server,
						     &c->dst, true), 0);
		KUNIT_EXPECT_PTR_EQ(test, skb->head, head);
		kfree_skb(skb);
	}
}

/* What is not there is not pulled, and nothing has changed. */
static void vs_tunnel_test_refused(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct sk_buff *skb;
	u8 *got;

	got = kunit_kzalloc(test, VS_FRAME_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, got);
	vs_case_tunnel(c, 0, NFPROTO_IPV4);
	vs_case_inner(c, NFPROTO_IPV4, IPPROTO_TCP, 0, 0);
	vs_case_prepare(c);
	skb = vs_case_skb(test, c, CHECKSUM_NONE);
	c->pkt.l4 = c->inner.len + 1;
	KUNIT_EXPECT_EQ(test, vs_tunnel_push(skb, &c->pkt, &c->server, &c->dst,
					     true), -ENOMEM);
	KUNIT_EXPECT_EQ(test, skb->len, c->inner.len);
	skb_copy_bits(skb, 0, got, skb->len);
	KUNIT_EXPECT_MEMEQ(test, got, c->inner.bytes, c->inner.len);
	kfree_skb(skb);
}

/* One that is in a tunnel already: its checksum is completed before. */
static void vs_tunnel_test_nested(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	struct sk_buff *skb;
	u32 type, start;
	u64 sum;

	for (type = 0; type < VS_TYPES; type++) {
		vs_case_tunnel(c, type, NFPROTO_IPV4);
		vs_case_inner(c, NFPROTO_IPV4, IPPROTO_UDP, 100, 0);
		vs_frame_set_len(&c->inner, c->inner.len);
		/* The payload's own checksum is at 80, over what follows 64. */
		start = 64;
		put_unaligned_be16(0, c->inner.bytes + 80);
		sum = vs_naive_sum(c->inner.bytes + start,
				   c->inner.len - start);
		put_unaligned_be16(~vs_naive_fold(sum), c->inner.bytes + 80);
		vs_case_prepare(c);
		put_unaligned_be16(0, c->inner.bytes + 80);
		skb = vs_case_skb(test, c, CHECKSUM_NONE);
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->encapsulation = 1;
		skb->csum_start = skb_headroom(skb) + start;
		skb->csum_offset = 16;
		KUNIT_EXPECT_EQ(test, vs_tunnel_push(skb, &c->pkt, &c->server,
						     &c->dst, true), 0);
		if (c->server.tunnel.checksum)
			KUNIT_EXPECT_EQ(test, skb_checksum_help(skb), 0);
		KUNIT_EXPECT_FALSE(test, skb->encapsulation);
		KUNIT_EXPECT_TRUE(test, skb->ip_summed == CHECKSUM_NONE);
		vs_case_bytes(test, c, skb, &c->after);
		kfree_skb(skb);
	}
}

static u32 vs_model_gso(const struct vs_case *c)
{
	u32 x = c->server.family == NFPROTO_IPV4 ? SKB_GSO_IPXIP4 :
						   SKB_GSO_IPXIP6;

	if (is_gre(&c->server.tunnel))
		return c->server.tunnel.checksum ? SKB_GSO_GRE_CSUM :
						   SKB_GSO_GRE;
	if (is_gue(&c->server.tunnel))
		return x | (c->server.tunnel.checksum ?
			    SKB_GSO_UDP_TUNNEL_CSUM : SKB_GSO_UDP_TUNNEL);
	return x;
}

/* One segment of a super-packet: what it is to be is made of what it was. */
static void vs_case_segment(struct kunit *test, struct vs_case *c,
			    struct sk_buff *seg, u32 nr, u32 size)
{
	u32 hdrlen = c->inner.l4 + 20, done = nr * size;
	u32 part = min(size, c->inner.len - hdrlen - done);
	struct vs_frame *want;
	u8 *tcp;

	want = kunit_kzalloc(test, sizeof(*want), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, want);
	*want = c->after;
	want->len = hdrlen + part;
	memcpy(want->bytes + hdrlen, c->after.bytes + hdrlen + done, part);
	vs_frame_set_len(want, want->len);
	if (want->family == NFPROTO_IPV4)
		put_unaligned_be16(get_unaligned_be16(want->bytes + 4) + nr,
				   want->bytes + 4);
	tcp = want->bytes + want->l4;
	put_unaligned_be32(get_unaligned_be32(tcp + 4) + done, tcp + 4);
	vs_naive_checks(want, VS_CHECK_FULL);
	vs_case_bytes(test, c, seg, want);
	kunit_kfree(test, want);
}

static void vs_case_gso(struct kunit *test, struct vs_case *c, u32 size)
{
	struct sk_buff *skb, *segs, *next;
	u32 nr = 0, id = 0, fits;

	c->segment = c->inner.l4 + 20 + size;
	vs_case_prepare(c);
	skb = vs_case_skb(test, c, CHECKSUM_PARTIAL);
	skb_shinfo(skb)->gso_size = size;
	skb_shinfo(skb)->gso_segs = DIV_ROUND_UP(c->inner.len - c->inner.l4 -
						 20, size);
	skb_shinfo(skb)->gso_type = c->inner.family == NFPROTO_IPV4 ?
				    SKB_GSO_TCPV4 : SKB_GSO_TCPV6;
	KUNIT_EXPECT_EQ(test, vs_tunnel_push(skb, &c->pkt, &c->server, &c->dst,
					     c->hop), 0);
	vs_case_headers(test, c, skb);
	KUNIT_EXPECT_TRUE(test, skb->encapsulation);
	KUNIT_EXPECT_EQ(test, skb_shinfo(skb)->gso_type &
			~(SKB_GSO_TCPV4 | SKB_GSO_TCPV6), vs_model_gso(c));
	KUNIT_EXPECT_EQ(test, skb_shinfo(skb)->gso_size, size);
	fits = vs_tunnel_room(&c->server) + c->segment;
	KUNIT_EXPECT_TRUE(test, skb_gso_validate_network_len(skb, fits));
	KUNIT_EXPECT_FALSE(test, skb_gso_validate_network_len(skb, fits - 1));
	segs = skb_gso_segment(skb, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, segs);
	for (; segs; segs = next) {
		next = segs->next;
		if (c->server.family == NFPROTO_IPV4 && nr)
			KUNIT_EXPECT_EQ(test, (u16)(id + nr),
					get_unaligned_be16(segs->data + 4));
		else
			id = get_unaligned_be16(segs->data + 4);
		/* The device has one sum to complete, at most. */
		if (segs->ip_summed == CHECKSUM_PARTIAL)
			KUNIT_EXPECT_EQ(test, skb_checksum_help(segs), 0);
		vs_case_segment(test, c, segs, nr++, size);
		kfree_skb(segs);
	}
	KUNIT_EXPECT_EQ(test, nr, skb_shinfo(skb)->gso_segs);
	kfree_skb(skb);
}

/* A super-packet passes whole, and each segment comes out right. */
static void vs_tunnel_test_gso(struct kunit *test)
{
	struct vs_case *c = vs_case_alloc(test);
	u32 type, bits;

	for (type = 0; type < VS_TYPES; type++) {
		for (bits = 0; bits < 16; bits++) {
			vs_case_tunnel(c, type, bits & 1 ? NFPROTO_IPV6 :
							   NFPROTO_IPV4);
			vs_case_inner(c, bits & 2 ? NFPROTO_IPV6 : NFPROTO_IPV4,
				      IPPROTO_TCP, 2700, 0x2d);
			c->form.paged = bits & 4;
			c->form.head = 80;
			c->form.piece = 500;
			vs_case_gso(test, c, bits & 8 ? 1300 : 700);
		}
	}
}

static struct kunit_case vs_tunnel_cases[] = {
	KUNIT_CASE(vs_tunnel_test_matrix),
	KUNIT_CASE(vs_tunnel_test_tos),
	KUNIT_CASE(vs_tunnel_test_df),
	KUNIT_CASE(vs_tunnel_test_id),
	KUNIT_CASE(vs_tunnel_test_ports),
	KUNIT_CASE(vs_tunnel_test_cloned),
	KUNIT_CASE(vs_tunnel_test_room),
	KUNIT_CASE(vs_tunnel_test_refused),
	KUNIT_CASE(vs_tunnel_test_nested),
	KUNIT_CASE(vs_tunnel_test_gso),
	{}
};

static struct kunit_suite vs_tunnel_suite = {
	.name = "vs-tunnel",
	.test_cases = vs_tunnel_cases,
};

kunit_test_suite(vs_tunnel_suite);
