/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: a frame's checksums, computed in full as RFC 1071 has them.
 */
#ifndef _VS_TEST_NAIVE_H
#define _VS_TEST_NAIVE_H

#include "frame.h"

/* Sum of big-endian words, not folded: plain addition. */
static inline u64 vs_naive_sum(const u8 *bytes, u32 len)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? bytes[i] : bytes[i] << 8;
	return sum;
}

static inline u16 vs_naive_fold(u64 sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static inline u64 vs_naive_pseudo(const struct vs_frame *frame)
{
	const u8 *addrs = frame->bytes + (frame->family == NFPROTO_IPV4 ? 12 :
									  8);
	u32 len = frame->family == NFPROTO_IPV4 ? 8 : 32;

	return vs_naive_sum(addrs, len) + frame->protocol + frame->len -
	       frame->l4;
}

/**
 * enum vs_check_kind - what the transport checksum is
 * @VS_CHECK_FULL: right
 * @VS_CHECK_NONE: 0: there is none
 * @VS_CHECK_PSEUDO: the pseudo header's sum
 */
enum vs_check_kind {
	VS_CHECK_FULL,
	VS_CHECK_NONE,
	VS_CHECK_PSEUDO,
};

static inline u8 *vs_naive_check_at(struct vs_frame *frame)
{
	return frame->bytes + frame->l4 +
	       (frame->protocol == IPPROTO_TCP ? 16 : 6);
}

static inline u16 vs_naive_l4(struct vs_frame *frame)
{
	return ~vs_naive_fold(vs_naive_pseudo(frame) +
			      vs_naive_sum(frame->bytes + frame->l4,
					   frame->len - frame->l4));
}

/* Computes a frame's checksums. */
static inline void vs_naive_checks(struct vs_frame *frame,
				   enum vs_check_kind kind)
{
	u8 *at = vs_naive_check_at(frame);
	u16 check = 0;

	put_unaligned_be16(0, at);
	if (kind == VS_CHECK_FULL) {
		check = vs_naive_l4(frame);
		if (!check && frame->protocol == IPPROTO_UDP)
			check = 0xffff;
	} else if (kind == VS_CHECK_PSEUDO) {
		check = vs_naive_fold(vs_naive_pseudo(frame));
	}
	put_unaligned_be16(check, at);

	if (frame->family == NFPROTO_IPV4) {
		u32 len = (frame->bytes[0] & 15) * 4;

		put_unaligned_be16(0, frame->bytes + 10);
		check = ~vs_naive_fold(vs_naive_sum(frame->bytes, len));
		put_unaligned_be16(check, frame->bytes + 10);
	}
}

#endif /* _VS_TEST_NAIVE_H */
