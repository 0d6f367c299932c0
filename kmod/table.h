/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: the conn table as conn.c and open.c use it: in line, since a packet's
 * look at it is most of what vs costs.
 */
#ifndef _VS_TABLE_H
#define _VS_TABLE_H

#include <linux/jhash.h>
#include <linux/prefetch.h>
#include <linux/siphash.h>
#include <net/ipv6.h>

#include "vs.h"

extern struct kmem_cache *vs_conn_cache;
extern hsiphash_key_t vs_conn_table_key;

/* Keyed, since clients choose what goes in. */
static inline u32 vs_tuple_hash(const struct vs_tuple *tuple)
{
	u32 ports = (__force u32)tuple->sport << 16 | (__force u32)tuple->dport;
	u32 kind = tuple->protocol << 8 | tuple->family;

	if (tuple->family == NFPROTO_IPV4)
		return hsiphash_4u32((__force u32)tuple->src.ip,
				     (__force u32)tuple->dst.ip, ports, kind,
				     &vs_conn_table_key);
	return hsiphash_3u32(hsiphash(&tuple->src, 2 * sizeof(tuple->src),
				      &vs_conn_table_key),
			     ports, kind, &vs_conn_table_key);
}

static inline bool vs_tuple_equal(const struct vs_tuple *a,
				  const struct vs_tuple *b)
{
	if (a->hash != b->hash || a->sport != b->sport ||
	    a->dport != b->dport || a->family != b->family ||
	    a->protocol != b->protocol)
		return false;
	if (a->family == NFPROTO_IPV4)
		return a->src.ip == b->src.ip && a->dst.ip == b->dst.ip;
	return ipv6_addr_equal(&a->src.in6, &b->src.in6) &&
	       ipv6_addr_equal(&a->dst.in6, &b->dst.in6);
}

/* The table's own seed lets it part what it has in one bucket. */
static inline u32 vs_table_key_hash(const void *key, u32 len, u32 seed)
{
	const struct vs_tuple *tuple = key;

	return jhash_1word(tuple->hash, seed);
}

static inline u32 vs_table_node_hash(const void *obj, u32 len, u32 seed)
{
	const struct vs_conn_node *node = obj;

	return jhash_1word(node->tuple.hash, seed);
}

static inline int vs_table_node_differs(struct rhashtable_compare_arg *arg,
					const void *obj)
{
	const struct vs_conn_node *node = obj;

	return !vs_tuple_equal(&node->tuple, arg->key);
}

static const struct rhashtable_params vs_table_params = {
	.head_offset		= offsetof(struct vs_conn_node, hash),
	.key_offset		= offsetof(struct vs_conn_node, tuple),
	.key_len		= offsetof(struct vs_tuple, side),
	.hashfn			= vs_table_key_hash,
	.obj_hashfn		= vs_table_node_hash,
	.obj_cmpfn		= vs_table_node_differs,
};

static inline void vs_table_prefetch(struct rhashtable *table,
				     const struct vs_tuple *tuple)
{
	const struct bucket_table *tbl = rcu_dereference(table->tbl);

	prefetch(rht_bucket(tbl, rht_key_hashfn(table, tbl, tuple,
						vs_table_params)));
}

static inline struct vs_conn *vs_node_conn(struct vs_conn_node *node)
{
	if (node->tuple.side == VS_CLIENT)
		return container_of(node, struct vs_conn, client);
	return container_of(node, struct vs_conn, back);
}

#endif /* _VS_TABLE_H */
