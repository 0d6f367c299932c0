/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: pools and schedulers. Part of vs.h, which is the one to include.
 */
#ifndef _VS_SCHED_H
#define _VS_SCHED_H

#include <linux/atomic.h>
#include <linux/math64.h>
#include <linux/rcupdate.h>
#include <uapi/linux/vs.h>

#include "packet.h"

struct vs_server;

/* sched: how a server is chosen for a new conn */

/**
 * struct vs_sched_config - a service's choice of scheduler
 * @ops: the scheduler
 * @hash: what of the client it looks at, if it hashes
 * @table_size: slots of its table, a prime, if it has one
 */
struct vs_sched_config {
	const struct vs_sched_ops *ops;
	enum vs_hash hash;
	u32 table_size;
};

/**
 * struct vs_pool_server - a server as a pool has it
 * @server: the server; no reference, the pool does not outlive it
 * @weight: its share: its weight, or if that is 0 the last one that was not
 * @available: it takes new conns: it is up and its weight is not 0
 *
 * Schedulers that hash map clients to all servers by @weight and step past
 * one that is not @available, so that taking it out and in moves nobody else.
 * The others choose among the available ones.
 */
struct vs_pool_server {
	struct vs_server *server;
	u32 weight;
	bool available;
};

/**
 * struct vs_pool - a service's servers and its scheduler's prepared data
 * @rcu: frees it
 * @config: the scheduler and its options
 * @cursor: the service's; goes on from pool to pool, for round robin
 * @data: what the scheduler prepared, its own
 * @nr: number of @servers
 * @nr_available: how many of them are available
 * @reciprocal: of @nr_available, for vs_mod(); 0 if that is 0
 * @servers: once prepared the available ones come first, in the order in which
 *	they were added
 *
 * Immutable once published in service->pool; read under RCU.
 */
struct vs_pool {
	struct rcu_head rcu;
	struct vs_sched_config config;
	atomic64_t *cursor;
	void *data;
	unsigned int nr;
	unsigned int nr_available;
	u64 reciprocal;
	struct vs_pool_server servers[];
};

/**
 * struct vs_sched_ops - a scheduler
 * @name: what users call it
 * @hashes: it takes the option hash
 * @has_table: it takes the option table-size
 * @prepare: computes @pool->data from @pool->servers; may sleep, and may share
 *	what @old (the pool it will replace, or NULL) prepared with the same
 *	scheduler; 0 or -errno. Optional.
 * @release: gives up @pool->data, which is not NULL; RCU callback or process
 *	context. Optional: else kvfree() does.
 * @pick: chooses an available server, or NULL; RCU read side, BH off
 */
struct vs_sched_ops {
	const char *name;
	bool hashes;
	bool has_table;
	int (*prepare)(struct vs_pool *pool, const struct vs_pool *old);
	void (*release)(struct vs_pool *pool);
	struct vs_server *(*pick)(const struct vs_pool *pool,
				  const struct vs_packet *pkt);
};

extern const struct vs_sched_ops vs_sched_rr;
extern const struct vs_sched_ops vs_sched_wrr;
extern const struct vs_sched_ops vs_sched_lc;
extern const struct vs_sched_ops vs_sched_wlc;
extern const struct vs_sched_ops vs_sched_mh;
extern const struct vs_sched_ops vs_sched_sh;

#define VS_MH_TABLE_MIN		251
#define VS_MH_TABLE_MAX		1048576
#define VS_MH_TABLE_DEFAULT	16381
#define VS_SERVERS_MAX		65535	/* of one service: slots are u16 */

/**
 * vs_reciprocal() - prepare a divisor for vs_mod()
 * @n: the divisor, not 0
 *
 * Return: what vs_mod() multiplies with.
 */
static inline u64 vs_reciprocal(u32 n)
{
	return div_u64(U64_MAX, n);
}

/**
 * vs_mod() - remainder of a division without a division
 * @value: the dividend, any
 * @n: the divisor, not 0
 * @reciprocal: its vs_reciprocal()
 *
 * Exact (Barrett 1986): the quotient that the multiplication yields is right
 * or one too small, since @reciprocal is less than 2^64 / @n by 1 at most and
 * @value less than 2^64.
 *
 * Return: @value modulo @n.
 */
static inline u32 vs_mod(u64 value, u32 n, u64 reciprocal)
{
	u64 rest = value - mul_u64_u64_shr(value, reciprocal, 64) * n;

	return rest >= n ? rest - n : rest;
}

/* How often a hashing scheduler rehashes before it walks to the next server. */
#define VS_SCHED_TRIES	32

/**
 * struct vs_sched_member - a server as schedulers that hash see it
 * @id: hash of its address and port: the same on every director
 * @server: the server, NULL if it is not available
 * @weight: its share, not 0
 * @end: sum of the weights up to and with it
 */
struct vs_sched_member {
	u64 id;
	struct vs_server *server;
	u32 weight;
	u32 end;
};

u64 vs_sched_hash(const struct vs_pool *pool, const struct vs_packet *pkt,
		  u32 attempt);
unsigned int vs_sched_members(const struct vs_pool *pool,
			      struct vs_sched_member *members);
struct vs_server *vs_sched_walk(const struct vs_sched_member *members,
				unsigned int nr, u64 hash);
u32 vs_sched_prime(u32 at_least);
const struct vs_sched_ops *vs_sched_find(const char *name);
struct vs_pool *vs_pool_alloc(const struct vs_sched_config *config,
			      atomic64_t *cursor, unsigned int nr);
int vs_pool_prepare(struct vs_pool *pool, const struct vs_pool *old);
void vs_pool_free(struct vs_pool *pool);
void vs_pool_free_rcu(struct vs_pool *pool);

#endif /* _VS_SCHED_H */
