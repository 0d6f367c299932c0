// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TCP stream in which text was replaced by text of another length. Past it
 * the sender and the receiver count differently; what one says is put into the
 * other's numbers. A replacement is kept until the receiver has acknowledged
 * it, so that a retransmission gets it again; from then on only the difference
 * counts, since what comes before it is never looked at any more.
 */
#include <net/tcp.h>

#include "helper.h"

/* What a replacement adds to the numbers after it. */
static u32 edit_delta(const struct vs_edit *edit)
{
	return (u32)edit->new_len - edit->old_len;
}

/**
 * vs_stream_start() - a stream begins, or is begun to be followed
 * @stream: the stream
 * @next: where
 *
 * Context: any, as for all of these with the conn's helper locked.
 */
void vs_stream_start(struct vs_stream *stream, u32 next)
{
	stream->next = next;
	stream->delta = 0;
	stream->nr_edits = 0;
	stream->carried = 0;
	stream->stuck = 0;
	stream->is_long = false;
	stream->is_known = true;
}

/**
 * vs_stream_out() - the receiver's number of what a sender numbers
 * @stream: the sender's stream
 * @seq: the sender's number
 *
 * Return: the receiver's; of what is inside of what is replaced, the number
 * after the replacement, which comes with the first byte.
 */
u32 vs_stream_out(const struct vs_stream *stream, u32 seq)
{
	const struct vs_edit *edit;
	u32 delta = stream->delta;
	unsigned int i;

	for (i = 0; i < stream->nr_edits; i++) {
		edit = &stream->edits[i];
		if (!after(seq, edit->seq))
			break;
		if (before(seq, edit->seq + edit->old_len))
			seq = edit->seq + edit->old_len;
		delta += edit_delta(edit);
	}
	return seq + delta;
}

/* If @up is set the end of what was replaced stands for all inside, or else
 * its start.
 */
static u32 stream_back(const struct vs_stream *stream, u32 seq, bool up)
{
	const struct vs_edit *edit;
	unsigned int i;

	seq -= stream->delta;
	for (i = 0; i < stream->nr_edits; i++) {
		edit = &stream->edits[i];
		if (!after(seq, edit->seq))
			break;
		if (before(seq, edit->seq + edit->new_len))
			return up ? edit->seq + edit->old_len : edit->seq;
		seq -= edit_delta(edit);
	}
	return seq;
}

/**
 * vs_stream_ack() - the sender's number of what a receiver acknowledges
 * @stream: the sender's stream
 * @ack: the receiver's number
 *
 * Return: the sender's. It never covers what the receiver has not got.
 */
u32 vs_stream_ack(const struct vs_stream *stream, u32 ack)
{
	return stream_back(stream, ack, false);
}

/**
 * vs_stream_sack() - likewise for a block that is acknowledged by itself
 * @stream: the sender's stream
 * @left: its start
 * @right: its end
 */
void vs_stream_sack(const struct vs_stream *stream, u32 *left, u32 *right)
{
	*left = stream_back(stream, *left, true);
	*right = stream_back(stream, *right, false);
	if (before(*right, *left))
		*right = *left;
}

/**
 * vs_stream_acked() - forget replacements that have arrived
 * @stream: the sender's stream
 * @ack: what the receiver acknowledged, in its own numbers
 */
void vs_stream_acked(struct vs_stream *stream, u32 ack)
{
	struct vs_edit *first = &stream->edits[0];

	/* Nobody acknowledges what was not sent. */
	if (after(ack, vs_stream_out(stream, stream->next)))
		return;
	while (stream->nr_edits && !before(ack - stream->delta,
					   first->seq + first->new_len)) {
		stream->delta += edit_delta(first);
		stream->nr_edits--;
		memmove(first, first + 1, stream->nr_edits * sizeof(*first));
	}
}

/**
 * vs_stream_cut() - what a segment has of the text that a replacement is for
 * @edit: the replacement
 * @seq: the segment's number, as the sender counts
 * @len: its length
 * @at: set to where in the segment that is
 *
 * A retransmission may be cut anywhere. The replacement goes with the first
 * byte, all of it; what has but others loses them.
 *
 * Return: how many bytes, 0 if it has none.
 */
unsigned int vs_stream_cut(const struct vs_edit *edit, u32 seq, u32 len,
			   u32 *at)
{
	u32 start = edit->seq, end = edit->seq + edit->old_len;

	if (before(start, seq))
		start = seq;
	if (after(end, seq + len))
		end = seq + len;
	*at = start - seq;
	return after(end, start) ? end - start : 0;
}

/**
 * vs_stream_line() - a line as a whole, of which some may have come before
 * @stream: its stream
 * @text: the rest of the line, or all of it
 * @len: its length
 * @line_len: set to the line's
 *
 * What was carried stays, so that the same can be asked again.
 *
 * Return: the line, or NULL if it is too long to be read.
 */
const char *vs_stream_line(struct vs_stream *stream, const char *text,
			   unsigned int len, unsigned int *line_len)
{
	if (stream->is_long || len > sizeof(stream->line) - stream->carried)
		return NULL;
	*line_len = stream->carried + len;
	if (!stream->carried)
		return text;
	memcpy(stream->line + stream->carried, text, len);
	return stream->line;
}

/**
 * vs_stream_carry() - keep what has no end yet
 * @stream: its stream
 * @text: what goes on from what is kept already
 * @len: its length
 */
void vs_stream_carry(struct vs_stream *stream, const char *text,
		     unsigned int len)
{
	if (len > sizeof(stream->line) - stream->carried)
		stream->is_long = true;
	if (stream->is_long)
		return;
	memcpy(stream->line + stream->carried, text, len);
	stream->carried += len;
}
