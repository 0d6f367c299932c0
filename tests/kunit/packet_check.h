/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: compares what the parser says of a frame with what the model says.
 */
#ifndef _VS_TEST_PACKET_CHECK_H
#define _VS_TEST_PACKET_CHECK_H

#include "vs.h"

#include "frame.h"
#include "packet_model.h"

/* Everything that is set with @parsed, and nothing else, is compared. */
static inline bool vs_same(const struct vs_packet *a,
			   const struct vs_packet *b, enum vs_parsed parsed)
{
	int len = a->tuple.family == NFPROTO_IPV4 ? 4 : 16;

	if (parsed != VS_PARSED && parsed != VS_PARSED_FRAGMENT)
		return true;
	if (a->tuple.family != b->tuple.family ||
	    a->tuple.protocol != b->tuple.protocol ||
	    memcmp(&a->tuple.src, &b->tuple.src, len) ||
	    memcmp(&a->tuple.dst, &b->tuple.dst, len) ||
	    a->l3 != b->l3 || a->len != b->len ||
	    a->protocol != b->protocol)
		return false;
	return a->tuple.sport == b->tuple.sport &&
	       a->tuple.dport == b->tuple.dport && a->l4 == b->l4 &&
	       a->flags == b->flags;
}

/*
 * Parses the first @len bytes of a frame as an skb of @form. Twice, with other
 * bytes around them, which must make no difference: what they are is seen only
 * by reading what is not the packet's.
 */
static inline enum vs_parsed
vs_check(struct kunit *test, const struct vs_frame *frame, u32 len,
	 struct vs_frame_form form, const char *what)
{
	static const u8 fills[] = { 0x00, 0x66 };
	enum vs_parsed got, want;
	struct vs_packet a, b;
	struct sk_buff *skb;
	int i;

	want = vs_model(frame, len, &b);
	b.l3 = form.offset;
	b.l4 += form.offset;
	for (i = 0; i < ARRAY_SIZE(fills); i++) {
		form.fill = fills[i];
		memset(&a, fills[i], sizeof(a));
		skb = vs_frame_skb(test, frame, len, &form);
		got = vs_packet_parse(skb, frame->family, &a);
		kfree_skb(skb);
		KUNIT_EXPECT_EQ_MSG(test, got, want,
				    "%s: len %u offset %u head %d piece %u",
				    what, len, form.offset,
				    form.paged ? (int)form.head : -1,
				    form.piece);
		KUNIT_EXPECT_TRUE_MSG(test, got != want || vs_same(&a, &b, got),
				      "%s: len %u offset %u head %d piece %u",
				      what, len, form.offset,
				      form.paged ? (int)form.head : -1,
				      form.piece);
	}
	return got;
}

static const struct vs_frame_form vs_linear;

static inline struct vs_frame *vs_frame_alloc(struct kunit *test)
{
	struct vs_frame *frame;

	frame = kunit_kzalloc(test, sizeof(*frame), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, frame);
	return frame;
}

#define VS_FUZZ_ROUNDS	4000

static inline void vs_fuzz_form(struct rnd_state *rnd,
				struct vs_frame_form *form)
{
	form->offset = prandom_u32_state(rnd) % 8 * 2;
	form->paged = prandom_u32_state(rnd) % 2;
	form->head = prandom_u32_state(rnd) % 80;
	form->piece = prandom_u32_state(rnd) % 24;
}

#endif /* _VS_TEST_PACKET_CHECK_H */
