// SPDX-License-Identifier: GPL-2.0-only
/*
 * rr: round robin over the available servers, whatever their weights.
 *
 * The service's cursor counts the conns that were scheduled; it goes on when
 * a new pool takes the place of this one, so a service whose servers change
 * all the time doesn't give each first conn to its first server.
 *
 * A pool needs nothing prepared: vs_pool_prepare() has put the available
 * servers first. Picking takes one atomic addition and one multiplication.
 */
#include "vs.h"

static struct vs_server *rr_pick(const struct vs_pool *pool,
				 const struct vs_packet *pkt)
{
	u64 turn;

	if (!pool->nr_available)
		return NULL;
	turn = atomic64_fetch_inc(pool->cursor);
	turn = vs_mod(turn, pool->nr_available, pool->reciprocal);
	return pool->servers[turn].server;
}

const struct vs_sched_ops vs_sched_rr = {
	.name	= "rr",
	.pick	= rr_pick,
};
