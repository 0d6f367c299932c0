// SPDX-License-Identifier: GPL-2.0-only
/*
 * A segment of a control conn on its way from one end to the other: text that
 * is replaced, and the numbers on either side of that. What the other end has
 * sent counts as well, in acknowledgments.
 *
 * Checksums are changed by what changes, so that a wrong one stays wrong.
 */
#include <net/tcp.h>

#include "helper.h"

static bool is_partial(const struct vs_segment *seg)
{
	return seg->skb->ip_summed == CHECKSUM_PARTIAL &&
	       skb_checksum_start(seg->skb) == (unsigned char *)seg->th;
}

static void set_number(const struct vs_segment *seg, void *at, u32 to)
{
	__be32 old, new = htonl(to);

	memcpy(&old, at, sizeof(old));
	if (old == new)
		return;
	memcpy(at, &new, sizeof(new));
	if (is_partial(seg))
		return;
	/* A sum goes by pairs of bytes from the header's start on. */
	if ((at - (void *)seg->th) % 2) {
		old = (__force __be32)swahb32((__force u32)old);
		new = (__force __be32)swahb32((__force u32)new);
	}
	csum_replace4(&seg->th->check, old, new);
}

/* Tells both headers that there are @diff bytes more. */
static void set_length(struct vs_segment *seg, int diff)
{
	u16 l4_len = seg->len + seg->text - seg->pkt->l4;
	void *l3 = seg->skb->data + seg->pkt->l3;
	__be16 old = htons(l4_len), new = htons(l4_len + diff);
	struct ipv6hdr *ip6 = l3;
	struct iphdr *ip4 = l3;
	__be16 tot_len;

	/* In the pseudo header. A sum that is to go on is not inverted. */
	if (is_partial(seg))
		seg->th->check = (__force __sum16)~seg->th->check;
	csum_replace2(&seg->th->check, old, new);
	if (is_partial(seg))
		seg->th->check = (__force __sum16)~seg->th->check;
	if (seg->pkt->tuple.family == NFPROTO_IPV6) {
		ip6->payload_len = htons(ntohs(ip6->payload_len) + diff);
		return;
	}
	tot_len = htons(ntohs(ip4->tot_len) + diff);
	csum_replace2(&ip4->check, ip4->tot_len, tot_len);
	ip4->tot_len = tot_len;
}

/* As many segments as there are now. */
static void set_segments(const struct vs_segment *seg)
{
	struct skb_shared_info *shinfo = skb_shinfo(seg->skb);

	if (!skb_is_gso(seg->skb))
		return;
	if (seg->len > shinfo->gso_size)
		shinfo->gso_segs = DIV_ROUND_UP(seg->len, shinfo->gso_size);
	else
		skb_gso_reset(seg->skb);
}

/* Return: 0 or -ENOMEM. */
static int make_room(struct vs_segment *seg, int diff)
{
	int lacks = diff - skb_tailroom(seg->skb);

	if (lacks <= 0)
		return 0;
	if (pskb_expand_head(seg->skb, 0, lacks, GFP_ATOMIC))
		return -ENOMEM;
	seg->th = (struct tcphdr *)(seg->skb->data + seg->pkt->l4);
	return 0;
}

/* Return: length of the text that comes into a segment. */
static unsigned int comes(const struct vs_segment *seg,
			  const struct vs_edit *edit)
{
	return before(edit->seq, seg->seq) ? 0 : edit->new_len;
}

/*
 * The segment is linear and ours, and has @old_len bytes at @start of what is
 * to be replaced. Return: 0 or -ENOMEM.
 */
static int replace(struct vs_segment *seg, const struct vs_edit *edit,
		   u32 start, u32 old_len)
{
	u32 rest = seg->len - start - old_len;
	u32 new_len = comes(seg, edit);
	int diff = (int)new_len - (int)old_len;
	struct sk_buff *skb = seg->skb;
	__wsum old_sum, new_sum;
	u8 *at;

	if (make_room(seg, diff))
		return -ENOMEM;
	old_sum = csum_partial(skb->data + seg->text, seg->len, 0);
	at = skb->data + seg->text + start;
	if (diff > 0)
		skb_put(skb, diff);
	memmove(at + new_len, at + old_len, rest);
	memcpy(at, edit->text, new_len);
	if (diff < 0)
		skb_trim(skb, skb->len + diff);
	new_sum = csum_partial(skb->data + seg->text, seg->len + diff, 0);
	if (!is_partial(seg))
		csum_replace_by_diff(&seg->th->check,
				     csum_sub(new_sum, old_sum));
	set_length(seg, diff);
	seg->len += diff;
	set_segments(seg);
	/* Whoever wants to know has to add it up anew. */
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	return 0;
}

/* From the end on: what comes before a replacement stays where it is. */
static int replace_all(struct vs_segment *seg)
{
	const struct vs_stream *stream = seg->stream;
	unsigned int i = stream->nr_edits;
	u32 at, old_len;
	int err;

	while (i--) {
		old_len = vs_stream_cut(&stream->edits[i], seg->seq, seg->len,
					&at);
		if (!old_len)
			continue;
		/* Its stream has got a replacement just now: next time. */
		if (!seg->is_ours)
			return -EAGAIN;
		err = replace(seg, &stream->edits[i], at, old_len);
		if (err)
			return err;
	}
	return 0;
}

/**
 * vs_segment_growth() - what a segment grows by when it is translated
 * @seg: the segment; its text has been read
 *
 * Context: BH off, with the conn's helper locked.
 *
 * Return: bytes; 0 if it shrinks.
 */
unsigned int vs_segment_growth(const struct vs_segment *seg)
{
	const struct vs_edit *edit;
	unsigned int i;
	int growth = 0;
	u32 at, cut;

	for (i = 0; i < seg->stream->nr_edits; i++) {
		edit = &seg->stream->edits[i];
		cut = vs_stream_cut(edit, seg->seq, seg->len, &at);
		if (cut)
			growth += (int)comes(seg, edit) - (int)cut;
	}
	return max(growth, 0);
}

static bool is_plain(const struct vs_stream *stream)
{
	return !stream->delta && !stream->nr_edits;
}

/* The blocks of one option, whose length is @len. */
static void set_sack(const struct vs_segment *seg,
		     const struct vs_stream *other, u8 *option,
		     unsigned int len)
{
	unsigned int at;
	u32 left, right;

	for (at = 2; at + 8 <= len; at += 8) {
		left = get_unaligned_be32(option + at);
		right = get_unaligned_be32(option + at + 4);
		vs_stream_sack(other, &left, &right);
		set_number(seg, option + at, left);
		set_number(seg, option + at + 4, right);
	}
}

static void set_sacks(const struct vs_segment *seg,
		      const struct vs_stream *other)
{
	u8 *at = (u8 *)(seg->th + 1);
	u8 *end = seg->skb->data + seg->text;

	while (end - at >= 2 && *at != TCPOPT_EOL) {
		if (*at == TCPOPT_NOP) {
			at++;
			continue;
		}
		if (at[1] < 2 || at[1] > end - at)
			return;
		if (at[0] == TCPOPT_SACK)
			set_sack(seg, other, at, at[1]);
		at += at[1];
	}
}

/* What it acknowledges, as the other end counts. */
static void set_ack(const struct vs_segment *seg)
{
	struct vs_stream *other =
		&seg->conn->helper->streams[!seg->from];
	u32 ack = ntohl(seg->th->ack_seq);

	if (!seg->th->ack || is_plain(other))
		return;
	set_number(seg, &seg->th->ack_seq, vs_stream_ack(other, ack));
	set_sacks(seg, other);
	vs_stream_acked(other, ack);
}

/**
 * vs_segment_prepare() - make headers, and text that is read, linear and ours
 * @seg: the segment: @conn, @stream, @skb, @pkt and @from are set, the rest
 *	will be
 *
 * Context: RCU read side, BH off; allocates without waiting.
 *
 * Return: 0 or -errno.
 */
int vs_segment_prepare(struct vs_segment *seg)
{
	struct sk_buff *skb = seg->skb;
	u32 end = seg->pkt->l3 + seg->pkt->len;
	u32 l4 = seg->pkt->l4;

	/* What is behind the packet's end is none of it. */
	if (skb->len > end && pskb_trim_rcsum(skb, end))
		return -ENOMEM;
	if (skb_ensure_writable(skb, l4 + sizeof(struct tcphdr)))
		return -ENOMEM;
	seg->text = l4 + ((struct tcphdr *)(skb->data + l4))->doff * 4;
	/* It may be in pages, and no more what the parser saw. */
	if (seg->text < l4 + sizeof(struct tcphdr) || seg->text > end)
		return -EINVAL;
	seg->len = end - seg->text;
	/* Long ones are not read, but may bring again what was. */
	seg->is_ours = seg->len <= VS_SEGMENT_TEXT_MAX ||
		       READ_ONCE(seg->stream->nr_edits);
	if (skb_ensure_writable(skb, seg->is_ours ? end : seg->text))
		return -ENOMEM;
	if (seg->is_ours && skb_linearize(skb))
		return -ENOMEM;
	seg->th = (struct tcphdr *)(skb->data + l4);
	seg->seq = ntohl(seg->th->seq) + seg->th->syn;
	return 0;
}

/**
 * vs_segment_translate() - make a sender's segment the receiver's
 * @seg: the segment; its text has been read
 *
 * Context: BH off, with the conn's helper locked.
 *
 * Return: 0, or -errno if it is to be dropped.
 */
int vs_segment_translate(struct vs_segment *seg)
{
	u32 seq = ntohl(seg->th->seq);
	int err;

	if (!is_plain(seg->stream)) {
		/* Before its length is another's. */
		set_number(seg, &seg->th->seq, vs_stream_out(seg->stream, seq));
		err = replace_all(seg);
		if (err)
			return err;
	}
	set_ack(seg);
	return 0;
}
