// SPDX-License-Identifier: GPL-2.0-only
/*
 * What schedulers that hash have in common: where a client's hash points, and
 * the servers in an order that doesn't depend on who was added first.
 *
 * Directors that share a configuration must agree on each client's server
 * though they never talk to each other, across reboots and architectures. So
 * the keys are constants and hashes are of numbers, not of bytes in memory.
 * siphash and not hsiphash, which differs between 32 and 64 bit machines.
 *
 * A client has a preference among all servers that ever had a weight: the
 * owners of what its address hashes to with attempt 0, 1, 2 ..., then those
 * after a last hash in order of id. It gets the first available one. The
 * preference knows nothing of who is available, so a server that goes takes
 * only its own clients along, and gets just these back when it returns.
 */
#include <linux/math64.h>
#include <linux/siphash.h>
#include <linux/sort.h>

#include "vs.h"

/* Published: changing one moves the clients of every director. */
static const siphash_key_t client_key = {
	{ 0x7673206861736820ULL, 0x636c69656e747320ULL },
};

static const siphash_key_t server_key = {
	{ 0x7673206861736820ULL, 0x7365727665727320ULL },
};

static u64 two_words(const __be32 *words)
{
	return (u64)be32_to_cpu(words[0]) << 32 | be32_to_cpu(words[1]);
}

static u64 hash_end(u8 family, const union vs_addr *addr, __be16 port,
		    u32 attempt, const siphash_key_t *key)
{
	u64 rest = (u64)attempt << 32 | be16_to_cpu(port);

	if (family == NFPROTO_IPV4)
		return siphash_2u64(be32_to_cpu(addr->ip), rest, key);
	return siphash_3u64(two_words(&addr->in6.s6_addr32[0]),
			    two_words(&addr->in6.s6_addr32[2]), rest, key);
}

/**
 * vs_sched_hash() - hash a packet's client
 * @pool: says what of the client
 * @pkt: from the client
 * @attempt: 0, then 1, 2 ... while what the hash led to is not available
 *
 * Context: any.
 * Return: the hash, the same on every director; all its bits are good.
 */
u64 vs_sched_hash(const struct vs_pool *pool, const struct vs_packet *pkt,
		  u32 attempt)
{
	const struct vs_tuple *tuple = &pkt->tuple;
	__be16 port = 0;

	if (pool->config.hash == VS_HASH_ADDR_PORT)
		port = tuple->sport;
	return hash_end(tuple->family, &tuple->src, port, attempt, &client_key);
}

static int compare_members(const void *a, const void *b)
{
	const struct vs_sched_member *left = a;
	const struct vs_sched_member *right = b;

	if (left->id == right->id)
		return 0;
	return left->id < right->id ? -1 : 1;
}

/**
 * vs_sched_members() - list a pool's servers for a scheduler that hashes
 * @pool: the pool
 * @members: the list; has room for all servers of @pool
 *
 * Those that never had a weight are left out. The order is that of the ids:
 * it doesn't depend on the order in @pool, and servers of one rack, whose
 * addresses are close and which fail together, are no neighbours.
 *
 * Context: process context.
 * Return: the length of the list.
 */
unsigned int vs_sched_members(const struct vs_pool *pool,
			      struct vs_sched_member *members)
{
	unsigned int nr = 0;
	unsigned int i;
	u32 end = 0;

	for (i = 0; i < pool->nr; i++) {
		const struct vs_pool_server *from = &pool->servers[i];
		struct vs_server *server = from->server;

		if (!from->weight)
			continue;
		members[nr++] = (struct vs_sched_member) {
			.id = hash_end(server->family, &server->addr,
				       server->port, 0, &server_key),
			.server = from->available ? server : NULL,
			.weight = from->weight,
		};
	}
	sort(members, nr, sizeof(*members), compare_members, NULL);

	/* VS_SERVERS_MAX weights of 16 bits: no overflow. */
	for (i = 0; i < nr; i++) {
		end += members[i].weight;
		members[i].end = end;
	}
	return nr;
}

/**
 * vs_sched_walk() - find an available server after all attempts
 * @members: the pool's list; at least one is available
 * @nr: its length
 * @hash: of the client: where the walk starts
 *
 * Context: any.
 * Return: the next available server.
 */
struct vs_server *vs_sched_walk(const struct vs_sched_member *members,
				unsigned int nr, u64 hash)
{
	unsigned int start = mul_u64_u64_shr(hash, nr, 64);
	unsigned int i;

	for (i = start; i < nr; i++)
		if (members[i].server)
			return members[i].server;
	for (i = 0; i < start; i++)
		if (members[i].server)
			return members[i].server;
	return NULL;
}
