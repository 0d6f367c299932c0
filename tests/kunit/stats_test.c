// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: tests of stats.c.
 */

#include <linux/module.h>

#include "../../kmod/stats.c"
#include "frame.h"

static void vs_stats_test_sum(struct kunit *test)
{
	struct vs_stats_cpu __percpu *stats = vs_stats_alloc();
	struct vs_stats sum = { 1, 2, 3, 4, 5 };
	u64 nr = 0;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, (void __force *)stats);
	for_each_possible_cpu(i) {
		struct vs_stats_cpu *cpu = per_cpu_ptr(stats, i);

		KUNIT_EXPECT_EQ(test, u64_stats_read(&cpu->conns), 0);
		u64_stats_add(&cpu->conns, 10);
		u64_stats_add(&cpu->in_packets, U32_MAX / 2);
		u64_stats_add(&cpu->in_packets, U32_MAX / 2);
		u64_stats_add(&cpu->in_packets, U32_MAX / 2);
		u64_stats_add(&cpu->in_bytes, 8);
		u64_stats_add(&cpu->out_packets, 7);
		u64_stats_add(&cpu->out_bytes, 9);
		nr++;
	}
	vs_stats_sum(&sum, stats);
	KUNIT_EXPECT_EQ(test, sum.conns, 1 + nr * 10);
	KUNIT_EXPECT_EQ(test, sum.in_packets, 2 + nr * (U32_MAX / 2) * 3);
	KUNIT_EXPECT_EQ(test, sum.in_bytes, 3 + nr * 8);
	KUNIT_EXPECT_EQ(test, sum.out_packets, 4 + nr * 7);
	KUNIT_EXPECT_EQ(test, sum.out_bytes, 5 + nr * 9);
	free_percpu(stats);
}

/**
 * struct vs_gso_case - how many packets a packet counts as
 * @size: skb_shinfo()->gso_size, 0 if it is none of GSO
 * @segs: skb_shinfo()->gso_segs
 * @udp: UDP, else TCP
 * @data: bytes after its headers
 * @want: packets
 */
struct vs_gso_case {
	u16 size;
	u16 segs;
	bool udp;
	u32 data;
	u64 want;
};

static const struct vs_gso_case vs_gso_cases[] = {
	{ 0, 0, false, 2800, 1 },
	{ 0, 0, true, 2800, 1 },
	{ 1400, 2, false, 2800, 2 },
	{ 1399, 3, true, 2800, 3 },
	{ 1400, 0, false, 2800, 2 },	/* a guest's: nobody counted */
	{ 1399, 0, false, 2800, 3 },
	{ 1400, 0, true, 2800, 2 },
	{ 1399, 0, true, 2800, 3 },
	{ 2800, 0, true, 2800, 1 },
	{ 65535, 0, false, 2800, 1 },
	{ 1, 0, false, 2800, 2800 },
	{ 1400, 0, false, 0, 1 },
	{ 1400, 0, true, 0, 1 },
};

static void vs_stats_test_gso(struct kunit *test)
{
	struct vs_frame *frame = kunit_kzalloc(test, sizeof(*frame),
					       GFP_KERNEL);
	struct vs_frame_form form = { .offset = 14 };
	struct vs_stats_cpu __percpu *stats;
	struct vs_packet pkt;
	struct sk_buff *skb;
	struct vs_stats sum;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, frame);
	for (i = 0; i < ARRAY_SIZE(vs_gso_cases); i++) {
		const struct vs_gso_case *c = &vs_gso_cases[i];

		vs_frame_ip4(frame, 3);
		if (c->udp)
			vs_frame_udp(frame, c->data);
		else	/* with options */
			vs_frame_tcp(frame, 0, c->data + 12)[12] = 8 << 4;
		vs_frame_set_len(frame, frame->len);
		skb = vs_frame_skb(test, frame, frame->len, &form);
		skb_shinfo(skb)->gso_size = c->size;
		skb_shinfo(skb)->gso_segs = c->segs;
		KUNIT_EXPECT_EQ(test, vs_packet_parse(skb, NFPROTO_IPV4, &pkt),
				VS_PARSED);

		stats = vs_stats_alloc();
		KUNIT_ASSERT_NOT_NULL(test, (void __force *)stats);
		memset(&sum, 0, sizeof(sum));
		local_bh_disable();
		vs_stats_conn(stats);
		vs_stats_in(stats, vs_stats_packets(skb, &pkt), pkt.len);
		vs_stats_in(stats, vs_stats_packets(skb, &pkt), pkt.len);
		vs_stats_out(stats, vs_stats_packets(skb, &pkt), pkt.len);
		local_bh_enable();
		vs_stats_sum(&sum, stats);
		free_percpu(stats);
		kfree_skb(skb);

		KUNIT_EXPECT_EQ(test, sum.conns, 1);
		KUNIT_EXPECT_EQ_MSG(test, sum.in_packets, 2 * c->want,
				    "case %d", i);
		KUNIT_EXPECT_EQ(test, sum.in_bytes, 2 * frame->len);
		KUNIT_EXPECT_EQ_MSG(test, sum.out_packets, c->want, "case %d",
				    i);
		KUNIT_EXPECT_EQ(test, sum.out_bytes, frame->len);
	}
}

static void vs_stats_test_drops(struct kunit *test)
{
	struct vs_drops __percpu *drops = vs_drops_alloc();
	int i, j;

	KUNIT_ASSERT_NOT_NULL(test, (void __force *)drops);
	local_bh_disable();
	for (i = 0; i < VS_DROP_MAX; i++)
		for (j = 0; j <= i; j++)
			vs_drops_count(drops, i);
	local_bh_enable();
	for (i = 0; i < VS_DROP_MAX; i++) {
		KUNIT_EXPECT_EQ(test, vs_drops_sum(drops, i), i + 1);
		KUNIT_ASSERT_NOT_NULL(test, vs_drop_name(i));
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_STRNEQ(test, vs_drop_name(i),
					    vs_drop_name(j));
	}
	KUNIT_EXPECT_STREQ(test, vs_drop_name(VS_DROP_NO_CONN), "no-conn");
	KUNIT_EXPECT_STREQ(test, vs_drop_name(VS_DROP_TTL), "ttl");
	free_percpu(drops);
}

static struct kunit_case vs_stats_cases[] = {
	KUNIT_CASE(vs_stats_test_sum),
	KUNIT_CASE(vs_stats_test_gso),
	KUNIT_CASE(vs_stats_test_drops),
	{}
};

static struct kunit_suite vs_stats_suite = {
	.name = "vs-stats",
	.test_cases = vs_stats_cases,
};

kunit_test_suite(vs_stats_suite);
