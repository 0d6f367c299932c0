// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: tests of packet.c. What it says of a packet is compared with a model that
 * reads the same bytes from a flat array; what the model says is pinned down by
 * tables.
 */

#include <linux/module.h>

#include "../../kmod/packet.c"
#include "packet_check.h"

/* Valid packets of every kind, for the tests that cut them up. */
#define VS_SAMPLES	12

static void vs_sample(struct vs_frame *frame, int nr)
{
	if (nr < 4)
		vs_frame_ip4(frame, nr % 2 ? 10 : 0);
	else
		vs_frame_ip6(frame);
	if (nr == 6 || nr == 9 || nr == 11)
		vs_frame_ext(frame, NEXTHDR_HOP, 0);
	if (nr == 7 || nr == 9)
		vs_frame_ext(frame, NEXTHDR_DEST, 2);
	if (nr == 8 || nr == 9)
		vs_frame_ext(frame, NEXTHDR_ROUTING, 1);
	if (nr == 8 || nr >= 10)
		vs_frame_ext(frame, NEXTHDR_FRAGMENT, 0);
	if (nr >= 10)
		frame->bytes[frame->next + 3] = nr == 10 ? 0x01 : 0x48;
	if (nr / 2 % 2)
		vs_frame_udp(frame, 5);
	else
		vs_frame_tcp(frame, VS_TCP_SYN | 0xc0, 5);
	vs_frame_set_len(frame, frame->len);
}

static void vs_packet_test_samples(struct kunit *test)
{
	struct vs_frame *frame = vs_frame_alloc(test);
	struct vs_packet pkt;
	struct sk_buff *skb;
	int nr;

	for (nr = 0; nr < VS_SAMPLES; nr++) {
		bool ip4 = nr < 4, tcp = nr / 2 % 2 == 0;

		vs_sample(frame, nr);
		skb = vs_frame_skb(test, frame, frame->len, &vs_linear);
		KUNIT_EXPECT_EQ(test,
				vs_packet_parse(skb, frame->family, &pkt),
				nr < 10 ? VS_PARSED :
				nr == 10 ? VS_PARSED_FRAGMENT :
				VS_PARSED_FOREIGN);
		kfree_skb(skb);
		if (nr > 10)
			continue;

		KUNIT_EXPECT_EQ(test, pkt.tuple.family,
				ip4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
		KUNIT_EXPECT_EQ(test, pkt.tuple.protocol,
				tcp ? IPPROTO_TCP : IPPROTO_UDP);
		KUNIT_EXPECT_MEMEQ(test, &pkt.tuple.src,
				   frame->bytes + (ip4 ? 12 : 8),
				   ip4 ? 4 : 16);
		KUNIT_EXPECT_MEMEQ(test, &pkt.tuple.dst,
				   frame->bytes + (ip4 ? 16 : 24),
				   ip4 ? 4 : 16);
		KUNIT_EXPECT_EQ(test, pkt.l3, 0);
		KUNIT_EXPECT_EQ(test, pkt.len, frame->len);
		KUNIT_EXPECT_EQ(test, pkt.l4, frame->l4);
		KUNIT_EXPECT_EQ(test, ntohs(pkt.tuple.sport),
				tcp ? 40001 : 40002);
		KUNIT_EXPECT_EQ(test, ntohs(pkt.tuple.dport), tcp ? 80 : 53);
		KUNIT_EXPECT_EQ(test, pkt.flags, tcp ? VS_TCP_SYN : 0);
		KUNIT_EXPECT_EQ(test, pkt.protocol, pkt.tuple.protocol);
		KUNIT_EXPECT_FALSE(test, vs_packet_follows(&pkt));
	}
}

/**
 * struct vs_ip4_case - a valid packet with a few bytes changed
 * @name: what that is
 * @udp: it is UDP, else TCP
 * @payload: bytes after its header
 * @at: where a 16-bit word is replaced
 * @word: by what
 * @want: what it is then
 */
struct vs_ip4_case {
	const char *name;
	bool udp;
	u32 payload;
	u32 at;
	u16 word;
	enum vs_parsed want;
};

static const struct vs_ip4_case vs_ip4_cases[] = {
	{ "total length 0", false, 0, 2, 0, VS_PARSED_BROKEN },
	{ "total length below the header", false, 0, 2, 19, VS_PARSED_BROKEN },
	{ "total length is the header", false, 0, 2, 20, VS_PARSED_BROKEN },
	{ "total length cuts TCP", false, 0, 2, 39, VS_PARSED_BROKEN },
	{ "total length past the end", false, 0, 2, 41, VS_PARSED_BROKEN },
	{ "total length greatest", false, 0, 2, 65535, VS_PARSED_BROKEN },
	{ "padding", false, 6, 2, 40, VS_PARSED },
	{ "total length cuts UDP", true, 0, 2, 27, VS_PARSED_BROKEN },
	{ "UDP without data", true, 0, 2, 28, VS_PARSED },
	{ "UDP from port 0", true, 0, 20, 0, VS_PARSED },
	{ "TCP from port 0", false, 0, 20, 0, VS_PARSED },
	{ "TCP to port 0", false, 0, 22, 0, VS_PARSED },
	{ "UDP with a length of its own", true, 4, 24, 0, VS_PARSED },
	{ "UDP without checksum", true, 4, 26, 0, VS_PARSED },
	{ "may be fragmented", false, 0, 6, 0x0000, VS_PARSED },
	{ "reserved bit", false, 0, 6, 0x8000, VS_PARSED },
	{ "first fragment", false, 0, 6, 0x2000, VS_PARSED_FRAGMENT },
	{ "middle fragment", true, 0, 6, 0x2001, VS_PARSED_FOREIGN },
	{ "last fragment", true, 0, 6, 0x1fff, VS_PARSED_FOREIGN },
	{ "don't fragment a fragment", true, 0, 6, 0x6000, VS_PARSED_FRAGMENT },
	{ "ICMP", false, 0, 8, 64 << 8 | IPPROTO_ICMP, VS_PARSED_FOREIGN },
	{ "protocol 0", false, 0, 8, 64 << 8, VS_PARSED_FOREIGN },
	{ "TCP as SCTP", false, 0, 8, 64 << 8 | IPPROTO_SCTP,
	  VS_PARSED_BROKEN },
	{ "SCTP cut", true, 3, 8, 64 << 8 | IPPROTO_SCTP, VS_PARSED_BROKEN },
	{ "ESP", false, 0, 8, 64 << 8 | IPPROTO_ESP, VS_PARSED },
	{ "AH", false, 0, 8, 64 << 8 | IPPROTO_AH, VS_PARSED },
	{ "IPIP", false, 0, 8, 64 << 8 | IPPROTO_IPIP, VS_PARSED_FOREIGN },
	{ "an IPv6 header's number", false, 0, 8, 64 << 8 | NEXTHDR_DEST,
	  VS_PARSED_FOREIGN },
	{ "TCP header of 16 bytes", false, 0, 32, 0x4010, VS_PARSED_BROKEN },
	{ "TCP header of none", false, 0, 32, 0x0010, VS_PARSED_BROKEN },
	{ "TCP options", false, 4, 32, 0x6010, VS_PARSED },
	{ "TCP options past the end", false, 3, 32, 0x6010, VS_PARSED_BROKEN },
	{ "most TCP options", false, 40, 32, 0xf010, VS_PARSED },
	{ "most TCP options cut", false, 39, 32, 0xf010, VS_PARSED_BROKEN },
	{ "all TCP flags", false, 0, 32, 0x5fff, VS_PARSED },
	{ "no TCP flags", false, 0, 32, 0x5000, VS_PARSED },
};

static void vs_packet_test_ip4(struct kunit *test)
{
	struct vs_frame *frame = vs_frame_alloc(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(vs_ip4_cases); i++) {
		const struct vs_ip4_case *c = &vs_ip4_cases[i];

		vs_frame_ip4(frame, 0);
		if (c->udp)
			vs_frame_udp(frame, c->payload);
		else
			vs_frame_tcp(frame, VS_TCP_ACK, c->payload);
		vs_frame_set_len(frame, frame->len);
		put_unaligned_be16(c->word, frame->bytes + c->at);
		KUNIT_EXPECT_EQ_MSG(test, vs_check(test, frame, frame->len,
						   vs_linear, c->name),
				    c->want, "%s", c->name);
	}
}

static void vs_packet_test_version(struct kunit *test)
{
	struct vs_frame *frame = vs_frame_alloc(test);
	int version;

	for (version = 0; version < 16; version++) {
		vs_sample(frame, 0);
		frame->bytes[0] = version << 4 | 5;
		KUNIT_EXPECT_EQ(test, vs_check(test, frame, frame->len,
					       vs_linear, "version of IPv4"),
				version == 4 ? VS_PARSED : VS_PARSED_BROKEN);
		vs_sample(frame, 4);
		frame->bytes[0] = version << 4;
		KUNIT_EXPECT_EQ(test, vs_check(test, frame, frame->len,
					       vs_linear, "version of IPv6"),
				version == 6 ? VS_PARSED : VS_PARSED_BROKEN);
	}
}

static void vs_packet_test_ihl(struct kunit *test)
{
	struct vs_frame *frame = vs_frame_alloc(test);
	int ihl, options;
	bool whole;

	for (options = 0; options <= 10; options++) {
		for (ihl = 0; ihl < 16; ihl++) {
			vs_frame_ip4(frame, options);
			vs_frame_udp(frame, 0);
			vs_frame_set_len(frame, frame->len);
			frame->bytes[0] = 0x40 | ihl;
			whole = ihl >= 5 && ihl <= 5 + options;
			KUNIT_EXPECT_EQ(test,
					vs_check(test, frame, frame->len,
						 vs_linear, "ihl"),
					whole ? VS_PARSED : VS_PARSED_BROKEN);
			frame->bytes[6] = 0x20;
			KUNIT_EXPECT_EQ(test,
					vs_check(test, frame, frame->len,
						 vs_linear, "ihl, fragment"),
					whole ? VS_PARSED_FRAGMENT :
						VS_PARSED_BROKEN);
		}
	}
}

/**
 * struct vs_ip6_ext - an extension header
 * @type: its number, or 255 for no more
 * @units: its length
 * @word: at offset 2: routing type and segments left, or fragment offset
 */
struct vs_ip6_ext {
	u8 type;
	u8 units;
	u16 word;
};

#define VS_END		{ 255 }
#define VS_HOP		{ NEXTHDR_HOP }
#define VS_DEST		{ NEXTHDR_DEST }
#define VS_ROUTING	{ NEXTHDR_ROUTING, 2, 0x0200 }
#define VS_ATOMIC	{ NEXTHDR_FRAGMENT }

/**
 * struct vs_ip6_case - a chain of headers
 * @name: what is special
 * @exts: the headers
 * @last: what comes after them
 * @cut: bytes missing at the end, with the length as it is then
 * @want: what it is
 */
struct vs_ip6_case {
	const char *name;
	struct vs_ip6_ext exts[11];
	u8 last;
	u32 cut;
	enum vs_parsed want;
};

static const struct vs_ip6_case vs_ip6_cases[] = {
	{ "TCP", { VS_END }, 6, 0, VS_PARSED },
	{ "UDP", { VS_END }, 17, 0, VS_PARSED },
	{ "TCP cut", { VS_END }, 6, 1, VS_PARSED_BROKEN },
	{ "UDP cut", { VS_END }, 17, 1, VS_PARSED_BROKEN },
	{ "ICMPv6", { VS_END }, 58, 0, VS_PARSED_FOREIGN },
	{ "none", { VS_END }, 59, 8, VS_PARSED_FOREIGN },
	{ "ESP", { VS_END }, 50, 0, VS_PARSED },
	{ "AH", { VS_END }, 51, 0, VS_PARSED },
	{ "ESP, empty", { VS_END }, 50, 8, VS_PARSED },
	{ "mobility", { VS_END }, 135, 0, VS_PARSED_FOREIGN },
	{ "SCTP cut", { VS_END }, 132, 0, VS_PARSED_BROKEN },
	{ "hop", { VS_HOP, VS_END }, 6, 0, VS_PARSED },
	{ "hop, longest", { { NEXTHDR_HOP, 255 }, VS_END }, 17, 0, VS_PARSED },
	{ "hop, cut", { { NEXTHDR_HOP, 255 }, VS_END }, 17, 9,
	  VS_PARSED_BROKEN },
	{ "hop, cut, foreign", { { NEXTHDR_HOP, 255 }, VS_END }, 58, 9,
	  VS_PARSED_BROKEN },
	{ "hop, ends the packet", { VS_HOP, VS_END }, 17, 8, VS_PARSED_BROKEN },
	{ "hop, then none", { VS_HOP, VS_END }, 59, 8, VS_PARSED_FOREIGN },
	{ "hop, 7 bytes of it", { VS_HOP, VS_END }, 17, 9, VS_PARSED_BROKEN },
	{ "hop twice", { VS_HOP, VS_HOP, VS_END }, 6, 0, VS_PARSED_BROKEN },
	{ "hop second", { VS_DEST, VS_HOP, VS_END }, 6, 0, VS_PARSED_BROKEN },
	{ "destination", { VS_DEST, VS_END }, 6, 0, VS_PARSED },
	{ "destination twice", { VS_DEST, VS_DEST, VS_END }, 6, 0, VS_PARSED },
	{ "destination, then AH", { VS_DEST, VS_END }, 51, 0, VS_PARSED },
	{ "first fragment of ESP", { { NEXTHDR_FRAGMENT, 0, 1 }, VS_END }, 50,
	  0, VS_PARSED_FOREIGN },
	{ "atomic fragment of AH", { VS_ATOMIC, VS_END }, 51, 0, VS_PARSED },
	{ "routing, used up", { VS_ROUTING, VS_END }, 17, 0, VS_PARSED },
	{ "routing, 1 left", { { NEXTHDR_ROUTING, 2, 0x0401 }, VS_END }, 17, 0,
	  VS_PARSED_FOREIGN },
	{ "routing, 255 left", { { NEXTHDR_ROUTING, 2, 0x00ff }, VS_END }, 6,
	  0, VS_PARSED_FOREIGN },
	{ "routing, cut", { { NEXTHDR_ROUTING, 4 }, VS_END }, 17, 9,
	  VS_PARSED_BROKEN },
	{ "atomic fragment", { VS_ATOMIC, VS_END }, 6, 0, VS_PARSED },
	{ "atomic fragment, reserved bits",
	  { { NEXTHDR_FRAGMENT, 255, 0x0006 }, VS_END }, 6, 0, VS_PARSED },
	{ "atomic fragment, foreign", { VS_ATOMIC, VS_END }, 58, 0,
	  VS_PARSED_FOREIGN },
	{ "atomic fragment, then options", { VS_ATOMIC, VS_DEST, VS_END }, 17,
	  0, VS_PARSED },
	{ "atomic fragment, cut", { VS_ATOMIC, VS_END }, 17, 9,
	  VS_PARSED_BROKEN },
	{ "first fragment", { { NEXTHDR_FRAGMENT, 0, 0x0001 }, VS_END }, 6, 0,
	  VS_PARSED_FRAGMENT },
	{ "middle fragment", { { NEXTHDR_FRAGMENT, 0, 0x0009 }, VS_END }, 17, 0,
	  VS_PARSED_FOREIGN },
	{ "last fragment", { { NEXTHDR_FRAGMENT, 0, 0xfff8 }, VS_END }, 17, 0,
	  VS_PARSED_FOREIGN },
	{ "first fragment without data", { { NEXTHDR_FRAGMENT, 0, 1 }, VS_END },
	  17, 8, VS_PARSED_BROKEN },
	{ "fragment without data", { { NEXTHDR_FRAGMENT, 0, 8 }, VS_END }, 17,
	  8, VS_PARSED_FOREIGN },
	{ "fragment, foreign", { { NEXTHDR_FRAGMENT, 0, 8 }, VS_END }, 58, 0,
	  VS_PARSED_FOREIGN },
	{ "fragment, then options",
	  { { NEXTHDR_FRAGMENT, 0, 1 }, VS_DEST, VS_END }, 6, 0,
	  VS_PARSED_FRAGMENT },
	{ "fragment, then an atomic one",
	  { { NEXTHDR_FRAGMENT, 0, 1 }, VS_ATOMIC, VS_END }, 6, 0,
	  VS_PARSED_FRAGMENT },
	{ "options, then fragment",
	  { VS_HOP, VS_DEST, { NEXTHDR_FRAGMENT, 0, 1 }, VS_END }, 6, 0,
	  VS_PARSED_FRAGMENT },
	{ "every kind", { VS_HOP, VS_DEST, VS_ROUTING, VS_ATOMIC, VS_DEST,
	  VS_END }, 6, 0, VS_PARSED },
	{ "eight", { VS_HOP, VS_DEST, VS_DEST, VS_DEST, VS_DEST, VS_DEST,
	  VS_DEST, VS_DEST, VS_END }, 17, 0, VS_PARSED },
	{ "nine", { VS_HOP, VS_DEST, VS_DEST, VS_DEST, VS_DEST, VS_DEST,
	  VS_DEST, VS_DEST, VS_DEST, VS_END }, 17, 0, VS_PARSED_FOREIGN },
	{ "nine, the last not there", { VS_HOP, VS_DEST, VS_DEST, VS_DEST,
	  VS_DEST, VS_DEST, VS_DEST, VS_DEST, VS_END }, NEXTHDR_DEST, 8,
	  VS_PARSED_FOREIGN },
};

static void vs_packet_test_ip6(struct kunit *test)
{
	struct vs_frame *frame = vs_frame_alloc(test);
	const struct vs_ip6_ext *e;
	enum vs_parsed got;
	int i;

	for (i = 0; i < ARRAY_SIZE(vs_ip6_cases); i++) {
		const struct vs_ip6_case *c = &vs_ip6_cases[i];

		vs_frame_ip6(frame);
		for (e = c->exts; e->type != 255; e++) {
			u8 *at = vs_frame_ext(frame, e->type,
					      e->type == NEXTHDR_FRAGMENT ?
					      0 : e->units);

			at[1] = e->units;
			put_unaligned_be16(e->word, at + 2);
		}
		if (c->last == IPPROTO_TCP)
			vs_frame_tcp(frame, VS_TCP_ACK, 0);
		else
			vs_frame_udp(frame, 0);
		frame->bytes[frame->next] = c->last;
		frame->len -= c->cut;
		vs_frame_set_len(frame, frame->len);
		got = vs_check(test, frame, frame->len, vs_linear, c->name);
		KUNIT_EXPECT_EQ_MSG(test, got, c->want, "%s", c->name);
	}
}

/* Cut anywhere, with the length as sent and with one that hides the cut. */
static void vs_packet_test_truncated(struct kunit *test)
{
	struct vs_frame_form paged = { .paged = true, .piece = 9 };
	struct vs_frame *frame = vs_frame_alloc(test);
	enum vs_parsed got;
	int nr;
	u32 len;

	for (nr = 0; nr < VS_SAMPLES; nr++) {
		vs_sample(frame, nr);
		for (len = 0; len < frame->len; len++) {
			got = vs_check(test, frame, len, vs_linear, "cut");
			KUNIT_EXPECT_EQ(test, got, VS_PARSED_BROKEN);
			got = vs_check(test, frame, len, paged, "cut");
			KUNIT_EXPECT_EQ(test, got, VS_PARSED_BROKEN);
		}
		for (len = nr < 4 ? 0 : 40; len < frame->len; len++) {
			vs_frame_set_len(frame, len);
			got = vs_check(test, frame, len, vs_linear, "short");
			KUNIT_EXPECT_EQ(test, got == VS_PARSED,
					nr < 10 && len >= frame->len - 5);
			vs_check(test, frame, len, paged, "short");
			/* The rest is there, but it is padding. */
			vs_check(test, frame, frame->len, vs_linear, "padded");
			vs_check(test, frame, frame->len, paged, "padded");
		}
	}
}

static void vs_packet_test_paged(struct kunit *test)
{
	struct vs_frame_form form = { .paged = true };
	static const u32 pieces[] = { 0, 1, 3, 16 };
	struct vs_frame *frame = vs_frame_alloc(test);
	int nr, i;

	for (nr = 0; nr < VS_SAMPLES; nr++) {
		vs_sample(frame, nr);
		for (i = 0; i < ARRAY_SIZE(pieces); i++) {
			form.piece = pieces[i];
			for (form.head = 0; form.head <= frame->len;
			     form.head++)
				vs_check(test, frame, frame->len, form,
					 "paged");
		}
	}
}

static void vs_packet_test_offset(struct kunit *test)
{
	static const u32 offsets[] = { 0, 2, 14, 18, 64, 200 };
	struct vs_frame *frame = vs_frame_alloc(test);
	struct vs_frame_form form = { .head = 24 };
	int nr, i;

	for (nr = 0; nr < VS_SAMPLES; nr++) {
		vs_sample(frame, nr);
		for (i = 0; i < ARRAY_SIZE(offsets); i++) {
			form.offset = offsets[i];
			form.paged = false;
			vs_check(test, frame, frame->len, form, "offset");
			vs_check(test, frame, frame->len - 1, form, "offset");
			form.paged = true;
			vs_check(test, frame, frame->len, form, "offset");
			vs_check(test, frame, frame->len - 1, form, "offset");
		}
	}
}

/* Lengths that do not fit their field: of a GSO packet, and of a jumbogram. */
static void vs_packet_test_big(struct kunit *test)
{
	struct vs_frame *frame = vs_frame_alloc(test);
	struct vs_packet pkt;
	struct sk_buff *skb;
	int nr;

	for (nr = 0; nr <= 6; nr += 2) {
		bool big = nr == 0 || nr == 4;

		vs_sample(frame, nr);
		vs_frame_set_len(frame, nr < 4 ? 0 : 40);
		skb = vs_frame_skb(test, frame, frame->len, &vs_linear);
		KUNIT_EXPECT_EQ(test,
				vs_packet_parse(skb, frame->family, &pkt),
				nr == 6 ? VS_PARSED : VS_PARSED_BROKEN);
		skb_shinfo(skb)->gso_size = 1;
		skb_shinfo(skb)->gso_type = big ? nr ? SKB_GSO_TCPV6 :
						       SKB_GSO_TCPV4 :
						  SKB_GSO_UDP_L4;
		KUNIT_EXPECT_EQ(test,
				vs_packet_parse(skb, frame->family, &pkt),
				big || nr == 6 ? VS_PARSED : VS_PARSED_BROKEN);
		if (big || nr == 6)
			KUNIT_EXPECT_EQ(test, pkt.len, frame->len);
		kfree_skb(skb);
	}
}

static void vs_packet_test_noise(struct kunit *test)
{
	struct vs_frame *frame = vs_frame_alloc(test);
	struct vs_frame_form form = {};
	struct rnd_state rnd;
	int i;
	u32 j;

	prandom_seed_state(&rnd, 4711);
	for (i = 0; i < VS_FUZZ_ROUNDS; i++) {
		frame->len = prandom_u32_state(&rnd) % 160;
		prandom_bytes_state(&rnd, frame->bytes, frame->len);
		frame->family = i % 2 ? NFPROTO_IPV4 : NFPROTO_IPV6;
		/* Likely numbers, or the first byte would mostly end it. */
		frame->bytes[0] = (i % 2 ? 0x40 : 0x60) |
				  (frame->bytes[0] & 15);
		if (i % 3)
			vs_frame_set_len(frame, frame->len);
		for (j = 6; i % 5 && j < frame->len; j++)
			if (prandom_u32_state(&rnd) % 2)
				frame->bytes[j] =
					"\x06\x11\x00\x2b\x2c\x3c\x32\x33\x84"
					[prandom_u32_state(&rnd) % 9];
		vs_fuzz_form(&rnd, &form);
		vs_check(test, frame, frame->len, form, "noise");
	}
}

static void vs_packet_test_mutants(struct kunit *test)
{
	struct vs_frame *frame = vs_frame_alloc(test);
	struct vs_frame_form form = {};
	struct rnd_state rnd;
	int i, j;

	prandom_seed_state(&rnd, 4712);
	for (i = 0; i < VS_FUZZ_ROUNDS; i++) {
		vs_sample(frame, i % VS_SAMPLES);
		for (j = prandom_u32_state(&rnd) % 4; j >= 0; j--)
			frame->bytes[prandom_u32_state(&rnd) % frame->len] ^=
				1 << prandom_u32_state(&rnd) % 8;
		vs_fuzz_form(&rnd, &form);
		vs_check(test, frame,
			 frame->len - prandom_u32_state(&rnd) % 3, form,
			 "mutant");
	}
}

static struct kunit_case vs_packet_cases[] = {
	KUNIT_CASE(vs_packet_test_samples),
	KUNIT_CASE(vs_packet_test_ip4),
	KUNIT_CASE(vs_packet_test_version),
	KUNIT_CASE(vs_packet_test_ihl),
	KUNIT_CASE(vs_packet_test_ip6),
	KUNIT_CASE(vs_packet_test_truncated),
	KUNIT_CASE(vs_packet_test_paged),
	KUNIT_CASE(vs_packet_test_offset),
	KUNIT_CASE(vs_packet_test_big),
	KUNIT_CASE(vs_packet_test_noise),
	KUNIT_CASE(vs_packet_test_mutants),
	{}
};

static struct kunit_suite vs_packet_suite = {
	.name = "vs-packet",
	.test_cases = vs_packet_cases,
};

kunit_test_suite(vs_packet_suite);

MODULE_DESCRIPTION("vs: tests of its parts");
MODULE_LICENSE("GPL");
