// SPDX-License-Identifier: GPL-2.0-only
/*
 * mh: Maglev hashing. A client has one server, by its address or by address
 * and port, and keeps it when other servers come and go; every director with
 * the same servers and weights chooses the same. So conns survive when
 * another director takes over, and caches on the servers stay warm.
 *
 * The algorithm is that of Eisenbud et al., "Maglev: A Fast and Reliable
 * Software Network Load Balancer", NSDI 2016, section 3.4. There is a table of
 * a prime number of slots; a client's hash picks a slot, the slot names a
 * server. Each server has a preference among all slots, a permutation that
 * comes from its address and port alone: it starts at an offset and goes on by
 * a skip, and as the size is prime it meets every slot. Servers take turns;
 * whose turn it is takes the next slot of its preference that is still free,
 * until none is. Shares come out even, since turns are, and a server that is
 * added or removed changes little besides its own slots, since the others'
 * preferences are what they were.
 *
 * What differs from the paper:
 *
 * Weights. The paper gives heavier servers more turns. Here a round in which
 * the heaviest server has one turn gives each other one the part of a turn
 * that its weight is of the heaviest's: its k-th turn is in the round in which
 * its share reaches k - 1/2, so shares are rounded to the nearest slot. Its
 * first turn is in the first round, so nobody goes without a slot because of
 * a small weight. To visit all servers in each round would take time that
 * grows with the ratio of the weights; a calendar, a list for each round of
 * those who have a turn in it, makes it as long as there are slots.
 *
 * Order. Turns in the first round come by the servers' ids, hashes of their
 * addresses and ports, not in the order in which they were added; later rounds
 * keep the order of earlier ones, on which small disruption depends: reversing
 * it in every other round was seen to move a fifth more clients.
 *
 * Availability. The paper rebuilds the table when a server fails, which moves
 * a percent or so of the clients of others, and once more when it is back.
 * Here the table is of all servers that ever had a weight, and is rebuilt when
 * servers or weights are edited only. A slot whose server isn't available
 * sends its client to another slot, by hashing again with the number of the
 * attempt (hash.c). So whoever flaps, drains or is given weight 0 moves its
 * own clients alone, spread over all others, and gets back the same.
 *
 * Memory. The table doesn't change when servers go up and down, so pools in
 * succession share it, under a reference count; what a pool has of its own is
 * the servers it leads to.
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vs.h"

/* A slot that nobody took yet; a round that nobody has a turn in */
#define MH_NONE	U16_MAX

/**
 * struct mh_table - whose slot is whose
 * @ref: one of each pool that uses it
 * @size: number of @slots, a prime
 * @slots: positions in struct mh's @members
 */
struct mh_table {
	refcount_t ref;
	u32 size;
	u16 slots[];
};

/**
 * struct mh - what a pool has prepared
 * @table: shared with other pools of the same members
 * @nr: number of @members
 * @members: all servers that ever had a weight
 */
struct mh {
	struct mh_table *table;
	unsigned int nr;
	struct vs_sched_member members[];
};

/**
 * struct mh_turns - how far a server is while a table is built
 * @at: slot of its preference that it looks at next
 * @skip: from there to the one after it
 * @round: of its turn, were the first not brought forward
 * @owed: parts of a round on top of that
 * @whole: rounds from one turn to the next
 * @part: and parts of a round; its weight is how many parts a round has
 * @next: whose turn comes after its own in the same round, in a circle
 */
struct mh_turns {
	u32 at;
	u32 skip;
	u32 round;
	u32 owed;
	u16 whole;
	u16 part;
	u16 next;
};

static void mh_turns_init(struct mh_turns *turns, u32 size, u32 heaviest,
			  const struct vs_sched_member *member)
{
	u32 half = heaviest / 2;

	turns->at = reciprocal_scale(member->id, size);
	turns->skip = reciprocal_scale(member->id >> 32, size - 1) + 1;
	turns->round = half / member->weight;
	turns->owed = half % member->weight;
	turns->whole = heaviest / member->weight;
	turns->part = heaviest % member->weight;
}

/* The free slot that a server likes best; there is one. */
static u32 mh_take(const struct mh_table *table, struct mh_turns *turns)
{
	u32 slot;

	do {
		slot = turns->at;
		turns->at += turns->skip;
		if (turns->at >= table->size)
			turns->at -= table->size;
	} while (table->slots[slot] != MH_NONE);
	return slot;
}

/* Enter a server's turn in a round of the calendar, after those it has. */
static void mh_enter(u16 *calendar, struct mh_turns *turns, u32 round, u16 who)
{
	u16 last = calendar[round];

	if (last == MH_NONE) {
		turns[who].next = who;
	} else {
		turns[who].next = turns[last].next;
		turns[last].next = who;
	}
	calendar[round] = who;
}

static void mh_fill(struct mh_table *table, struct mh_turns *turns,
		    u16 *calendar, const struct vs_sched_member *members,
		    unsigned int nr)
{
	u32 left = table->size;
	u32 heaviest = 0;
	unsigned int i;
	u32 round;

	for (i = 0; i < nr; i++)
		heaviest = max(heaviest, members[i].weight);
	memset16(table->slots, MH_NONE, table->size);
	memset16(calendar, MH_NONE, table->size);
	for (i = 0; i < nr; i++) {
		mh_turns_init(&turns[i], table->size, heaviest, &members[i]);
		mh_enter(calendar, turns, 0, i);
	}

	/* The heaviest has a turn in each round: no more rounds than slots. */
	for (round = 0; left; round++) {
		u16 last = calendar[round];
		u16 next = turns[last].next;

		do {
			struct mh_turns *turn = &turns[next];

			i = next;
			next = turn->next;
			table->slots[mh_take(table, turn)] = i;
			turn->round += turn->whole;
			turn->owed += turn->part;
			if (turn->owed >= members[i].weight) {
				turn->owed -= members[i].weight;
				turn->round++;
			}
			if (turn->round < table->size)
				mh_enter(calendar, turns, turn->round, i);
			if (!(left % 1024))
				cond_resched();
		} while (--left && i != last);
	}
}

static struct mh_table *mh_table_new(u32 size, unsigned int nr,
				     const struct vs_sched_member *members)
{
	struct mh_table *table;
	struct mh_turns *turns;
	u16 *calendar;

	table = kvmalloc(struct_size(table, slots, size), GFP_KERNEL_ACCOUNT);
	turns = kvmalloc_array(nr, sizeof(*turns), GFP_KERNEL);
	calendar = kvmalloc_array(size, sizeof(*calendar), GFP_KERNEL);
	if (table && turns && calendar) {
		refcount_set(&table->ref, 1);
		table->size = size;
		mh_fill(table, turns, calendar, members, nr);
	} else {
		kvfree(table);
		table = NULL;
	}
	kvfree(calendar);
	kvfree(turns);
	return table;
}

/* The old pool's table, with a reference, if it would come out the same. */
static struct mh_table *mh_table_share(const struct mh *mh, u32 size,
				       const struct vs_pool *old)
{
	const struct mh *before;
	unsigned int i;

	if (!old || old->config.ops != &vs_sched_mh || !old->data)
		return NULL;
	before = old->data;
	if (before->table->size != size || before->nr != mh->nr)
		return NULL;
	for (i = 0; i < mh->nr; i++)
		if (before->members[i].id != mh->members[i].id ||
		    before->members[i].weight != mh->members[i].weight)
			return NULL;
	refcount_inc(&before->table->ref);
	return before->table;
}

static int mh_prepare(struct vs_pool *pool, const struct vs_pool *old)
{
	u32 size = pool->config.table_size;
	struct mh *mh;

	mh = kvmalloc(struct_size(mh, members, pool->nr), GFP_KERNEL_ACCOUNT);
	if (!mh)
		return -ENOMEM;
	mh->nr = vs_sched_members(pool, mh->members);
	if (!mh->nr) {
		kvfree(mh);
		return 0;
	}
	mh->table = mh_table_share(mh, size, old);
	if (!mh->table)
		mh->table = mh_table_new(size, mh->nr, mh->members);
	if (!mh->table) {
		kvfree(mh);
		return -ENOMEM;
	}
	pool->data = mh;
	return 0;
}

static void mh_release(struct vs_pool *pool)
{
	struct mh *mh = pool->data;

	if (refcount_dec_and_test(&mh->table->ref))
		kvfree(mh->table);
	kvfree(mh);
}

static struct vs_server *mh_pick(const struct vs_pool *pool,
				 const struct vs_packet *pkt)
{
	const struct mh *mh = pool->data;
	const struct mh_table *table;
	struct vs_server *server;
	u32 attempt;
	u32 slot;

	if (!pool->nr_available)
		return NULL;
	table = mh->table;
	for (attempt = 0; attempt < VS_SCHED_TRIES; attempt++) {
		slot = reciprocal_scale(vs_sched_hash(pool, pkt, attempt),
					table->size);
		server = mh->members[table->slots[slot]].server;
		if (likely(server))
			return server;
	}
	return vs_sched_walk(mh->members, mh->nr,
			     vs_sched_hash(pool, pkt, attempt));
}

const struct vs_sched_ops vs_sched_mh = {
	.name		= "mh",
	.hashes		= true,
	.has_table	= true,
	.prepare	= mh_prepare,
	.release	= mh_release,
	.pick		= mh_pick,
};
