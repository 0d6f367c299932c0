/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: ICMP errors for tests, by code that shares nothing with the module's.
 */
#ifndef _VS_TEST_ICMP_H
#define _VS_TEST_ICMP_H

#include "naive.h"

#define VS_QUOTE_MIN	8

static const struct vs_frame_form vs_linear;

static inline u32 vs_alen(const struct vs_frame *frame)
{
	return frame->family == NFPROTO_IPV4 ? 4 : 16;
}

static inline u8 *vs_src(struct vs_frame *frame)
{
	return frame->bytes + (frame->family == NFPROTO_IPV4 ? 12 : 8);
}

static inline u8 *vs_dst(struct vs_frame *frame)
{
	return vs_src(frame) + vs_alen(frame);
}

/* Computes an error's checksums. */
static inline void vs_error_checks(struct vs_frame *frame)
{
	u64 sum = frame->family == NFPROTO_IPV4 ? 0 : vs_naive_pseudo(frame);

	put_unaligned_be16(0, frame->bytes + frame->l4 + 2);
	sum += vs_naive_sum(frame->bytes + frame->l4, frame->len - frame->l4);
	put_unaligned_be16(~vs_naive_fold(sum), frame->bytes + frame->l4 + 2);
	if (frame->family == NFPROTO_IPV4) {
		put_unaligned_be16(0, frame->bytes + 10);
		sum = vs_naive_sum(frame->bytes, (frame->bytes[0] & 15) * 4);
		put_unaligned_be16(~vs_naive_fold(sum), frame->bytes + 10);
	}
}

/* Puts an error about @cut bytes of a packet behind network headers. */
static inline u8 *vs_frame_error(struct vs_frame *frame, u8 type,
				 const struct vs_frame *inner, u32 cut)
{
	u8 *at;

	frame->protocol = frame->family == NFPROTO_IPV4 ? 1 : 58;
	at = vs_frame_put(frame, frame->protocol, 8 + cut);
	frame->l4 = at - frame->bytes;
	at[0] = type;
	memcpy(at + 8, inner->bytes, cut);
	/* It goes to who sent the packet. */
	if (frame->family == inner->family)
		memcpy(vs_dst(frame), vs_src((struct vs_frame *)inner),
		       vs_alen(frame));
	vs_frame_set_len(frame, frame->len);
	vs_error_checks(frame);
	return at;
}

/* An honest error about a packet without options or extension headers. */
static inline void vs_sample(struct vs_frame *frame, struct vs_frame *inner,
			     u8 family, bool udp)
{
	if (family == NFPROTO_IPV4) {
		vs_frame_ip4(inner, 0);
		vs_frame_ip4(frame, 0);
	} else {
		vs_frame_ip6(inner);
		vs_frame_ip6(frame);
	}
	if (udp)
		vs_frame_udp(inner, 12);
	else
		vs_frame_tcp(inner, VS_TCP_ACK, 12);
	vs_frame_set_len(inner, inner->len);
	vs_naive_checks(inner, VS_CHECK_FULL);
	vs_frame_error(frame, family == NFPROTO_IPV4 ? 3 : 1, inner,
		       inner->len);
}

#endif /* _VS_TEST_ICMP_H */
