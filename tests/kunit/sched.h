/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the schedulers share: a world of servers from which pools
 * are made, and clients.
 */
#ifndef _VS_TEST_SCHED_H
#define _VS_TEST_SCHED_H

#include <kunit/test.h>
#include <linux/prandom.h>

#include "vs.h"

/**
 * struct world - servers, and what the next pool is to be
 * @test: the test
 * @rnd: seeded
 * @cursor: the service's
 * @config: the scheduler and its options
 * @nr: number of servers
 * @servers: 10.0.0.1:80 and on
 * @weight: of each
 * @available: of each
 * @listed: how many are in the next pool
 * @order: which, and in which order they are added
 */
struct world {
	struct kunit *test;
	struct rnd_state rnd;
	atomic64_t cursor;
	struct vs_sched_config config;
	unsigned int nr;
	struct vs_server *servers;
	u32 *weight;
	bool *available;
	unsigned int listed;
	unsigned int *order;
};

/* world_pick() of a pool that has nobody */
#define NOBODY	UINT_MAX

struct world *world_new(struct kunit *test, const struct vs_sched_ops *ops,
			unsigned int nr);
u32 world_random(struct world *world, u32 below);
void world_shake(struct world *world, u32 heaviest);
unsigned int world_available(const struct world *world);
void world_shuffle(struct world *world);
void world_all(struct world *world);
void world_without(struct world *world, unsigned int out);
struct vs_pool *world_pool(struct world *world, const struct vs_pool *old);
void world_free(struct world *world, struct vs_pool *pool);
struct vs_packet world_client(unsigned int nr);
unsigned int world_pick(struct world *world, const struct vs_pool *pool,
			unsigned int client);

#endif /* _VS_TEST_SCHED_H */
