// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of what schedulers that hash have in common, and of sh. Those of
 * mh's table are in sched_mh_test.c.
 */
#include "../../kmod/sched/hash.c"
#include "../../kmod/sched/sh.c"

#include "sched.h"

/* vs-sched-hash */

static u64 hash_of(enum vs_hash what, const struct vs_packet *pkt, u32 attempt)
{
	struct vs_pool pool = { .config.hash = what };

	return vs_sched_hash(&pool, pkt, attempt);
}

/*
 * What directors of all versions agree on. If this test fails, a director that
 * is upgraded moves the clients of those that are not.
 */
static void hash_is_published(struct kunit *test)
{
	struct vs_packet v4 = world_client(7);
	struct vs_packet v6 = {
		.tuple = {
			.src.in6.s6_addr32 = { htonl(0x20010db8), 0, 0,
					       htonl(0x1234) },
			.sport	= htons(4711),
			.family	= NFPROTO_IPV6,
		},
	};

	KUNIT_EXPECT_EQ(test, hash_of(VS_HASH_ADDR, &v4, 0),
			0x212be95644a104c2ULL);
	KUNIT_EXPECT_EQ(test, hash_of(VS_HASH_ADDR_PORT, &v4, 0),
			0xa6ba1290f9792886ULL);
	KUNIT_EXPECT_EQ(test, hash_of(VS_HASH_ADDR, &v4, 1),
			0x77b86c3f191d8a6fULL);
	KUNIT_EXPECT_EQ(test, hash_of(VS_HASH_ADDR, &v6, 0),
			0x367564501f87990fULL);
	KUNIT_EXPECT_EQ(test, hash_of(VS_HASH_ADDR_PORT, &v6, 0),
			0x63cfec754f3d8c9fULL);
}

static void hash_reads_the_client(struct kunit *test)
{
	struct vs_packet pkt = world_client(7);
	struct vs_packet other = pkt;
	u64 addr = hash_of(VS_HASH_ADDR, &pkt, 0);
	u64 both = hash_of(VS_HASH_ADDR_PORT, &pkt, 0);

	/* Neither the service nor what follows an IPv4 address. */
	other.tuple.dst.ip = 0;
	other.tuple.dport = 0;
	other.tuple.src.in6.s6_addr32[3] = htonl(5);
	KUNIT_EXPECT_EQ(test, addr, hash_of(VS_HASH_ADDR, &other, 0));
	KUNIT_EXPECT_EQ(test, both, hash_of(VS_HASH_ADDR_PORT, &other, 0));

	other.tuple.sport = htons(1);
	KUNIT_EXPECT_EQ(test, addr, hash_of(VS_HASH_ADDR, &other, 0));
	KUNIT_EXPECT_NE(test, both, hash_of(VS_HASH_ADDR_PORT, &other, 0));

	other = pkt;
	other.tuple.src.ip = htonl(1);
	KUNIT_EXPECT_NE(test, addr, hash_of(VS_HASH_ADDR, &other, 0));
	KUNIT_EXPECT_NE(test, addr, hash_of(VS_HASH_ADDR, &pkt, 1));

	/* All of an IPv6 address. */
	pkt.tuple.family = NFPROTO_IPV6;
	for (unsigned int i = 0; i < 16; i++) {
		other = pkt;
		other.tuple.src.in6.s6_addr[i] ^= 1;
		KUNIT_EXPECT_NE(test, hash_of(VS_HASH_ADDR, &pkt, 0),
				hash_of(VS_HASH_ADDR, &other, 0));
	}
}

static void members_are_sorted(struct kunit *test)
{
	struct world *world = world_new(test, &vs_sched_rr, 6);
	struct vs_sched_member members[6], again[6];
	unsigned int i, trial;
	u32 end = 0;

	world->weight[3] = 0;
	world->available[3] = false;
	world->available[2] = false;
	world->weight[5] = 65535;
	KUNIT_ASSERT_EQ(test, 5, vs_sched_members(world_pool(world, NULL),
						  members));
	for (i = 0; i < 5; i++) {
		if (i)
			KUNIT_EXPECT_GT(test, members[i].id, members[i - 1].id);
		end += members[i].weight;
		KUNIT_EXPECT_EQ(test, members[i].end, end);
		KUNIT_EXPECT_PTR_NE(test, members[i].server,
				    &world->servers[2]);
	}
	KUNIT_EXPECT_EQ(test, end, 4 + 65535);
	for (trial = 0; trial < 20; trial++) {
		memset(members, 0, sizeof(members));
		memset(again, 0, sizeof(again));
		vs_sched_members(world_pool(world, NULL), members);
		world_shuffle(world);
		vs_sched_members(world_pool(world, NULL), again);
		KUNIT_EXPECT_MEMEQ(test, members, again, sizeof(members));
	}
	/* Port and family tell servers apart, too. */
	world->servers[0].port = htons(81);
	world->servers[1].family = NFPROTO_IPV6;
	vs_sched_members(world_pool(world, NULL), again);
	for (i = 0, end = 0; i < 5; i++)
		end += members[i].id == again[i].id;
	KUNIT_EXPECT_LE(test, end, 3);
}

/* What every scheduler that hashes does */

static const struct vs_sched_ops *const hashing[] = {
	&vs_sched_sh,
	&vs_sched_mh,
};

static void hashing_name(const struct vs_sched_ops *const *ops, char *name)
{
	strscpy(name, (*ops)->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(hashing, hashing, hashing_name);

static struct world *hashing_world(struct kunit *test, unsigned int nr)
{
	const struct vs_sched_ops *const *ops = test->param_value;

	return world_new(test, *ops, nr);
}

/* Shares of new clients are those of the weights, within chance. */
static void spread(struct kunit *test)
{
	struct world *world = hashing_world(test, 7);
	unsigned int got[7] = {};
	struct vs_pool *pool;
	unsigned int i;
	u32 sum = 0;

	for (i = 0; i < 7; i++) {
		world->weight[i] = 1 + i * i;
		sum += world->weight[i];
	}
	world->config.table_size = 16381;
	pool = world_pool(world, NULL);
	for (i = 0; i < 100000; i++)
		got[world_pick(world, pool, i)]++;
	for (i = 0; i < 7; i++) {
		int expected = 100000 * world->weight[i] / sum;

		/* Four standard deviations, and 1 % for the table. */
		KUNIT_EXPECT_LE(test, abs((int)got[i] - expected),
				4 * int_sqrt(expected) + expected / 100);
	}
}

/*
 * Whatever else is down: a server that goes moves its own clients and nobody
 * else's, and one that returns has them back.
 */
static void no_collateral(struct kunit *test)
{
	struct world *world = hashing_world(test, 30);
	unsigned int moved = 0, stayed = 0, client, trial;

	for (trial = 0; trial < 60; trial++) {
		unsigned int out = world_random(world, 30);
		struct vs_pool *with, *without;

		world_shake(world, trial % 2 ? 1 : 20);
		world->available[out] = true;
		/* So few that the walk is needed, too. */
		if (trial % 3 == 0)
			for (unsigned int i = 0; i < 29; i++)
				world->available[i] = i == out;
		world->available[29] = true;
		if (out == 29)
			continue;

		with = world_pool(world, NULL);
		world->available[out] = false;
		world_shuffle(world);
		without = world_pool(world, with);
		for (client = 0; client < 500; client++) {
			unsigned int before, after;

			before = world_pick(world, with, client);
			after = world_pick(world, without, client);
			if (before == out)
				moved += before != after;
			else
				stayed += before == after;
			if (before != out)
				KUNIT_ASSERT_EQ(test, before, after);
		}
		world_free(world, with);
		world_free(world, without);
	}
	KUNIT_EXPECT_GT(test, moved, 0);
	KUNIT_EXPECT_GT(test, stayed, 0);
}

/* The clients of a server that goes are spread over all others. */
static void heirs(struct kunit *test)
{
	struct world *world = hashing_world(test, 5);
	struct vs_pool *with, *without;
	unsigned int client, i, all = 0;
	unsigned int got[5] = {};

	world->config.table_size = 16381;
	with = world_pool(world, NULL);
	world->available[2] = false;
	without = world_pool(world, with);
	for (client = 0; client < 20000; client++) {
		if (world_pick(world, with, client) != 2)
			continue;
		got[world_pick(world, without, client)]++;
		all++;
	}
	KUNIT_EXPECT_EQ(test, got[2], 0);
	for (i = 0; i < 5; i++)
		if (i != 2)
			KUNIT_EXPECT_LE(test, abs((int)(got[i] - all / 4)),
					4 * int_sqrt(all / 4));
}

/* Nearly all are down: whoever is left, no one gets most of it. */
static void few_left(struct kunit *test)
{
	struct world *world = hashing_world(test, 1000);
	unsigned int got[10] = {};
	struct vs_pool *pool;
	unsigned int i;

	world->config.table_size = 16381;
	for (i = 0; i < 1000; i++)
		world->available[i] = i < 10;
	pool = world_pool(world, NULL);
	for (i = 0; i < 2000; i++)
		got[world_pick(world, pool, i)]++;
	for (i = 0; i < 10; i++) {
		KUNIT_EXPECT_GT(test, got[i], 0);
		KUNIT_EXPECT_LT(test, got[i], 1000);
	}
}

/* Two directors with the same servers, added in any order, agree. */
static void directors_agree(struct kunit *test)
{
	struct world *world = hashing_world(test, 40);
	unsigned int trial, client, bad = 0;

	for (trial = 0; trial < 20; trial++) {
		struct vs_pool *one, *other;

		world->config.hash = trial % 2 ? VS_HASH_ADDR :
						 VS_HASH_ADDR_PORT;
		world_shake(world, 50);
		one = world_pool(world, NULL);
		world_shuffle(world);
		other = world_pool(world, NULL);
		for (client = 0; client < 300; client++)
			bad += world_pick(world, one, client) !=
			       world_pick(world, other, client);
		world_free(world, one);
		world_free(world, other);
	}
	KUNIT_EXPECT_EQ(test, bad, 0);
}

/* vs-sched-sh */

/* Each point of the line against a search from its start. */
static void sh_owners(struct kunit *test)
{
	struct world *world = world_new(test, &vs_sched_sh, 9);
	unsigned int trial, bad = 0;

	for (trial = 0; trial < 20; trial++) {
		struct vs_pool *pool;
		struct sh *sh;
		u32 point, sum, i;

		world_shake(world, 9);
		pool = world_pool(world, NULL);
		sh = pool->data;
		sum = sh->members[8].end;
		for (point = 0; point < sum; point++) {
			u64 hash = div_u64(U64_MAX, sum) * point + U32_MAX;
			u32 rest = point;

			for (i = 0; rest >= sh->members[i].weight; i++)
				rest -= sh->members[i].weight;
			bad += sh_owner(sh, hash) != sh->members[i].server;
		}
		bad += sh_owner(sh, 0) != sh->members[0].server;
		bad += sh_owner(sh, U64_MAX) != sh->members[8].server;
		world_free(world, pool);
	}
	KUNIT_EXPECT_EQ(test, bad, 0);
}

static struct kunit_case hash_cases[] = {
	KUNIT_CASE(hash_is_published),
	KUNIT_CASE(hash_reads_the_client),
	KUNIT_CASE(members_are_sorted),
	KUNIT_CASE_PARAM(spread, hashing_gen_params),
	KUNIT_CASE_PARAM(no_collateral, hashing_gen_params),
	KUNIT_CASE_PARAM(heirs, hashing_gen_params),
	KUNIT_CASE_PARAM(few_left, hashing_gen_params),
	KUNIT_CASE_PARAM(directors_agree, hashing_gen_params),
	{}
};

static struct kunit_suite hash_suite = {
	.name = "vs-sched-hash",
	.test_cases = hash_cases,
};

static struct kunit_case sh_cases[] = {
	KUNIT_CASE(sh_owners),
	{}
};

static struct kunit_suite sh_suite = {
	.name = "vs-sched-sh",
	.test_cases = sh_cases,
};

kunit_test_suites(&hash_suite, &sh_suite);

MODULE_LICENSE("GPL");
