// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of kmod/helper/stream.c, beside a model that keeps every byte:
 * where each byte of the sender's stream is in the receiver's.
 */
#include <kunit/test.h>
#include <linux/prandom.h>

#include "../../kmod/helper/stream.c"

#define STREAM_BYTES	400
#define STREAM_STARTS	4

/* Where streams begin: their numbers pass 0, or change sign. */
static const u32 stream_starts[STREAM_STARTS] = {
	1000, 0xffffff80, 0x7fffff80, 0,
};

/**
 * struct stream_model - a stream byte by byte
 * @start: number of the sender's first byte, and of the receiver's
 * @out: where in the receiver's stream a byte of the sender's begins; inside
 *	of what was replaced the start of that
 * @inside: the byte is replaced, and not the first that is
 */
struct stream_model {
	u32 start;
	u32 out[STREAM_BYTES + 1];
	bool inside[STREAM_BYTES + 1];
};

static void stream_add(struct vs_stream *stream, struct stream_model *model,
		       u32 at, u8 old_len, u8 new_len)
{
	struct vs_edit *edit = &stream->edits[stream->nr_edits++];
	u32 i;

	edit->seq = model->start + at;
	edit->old_len = old_len;
	edit->new_len = new_len;
	for (i = at; i <= STREAM_BYTES; i++) {
		if (i >= at + old_len) {
			model->out[i] += new_len - old_len;
		} else if (i > at) {
			model->inside[i] = true;
			model->out[i] = model->out[at];
		}
	}
}

static void stream_init(struct vs_stream *stream, struct stream_model *model,
			u32 start)
{
	u32 i;

	vs_stream_start(stream, start);
	model->start = start;
	for (i = 0; i <= STREAM_BYTES; i++) {
		model->out[i] = i;
		model->inside[i] = false;
	}
}

/* What the model says of each byte from @first on. */
static void stream_check(struct kunit *test, const struct vs_stream *stream,
			 const struct stream_model *model, u32 first)
{
	u32 i, at = model->start;

	for (i = first; i <= STREAM_BYTES; i++) {
		if (model->inside[i])
			continue;
		KUNIT_ASSERT_EQ(test, vs_stream_out(stream, at + i) - at,
				model->out[i]);
		KUNIT_ASSERT_EQ(test,
				vs_stream_ack(stream, at + model->out[i]) - at,
				i);
	}
}

/* An acknowledgment of a part is never one of more than that part. */
static void stream_check_acks(struct kunit *test,
			      const struct vs_stream *stream,
			      const struct stream_model *model, u32 first)
{
	u32 i, left, right, ack, at = model->start;

	for (i = model->out[first]; i <= model->out[STREAM_BYTES]; i++) {
		ack = vs_stream_ack(stream, at + i) - at;
		KUNIT_ASSERT_LE(test, ack, (u32)STREAM_BYTES);
		KUNIT_ASSERT_FALSE(test, model->inside[ack]);
		KUNIT_ASSERT_LE(test, model->out[ack], i);
		left = at + i;
		right = at + i;
		vs_stream_sack(stream, &left, &right);
		KUNIT_ASSERT_GE(test, model->out[left - at], i);
		KUNIT_ASSERT_GE(test, right - at, left - at);
		KUNIT_ASSERT_FALSE(test, model->inside[left - at]);
	}
}

static void stream_test_random(struct kunit *test)
{
	struct stream_model *model = kunit_kzalloc(test, sizeof(*model),
						   GFP_KERNEL);
	struct vs_stream *stream = kunit_kzalloc(test, sizeof(*stream),
						 GFP_KERNEL);
	struct rnd_state rnd;
	u32 round, start, at, sent, acked;
	u8 old_len, new_len;

	KUNIT_ASSERT_NOT_NULL(test, model);
	KUNIT_ASSERT_NOT_NULL(test, stream);
	prandom_seed_state(&rnd, 3);
	for (round = 0; round < 400; round++) {
		start = stream_starts[round % STREAM_STARTS];
		stream_init(stream, model, start);
		acked = 0;
		for (at = 1; at < STREAM_BYTES - 60; at = sent + 1) {
			at += prandom_u32_state(&rnd) % 40;
			old_len = 1 + prandom_u32_state(&rnd) % 48;
			new_len = 1 + prandom_u32_state(&rnd) % 48;
			if (stream->nr_edits == VS_STREAM_EDITS ||
			    prandom_u32_state(&rnd) % 2) {
				acked = at;
				stream->next = start + at;
				vs_stream_acked(stream, start + model->out[at]);
				KUNIT_ASSERT_EQ(test, stream->nr_edits, 0);
			}
			stream_add(stream, model, at, old_len, new_len);
			sent = at + old_len;
			stream->next = start + sent;
			stream_check(test, stream, model, acked);
			stream_check_acks(test, stream, model, acked);
		}
	}
}

static void stream_test_acked(struct kunit *test)
{
	struct stream_model *model = kunit_kzalloc(test, sizeof(*model),
						   GFP_KERNEL);
	struct vs_stream stream = {};
	u32 start = 0xfffffff0;

	KUNIT_ASSERT_NOT_NULL(test, model);
	stream_init(&stream, model, start);
	stream_add(&stream, model, 5, 10, 17);
	stream_add(&stream, model, 40, 15, 11);
	stream.next = start + 57;

	/* Nothing, a part of the first, and more than was sent. */
	vs_stream_acked(&stream, start);
	vs_stream_acked(&stream, start + 5 + 16);
	vs_stream_acked(&stream, start + 57 + 7 - 4 + 1);
	vs_stream_acked(&stream, start + 0x40000000);
	KUNIT_EXPECT_EQ(test, stream.nr_edits, 2);
	KUNIT_EXPECT_EQ(test, stream.delta, 0);

	vs_stream_acked(&stream, start + 5 + 17);
	KUNIT_EXPECT_EQ(test, stream.nr_edits, 1);
	KUNIT_EXPECT_EQ(test, stream.delta, 7);
	KUNIT_EXPECT_EQ(test, stream.edits[0].seq, start + 40);
	vs_stream_acked(&stream, start + 47 + 10);
	KUNIT_EXPECT_EQ(test, stream.nr_edits, 1);
	vs_stream_acked(&stream, start + 57 + 7 - 4);
	KUNIT_EXPECT_EQ(test, stream.nr_edits, 0);
	KUNIT_EXPECT_EQ(test, stream.delta, 3);
	stream_check(test, &stream, model, 55);
}

/*
 * A segment, however it is cut: it has the whole replacement with the first
 * byte that is replaced, and its number is that of what it has then.
 */
static void stream_test_cut(struct kunit *test)
{
	struct stream_model *model = kunit_kzalloc(test, sizeof(*model),
						   GFP_KERNEL);
	u32 at, len, where, start = 0xfffffff0;
	struct vs_stream stream = {};

	KUNIT_ASSERT_NOT_NULL(test, model);
	stream_init(&stream, model, start);
	stream_add(&stream, model, 20, 10, 17);
	for (at = 0; at < 40; at++) {
		KUNIT_ASSERT_EQ(test, vs_stream_out(&stream, start + at) -
				start, at <= 20 ? at : max(at, 30U) + 7);
		for (len = 0; len < 40; len++) {
			u32 first = max(at, 20U), last = min(at + len, 30U);
			u32 has = last > first ? last - first : 0;

			KUNIT_ASSERT_EQ(test,
					vs_stream_cut(&stream.edits[0],
						      start + at, len, &where),
					has);
			if (has)
				KUNIT_ASSERT_EQ(test, where, first - at);
		}
	}
}

static void stream_test_lines(struct kunit *test)
{
	struct vs_stream *stream = kunit_kzalloc(test, sizeof(*stream),
						 GFP_KERNEL);
	char text[VS_FTP_LINE_MAX + 1];
	unsigned int len = 0;
	const char *line;

	KUNIT_ASSERT_NOT_NULL(test, stream);
	memset(text, 'x', sizeof(text));
	vs_stream_start(stream, 1);
	/* Nothing was carried: it is read where it is. */
	KUNIT_EXPECT_PTR_EQ(test, vs_stream_line(stream, text, 5, &len),
			    (const char *)text);
	KUNIT_EXPECT_EQ(test, len, 5);
	KUNIT_EXPECT_NULL(test, vs_stream_line(stream, text, sizeof(text),
					       &len));

	vs_stream_carry(stream, "PO", 2);
	vs_stream_carry(stream, "", 0);
	vs_stream_carry(stream, "RT", 2);
	line = vs_stream_line(stream, " 1", 2, &len);
	KUNIT_ASSERT_NOT_NULL(test, line);
	KUNIT_EXPECT_EQ(test, len, 6);
	KUNIT_EXPECT_EQ(test, strncmp(line, "PORT 1", 6), 0);
	/* Asked again with other text, it is that. */
	line = vs_stream_line(stream, " 23", 3, &len);
	KUNIT_EXPECT_EQ(test, len, 7);
	KUNIT_EXPECT_EQ(test, strncmp(line, "PORT 23", 7), 0);

	/* The last byte that it may have, and one more. */
	vs_stream_carry(stream, text, VS_FTP_LINE_MAX - 4);
	KUNIT_EXPECT_FALSE(test, stream->is_long);
	KUNIT_EXPECT_NOT_NULL(test, vs_stream_line(stream, text, 0, &len));
	KUNIT_EXPECT_EQ(test, len, VS_FTP_LINE_MAX);
	KUNIT_EXPECT_NULL(test, vs_stream_line(stream, text, 1, &len));
	vs_stream_carry(stream, text, 1);
	KUNIT_EXPECT_TRUE(test, stream->is_long);
	KUNIT_EXPECT_NULL(test, vs_stream_line(stream, text, 0, &len));
}

static struct kunit_case stream_cases[] = {
	KUNIT_CASE(stream_test_random),
	KUNIT_CASE(stream_test_acked),
	KUNIT_CASE(stream_test_cut),
	KUNIT_CASE(stream_test_lines),
	{}
};

static struct kunit_suite stream_suite = {
	.name = "vs-stream",
	.test_cases = stream_cases,
};

kunit_test_suite(stream_suite);
