// SPDX-License-Identifier: GPL-2.0-only
/*
 * lc: the available server with the least load, whatever the weights.
 * wlc: the one with the least load for its weight.
 *
 * A conn that is active counts 256 times as much as one that is not, as
 * administrators know it from IPVS. Both look at every available server: load
 * changes with each conn, and an order kept up to date would cost more, and a
 * lock, than reading one cache line a server does for pools of usual size.
 *
 * Idle servers tie. The scan starts one server further for each conn, so that
 * a burst of conns that come and go within each other's time, which leave no
 * load behind, is spread and does not all fall on the first server.
 */
#include <linux/math64.h>

#include "vs.h"

/* Less than 2^41: counts have 32 bits at most. */
static u64 lc_load(const struct vs_server *server)
{
	return ((u64)(u32)atomic_read(&server->active) << 8) +
	       (u32)atomic_read(&server->inactive);
}

static struct vs_server *least(const struct vs_pool *pool, bool weighted)
{
	const struct vs_pool_server *best = NULL;
	unsigned int nr = pool->nr_available;
	u64 best_load = 0;
	unsigned int left;
	unsigned int i;

	if (!nr)
		return NULL;
	i = vs_mod(atomic64_fetch_inc(pool->cursor), nr, pool->reciprocal);
	for (left = nr; left; left--) {
		const struct vs_pool_server *one = &pool->servers[i];
		u64 load = lc_load(one->server);

		/*
		 * load / weight < best_load / best_weight without a division:
		 * 41 bits times 16 bits fit. Both weights are 1 for lc.
		 */
		if (!best ||
		    load * (weighted ? best->weight : 1) <
		    best_load * (weighted ? one->weight : 1)) {
			best = one;
			best_load = load;
		}
		if (++i == nr)
			i = 0;
	}
	return best->server;
}

static struct vs_server *lc_pick(const struct vs_pool *pool,
				 const struct vs_packet *pkt)
{
	return least(pool, false);
}

static struct vs_server *wlc_pick(const struct vs_pool *pool,
				  const struct vs_packet *pkt)
{
	return least(pool, true);
}

const struct vs_sched_ops vs_sched_lc = {
	.name	= "lc",
	.pick	= lc_pick,
};

const struct vs_sched_ops vs_sched_wlc = {
	.name	= "wlc",
	.pick	= wlc_pick,
};
