/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: what a packet is, said by a model that is to be slow and plain: one
 * array, one end, one byte at a time, and numbers as they stand in the RFCs.
 */
#ifndef _VS_TEST_PACKET_MODEL_H
#define _VS_TEST_PACKET_MODEL_H

#include "frame.h"
#include "vs.h"

/* Chunk types of RFC 9260, section 3.2, by the bit that stands for each. */
static inline u8 vs_model_chunk(u8 type)
{
	static const u8 types[] = { 7, 1, 6, 10, 11, 8, 14 };
	int i;

	for (i = 0; i < 7; i++)
		if (types[i] == type)
			return 1 << i;
	return 0;
}

static inline enum vs_parsed vs_model_sctp(const u8 *b, u32 end, u32 off,
					   struct vs_packet *pkt)
{
	bool tag = b[off + 4] || b[off + 5] || b[off + 6] || b[off + 7];
	u32 at = off + 12;
	int nr = 0;

	pkt->flags = 0;
	while (nr < 4 && at + 4 <= end) {
		u32 len = b[at + 2] << 8 | b[at + 3];

		if (nr && (b[at] == 1 || b[off + 12] == 1))
			return VS_PARSED_BROKEN;
		nr++;
		if (b[at] == 0 || b[at] == 64 || len < 4 || at + len > end)
			break;
		pkt->flags |= vs_model_chunk(b[at]);
		at += (len + 3) / 4 * 4;
	}
	if (!nr || tag == !!(pkt->flags & 2))
		return VS_PARSED_BROKEN;
	memcpy(&pkt->tuple.sport, b + off, 2);
	memcpy(&pkt->tuple.dport, b + off + 2, 2);
	pkt->tuple.protocol = 132;
	pkt->protocol = 132;
	pkt->l4 = off;
	return VS_PARSED;
}

static inline enum vs_parsed vs_model_ipsec(u32 off, u8 protocol,
					    struct vs_packet *pkt)
{
	pkt->tuple.sport = htons(500);
	pkt->tuple.dport = htons(500);
	pkt->tuple.protocol = 17;
	pkt->protocol = protocol;
	pkt->flags = 0;
	pkt->l4 = off;
	return VS_PARSED;
}

static inline enum vs_parsed vs_model_l4(const u8 *b, u32 end, u32 off,
					 u8 protocol, struct vs_packet *pkt)
{
	if (protocol == 132)
		return end < off + 12 ? VS_PARSED_BROKEN :
		       vs_model_sctp(b, end, off, pkt);
	if (protocol == 50 || protocol == 51)
		return vs_model_ipsec(off, protocol, pkt);
	if (protocol != 6 && protocol != 17)
		return VS_PARSED_FOREIGN;
	if (end < off + (protocol == 6 ? 20 : 8))
		return VS_PARSED_BROKEN;
	if (protocol == 6) {
		u32 doff = b[off + 12] >> 4;

		if (doff < 5 || off + doff * 4 > end)
			return VS_PARSED_BROKEN;
		pkt->flags = b[off + 13] & 0x17;
	} else {
		pkt->flags = 0;
	}
	memcpy(&pkt->tuple.sport, b + off, 2);
	memcpy(&pkt->tuple.dport, b + off + 2, 2);
	pkt->tuple.protocol = protocol;
	pkt->protocol = protocol;
	pkt->l4 = off;
	return VS_PARSED;
}

/* A first fragment's headers are those of a whole packet. */
static inline enum vs_parsed vs_model_first(enum vs_parsed parsed,
					    const struct vs_packet *pkt)
{
	if (parsed == VS_PARSED &&
	    (pkt->protocol == 50 || pkt->protocol == 51))
		return VS_PARSED_FOREIGN;
	return parsed == VS_PARSED ? VS_PARSED_FRAGMENT : parsed;
}

static inline enum vs_parsed vs_model_ip4(const u8 *b, u32 len,
					  struct vs_packet *pkt)
{
	u32 hdrlen, end, frag;

	if (len < 20)
		return VS_PARSED_BROKEN;
	hdrlen = (b[0] & 15) * 4;
	end = b[2] << 8 | b[3];
	if (b[0] >> 4 != 4 || hdrlen < 20 || end < hdrlen || end > len)
		return VS_PARSED_BROKEN;
	memcpy(&pkt->tuple.src.ip, b + 12, 4);
	memcpy(&pkt->tuple.dst.ip, b + 16, 4);
	pkt->len = end;
	frag = b[6] << 8 | b[7];
	if (frag & 0x1fff)
		return VS_PARSED_FOREIGN;
	if (frag & 0x2000)
		return vs_model_first(vs_model_l4(b, end, hdrlen, b[9], pkt),
				      pkt);
	return vs_model_l4(b, end, hdrlen, b[9], pkt);
}

static inline enum vs_parsed vs_model_chain(const u8 *b, u32 end, u32 off,
					    u8 next, int nr,
					    struct vs_packet *pkt)
{
	u32 len = 8, frag;

	if (next != 0 && next != 43 && next != 44 && next != 60)
		return vs_model_l4(b, end, off, next, pkt);
	if (nr == 8)
		return VS_PARSED_FOREIGN;
	if ((next == 0 && nr) || end < off + 8)
		return VS_PARSED_BROKEN;
	if (next == 44) {
		frag = b[off + 2] << 8 | b[off + 3];
		if (frag & 0xfff8)
			return VS_PARSED_FOREIGN;
		if (frag & 1)
			return vs_model_first(vs_model_chain(b, end, off + 8,
							     b[off], nr + 1,
							     pkt), pkt);
	} else {
		len += b[off + 1] * 8;
	}
	if (next == 43 && b[off + 3])
		return VS_PARSED_FOREIGN;
	if (off + len > end)
		return VS_PARSED_BROKEN;
	return vs_model_chain(b, end, off + len, b[off], nr + 1, pkt);
}

static inline enum vs_parsed vs_model_ip6(const u8 *b, u32 len,
					  struct vs_packet *pkt)
{
	u32 end;

	if (len < 40 || b[0] >> 4 != 6)
		return VS_PARSED_BROKEN;
	end = 40 + (b[4] << 8 | b[5]);
	if (end == 40 && b[6] == 0)
		end = len;
	if (end > len)
		return VS_PARSED_BROKEN;
	memcpy(&pkt->tuple.src, b + 8, 16);
	memcpy(&pkt->tuple.dst, b + 24, 16);
	pkt->len = end;
	return vs_model_chain(b, end, 40, b[6], 0, pkt);
}

static inline enum vs_parsed vs_model(const struct vs_frame *frame, u32 len,
				      struct vs_packet *pkt)
{
	memset(pkt, 0, sizeof(*pkt));
	pkt->tuple.family = frame->family;
	if (frame->family == NFPROTO_IPV4)
		return vs_model_ip4(frame->bytes, len, pkt);
	return vs_model_ip6(frame->bytes, len, pkt);
}

#endif /* _VS_TEST_PACKET_MODEL_H */
