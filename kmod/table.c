// SPDX-License-Identifier: GPL-2.0-only
/*
 * The conn table: the two nodes of each conn, by the tuple that packets from
 * that end arrive with.
 *
 * It is an rhashtable in parts, because one can be made with 128 Ki buckets at
 * most, and growing is dear: each doubling touches every node, of which no
 * cache has many. So a table starts as large as its limit suggests. Besides, a
 * part grows by itself, and CPUs count new nodes in several places. It does not
 * shrink, or it would soon be small again; its limit bounds it.
 *
 * What else a new conn costs is above all two buckets that no cache has, a new
 * place each time. vs_table_prefetch() fetches one while other work is done.
 */
#include <linux/jhash.h>
#include <linux/prefetch.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "vs.h"

#define PART_BUCKETS	131072U	/* as large as an rhashtable starts */
#define PARTS_MAX	8U

static hsiphash_key_t tuple_key __read_mostly;

/**
 * vs_tuple_hash() - set the hash of a tuple
 * @tuple: the tuple
 *
 * Keyed, since clients choose what goes in.
 */
void vs_tuple_hash(struct vs_tuple *tuple)
{
	u32 ports = (__force u32)tuple->sport << 16 | (__force u32)tuple->dport;
	u32 kind = tuple->protocol << 8 | tuple->family;

	if (tuple->family == NFPROTO_IPV4)
		tuple->hash = hsiphash_4u32((__force u32)tuple->src.ip,
					    (__force u32)tuple->dst.ip, ports,
					    kind, &tuple_key);
	else
		tuple->hash = hsiphash_3u32(hsiphash(&tuple->src,
						     2 * sizeof(tuple->src),
						     &tuple_key),
					    ports, kind, &tuple_key);
}

/**
 * vs_tuple_equal() - whether two tuples are the same
 * @a: a tuple with its hash
 * @b: another
 *
 * Return: true if they are.
 */
bool vs_tuple_equal(const struct vs_tuple *a, const struct vs_tuple *b)
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

/* The part's own seed lets it tell apart what it has in one bucket. */
static u32 key_hash(const void *key, u32 len, u32 seed)
{
	const struct vs_tuple *tuple = key;

	return jhash_1word(tuple->hash, seed);
}

static u32 node_hash(const void *obj, u32 len, u32 seed)
{
	const struct vs_conn_node *node = obj;

	return jhash_1word(node->tuple.hash, seed);
}

static int node_differs(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct vs_conn_node *node = obj;

	return !vs_tuple_equal(&node->tuple, arg->key);
}

static const struct rhashtable_params node_params = {
	.head_offset		= offsetof(struct vs_conn_node, hash),
	.key_offset		= offsetof(struct vs_conn_node, tuple),
	.key_len		= offsetof(struct vs_tuple, side),
	.hashfn			= key_hash,
	.obj_hashfn		= node_hash,
	.obj_cmpfn		= node_differs,
};

static struct rhashtable *part_of(struct vs_table *table,
				  const struct vs_tuple *tuple)
{
	return &table->parts[reciprocal_scale(tuple->hash, table->nr)];
}

/**
 * vs_table_find() - the node of a tuple
 * @table: the table
 * @tuple: the tuple with its hash
 *
 * Context: RCU read side.
 *
 * Return: the node, or NULL.
 */
struct vs_conn_node *vs_table_find(struct vs_table *table,
				   const struct vs_tuple *tuple)
{
	return rhashtable_lookup(part_of(table, tuple), tuple, node_params);
}

/**
 * vs_table_prefetch() - fetch the bucket of a tuple
 * @table: the table
 * @tuple: the tuple with its hash
 *
 * Context: RCU read side.
 */
void vs_table_prefetch(struct vs_table *table, const struct vs_tuple *tuple)
{
	struct rhashtable *part = part_of(table, tuple);
	const struct bucket_table *tbl = rcu_dereference(part->tbl);

	prefetch(rht_bucket(tbl, rht_key_hashfn(part, tbl, tuple,
						node_params)));
}

/**
 * vs_table_insert() - put a node into the table
 * @table: the table
 * @node: the node, whose tuple has its hash
 *
 * Context: RCU read side.
 *
 * Return: NULL if it is in, the node that has its tuple already, or an error.
 */
struct vs_conn_node *vs_table_insert(struct vs_table *table,
				     struct vs_conn_node *node)
{
	return rhashtable_lookup_get_insert_key(part_of(table, &node->tuple),
						&node->tuple, &node->hash,
						node_params);
}

/**
 * vs_table_remove() - take a node out of the table, if it is there
 * @table: the table
 * @node: the node
 */
void vs_table_remove(struct vs_table *table, struct vs_conn_node *node)
{
	rhashtable_remove_fast(part_of(table, &node->tuple), &node->hash,
			       node_params);
}

/**
 * vs_table_nodes() - how many nodes there are
 * @table: the table
 *
 * Return: their number.
 */
unsigned int vs_table_nodes(const struct vs_table *table)
{
	unsigned int i, nodes = 0;

	for (i = 0; i < table->nr; i++)
		nodes += atomic_read(&table->parts[i].nelems);
	return nodes;
}

/**
 * vs_table_walk_enter() - begin to walk a table
 * @walk: the walk; its iter is used with rhashtable_walk_*() and comes to an
 *	end with each part
 * @table: the table
 */
void vs_table_walk_enter(struct vs_table_walk *walk, struct vs_table *table)
{
	walk->table = table;
	walk->part = 0;
	rhashtable_walk_enter(&table->parts[0], &walk->iter);
}

/**
 * vs_table_walk_part() - go on with the next part
 * @walk: the walk, which is stopped
 *
 * Return: false if there is none: the walk is at its end.
 */
bool vs_table_walk_part(struct vs_table_walk *walk)
{
	if (walk->part + 1 == walk->table->nr)
		return false;
	rhashtable_walk_exit(&walk->iter);
	rhashtable_walk_enter(&walk->table->parts[++walk->part], &walk->iter);
	return true;
}

/**
 * vs_table_walk_exit() - leave a table
 * @walk: the walk, which is stopped
 */
void vs_table_walk_exit(struct vs_table_walk *walk)
{
	rhashtable_walk_exit(&walk->iter);
}

static void destroy_parts(struct vs_table *table, unsigned int nr)
{
	while (nr--)
		rhashtable_destroy(&table->parts[nr]);
	kvfree(table);
}

/**
 * vs_table_new() - an empty table
 * @conns: how many conns are to be expected at most
 *
 * It starts with a bucket for every other one, but no more than a million.
 *
 * Return: it, or an error.
 */
struct vs_table *vs_table_new(u32 conns)
{
	unsigned int buckets = roundup_pow_of_two(clamp(conns / 2, 1024U,
							PART_BUCKETS *
							PARTS_MAX));
	unsigned int nr = max(buckets / PART_BUCKETS, 1U);
	struct rhashtable_params params = node_params;
	struct vs_table *table;
	int err;

	/* It is u16, and rounded up to a power of two. */
	params.nelem_hint = min(buckets / nr / 4 * 3, (unsigned int)U16_MAX);

	table = kvzalloc(struct_size(table, parts, nr), GFP_KERNEL_ACCOUNT);
	if (!table)
		return ERR_PTR(-ENOMEM);
	for (table->nr = 0; table->nr < nr; table->nr++) {
		err = rhashtable_init(&table->parts[table->nr], &params);
		if (err) {
			destroy_parts(table, table->nr);
			return ERR_PTR(err);
		}
	}
	return table;
}

/**
 * vs_table_free() - free a table that has no nodes
 * @table: the table
 */
void vs_table_free(struct vs_table *table)
{
	destroy_parts(table, table->nr);
}

/**
 * vs_table_init() - draw the key of all tables
 */
void vs_table_init(void)
{
	get_random_bytes(&tuple_key, sizeof(tuple_key));
}
