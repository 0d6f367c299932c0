// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of pools and of what all schedulers have in common. Those of
 * each scheduler are in sched_turns_test.c and sched_hash_test.c.
 */
#include <linux/kthread.h>
#include <linux/wait.h>

#include "../../kmod/sched/sched.c"

#include "sched.h"

#define SEED		0x7673

/* The world: see sched.h. */

struct world *world_new(struct kunit *test, const struct vs_sched_ops *ops,
			unsigned int nr)
{
	struct world *world = kunit_kzalloc(test, sizeof(*world), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, world);
	world->test = test;
	world->nr = nr;
	world->config.ops = ops;
	world->config.table_size = 251;
	prandom_seed_state(&world->rnd, SEED);
	world->servers = kunit_kcalloc(test, nr, sizeof(*world->servers),
				       GFP_KERNEL);
	world->weight = kunit_kcalloc(test, nr, sizeof(u32), GFP_KERNEL);
	world->available = kunit_kcalloc(test, nr, sizeof(bool), GFP_KERNEL);
	world->order = kunit_kcalloc(test, nr, sizeof(int), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, world->servers);
	KUNIT_ASSERT_NOT_NULL(test, world->weight);
	KUNIT_ASSERT_NOT_NULL(test, world->available);
	KUNIT_ASSERT_NOT_NULL(test, world->order);
	for (i = 0; i < nr; i++) {
		world->servers[i].family = NFPROTO_IPV4;
		world->servers[i].addr.ip = htonl(0x0a000001 + i);
		world->servers[i].port = htons(80);
		world->weight[i] = 1;
		world->available[i] = true;
	}
	world_all(world);
	return world;
}

u32 world_random(struct world *world, u32 below)
{
	return prandom_u32_state(&world->rnd) % below;
}

/* Random weights up to @heaviest, random availability, random counts. */
void world_shake(struct world *world, u32 heaviest)
{
	u32 odds = 1 + world_random(world, 4);
	unsigned int i;

	for (i = 0; i < world->nr; i++) {
		world->weight[i] = 1 + world_random(world, heaviest);
		world->available[i] = world_random(world, odds) == 0;
		atomic_set(&world->servers[i].active,
			   world_random(world, 50));
		atomic_set(&world->servers[i].inactive,
			   world_random(world, 5000));
	}
}

void world_shuffle(struct world *world)
{
	unsigned int i;

	for (i = world->listed; i > 1; i--) {
		unsigned int other = world_random(world, i);

		swap(world->order[i - 1], world->order[other]);
	}
}

void world_all(struct world *world)
{
	unsigned int i;

	for (i = 0; i < world->nr; i++)
		world->order[i] = i;
	world->listed = world->nr;
}

void world_without(struct world *world, unsigned int out)
{
	unsigned int i;

	world->listed = 0;
	for (i = 0; i < world->nr; i++)
		if (i != out)
			world->order[world->listed++] = i;
}

/* A pool of those that are listed; not prepared. */
static struct vs_pool *world_fill(struct world *world)
{
	struct vs_pool *pool;
	unsigned int i;

	pool = vs_pool_alloc(&world->config, &world->cursor, world->listed);
	KUNIT_ASSERT_NOT_NULL(world->test, pool);
	for (i = 0; i < world->listed; i++) {
		unsigned int nr = world->order[i];

		pool->servers[i] = (struct vs_pool_server) {
			.server = &world->servers[nr],
			.weight = world->weight[nr],
			.available = world->available[nr],
		};
	}
	return pool;
}

static void pool_free_action(void *pool)
{
	vs_pool_free(pool);
}

/* A pool that is freed when the test ends, or by world_free(). */
struct vs_pool *world_pool(struct world *world, const struct vs_pool *old)
{
	struct vs_pool *pool = world_fill(world);
	struct kunit *test = world->test;

	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, pool_free_action,
						  pool));
	KUNIT_ASSERT_EQ(test, 0, vs_pool_prepare(pool, old));
	return pool;
}

void world_free(struct world *world, struct vs_pool *pool)
{
	kunit_release_action(world->test, pool_free_action, pool);
}

struct vs_packet world_client(unsigned int nr)
{
	return (struct vs_packet) {
		.tuple = {
			.src.ip		= htonl(0xc6120000 + nr),
			.dst.ip		= htonl(0xcb00710a),
			.sport		= htons(1024 + nr % 60000),
			.dport		= htons(80),
			.family		= NFPROTO_IPV4,
			.protocol	= IPPROTO_TCP,
		},
	};
}

/* Which server a client gets: its number, or NOBODY. */
unsigned int world_pick(struct world *world, const struct vs_pool *pool,
			unsigned int client)
{
	struct vs_packet pkt = world_client(client);
	struct vs_server *server = pool->config.ops->pick(pool, &pkt);

	return server ? server - world->servers : NOBODY;
}

unsigned int world_available(const struct world *world)
{
	unsigned int nr = 0;
	unsigned int i;

	for (i = 0; i < world->listed; i++)
		nr += world->available[world->order[i]];
	return nr;
}

/* What all have in common */

static void found_by_name(struct kunit *test)
{
	static const char *const names[] = {
		"rr", "wrr", "lc", "wlc", "mh", "sh",
	};
	static const char *const strangers[] = { "", "r", "rrr", "RR", "rr " };
	unsigned int i;

	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(names), ARRAY_SIZE(scheds));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const struct vs_sched_ops *ops = vs_sched_find(names[i]);

		KUNIT_ASSERT_NOT_NULL(test, ops);
		KUNIT_EXPECT_STREQ(test, ops->name, names[i]);
		KUNIT_EXPECT_LT(test, strlen(ops->name), VS_SCHED_NAME_MAX);
	}
	for (i = 0; i < ARRAY_SIZE(strangers); i++)
		KUNIT_EXPECT_NULL(test, vs_sched_find(strangers[i]));
}

static bool is_prime(u32 n)
{
	u32 i;

	for (i = 2; i < n; i++)
		if (n % i == 0)
			return false;
	return n > 1;
}

static void primes(struct kunit *test)
{
	u32 n;

	for (n = 0; n < 3000; n++) {
		u32 expected = n;

		while (!is_prime(expected))
			expected++;
		KUNIT_ASSERT_EQ(test, vs_sched_prime(n), expected);
	}
	KUNIT_EXPECT_EQ(test, vs_sched_prime(VS_MH_TABLE_MIN), 251);
	KUNIT_EXPECT_EQ(test, vs_sched_prime(VS_MH_TABLE_DEFAULT), 16381);
	KUNIT_EXPECT_EQ(test, vs_sched_prime(16382), 16411);
	KUNIT_EXPECT_EQ(test, vs_sched_prime(VS_MH_TABLE_MAX), 1048583);
}

static void mod_is_exact(struct kunit *test)
{
	static const u32 divisors[] = {
		1, 2, 3, 7, 255, 256, 65535, 65536, 65537, 0x7fffffff,
		0x80000000, 4294836225U, U32_MAX - 1, U32_MAX,
	};
	struct rnd_state rnd;
	unsigned int bad = 0;
	unsigned int i;

	prandom_seed_state(&rnd, SEED);
	for (i = 0; i < 20000; i++) {
		u64 value = (u64)prandom_u32_state(&rnd) << 32 |
			    prandom_u32_state(&rnd);
		u32 n = divisors[i % ARRAY_SIZE(divisors)];
		u64 multiple;

		if (i % 3 == 0)
			n = 1 + prandom_u32_state(&rnd) % U32_MAX;
		multiple = value - value % n;
		bad += vs_mod(value, n, vs_reciprocal(n)) != value % n;
		bad += vs_mod(multiple, n, vs_reciprocal(n)) != 0;
		bad += vs_mod(multiple - 1, n, vs_reciprocal(n)) !=
		       (multiple - 1) % n;
		bad += vs_mod(U64_MAX - i, n, vs_reciprocal(n)) !=
		       (U64_MAX - i) % n;
	}
	KUNIT_EXPECT_EQ(test, bad, 0);
}

static void available_come_first(struct kunit *test)
{
	struct world *world = world_new(test, &vs_sched_rr, 9);
	struct vs_pool *pool;
	unsigned int listed;
	unsigned int round;
	unsigned int i;

	for (round = 0; round < 50; round++) {
		world_shake(world, 5);
		world_shuffle(world);
		pool = world_pool(world, NULL);
		listed = 0;
		for (i = 0; i < 9; i++) {
			unsigned int nr = world->order[i];

			if (!world->available[nr])
				continue;
			KUNIT_EXPECT_PTR_EQ(test, &world->servers[nr],
					    pool->servers[listed].server);
			listed++;
		}
		KUNIT_EXPECT_EQ(test, pool->nr_available, listed);
		KUNIT_EXPECT_EQ(test, pool->nr, 9);
		for (i = 0; i < 9; i++)
			KUNIT_EXPECT_EQ(test, pool->servers[i].available,
					i < listed);
	}
}

/* Whoever is picked is available; somebody is, if and only if one is. */
static void picks_are_available(struct kunit *test)
{
	unsigned int sched, round, client;
	unsigned int bad = 0;

	for (sched = 0; sched < ARRAY_SIZE(scheds); sched++) {
		struct world *world = world_new(test, scheds[sched], 12);

		for (round = 0; round < 60; round++) {
			struct vs_pool *pool;
			unsigned int got;

			world_shake(world, round % 2 ? 65535 : 3);
			pool = world_pool(world, NULL);
			for (client = 0; client < 100; client++) {
				got = world_pick(world, pool, client);
				if (!world_available(world))
					bad += got != NOBODY;
				else
					bad += got == NOBODY ||
					       !world->available[got];
			}
			world_free(world, pool);
		}
		KUNIT_EXPECT_EQ_MSG(test, bad, 0, "%s", scheds[sched]->name);
	}
}

static void none_and_one(struct kunit *test)
{
	unsigned int sched;
	unsigned int i;

	for (sched = 0; sched < ARRAY_SIZE(scheds); sched++) {
		struct world *world = world_new(test, scheds[sched], 2);

		world->listed = 0;
		KUNIT_EXPECT_EQ(test, NOBODY,
				world_pick(world, world_pool(world, NULL), 1));
		world_all(world);
		world->available[0] = false;
		world->available[1] = false;
		KUNIT_EXPECT_EQ(test, NOBODY,
				world_pick(world, world_pool(world, NULL), 1));
		/* Never had a weight. */
		world->weight[0] = 0;
		world->weight[1] = 0;
		KUNIT_EXPECT_EQ(test, NOBODY,
				world_pick(world, world_pool(world, NULL), 1));
		world->weight[1] = 65535;
		world->available[1] = true;
		for (i = 0; i < 20; i++)
			KUNIT_EXPECT_EQ(test, 1,
					world_pick(world,
						   world_pool(world, NULL), i));
	}
}

/* A pool change under readers */

/**
 * struct churn - one writer, and readers that pick all the time
 * @world: what pools are made from
 * @pool: the published pool
 * @picks: how many readers made
 * @target: how many they are to make
 * @wait: for either to change
 * @bad: picks of servers that were not available, or of none
 */
struct churn {
	struct world *world;
	struct vs_pool __rcu *pool;
	atomic_t picks;
	int target;
	wait_queue_head_t wait;
	atomic_t bad;
};

static bool available_in(const struct vs_pool *pool,
			 const struct vs_server *server)
{
	unsigned int i;

	for (i = 0; i < pool->nr; i++)
		if (pool->servers[i].server == server)
			return pool->servers[i].available;
	return false;
}

static void churn_pick(struct churn *churn, const struct vs_pool *pool)
{
	struct vs_packet pkt = world_client(atomic_read(&churn->picks));
	struct vs_server *server;

	local_bh_disable();
	server = pool->config.ops->pick(pool, &pkt);
	if (!server || !available_in(pool, server))
		atomic_inc(&churn->bad);
	local_bh_enable();
}

static int churn_reader(void *data)
{
	struct churn *churn = data;

	for (;;) {
		wait_event(churn->wait, kthread_should_stop() ||
			   atomic_read(&churn->picks) <
			   READ_ONCE(churn->target));
		if (kthread_should_stop())
			return 0;
		rcu_read_lock();
		churn_pick(churn, rcu_dereference(churn->pool));
		rcu_read_unlock();
		atomic_inc(&churn->picks);
		wake_up(&churn->wait);
	}
}

static void churn_stop(void *reader)
{
	kthread_stop(reader);
}

static void churn_swap(struct churn *churn, unsigned int round)
{
	struct vs_pool *old = rcu_dereference_protected(churn->pool, true);
	struct vs_sched_config *config = &churn->world->config;
	struct world *world = churn->world;
	struct vs_pool *next;
	unsigned int i;

	/* State changes, and now and then weights, members, the scheduler. */
	if (round % 5 == 0)
		world_shake(world, 100);
	for (i = 0; i < world->nr; i++)
		world->available[i] = world_random(world, 3);
	if (round % 7 == 0)
		world_without(world, world_random(world, world->nr));
	if (round % 20 == 0)
		config->ops = scheds[round / 20 % ARRAY_SIZE(scheds)];
	world->available[world->order[0]] = true;

	next = world_fill(world);
	KUNIT_ASSERT_EQ(world->test, 0, vs_pool_prepare(next, old));

	/* A reader that has come before still uses the old one. */
	rcu_read_lock();
	rcu_assign_pointer(churn->pool, next);
	vs_pool_free_rcu(old);
	if (old)
		churn_pick(churn, old);
	rcu_read_unlock();
}

static void change_under_readers(struct kunit *test)
{
	struct churn *churn = kunit_kzalloc(test, sizeof(*churn), GFP_KERNEL);
	struct task_struct *readers[2];
	unsigned int i, round;

	KUNIT_ASSERT_NOT_NULL(test, churn);
	init_waitqueue_head(&churn->wait);
	churn->world = world_new(test, &vs_sched_mh, 20);
	churn_swap(churn, 1);
	for (i = 0; i < ARRAY_SIZE(readers); i++) {
		readers[i] = kthread_run(churn_reader, churn, "vs-reader/%u",
					 i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(readers[i]));
		KUNIT_ASSERT_EQ(test, 0,
				kunit_add_action_or_reset(test, churn_stop,
							  readers[i]));
	}
	for (round = 2; round < 1000; round++) {
		/* They run while the next pool is built, where they can. */
		WRITE_ONCE(churn->target, atomic_read(&churn->picks) + 10);
		wake_up(&churn->wait);
		churn_swap(churn, round);
		wait_event(churn->wait, atomic_read(&churn->picks) >=
			   churn->target);
	}
	for (i = 0; i < ARRAY_SIZE(readers); i++)
		kunit_release_action(test, churn_stop, readers[i]);
	KUNIT_EXPECT_EQ(test, atomic_read(&churn->bad), 0);
	vs_pool_free_rcu(rcu_dereference_protected(churn->pool, true));
	rcu_barrier();
}

static struct kunit_case sched_cases[] = {
	KUNIT_CASE(found_by_name),
	KUNIT_CASE(primes),
	KUNIT_CASE(mod_is_exact),
	KUNIT_CASE(available_come_first),
	KUNIT_CASE(picks_are_available),
	KUNIT_CASE(none_and_one),
	KUNIT_CASE(change_under_readers),
	{}
};

static struct kunit_suite sched_suite = {
	.name = "vs-sched",
	.test_cases = sched_cases,
};

kunit_test_suite(sched_suite);

MODULE_LICENSE("GPL");
