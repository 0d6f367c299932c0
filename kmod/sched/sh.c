// SPDX-License-Identifier: GPL-2.0-only
/*
 * sh: source hash. A client has one server, by its address or by address and
 * port, as long as the service's servers and weights are the same.
 *
 * The hash is a point on a line on which each server owns as much as it
 * weighs: shares are exact, memory is little and a search takes log n steps.
 * A server that is not available is stepped past as hash.c says. But adding
 * or removing one shifts the others along the line and moves most clients: if
 * servers come and go, take mh.
 */
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "vs.h"

/**
 * struct sh - what a pool has prepared
 * @nr: number of @members
 * @members: all servers that ever had a weight
 */
struct sh {
	unsigned int nr;
	struct vs_sched_member members[];
};

static int sh_prepare(struct vs_pool *pool, const struct vs_pool *old)
{
	struct sh *sh;

	sh = kvmalloc(struct_size(sh, members, pool->nr), GFP_KERNEL_ACCOUNT);
	if (!sh)
		return -ENOMEM;
	sh->nr = vs_sched_members(pool, sh->members);
	pool->data = sh;
	return 0;
}

/* Who owns the point: the first whose end is behind it. */
static struct vs_server *sh_owner(const struct sh *sh, u64 hash)
{
	const struct vs_sched_member *first = sh->members;
	unsigned int nr = sh->nr;
	u32 point;

	point = mul_u64_u64_shr(hash, first[nr - 1].end, 64);
	while (nr > 1) {
		unsigned int half = nr / 2;

		if (first[half - 1].end <= point)
			first += half;
		nr -= half;
	}
	return first->server;
}

static struct vs_server *sh_pick(const struct vs_pool *pool,
				 const struct vs_packet *pkt)
{
	const struct sh *sh = pool->data;
	struct vs_server *server;
	u32 attempt;

	if (!pool->nr_available)
		return NULL;
	for (attempt = 0; attempt < VS_SCHED_TRIES; attempt++) {
		server = sh_owner(sh, vs_sched_hash(pool, pkt, attempt));
		if (likely(server))
			return server;
	}
	return vs_sched_walk(sh->members, sh->nr,
			     vs_sched_hash(pool, pkt, attempt));
}

const struct vs_sched_ops vs_sched_sh = {
	.name		= "sh",
	.hashes		= true,
	.prepare	= sh_prepare,
	.pick		= sh_pick,
};
