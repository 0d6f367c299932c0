// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of schedulers, and the life of a pool: allocated, filled in by
 * service.c, prepared, published, and freed a grace period after the next
 * pool has taken its place.
 *
 * To add a scheduler: copy rr.c, add a row below, a line in sched.h and one in
 * Kbuild, a test and a paragraph of manual.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vs.h"

static const struct vs_sched_ops *const scheds[] = {
	&vs_sched_rr,
	&vs_sched_wrr,
	&vs_sched_lc,
	&vs_sched_wlc,
	&vs_sched_mh,
	&vs_sched_sh,
};

/**
 * vs_sched_find() - find a scheduler
 * @name: its name
 *
 * Context: any.
 * Return: the scheduler, or NULL if none has this name.
 */
const struct vs_sched_ops *vs_sched_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scheds); i++)
		if (!strcmp(scheds[i]->name, name))
			return scheds[i];
	return NULL;
}

/**
 * vs_sched_prime() - round a table's size up
 * @at_least: at most VS_MH_TABLE_MAX
 *
 * Context: any; up to some hundred divisions for each number tried.
 * Return: the smallest prime that is not less than @at_least.
 */
u32 vs_sched_prime(u32 at_least)
{
	u32 n = max(at_least, 2U);
	u32 divisor = 2;

	while (divisor * divisor <= n) {
		if (n % divisor) {
			divisor++;
		} else {
			n++;
			divisor = 2;
		}
	}
	return n;
}

/**
 * vs_pool_alloc() - make an empty pool
 * @config: the scheduler and its options
 * @cursor: the service's
 * @nr: how many servers the caller fills in, at most VS_SERVERS_MAX
 *
 * Context: process context.
 * Return: the pool, or NULL if there is no memory.
 */
struct vs_pool *vs_pool_alloc(const struct vs_sched_config *config,
			      atomic64_t *cursor, unsigned int nr)
{
	struct vs_pool *pool;

	pool = kvzalloc(struct_size(pool, servers, nr), GFP_KERNEL_ACCOUNT);
	if (!pool)
		return NULL;
	pool->config = *config;
	pool->cursor = cursor;
	pool->nr = nr;
	return pool;
}

/**
 * vs_pool_prepare() - make a pool ready to pick from
 * @pool: its servers are filled in
 * @old: the pool that it will replace, published; or NULL
 *
 * Context: process context, under the vn->lock that keeps @old what it is.
 * Return: 0, or -ENOMEM; the caller frees @pool then.
 */
int vs_pool_prepare(struct vs_pool *pool, const struct vs_pool *old)
{
	unsigned int front = 0;
	unsigned int i;

	/* The available ones come first and keep their order. */
	for (i = 0; i < pool->nr; i++) {
		if (!pool->servers[i].available)
			continue;
		swap(pool->servers[front], pool->servers[i]);
		front++;
	}
	pool->nr_available = front;
	pool->reciprocal = front ? vs_reciprocal(front) : 0;

	if (!pool->config.ops->prepare)
		return 0;
	return pool->config.ops->prepare(pool, old);
}

/**
 * vs_pool_free() - free a pool that nobody reads
 * @pool: never published, or a grace period ago withdrawn; NULL is fine
 *
 * Context: any but NMI; vfree() defers itself in softirq.
 */
void vs_pool_free(struct vs_pool *pool)
{
	if (!pool)
		return;
	if (pool->data && pool->config.ops->release)
		pool->config.ops->release(pool);
	else
		kvfree(pool->data);
	kvfree(pool);
}

static void pool_free_cb(struct rcu_head *rcu)
{
	vs_pool_free(container_of(rcu, struct vs_pool, rcu));
}

/**
 * vs_pool_free_rcu() - free a pool once its readers are done
 * @pool: unpublished by now; NULL is fine
 *
 * The module waits for the callback (rcu_barrier()) before it goes.
 *
 * Context: any.
 */
void vs_pool_free_rcu(struct vs_pool *pool)
{
	if (pool)
		call_rcu(&pool->rcu, pool_free_cb);
}
