// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of Maglev's tables. What mh has in common with other schedulers
 * that hash is tested in sched_hash_test.c.
 */
#include <linux/ktime.h>

#include "../../kmod/sched/mh.c"

#include "sched.h"

static const struct mh_table *table_of(const struct vs_pool *pool)
{
	const struct mh *mh = pool->data;

	return mh->table;
}

/* The number of the server that owns a slot; it must be available. */
static unsigned int owner(struct world *world, const struct vs_pool *pool,
			  u32 slot)
{
	const struct mh *mh = pool->data;

	return mh->members[mh->table->slots[slot]].server - world->servers;
}

/*
 * The table as the text of mh.c says, by looking at each server in each round
 * and at each preference from its start; -1 is a free slot.
 */
static void mh_model(int *slots, u32 size, const struct mh *mh)
{
	u32 heaviest = 0, left = size, turn = 1, round, i, j;
	u32 turns[64] = {}, last[64] = {};
	bool had[64];

	for (i = 0; i < mh->nr; i++)
		heaviest = max(heaviest, mh->members[i].weight);
	for (i = 0; i < size; i++)
		slots[i] = -1;
	for (round = 0; left; round++) {
		memset(had, 0, sizeof(had));
		while (left) {
			int who = -1;

			/* Among those due, who had a turn longest ago? */
			for (i = 0; i < mh->nr; i++) {
				u32 due = turns[i] * heaviest + heaviest / 2;

				if (turns[i])
					due /= mh->members[i].weight;
				else
					due = 0;
				if (due == round && !had[i] &&
				    (who < 0 || last[i] < last[who]))
					who = i;
			}
			if (who < 0)
				break;
			for (j = 0;; j++) {
				u64 id = mh->members[who].id;
				u64 at = ((id & U32_MAX) * size) >> 32;
				u64 skip = (id >> 32) * (size - 1);

				skip = 1 + (skip >> 32);
				at = (at + j * skip) % size;
				if (slots[at] < 0) {
					slots[at] = who;
					break;
				}
			}
			had[who] = true;
			last[who] = turn++;
			turns[who]++;
			left--;
		}
	}
}

static void mh_is_the_model(struct kunit *test)
{
	static const u32 sizes[] = { 251, 509, 1021 };
	static const u32 heaviest[] = { 1, 4, 100, 65535 };
	int *slots = kunit_kcalloc(test, 1021, sizeof(*slots), GFP_KERNEL);
	unsigned int trial;

	KUNIT_ASSERT_NOT_NULL(test, slots);
	for (trial = 0; trial < 36; trial++) {
		u32 size = sizes[trial % ARRAY_SIZE(sizes)];
		struct world *world;
		struct vs_pool *pool;
		unsigned int bad = 0;
		u32 i;

		world = world_new(test, &vs_sched_mh, 1 + trial);
		world->config.table_size = size;
		world_shake(world, heaviest[trial % ARRAY_SIZE(heaviest)]);
		pool = world_pool(world, NULL);
		mh_model(slots, size, pool->data);
		for (i = 0; i < size; i++)
			bad += slots[i] != table_of(pool)->slots[i];
		KUNIT_EXPECT_EQ_MSG(test, bad, 0, "%u servers", world->nr);
	}
}

/* With 100 slots for each server: weights to 1 %, or to the slot. */
static void mh_weights(struct kunit *test)
{
	static const u32 heaviest[] = { 1, 2, 10, 1000, 65535 };
	struct world *world = world_new(test, &vs_sched_mh, 100);
	unsigned int trial, slot, i;
	unsigned int *slots;

	slots = kunit_kcalloc(test, world->nr, sizeof(*slots), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, slots);
	world->config.table_size = 16381;
	for (trial = 0; trial < 10; trial++) {
		unsigned int bad = 0;
		struct vs_pool *pool;
		u64 sum = 0;

		world_shake(world, heaviest[trial % ARRAY_SIZE(heaviest)]);
		memset(slots, 0, world->nr * sizeof(*slots));
		for (i = 0; i < world->nr; i++) {
			world->available[i] = true;
			sum += world->weight[i];
		}
		pool = world_pool(world, NULL);
		for (slot = 0; slot < 16381; slot++)
			slots[owner(world, pool, slot)]++;
		for (i = 0; i < world->nr; i++) {
			u64 share = 16381ULL * world->weight[i];
			u64 error = abs_diff(slots[i] * sum, share);

			bad += error > max(sum, share / 100);
			bad += slots[i] == 0;
		}
		KUNIT_EXPECT_EQ_MSG(test, bad, 0, "trial %u", trial);
		world_free(world, pool);
	}
}

/* One server in 100 weighs 65535, the others 1: they have a slot each. */
static void mh_extremes(struct kunit *test)
{
	struct world *world = world_new(test, &vs_sched_mh, 100);
	unsigned int slot, got = 0;
	struct vs_pool *pool;

	world->config.table_size = 16381;
	world->weight[50] = 65535;
	pool = world_pool(world, NULL);
	for (slot = 0; slot < 16381; slot++)
		got += owner(world, pool, slot) == 50;
	KUNIT_EXPECT_EQ(test, got, 16381 - 99);
}

/* More servers than slots: the rest is reached when the others are down. */
static void mh_more_servers_than_slots(struct kunit *test)
{
	struct world *world = world_new(test, &vs_sched_mh, 300);
	unsigned int i;

	for (i = 0; i < 300; i++) {
		struct vs_pool *pool;

		memset(world->available, 0, 300);
		world->available[i] = true;
		pool = world_pool(world, NULL);
		KUNIT_EXPECT_EQ(test, i, world_pick(world, pool, i));
		world_free(world, pool);
	}
}

/**
 * struct disruption - what removing one server may do to the others' slots
 * @size: of the table
 * @nr: servers
 * @trials: how many removals are averaged
 * @figure: slots of others that change owner, in 1/10000 of the table: as
 *	computed for the paper's algorithm without weights
 */
struct disruption {
	u32 size;
	unsigned int nr;
	unsigned int trials;
	unsigned int figure;
};

static const struct disruption disruptions[] = {
	{ 16381, 3, 30, 7 }, { 16381, 10, 30, 52 }, { 16381, 100, 10, 134 },
	{ 65521, 3, 20, 2 }, { 65521, 10, 10, 23 }, { 65521, 100, 5, 56 },
};

static void disruption_name(const struct disruption *row, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%u servers, %u slots", row->nr,
		 row->size);
}

KUNIT_ARRAY_PARAM(disruption, disruptions, disruption_name);

static void mh_disruption(struct kunit *test)
{
	const struct disruption *row = test->param_value;
	struct world *world = world_new(test, &vs_sched_mh, row->nr);
	u64 moved = 0, tenths;
	unsigned int trial;
	u32 slot;

	world->config.table_size = row->size;
	for (trial = 0; trial < row->trials; trial++) {
		unsigned int out = world_random(world, row->nr);
		struct vs_pool *with, *without;
		unsigned int i;

		for (i = 0; i < row->nr; i++)
			world->servers[i].port = htons(1000 + trial);
		world_all(world);
		with = world_pool(world, NULL);
		world_without(world, out);
		without = world_pool(world, with);
		for (slot = 0; slot < row->size; slot++) {
			unsigned int before = owner(world, with, slot);

			moved += before != out &&
				 before != owner(world, without, slot);
		}
		world_free(world, with);
		world_free(world, without);
	}
	tenths = div_u64(moved * 100000, row->trials * row->size);
	kunit_info(test, "%llu.%03llu %% of the others' slots moved",
		   tenths / 1000, tenths % 1000);
	KUNIT_EXPECT_LE(test, tenths, row->figure * 15);
	KUNIT_EXPECT_GT(test, tenths, 0);
}

/* One of ten from weight 100 to 50: 4.74 % must move, hardly more does. */
static void mh_weight_edit(struct kunit *test)
{
	struct world *world = world_new(test, &vs_sched_mh, 10);
	struct vs_pool *before, *after;
	unsigned int moved = 0, i;
	u32 slot;

	world->config.table_size = 16381;
	for (i = 0; i < 10; i++)
		world->weight[i] = 100;
	before = world_pool(world, NULL);
	world->weight[3] = 50;
	after = world_pool(world, before);
	for (slot = 0; slot < 16381; slot++)
		moved += owner(world, before, slot) !=
			 owner(world, after, slot);
	KUNIT_EXPECT_GE(test, moved, 16381 * 47 / 1000);
	KUNIT_EXPECT_LE(test, moved, 16381 * 56 / 1000);
}

static void mh_shares_tables(struct kunit *test)
{
	struct world *world = world_new(test, &vs_sched_mh, 20);
	const struct mh_table *table;
	struct vs_pool *pool, *next;

	pool = world_pool(world, NULL);
	table = table_of(pool);
	KUNIT_EXPECT_EQ(test, refcount_read(&table->ref), 1);

	/* State, order and what is hashed make no difference. */
	world->available[3] = false;
	next = world_pool(world, pool);
	KUNIT_EXPECT_PTR_EQ(test, table_of(next), table);
	KUNIT_EXPECT_EQ(test, refcount_read(&table->ref), 2);
	world_free(world, pool);
	KUNIT_EXPECT_EQ(test, refcount_read(&table->ref), 1);
	world_shuffle(world);
	world->config.hash = VS_HASH_ADDR_PORT;
	pool = world_pool(world, next);
	KUNIT_EXPECT_PTR_EQ(test, table_of(pool), table);

	/* All else does. */
	world->weight[7]++;
	next = world_pool(world, pool);
	KUNIT_EXPECT_PTR_NE(test, table_of(next), table);
	world->weight[7]--;
	world->config.table_size = 257;
	next = world_pool(world, pool);
	KUNIT_EXPECT_PTR_NE(test, table_of(next), table);
	KUNIT_EXPECT_EQ(test, table_of(next)->size, 257);
	world->config.table_size = 251;
	world_without(world, 5);
	next = world_pool(world, pool);
	KUNIT_EXPECT_PTR_NE(test, table_of(next), table);
	world_all(world);
	world->servers[5].port = htons(81);
	next = world_pool(world, pool);
	KUNIT_EXPECT_PTR_NE(test, table_of(next), table);
	world->servers[5].port = htons(80);

	/* Another scheduler's data is no table. */
	world->config.ops = &vs_sched_sh;
	next = world_pool(world, pool);
	world->config.ops = &vs_sched_mh;
	next = world_pool(world, next);
	KUNIT_EXPECT_PTR_NE(test, table_of(next), table);
}

static struct kunit_case mh_cases[] = {
	KUNIT_CASE(mh_is_the_model),
	KUNIT_CASE(mh_weights),
	KUNIT_CASE(mh_extremes),
	KUNIT_CASE(mh_more_servers_than_slots),
	KUNIT_CASE_PARAM(mh_disruption, disruption_gen_params),
	KUNIT_CASE(mh_weight_edit),
	KUNIT_CASE(mh_shares_tables),
	{}
};

static struct kunit_suite mh_suite = {
	.name = "vs-sched-mh",
	.test_cases = mh_cases,
};

kunit_test_suite(mh_suite);

MODULE_LICENSE("GPL");
