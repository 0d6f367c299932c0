/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: packets and their tunnels, for tests of tunnel.c, and a model of what
 * comes of them: every byte as the RFCs draw it, every checksum in full.
 */
#ifndef _VS_TEST_TUNNEL_CASE_H
#define _VS_TEST_TUNNEL_CASE_H

#include "frame.h"
#include "naive.h"
#include "vs.h"

#define VS_TEST_HASH	0x89abcdef

/**
 * struct vs_case - one packet and its tunnel
 * @inner: the packet as it arrives
 * @after: what is to be inside: one hop less
 * @server: where it goes
 * @hop: whether a hop is taken
 * @segment: bytes of a segment of a super-packet, headers included, else 0
 * @form: what the skb looks like
 * @pkt: what the parser says
 * @dst: the route
 */
struct vs_case {
	struct vs_frame inner;
	struct vs_frame after;
	struct vs_server server;
	bool hop;
	u32 segment;
	struct vs_frame_form form;
	struct vs_packet pkt;
	struct dst_entry dst;
};

/* Types by number: ipip, gre, gre with checksum, gue, gue with checksum. */
#define VS_TYPES	5

static const u8 vs_types[VS_TYPES] = {
	VS_TUNNEL_TYPE_IPIP,
	VS_TUNNEL_TYPE_GRE,
	VS_TUNNEL_TYPE_GRE,
	VS_TUNNEL_TYPE_GUE,
	VS_TUNNEL_TYPE_GUE,
};

static inline struct vs_case *vs_case_alloc(struct kunit *test)
{
	struct vs_case *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->dst.dev = init_net.loopback_dev;
	c->hop = true;
	return c;
}

static inline void vs_case_tunnel(struct vs_case *c, u32 type, u8 family)
{
	struct vs_server *server = &c->server;

	memset(server, 0, sizeof(*server));
	server->family = family;
	server->tunnel.type = vs_types[type];
	server->tunnel.checksum = type == 2 || type == 4;
	server->tunnel.port = htons(6080);
	server->tunnel.has_source = true;
	if (family == NFPROTO_IPV4) {
		server->addr.ip = htonl(0x0a02010b);
		server->tunnel.source.ip = htonl(0x0a020101);
	} else {
		memcpy(&server->addr, "\xfd\x01", 2);
		memcpy(server->addr.in6.s6_addr + 14, "\x0b\x03", 2);
		memcpy(&server->tunnel.source, "\xfd\x02", 2);
		memcpy(server->tunnel.source.in6.s6_addr + 14, "\xff\xee", 2);
	}
}

/* An inner packet with everything that an outer header may take over. */
static inline void vs_case_inner(struct vs_case *c, u8 family, u8 protocol,
				 u32 payload, u8 tos)
{
	struct vs_frame *frame = &c->inner;

	if (family == NFPROTO_IPV4) {
		vs_frame_ip4(frame, 0);
		frame->bytes[1] = tos;
		frame->bytes[8] = 57;
	} else {
		vs_frame_ip6(frame);
		frame->bytes[0] = 0x60 | tos >> 4;
		frame->bytes[1] = (tos & 15) << 4;
		frame->bytes[7] = 57;
	}
	if (protocol == IPPROTO_TCP)
		vs_frame_tcp(frame, VS_TCP_ACK, payload);
	else
		vs_frame_udp(frame, payload);
}

static inline void vs_case_prepare(struct vs_case *c)
{
	vs_frame_set_len(&c->inner, c->inner.len);
	vs_naive_checks(&c->inner, VS_CHECK_FULL);
	c->after = c->inner;
	c->after.bytes[c->inner.family == NFPROTO_IPV4 ? 8 : 7] -= c->hop;
	vs_naive_checks(&c->after, VS_CHECK_FULL);
}

static inline struct sk_buff *vs_case_skb(struct kunit *test, struct vs_case *c,
					  u8 summed)
{
	struct vs_frame *frame = &c->inner;
	struct sk_buff *skb;
	u16 sum;

	if (summed == CHECKSUM_PARTIAL)
		vs_naive_checks(frame, VS_CHECK_PSEUDO);
	skb = vs_frame_skb(test, frame, frame->len, &c->form);
	__skb_pull(skb, c->form.offset);
	skb_set_mac_header(skb, -(int)c->form.offset);
	KUNIT_EXPECT_EQ(test, vs_packet_parse(skb, frame->family, &c->pkt),
			VS_PARSED);
	c->pkt.tuple.hash = VS_TEST_HASH;
	skb->dev = c->dst.dev;
	skb->ip_summed = summed;
	if (summed == CHECKSUM_PARTIAL) {
		skb->csum_start = skb_headroom(skb) + frame->l4;
		skb->csum_offset = frame->protocol == IPPROTO_TCP ? 16 : 6;
	} else if (summed == CHECKSUM_COMPLETE) {
		sum = vs_naive_fold(vs_naive_sum(frame->bytes, frame->len));
		skb->csum = (__force __wsum)htons(sum);
	}
	return skb;
}

static inline u32 vs_top_bits(u32 hash, u32 bits)
{
	return (u32)(hash * 0x61c88647u) >> (32 - bits);
}

/* The shim of 0 to 12 bytes, its checksum still 0. */
static inline u32 vs_model_shim(u8 *at, const struct vs_case *c, u32 inner)
{
	bool ip4 = c->inner.family == NFPROTO_IPV4;

	switch (c->server.tunnel.type) {
	case VS_TUNNEL_TYPE_GRE:
		memcpy(at, ip4 ? "\x00\x00\x08\x00" : "\x00\x00\x86\xdd", 4);
		if (!c->server.tunnel.checksum)
			return 4;
		at[0] = 0x80;
		memset(at + 4, 0, 4);
		return 8;
	case VS_TUNNEL_TYPE_GUE:
		put_unaligned_be16(32768 + vs_top_bits(VS_TEST_HASH, 15), at);
		put_unaligned_be16(6080, at + 2);
		put_unaligned_be16(12 + inner, at + 4);
		memset(at + 6, 0, 6);
		at[9] = ip4 ? 4 : 41;
		return 12;
	}
	return 0;
}

static inline u8 vs_model_protocol(const struct vs_case *c)
{
	switch (c->server.tunnel.type) {
	case VS_TUNNEL_TYPE_GRE:
		return 47;
	case VS_TUNNEL_TYPE_GUE:
		return 17;
	}
	return c->inner.family == NFPROTO_IPV4 ? 4 : 41;
}

static inline u8 vs_inner_tos(const struct vs_frame *frame)
{
	if (frame->family == NFPROTO_IPV4)
		return frame->bytes[1];
	return frame->bytes[0] << 4 | frame->bytes[1] >> 4;
}

static inline u8 vs_inner_ttl(const struct vs_frame *frame)
{
	return frame->bytes[frame->family == NFPROTO_IPV4 ? 8 : 7];
}

static inline bool vs_model_df(const struct vs_case *c,
			       const struct vs_frame *inner)
{
	if (inner->family == NFPROTO_IPV4)
		return inner->bytes[6] & 0x40;
	return (c->segment ?: inner->len) > 1280;
}

/* All the outer bytes, checksums of IPv4 and the shim 0; how many. */
static inline u32 vs_model_outer(u8 *at, const struct vs_case *c,
				 const struct vs_frame *inner, u16 id)
{
	const struct vs_server *server = &c->server;
	u8 shim[16];
	u32 len = vs_model_shim(shim, c, inner->len);
	u8 tos = vs_inner_tos(inner);
	u32 ip = 20;

	memset(at, 0, 40);
	if (server->family == NFPROTO_IPV4) {
		at[0] = 0x45;
		at[1] = tos;
		put_unaligned_be16(20 + len + inner->len, at + 2);
		put_unaligned_be16(id, at + 4);
		at[6] = vs_model_df(c, inner) ? 0x40 : 0;
		at[8] = vs_inner_ttl(inner);
		at[9] = vs_model_protocol(c);
		memcpy(at + 12, &server->tunnel.source, 4);
		memcpy(at + 16, &server->addr, 4);
	} else {
		ip = 40;
		put_unaligned_be32(6 << 28 | tos << 20 |
				   vs_top_bits(VS_TEST_HASH, 20), at);
		put_unaligned_be16(len + inner->len, at + 4);
		at[6] = vs_model_protocol(c);
		at[7] = vs_inner_ttl(inner);
		memcpy(at + 8, &server->tunnel.source, 16);
		memcpy(at + 24, &server->addr, 16);
	}
	memcpy(at + ip, shim, len);
	return ip + len;
}

/* Sums up the outer bytes' checksums, in full: @out is the whole packet. */
static inline void vs_model_checks(const struct vs_case *c, u8 *out, u32 len)
{
	u32 ip = c->server.family == NFPROTO_IPV4 ? 20 : 40;
	u64 sum = vs_naive_sum(out + ip, len - ip);

	if (ip == 20)
		put_unaligned_be16(~vs_naive_fold(vs_naive_sum(out, 20)),
				   out + 10);
	if (!c->server.tunnel.checksum)
		return;
	if (c->server.tunnel.type == VS_TUNNEL_TYPE_GRE) {
		put_unaligned_be16(~vs_naive_fold(sum), out + ip + 4);
		return;
	}
	sum += vs_naive_sum(out + (ip == 20 ? 12 : 8), ip == 20 ? 8 : 32);
	sum += 17 + len - ip;
	put_unaligned_be16((u16)~vs_naive_fold(sum) ?: 0xffff, out + ip + 6);
}

/* @skb is, byte by byte, @inner in the case's tunnel. */
static inline void vs_case_bytes(struct kunit *test, struct vs_case *c,
				 struct sk_buff *skb,
				 const struct vs_frame *inner)
{
	u8 *got = kunit_kzalloc(test, 2 * VS_FRAME_MAX, GFP_KERNEL);
	u8 *want = got + VS_FRAME_MAX;
	u16 id = 0;
	u32 outer;

	KUNIT_ASSERT_NOT_NULL(test, got);
	KUNIT_ASSERT_LE(test, skb->len, VS_FRAME_MAX);
	skb_copy_bits(skb, 0, got, skb->len);
	/* Segments are numbered, whatever they need it for. */
	if (!vs_model_df(c, inner) || c->segment)
		id = get_unaligned_be16(got + 4);
	outer = vs_model_outer(want, c, inner, id);
	memcpy(want + outer, inner->bytes, inner->len);
	vs_model_checks(c, want, outer + inner->len);
	KUNIT_EXPECT_EQ(test, outer, vs_tunnel_room(&c->server));
	KUNIT_EXPECT_EQ(test, skb->len, outer + inner->len);
	KUNIT_EXPECT_MEMEQ(test, got, want, outer + inner->len);
	kunit_kfree(test, got);
}

/* Where an skb's headers are, and what it is called. */
static inline void vs_case_headers(struct kunit *test, const struct vs_case *c,
				   const struct sk_buff *skb)
{
	bool ip4 = c->server.family == NFPROTO_IPV4;
	u32 room = vs_tunnel_room(&c->server);

	KUNIT_EXPECT_EQ(test, skb_network_offset(skb), 0);
	KUNIT_EXPECT_EQ(test, skb_mac_offset(skb), 0);
	KUNIT_EXPECT_EQ(test, skb->mac_len, 0);
	KUNIT_EXPECT_EQ(test, skb_transport_offset(skb), ip4 ? 20 : 40);
	KUNIT_EXPECT_EQ(test, skb_inner_mac_header(skb) - skb->data, room);
	KUNIT_EXPECT_EQ(test, skb_inner_network_offset(skb), room);
	KUNIT_EXPECT_EQ(test, skb_inner_transport_offset(skb),
			room + c->inner.l4);
	KUNIT_EXPECT_EQ(test, ntohs(skb->protocol),
			ip4 ? ETH_P_IP : ETH_P_IPV6);
	KUNIT_EXPECT_GE(test, skb_headroom(skb),
			LL_RESERVED_SPACE(c->dst.dev));
}

#endif /* _VS_TEST_TUNNEL_CASE_H */
