// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: tests of packet.c with SCTP, ESP and AH; see packet_test.c.
 */

#include <linux/module.h>
#include <net/ipv6.h>

#include "packet_check.h"

#define VS_SAMPLES	6

static void vs_sample(struct vs_frame *frame, int nr)
{
	if (nr % 2)
		vs_frame_ip6(frame);
	else
		vs_frame_ip4(frame, nr == 2 ? 3 : 0);
	if (nr == 3 || nr == 5)
		vs_frame_ext(frame, NEXTHDR_DEST, 1);
	if (nr == 4) {
		vs_frame_ipsec(frame, IPPROTO_ESP, 30);
	} else if (nr == 5) {
		vs_frame_ipsec(frame, IPPROTO_AH, 30);
	} else if (nr == 0) {
		vs_frame_sctp_header(frame, 0);
		vs_frame_chunk(frame, 1, 23);
	} else {
		vs_frame_sctp_header(frame, 0x66);
		vs_frame_chunk(frame, nr == 1 ? 10 : 3, 18);
		vs_frame_chunk(frame, nr == 3 ? 0 : 7, 9);
		vs_frame_chunk(frame, 8, 4);
	}
	vs_frame_set_len(frame, frame->len);
}

/* The bits that a sample's chunks have, and whose conn is looked for. */
static void vs_packet_test_samples(struct kunit *test)
{
	static const u8 flags[] = {
		VS_SCTP_INIT,
		VS_SCTP_COOKIE_ECHO | VS_SCTP_SHUTDOWN | VS_SCTP_SHUTDOWN_ACK,
		VS_SCTP_SHUTDOWN | VS_SCTP_SHUTDOWN_ACK,
		0, 0, 0,
	};
	struct vs_frame *frame = vs_frame_alloc(test);
	struct vs_packet pkt;
	struct sk_buff *skb;
	int nr;

	for (nr = 0; nr < VS_SAMPLES; nr++) {
		bool sctp = nr < 4;

		vs_sample(frame, nr);
		skb = vs_frame_skb(test, frame, frame->len, &vs_linear);
		KUNIT_EXPECT_EQ(test,
				vs_packet_parse(skb, frame->family, &pkt),
				VS_PARSED);
		kfree_skb(skb);
		KUNIT_EXPECT_EQ(test, pkt.protocol, frame->protocol);
		KUNIT_EXPECT_EQ(test, pkt.tuple.protocol,
				sctp ? IPPROTO_SCTP : IPPROTO_UDP);
		KUNIT_EXPECT_EQ(test, vs_packet_follows(&pkt), !sctp);
		KUNIT_EXPECT_EQ(test, ntohs(pkt.tuple.sport),
				sctp ? 40003 : 500);
		KUNIT_EXPECT_EQ(test, ntohs(pkt.tuple.dport),
				sctp ? 38412 : 500);
		KUNIT_EXPECT_EQ(test, pkt.l4, frame->l4);
		KUNIT_EXPECT_EQ(test, pkt.len, frame->len);
		KUNIT_EXPECT_EQ(test, pkt.flags, flags[nr]);
	}
}

/**
 * struct vs_sctp_case - a row of chunks
 * @name: what is special
 * @vtag: the verification tag
 * @chunks: type and length of each, as the chunk says; 0 ends the row
 * @cut: bytes missing at the end, with the length as it is then
 * @want: what it is
 * @flags: and VS_SCTP_* of it
 */
struct vs_sctp_case {
	const char *name;
	u32 vtag;
	struct {
		u8 type;
		u16 len;
	} chunks[7];
	u32 cut;
	enum vs_parsed want;
	u8 flags;
};

static const struct vs_sctp_case vs_sctp_cases[] = {
	{ "no chunk", 1, { { } }, 0, VS_PARSED_BROKEN },
	{ "no chunk, no tag", 0, { { } }, 0, VS_PARSED_BROKEN },
	{ "half a header", 1, { { } }, 3, VS_PARSED_BROKEN },
	{ "half a chunk's header", 1, { { 3, 4 } }, 1, VS_PARSED_BROKEN },
	{ "INIT", 0, { { 1, 20 } }, 0, VS_PARSED, VS_SCTP_INIT },
	{ "INIT with a tag", 1, { { 1, 20 } }, 0, VS_PARSED_BROKEN },
	{ "INIT and another", 0, { { 1, 20 }, { 1, 20 } }, 0,
	  VS_PARSED_BROKEN },
	{ "INIT and data", 0, { { 1, 20 }, { 0, 20 } }, 0, VS_PARSED_BROKEN },
	{ "INIT second", 1, { { 10, 20 }, { 1, 20 } }, 0, VS_PARSED_BROKEN },
	{ "INIT second, no tag", 0, { { 10, 20 }, { 1, 20 } }, 0,
	  VS_PARSED_BROKEN },
	{ "INIT cut", 0, { { 1, 20 } }, 1, VS_PARSED_BROKEN },
	{ "INIT ACK", 1, { { 2, 20 } }, 0, VS_PARSED, 0 },
	{ "INIT ACK without a tag", 0, { { 2, 20 } }, 0, VS_PARSED_BROKEN },
	{ "data", 1, { { 0, 17 } }, 0, VS_PARSED, 0 },
	{ "data without a tag", 0, { { 0, 17 } }, 0, VS_PARSED_BROKEN },
	{ "data cut", 1, { { 0, 900 } }, 800, VS_PARSED, 0 },
	{ "other data", 1, { { 64, 20 }, { 6, 4 } }, 0, VS_PARSED, 0 },
	{ "shutdown after data", 1, { { 0, 20 }, { 7, 8 } }, 0, VS_PARSED, 0 },
	{ "ABORT", 1, { { 6, 4 } }, 0, VS_PARSED, VS_SCTP_ABORT },
	{ "ABORT after others", 1, { { 10, 9 }, { 9, 5 }, { 6, 4 } }, 0,
	  VS_PARSED, VS_SCTP_COOKIE_ECHO | VS_SCTP_ABORT },
	{ "ABORT fourth", 1, { { 3, 16 }, { 3, 16 }, { 3, 16 }, { 6, 4 } }, 0,
	  VS_PARSED, VS_SCTP_ABORT },
	{ "ABORT fifth", 1, { { 3, 16 }, { 3, 16 }, { 3, 16 }, { 3, 16 },
	  { 6, 4 } }, 0, VS_PARSED, 0 },
	{ "COOKIE ECHO, data", 1, { { 10, 100 }, { 0, 30 } }, 0, VS_PARSED,
	  VS_SCTP_COOKIE_ECHO },
	{ "authenticated COOKIE ECHO", 1, { { 15, 28 }, { 10, 100 } }, 0,
	  VS_PARSED, VS_SCTP_COOKIE_ECHO },
	{ "COOKIE ACK, SACK", 1, { { 11, 4 }, { 3, 16 } }, 0, VS_PARSED,
	  VS_SCTP_COOKIE_ACK },
	{ "SHUTDOWN", 1, { { 7, 8 } }, 0, VS_PARSED, VS_SCTP_SHUTDOWN },
	{ "SACK, SHUTDOWN", 1, { { 3, 16 }, { 7, 8 } }, 0, VS_PARSED,
	  VS_SCTP_SHUTDOWN },
	{ "SHUTDOWN ACK", 1, { { 8, 4 } }, 0, VS_PARSED, VS_SCTP_SHUTDOWN_ACK },
	{ "SHUTDOWN COMPLETE", 1, { { 14, 4 } }, 0, VS_PARSED,
	  VS_SCTP_SHUTDOWN_COMPLETE },
	{ "length 0", 1, { { 7, 0 } }, 0, VS_PARSED, 0 },
	{ "length 3", 1, { { 7, 3 } }, 0, VS_PARSED, 0 },
	{ "length past the end", 1, { { 7, 8 } }, 1, VS_PARSED, 0 },
	{ "padding cut", 1, { { 7, 9 } }, 3, VS_PARSED, VS_SCTP_SHUTDOWN },
	{ "unknown", 1, { { 63, 8 }, { 255, 8 }, { 7, 8 } }, 0, VS_PARSED,
	  VS_SCTP_SHUTDOWN },
};

static void vs_packet_test_sctp(struct kunit *test)
{
	struct vs_frame_form paged = { .paged = true, .head = 21, .piece = 5 };
	struct vs_frame *frame = vs_frame_alloc(test);
	enum vs_parsed got;
	struct vs_packet pkt;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(vs_sctp_cases); i++) {
		const struct vs_sctp_case *c = &vs_sctp_cases[i];

		if (i % 2)
			vs_frame_ip4(frame, 0);
		else
			vs_frame_ip6(frame);
		vs_frame_sctp_header(frame, c->vtag);
		for (j = 0; c->chunks[j].type || c->chunks[j].len; j++) {
			u8 *at = vs_frame_chunk(frame, c->chunks[j].type,
						max(c->chunks[j].len, (u16)4));

			put_unaligned_be16(c->chunks[j].len, at + 2);
		}
		frame->len -= c->cut;
		vs_frame_set_len(frame, frame->len);
		got = vs_check(test, frame, frame->len, vs_linear, c->name);
		KUNIT_EXPECT_EQ_MSG(test, got, c->want, "%s", c->name);
		vs_check(test, frame, frame->len, paged, c->name);
		if (c->want != VS_PARSED)
			continue;
		vs_model(frame, frame->len, &pkt);
		KUNIT_EXPECT_EQ_MSG(test, pkt.flags, c->flags, "%s", c->name);
	}
}

/* The model knows how much of each is enough. */
static void vs_packet_test_cut(struct kunit *test)
{
	struct vs_frame_form paged = { .paged = true, .piece = 9 };
	struct vs_frame *frame = vs_frame_alloc(test);
	int nr;
	u32 len;

	for (nr = 0; nr < VS_SAMPLES; nr++) {
		vs_sample(frame, nr);
		for (len = 0; len < frame->len; len++)
			KUNIT_EXPECT_EQ(test, vs_check(test, frame, len, paged,
						       "cut"),
					VS_PARSED_BROKEN);
		for (len = nr % 2 ? 40 : 20; len < frame->len; len++) {
			vs_frame_set_len(frame, len);
			vs_check(test, frame, len, vs_linear, "short");
			vs_check(test, frame, len, paged, "short");
			vs_check(test, frame, frame->len, vs_linear, "padded");
		}
	}
}

static void vs_packet_test_pieces(struct kunit *test)
{
	struct vs_frame_form form = { .paged = true };
	static const u32 pieces[] = { 0, 1, 3, 16 };
	struct vs_frame *frame = vs_frame_alloc(test);
	int nr, i;

	for (nr = 0; nr < VS_SAMPLES; nr++) {
		vs_sample(frame, nr);
		for (i = 0; i < ARRAY_SIZE(pieces); i++) {
			form.piece = pieces[i];
			form.offset = i * 14;
			for (form.head = 0; form.head <= frame->len;
			     form.head++)
				vs_check(test, frame, frame->len, form,
					 "paged");
		}
	}
}

static void vs_packet_test_changed(struct kunit *test)
{
	struct vs_frame *frame = vs_frame_alloc(test);
	struct vs_frame_form form = {};
	struct rnd_state rnd;
	int i, j;

	prandom_seed_state(&rnd, 4713);
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

/* Chunks of any types and lengths, often ones that mean something. */
static void vs_packet_test_chunks(struct kunit *test)
{
	struct vs_frame *frame = vs_frame_alloc(test);
	struct vs_frame_form form = {};
	struct rnd_state rnd;
	int i, j;

	prandom_seed_state(&rnd, 4714);
	for (i = 0; i < VS_FUZZ_ROUNDS; i++) {
		vs_frame_ip4(frame, 0);
		vs_frame_sctp_header(frame, prandom_u32_state(&rnd) % 2);
		for (j = prandom_u32_state(&rnd) % 7; j; j--) {
			u8 *at = vs_frame_chunk(frame,
						prandom_u32_state(&rnd) % 16,
						prandom_u32_state(&rnd) % 20 +
						4);

			if (prandom_u32_state(&rnd) % 8 == 0)
				at[3] = prandom_u32_state(&rnd) % 32;
		}
		vs_frame_set_len(frame, frame->len);
		vs_fuzz_form(&rnd, &form);
		vs_check(test, frame, frame->len, form, "chunks");
	}
}

static struct kunit_case vs_packet_other_cases[] = {
	KUNIT_CASE(vs_packet_test_samples),
	KUNIT_CASE(vs_packet_test_sctp),
	KUNIT_CASE(vs_packet_test_cut),
	KUNIT_CASE(vs_packet_test_pieces),
	KUNIT_CASE(vs_packet_test_changed),
	KUNIT_CASE(vs_packet_test_chunks),
	{}
};

static struct kunit_suite vs_packet_other_suite = {
	.name = "vs-packet-other",
	.test_cases = vs_packet_other_cases,
};

kunit_test_suite(vs_packet_other_suite);
