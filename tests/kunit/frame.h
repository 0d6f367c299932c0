/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: packets for tests. A frame is built as plain bytes, header after header,
 * by code that shares nothing with the module's; vs_frame_skb() makes an skb of
 * it, linear or in as many pieces as wanted.
 */
#ifndef _VS_TEST_FRAME_H
#define _VS_TEST_FRAME_H

#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/skbuff.h>
#include <linux/unaligned.h>

#define VS_FRAME_MAX	3072

/**
 * struct vs_frame - a packet as bytes, from the network header on
 * @bytes: its bytes
 * @len: how many
 * @l4: where the transport header is
 * @next: where the number of the header to come goes
 * @family: NFPROTO_*
 * @protocol: of the transport header
 */
struct vs_frame {
	u8 bytes[VS_FRAME_MAX];
	u32 len;
	u32 l4;
	u32 next;
	u8 family;
	u8 protocol;
};

/* Appends bytes 0, whose number is @type. */
static inline u8 *vs_frame_put(struct vs_frame *frame, u8 type, u32 len)
{
	u8 *at = frame->bytes + frame->len;

	memset(at, 0, len);
	if (frame->len)
		frame->bytes[frame->next] = type;
	frame->len += len;
	return at;
}

static inline void vs_frame_ip4(struct vs_frame *frame, u32 options)
{
	u8 *at;

	frame->len = 0;
	frame->family = NFPROTO_IPV4;
	at = vs_frame_put(frame, 0, 20 + options * 4);
	memset(at + 20, 1, options * 4);	/* no operation */
	memcpy(at + 12, "\xc6\x33\x64\x07\xcb\x00\x71\x0a", 8);
	at[0] = 0x45 + options;
	at[6] = 0x40;				/* don't fragment */
	at[8] = 64;
	frame->next = 9;
}

static inline void vs_frame_ip6(struct vs_frame *frame)
{
	u8 *at;
	int i;

	frame->len = 0;
	frame->family = NFPROTO_IPV6;
	at = vs_frame_put(frame, 0, 40);
	at[0] = 0x60;
	at[7] = 64;
	for (i = 8; i < 40; i++)
		at[i] = i < 24 ? 0x20 + i : 0xe0 + i;
	frame->next = 6;
}

/* An extension header of @units * 8 + 8 bytes; returns it. */
static inline u8 *vs_frame_ext(struct vs_frame *frame, u8 type, u8 units)
{
	u8 *at = vs_frame_put(frame, type, units * 8 + 8);

	at[1] = units;
	frame->next = at - frame->bytes;
	return at;
}

static inline u8 *vs_frame_tcp(struct vs_frame *frame, u8 flags, u32 payload)
{
	u8 *at = vs_frame_put(frame, IPPROTO_TCP, 20 + payload);

	frame->l4 = at - frame->bytes;
	frame->protocol = IPPROTO_TCP;
	put_unaligned_be16(40001, at);
	put_unaligned_be16(80, at + 2);
	at[12] = 5 << 4;
	at[13] = flags;
	memset(at + 20, 0x55, payload);
	return at;
}

static inline u8 *vs_frame_udp(struct vs_frame *frame, u32 payload)
{
	u8 *at = vs_frame_put(frame, IPPROTO_UDP, 8 + payload);

	frame->l4 = at - frame->bytes;
	frame->protocol = IPPROTO_UDP;
	put_unaligned_be16(40002, at);
	put_unaligned_be16(53, at + 2);
	put_unaligned_be16(8 + payload, at + 4);
	memset(at + 8, 0x55, payload);
	return at;
}

/* The common header; chunks follow. Only an INIT's @vtag is 0. */
static inline u8 *vs_frame_sctp_header(struct vs_frame *frame, u32 vtag)
{
	u8 *at = vs_frame_put(frame, IPPROTO_SCTP, 12);

	frame->l4 = at - frame->bytes;
	frame->protocol = IPPROTO_SCTP;
	put_unaligned_be16(40003, at);
	put_unaligned_be16(38412, at + 2);
	put_unaligned_be32(vtag, at + 4);
	return at;
}

/* A chunk whose length says @len, at least 4, with padding. */
static inline u8 *vs_frame_chunk(struct vs_frame *frame, u8 type, u32 len)
{
	u8 *at = frame->bytes + frame->len;

	memset(at, 0x55, len);
	memset(at + len, 0, 3);
	at[0] = type;
	at[1] = 0;
	put_unaligned_be16(len, at + 2);
	frame->len += (len + 3) & ~3;
	return at;
}

/* ESP or AH: @len bytes of which nothing is to be read. */
static inline u8 *vs_frame_ipsec(struct vs_frame *frame, u8 protocol, u32 len)
{
	u8 *at = vs_frame_put(frame, protocol, len);

	frame->l4 = at - frame->bytes;
	frame->protocol = protocol;
	memset(at, 0x55, len);
	return at;
}

/* Tells the network header how long the packet is. */
static inline void vs_frame_set_len(struct vs_frame *frame, u32 len)
{
	if (frame->family == NFPROTO_IPV4)
		put_unaligned_be16(len, frame->bytes + 2);
	else
		put_unaligned_be16(len - 40, frame->bytes + 4);
}

/**
 * struct vs_frame_form - what the skb of a frame looks like
 * @offset: bytes before the network header
 * @paged: all but the first @head bytes of the frame are in pages
 * @head: how many are not
 * @piece: bytes in each piece of a page, 0 for all in one
 * @fill: what every byte that is no part of the frame is
 */
struct vs_frame_form {
	u32 offset;
	bool paged;
	u32 head;
	u32 piece;
	u8 fill;
};

/* Appends bytes in pieces of one page, with others between them. */
static inline void vs_frame_add_pieces(struct kunit *test, struct sk_buff *skb,
				       const u8 *bytes, u32 len,
				       const struct vs_frame_form *form)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u32 at, piece, offset = 0;

	KUNIT_ASSERT_NOT_NULL(test, page);
	memset(page_address(page), form->fill, PAGE_SIZE);
	for (at = 0; at < len; at += piece) {
		piece = len - at;
		if (form->piece && skb_shinfo(skb)->nr_frags < 12)
			piece = min(piece, form->piece);
		offset += 48;
		memcpy(page_address(page) + offset, bytes + at, piece);
		get_page(page);
		skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, offset,
				piece, piece);
		offset += piece;
	}
	put_page(page);
}

/* The skb of the first @len bytes of a frame; there is no headroom. */
static inline struct sk_buff *vs_frame_skb(struct kunit *test,
					   const struct vs_frame *frame,
					   u32 len,
					   const struct vs_frame_form *form)
{
	u32 head = form->paged ? min(form->head, len) : len;
	struct sk_buff *skb;

	skb = alloc_skb(form->offset + head, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	memset(skb->head, form->fill, skb_end_offset(skb));
	skb_put(skb, form->offset);
	skb_put_data(skb, frame->bytes, head);
	if (head < len)
		vs_frame_add_pieces(test, skb, frame->bytes + head, len - head,
				    form);
	skb_set_network_header(skb, form->offset);
	skb->protocol = htons(frame->family == NFPROTO_IPV4 ? ETH_P_IP :
							      ETH_P_IPV6);
	return skb;
}

#endif /* _VS_TEST_FRAME_H */
