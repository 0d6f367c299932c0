// SPDX-License-Identifier: GPL-2.0-only
/*
 * wrr: weighted round robin, exact and well interleaved, without a lock.
 *
 * Let W be the sum of the available servers' weights divided by their
 * greatest common divisor. The W slots of a round are laid out in one row, a
 * server of weight w owning w neighbours. Turn t takes slot t * K mod W (a
 * Weyl sequence). K has no divisor in common with W, so any W turns in a row
 * take every slot once: each server gets exactly its weight.
 *
 * K / W is near the golden ratio, which spreads multiples over the circle most
 * evenly, so a server's turns come evenly too: by the three-distance theorem
 * (Sos 1958; see Knuth, TAOCP 3, 6.4, theorem S) only three different gaps
 * lie between them, the longest being the sum of the two others. How even they
 * are depends on the partial quotients of K / W, which for the golden ratio
 * itself are all 1: among the numbers near it the one whose partial quotients
 * have the least sum is taken.
 *
 * A turn costs an atomic addition, three multiplications and a binary search.
 */
#include <linux/gcd.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "vs.h"

/* 2^32 divided by the golden ratio */
#define WRR_GOLDEN	2654435769U
/* How far from W / golden ratio K is looked for */
#define WRR_WINDOW	32

/**
 * struct wrr - what a pool has prepared
 * @reciprocal: of @round
 * @round: turns of a round: W
 * @step: K
 * @ends: for each available server, the end of its slots
 */
struct wrr {
	u64 reciprocal;
	u32 round;
	u32 step;
	u32 ends[];
};

/* Sum of the partial quotients of step / round; U32_MAX if not coprime. */
static u32 wrr_unevenness(u32 step, u32 round)
{
	u64 sum = 0;

	while (step) {
		u32 rest = round % step;

		sum += round / step;
		round = step;
		step = rest;
	}
	return round == 1 ? min_t(u64, sum, U32_MAX - 1) : U32_MAX;
}

static u32 wrr_step(u32 round)
{
	u32 middle = (u64)round * WRR_GOLDEN >> 32;
	u32 first = middle > WRR_WINDOW ? middle - WRR_WINDOW : 1;
	u32 last = min_t(u64, (u64)middle + WRR_WINDOW, round - 1);
	u32 least = U32_MAX;
	u32 best = 1; /* coprime to all there is */
	u32 step;

	for (step = first; step <= last; step++) {
		u32 uneven = wrr_unevenness(step, round);

		if (uneven < least) {
			least = uneven;
			best = step;
		}
	}
	return best;
}

static int wrr_prepare(struct vs_pool *pool, const struct vs_pool *old)
{
	unsigned long divisor = 0;
	unsigned int i;
	struct wrr *wrr;
	u32 end = 0;

	if (!pool->nr_available)
		return 0;
	wrr = kvmalloc(struct_size(wrr, ends, pool->nr_available),
		       GFP_KERNEL_ACCOUNT);
	if (!wrr)
		return -ENOMEM;

	for (i = 0; i < pool->nr_available; i++)
		divisor = gcd(divisor, pool->servers[i].weight);
	/* VS_SERVERS_MAX weights of 16 bits: no overflow. */
	for (i = 0; i < pool->nr_available; i++) {
		end += pool->servers[i].weight / divisor;
		wrr->ends[i] = end;
	}
	wrr->round = end;
	wrr->reciprocal = vs_reciprocal(end);
	wrr->step = wrr_step(end);
	pool->data = wrr;
	return 0;
}

/* Who owns a slot: the first whose end is behind it. */
static unsigned int wrr_owner(const u32 *ends, unsigned int nr, u32 slot)
{
	unsigned int first = 0;

	while (nr > 1) {
		unsigned int half = nr / 2;

		if (ends[first + half - 1] <= slot)
			first += half;
		nr -= half;
	}
	return first;
}

static struct vs_server *wrr_pick(const struct vs_pool *pool,
				  const struct vs_packet *pkt)
{
	const struct wrr *wrr = pool->data;
	u64 turn;
	u32 slot;

	if (!wrr)
		return NULL;
	turn = atomic64_fetch_inc(pool->cursor);
	turn = vs_mod(turn, wrr->round, wrr->reciprocal);
	slot = vs_mod(turn * wrr->step, wrr->round, wrr->reciprocal);
	return pool->servers[wrr_owner(wrr->ends, pool->nr_available,
				       slot)].server;
}

const struct vs_sched_ops vs_sched_wrr = {
	.name		= "wrr",
	.prepare	= wrr_prepare,
	.pick		= wrr_pick,
};
