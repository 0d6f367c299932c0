// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the schedulers that take turns or count conns: each against a
 * model that is as simple as it is slow.
 */
#include "../../kmod/sched/rr.c"
#include "../../kmod/sched/wrr.c"
#include "../../kmod/sched/lc.c"

#include "sched.h"

/* vs-sched-rr */

static void rr_is_exact(struct kunit *test)
{
	struct world *world = world_new(test, &vs_sched_rr, 10);
	u64 start = 0x1ffffff000ULL;
	unsigned int round, i, pick;

	for (round = 0; round < 100; round++) {
		unsigned int model[10];
		unsigned int nr = 0;
		struct vs_pool *pool;

		world_shake(world, 9);
		world_shuffle(world);
		for (i = 0; i < 10; i++)
			if (world->available[world->order[i]])
				model[nr++] = world->order[i];
		if (!nr)
			continue;
		pool = world_pool(world, NULL);
		atomic64_set(&world->cursor, start);
		for (pick = 0; pick < 40; pick++, start++)
			KUNIT_ASSERT_EQ(test, model[start % nr],
					world_pick(world, pool, 0));
		/* It goes on; once it was past the sign, too. */
		KUNIT_EXPECT_EQ(test, start,
				(u64)atomic64_read(&world->cursor));
		start += S64_MAX / 40;
		world_free(world, pool);
	}
}

/* A pool that replaces another does not start from the first server. */
static void rr_goes_on(struct kunit *test)
{
	struct world *world = world_new(test, &vs_sched_rr, 4);
	unsigned int got[4] = {};
	struct vs_pool *pool;
	unsigned int i;

	for (i = 0; i < 400; i++) {
		pool = world_pool(world, NULL);
		got[world_pick(world, pool, 0)]++;
		world_free(world, pool);
	}
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, got[i], 100);
}

/* vs-sched-wrr */

static u32 available_gcd(const struct world *world)
{
	u32 divisor = 0;
	unsigned int i;

	for (i = 0; i < world->nr; i++)
		if (world->available[i])
			divisor = gcd(divisor, world->weight[i]);
	return divisor;
}

static void wrr_is_exact(struct kunit *test)
{
	static const u32 heaviest[] = { 1, 3, 10, 100, 1000 };
	struct world *world = world_new(test, &vs_sched_wrr, 8);
	unsigned int trial;

	for (trial = 0; trial < 150; trial++) {
		unsigned int bad = 0, uneven = 0;
		struct vs_pool *pool;
		struct wrr *wrr;
		u32 turn, window;
		unsigned int i;
		u8 *picks;

		world_shake(world, heaviest[trial % ARRAY_SIZE(heaviest)]);
		if (!world_available(world))
			continue;
		pool = world_pool(world, NULL);
		wrr = pool->data;
		window = wrr->round;
		picks = kunit_kzalloc(test, 2 * window, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, picks);
		for (turn = 0; turn < 2 * window; turn++)
			picks[turn] = world_pick(world, pool, 0);

		for (i = 0; i < 8; i++) {
			u32 share = world->available[i] ?
				    world->weight[i] / available_gcd(world) : 0;
			u32 got = 0, last = 0;

			/* In every window, not just the first. */
			for (turn = 0; turn < 2 * window; turn++) {
				got += picks[turn] == i;
				if (turn >= window)
					got -= picks[turn - window] == i;
				if (turn >= window - 1)
					bad += got != share;
			}
			/*
			 * The golden ratio's gaps are below 1 + phi times the
			 * mean one; K / W is near it only.
			 */
			for (turn = 0; turn < 2 * window; turn++) {
				if (picks[turn] != i)
					continue;
				if (last)
					uneven += (turn + 1 - last) * share >
						  3 * window;
				last = turn + 1;
			}
		}
		KUNIT_EXPECT_EQ(test, bad, 0);
		KUNIT_EXPECT_EQ(test, uneven, 0);
		kunit_kfree(test, picks);
		world_free(world, pool);
	}
}

/* Weights that ip_vs users have, and the gaps that they see. */
static void wrr_interleaves(struct kunit *test)
{
	struct world *world = world_new(test, &vs_sched_wrr, 2);
	unsigned int longest[2] = {};
	unsigned int last[2] = {};
	struct vs_pool *pool;
	unsigned int turn;

	world->weight[0] = 300;
	world->weight[1] = 100;
	pool = world_pool(world, NULL);
	for (turn = 1; turn < 1000; turn++) {
		unsigned int got = world_pick(world, pool, 0);

		longest[got] = max(longest[got], turn - last[got]);
		last[got] = turn;
	}
	KUNIT_EXPECT_EQ(test, longest[0], 2);
	KUNIT_EXPECT_EQ(test, longest[1], 4);
}

/* A round so long that a turn times the step needs more than 32 bits. */
static void wrr_heavy(struct kunit *test)
{
	struct world *world = world_new(test, &vs_sched_wrr, 2);
	unsigned int got[2] = {};
	struct vs_pool *pool;
	u32 turn;

	world->weight[0] = 65535;
	world->weight[1] = 65534;
	pool = world_pool(world, NULL);
	for (turn = 0; turn < 65535 + 65534; turn++)
		got[world_pick(world, pool, 0)]++;
	KUNIT_EXPECT_EQ(test, got[0], 65535);
	KUNIT_EXPECT_EQ(test, got[1], 65534);
}

/* As many servers and as much weight as there may be. */
static void wrr_largest(struct kunit *test)
{
	struct world *world = world_new(test, &vs_sched_wrr, 1);
	struct vs_server server = {};
	struct vs_pool *pool;
	unsigned int bad = 0;
	struct wrr *wrr;
	unsigned int i;

	pool = vs_pool_alloc(&world->config, &world->cursor, VS_SERVERS_MAX);
	KUNIT_ASSERT_NOT_NULL(test, pool);
	for (i = 0; i < VS_SERVERS_MAX; i++)
		pool->servers[i] = (struct vs_pool_server) {
			.server = &server,
			.weight = i ? 65535 : 65534,
			.available = true,
		};
	KUNIT_ASSERT_EQ(test, 0, vs_pool_prepare(pool, NULL));
	wrr = pool->data;
	KUNIT_EXPECT_EQ(test, wrr->round, 65535U * 65535U - 1);
	KUNIT_EXPECT_EQ(test, 1, gcd(wrr->round, wrr->step));
	for (i = 0; i < 20000; i++) {
		u32 slot = prandom_u32_state(&world->rnd) % wrr->round;
		u32 owner = slot < 65534 ? 0 : (slot - 65534) / 65535 + 1;

		bad += wrr_owner(wrr->ends, VS_SERVERS_MAX, slot) != owner;
	}
	KUNIT_EXPECT_EQ(test, bad, 0);
	/* A product that needs all 64 bits. */
	atomic64_set(&world->cursor, wrr->round - 1);
	KUNIT_EXPECT_PTR_EQ(test, &server, vs_sched_wrr.pick(pool, NULL));
	vs_pool_free(pool);
}

/* vs-sched-lc */

/* Is a server's load, for its weight, more than another's? In 128 bits. */
static bool more_loaded(const struct world *world, unsigned int a,
			unsigned int b)
{
	const struct vs_server *servers = world->servers;
	__uint128_t left, right;

	left = atomic_read(&servers[a].active);
	left = left * 256 + atomic_read(&servers[a].inactive);
	right = atomic_read(&servers[b].active);
	right = right * 256 + atomic_read(&servers[b].inactive);
	if (world->config.ops == &vs_sched_wlc) {
		left *= world->weight[b];
		right *= world->weight[a];
	}
	return left > right;
}

static void least_is_least(struct kunit *test, const struct vs_sched_ops *ops)
{
	struct world *world = world_new(test, ops, 8);
	unsigned int trial, got, i;

	for (trial = 0; trial < 2000; trial++) {
		struct vs_pool *pool;

		world_shake(world, trial % 3 ? 65535 : 4);
		/* As many conns as a counter holds. */
		for (i = 0; i < 8 && trial % 5 == 0; i++) {
			u32 less = trial % 2 ? 3 : INT_MAX;

			atomic_set(&world->servers[i].active,
				   INT_MAX - world_random(world, less));
			atomic_set(&world->servers[i].inactive,
				   INT_MAX - world_random(world, less));
		}
		if (!world_available(world))
			continue;
		pool = world_pool(world, NULL);
		got = world_pick(world, pool, 0);
		KUNIT_ASSERT_NE(test, got, NOBODY);
		for (i = 0; i < 8; i++)
			if (world->available[i])
				KUNIT_ASSERT_FALSE(test,
						   more_loaded(world, got, i));
		world_free(world, pool);
	}
}

static void lc_is_least(struct kunit *test)
{
	least_is_least(test, &vs_sched_lc);
}

static void wlc_is_least(struct kunit *test)
{
	least_is_least(test, &vs_sched_wlc);
}

/* Servers that tie take turns, the others get nothing. */
static void least_ties(struct kunit *test)
{
	struct world *world = world_new(test, &vs_sched_lc, 8);
	unsigned int got[8] = {};
	struct vs_pool *pool;
	unsigned int i;

	world->available[0] = false;
	pool = world_pool(world, NULL);
	for (i = 0; i < 700; i++)
		got[world_pick(world, pool, 0)]++;
	KUNIT_EXPECT_EQ(test, got[0], 0);
	for (i = 1; i < 8; i++)
		KUNIT_EXPECT_EQ(test, got[i], 100);
}

/* An active conn is worth 256 that are not. */
static void least_counts_active(struct kunit *test)
{
	struct world *world = world_new(test, &vs_sched_lc, 2);
	struct vs_pool *pool = world_pool(world, NULL);
	unsigned int i;

	atomic_set(&world->servers[0].active, 1);
	atomic_set(&world->servers[1].inactive, 255);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, 1, world_pick(world, pool, 0));
	atomic_set(&world->servers[1].inactive, 257);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, 0, world_pick(world, pool, 0));
}

/* Conns that stay: numbers follow the weights, whatever they were before. */
static void wlc_fills_up(struct kunit *test)
{
	static const u32 weights[] = { 1, 2, 3, 10, 84 };
	struct world *world = world_new(test, &vs_sched_wlc, 5);
	struct vs_pool *pool;
	unsigned int i;

	memcpy(world->weight, weights, sizeof(weights));
	atomic_set(&world->servers[3].active, 57);
	pool = world_pool(world, NULL);
	for (i = 57; i < 1000; i++) {
		unsigned int got = world_pick(world, pool, 0);

		atomic_inc(&world->servers[got].active);
	}
	for (i = 0; i < 5; i++) {
		int active = atomic_read(&world->servers[i].active);
		int share = 10 * weights[i];

		KUNIT_EXPECT_LE(test, abs(active - share), 1);
	}
}

static struct kunit_case rr_cases[] = {
	KUNIT_CASE(rr_is_exact),
	KUNIT_CASE(rr_goes_on),
	{}
};

static struct kunit_suite rr_suite = {
	.name = "vs-sched-rr",
	.test_cases = rr_cases,
};

static struct kunit_case wrr_cases[] = {
	KUNIT_CASE(wrr_is_exact),
	KUNIT_CASE(wrr_interleaves),
	KUNIT_CASE(wrr_heavy),
	KUNIT_CASE(wrr_largest),
	{}
};

static struct kunit_suite wrr_suite = {
	.name = "vs-sched-wrr",
	.test_cases = wrr_cases,
};

static struct kunit_case lc_cases[] = {
	KUNIT_CASE(lc_is_least),
	KUNIT_CASE(wlc_is_least),
	KUNIT_CASE(least_ties),
	KUNIT_CASE(least_counts_active),
	KUNIT_CASE(wlc_fills_up),
	{}
};

static struct kunit_suite lc_suite = {
	.name = "vs-sched-lc",
	.test_cases = lc_cases,
};

kunit_test_suites(&rr_suite, &wrr_suite, &lc_suite);

MODULE_LICENSE("GPL");
