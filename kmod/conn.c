// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conns and their table.
 *
 * A conn has two nodes in one table, one for the packets of either end, so a
 * single look says which conn a packet belongs to and where it came from. The
 * table is read under RCU and written when conns come and end. There is no
 * timer and no reference count: a packet that finds a conn past its time ends
 * it, and the collector (collect.c) ends those that no packet asks for.
 *
 * Ending: whoever sets VS_CONN_DEAD takes both nodes out and leaves the memory
 * to RCU, so one that others have just found stays whole for them.
 *
 * The table is an rhashtable, made as large as one can be made. What a new
 * conn costs is above all its two buckets, which no cache has; they are fetched
 * while other work is done. (Several such tables, so as to start larger still,
 * were measured: their buckets are farther from any cache, and new conns cost
 * a tenth more.) It does not shrink, or it would soon have to grow again; the
 * limit on conns bounds it.
 */
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "table.h"
#include "vs.h"

#define BUCKETS_MAX	131072U	/* as many as an rhashtable starts with */

struct kmem_cache *vs_conn_cache __read_mostly;
hsiphash_key_t vs_conn_table_key __read_mostly;

/* Four lines, an end's node and way on lines of their own. */
static_assert(offsetof(struct vs_conn, request) % SMP_CACHE_BYTES == 0);
static_assert(offsetof(struct vs_conn, back) % SMP_CACHE_BYTES == 0);
static_assert(offsetof(struct vs_conn, reply) % SMP_CACHE_BYTES == 0);
/* A spinlock is larger where it is debugged. */
static_assert(sizeof(spinlock_t) > 4 || sizeof(struct vs_conn) <= 256);

static u32 since(u32 then)
{
	return (u32)jiffies - then;
}

/**
 * vs_conn_idle() - how long a conn had no packet
 * @conn: the conn
 *
 * Return: jiffies.
 */
u32 vs_conn_idle(const struct vs_conn *conn)
{
	u32 request = READ_ONCE(conn->request.last_seen);
	u32 reply = READ_ONCE(conn->reply.last_seen);

	/* No time that another CPU has just written is after ours. */
	smp_rmb();
	return min(since(request), since(reply));
}

/* Nothing is said while a file is on its way, for however long. */
static bool is_in_use(const struct vs_conn_node *node,
		      const struct vs_conn *conn)
{
	return unlikely(READ_ONCE(node->flags) & VS_NODE_HELPER) &&
	       READ_ONCE(node->proto).state == VS_CONN_STATE_ESTABLISHED &&
	       vs_helper_is_used(conn->helper);
}

/* The other direction's cache line is looked at only by one that was idle. */
static bool is_over(struct vs_conn *conn, enum vs_side from)
{
	const struct vs_conn_node *node = vs_conn_end_of(conn, from);
	u32 timeout = READ_ONCE(node->timeout) * HZ;

	if (unlikely(READ_ONCE(node->server->end) == VS_SERVER_ENDED))
		return true;
	return unlikely(since(READ_ONCE(vs_conn_way(conn, from)->last_seen)) >=
			timeout) && vs_conn_idle(conn) >= timeout &&
	       !is_in_use(node, conn);
}

/**
 * vs_conn_is_over() - whether a conn's time is up, or its service gone
 * @conn: the conn
 *
 * Context: RCU read side.
 *
 * Return: true if nothing is to be sent by it any more.
 */
bool vs_conn_is_over(struct vs_conn *conn)
{
	return is_over(conn, VS_CLIENT);
}

static void conn_free(struct rcu_head *rcu)
{
	struct vs_conn *conn = container_of(rcu, struct vs_conn, rcu);

	vs_helper_put(conn->helper);
	vs_route_drop(&conn->route);
	vs_server_put(conn->client.server);
	kmem_cache_free(vs_conn_cache, conn);
}

static struct vs_net *net_of(const struct vs_conn *conn)
{
	return conn->client.server->vn;
}

/**
 * vs_conn_unhash() - take a conn out of the table, no more
 * @conn: the conn, which is dead
 *
 * Context: RCU read side.
 */
void vs_conn_unhash(struct vs_conn *conn)
{
	struct rhashtable *table = net_of(conn)->table;

	/* Either may be missing: the conn may be on its way in, or out. */
	rhashtable_remove_fast(table, &conn->client.hash, vs_table_params);
	if (!(conn->client.flags & VS_NODE_ONE_WAY))
		rhashtable_remove_fast(table, &conn->back.hash,
				       vs_table_params);
}

static noinline void end_help(struct vs_conn *conn)
{
	if (READ_ONCE(conn->client.flags) & VS_NODE_HELPER)
		vs_helper_end(net_of(conn), conn->helper);
	else
		vs_helper_done(conn->helper);
}

/**
 * vs_conn_end() - take a conn out of the table and have it freed
 * @conn: the conn; may be ending already
 *
 * Context: RCU read side; BH or process.
 */
void vs_conn_end(struct vs_conn *conn)
{
	struct vs_server *server = conn->client.server;

	if (test_and_set_bit(VS_CONN_DEAD, &conn->flags))
		return;
	vs_conn_unhash(conn);
	if (unlikely(conn->helper))
		end_help(conn);

	spin_lock_bh(&conn->lock);
	atomic_dec(conn->active ? &server->active : &server->inactive);
	spin_unlock_bh(&conn->lock);
	atomic_dec(&net_of(conn)->nr_conns);
	call_rcu(&conn->rcu, conn_free);
}

/**
 * vs_conn_find() - the conn of a packet
 * @vn: namespace
 * @tuple: the packet's; its hash is set
 * @from: set to the end that sent it
 *
 * Context: RCU read side, BH off.
 *
 * Return: the conn, valid until the RCU read side ends, or NULL. One that is
 * past its time is ended and not returned.
 */
struct vs_conn *vs_conn_find(struct vs_net *vn, struct vs_tuple *tuple,
			     enum vs_side *from)
{
	struct vs_conn_node *node;
	struct vs_conn *conn;

	tuple->hash = vs_tuple_hash(tuple);
	node = rhashtable_lookup(vn->table, tuple, vs_table_params);
	if (!node)
		return NULL;
	conn = vs_node_conn(node);
	*from = node->tuple.side;
	if (is_over(conn, *from)) {
		vs_conn_end(conn);
		return NULL;
	}
	return conn;
}

static u16 timeout_of(const struct vs_conn *conn, u8 state)
{
	const struct vs_policy *policy = &conn->client.server->sum->policy;
	u16 timeout = READ_ONCE(policy->timeouts[vs_proto_timeout(state)]);

	return timeout ?: conn->ops->timeouts[state];
}

/**
 * vs_conn_set_state() - set how far a conn is, and its timeout with it
 * @conn: the conn, with its lock held or not yet in the table
 * @state: how far
 */
void vs_conn_set_state(struct vs_conn *conn, struct vs_proto_state state)
{
	u16 timeout = timeout_of(conn, state.state);

	WRITE_ONCE(conn->client.proto, state);
	WRITE_ONCE(conn->client.timeout, timeout);
	WRITE_ONCE(conn->back.proto, state);
	WRITE_ONCE(conn->back.timeout, timeout);
}

/**
 * vs_conn_renew() - give a conn the timeout that its service has now
 * @conn: the conn
 *
 * Context: RCU read side; BH or process.
 */
void vs_conn_renew(struct vs_conn *conn)
{
	u8 state = READ_ONCE(conn->client.proto).state;

	if (likely(READ_ONCE(conn->client.timeout) == timeout_of(conn, state)))
		return;
	spin_lock_bh(&conn->lock);
	vs_conn_set_state(conn, conn->client.proto);
	spin_unlock_bh(&conn->lock);
}

static bool same_state(struct vs_proto_state a, struct vs_proto_state b)
{
	return a.state == b.state && a.fins == b.fins;
}

static struct vs_proto_state next_state(const struct vs_conn *conn,
					struct vs_proto_state now,
					enum vs_side from,
					const struct vs_packet *pkt)
{
	if (conn->client.flags & VS_NODE_ONE_WAY)
		return conn->ops->next_one_way(now, pkt);
	return conn->ops->next(now, from, pkt);
}

static void advance(struct vs_conn *conn, enum vs_side from,
		    const struct vs_packet *pkt)
{
	struct vs_server *server = conn->client.server;
	bool active;

	spin_lock_bh(&conn->lock);
	vs_conn_set_state(conn, next_state(conn, conn->client.proto, from,
					   pkt));
	active = vs_proto_active(conn->client.proto.state);
	if (active != conn->active && !test_bit(VS_CONN_DEAD, &conn->flags)) {
		atomic_inc(active ? &server->active : &server->inactive);
		atomic_dec(active ? &server->inactive : &server->active);
		conn->active = active;
	}
	spin_unlock_bh(&conn->lock);
}

/**
 * vs_conn_seen() - note a packet of a conn
 * @conn: the conn
 * @from: the end that sent it
 * @pkt: the packet
 *
 * Writes nothing but the time for one that changes nothing.
 *
 * Context: RCU read side, BH off.
 */
void vs_conn_seen(struct vs_conn *conn, enum vs_side from,
		  const struct vs_packet *pkt)
{
	struct vs_conn_way *way = vs_conn_way(conn, from);
	struct vs_conn_node *end = vs_conn_end_of(conn, from);
	struct vs_proto_state now = READ_ONCE(end->proto);

	if (READ_ONCE(way->last_seen) != (u32)jiffies)
		WRITE_ONCE(way->last_seen, (u32)jiffies);
	if (likely(now.state == VS_CONN_STATE_ESTABLISHED &&
		   !(pkt->flags & VS_PACKET_TURNS)))
		return;
	if (unlikely(vs_packet_follows(pkt)))
		return;
	if (!same_state(now, next_state(conn, now, from, pkt)))
		advance(conn, from, pkt);
}

/**
 * vs_conn_table_init() - make a namespace's conn table
 * @vn: namespace, with vn->lock held
 *
 * Does nothing if it is there. Only namespaces that have services get one.
 *
 * Return: 0 or -errno.
 */
int vs_conn_table_init(struct vs_net *vn)
{
	struct rhashtable_params params = vs_table_params;
	struct rhashtable *table;
	unsigned int buckets;
	int err;

	lockdep_assert_held(&vn->lock);
	if (vn->table)
		return 0;
	table = kzalloc(sizeof(*table), GFP_KERNEL_ACCOUNT);
	if (!table)
		return -ENOMEM;
	buckets = roundup_pow_of_two(clamp(vn->conns_max / 4, 1024U,
					   BUCKETS_MAX));
	/* It is u16, and rounded up to a power of two. */
	params.nelem_hint = min(buckets / 4 * 3, (unsigned int)U16_MAX);
	err = rhashtable_init(table, &params);
	if (err) {
		kfree(table);
		return err;
	}
	vn->table = table;
	return 0;
}

/**
 * vs_conn_init() - what conns need in the module
 *
 * Return: 0 or -ENOMEM.
 */
int vs_conn_init(void)
{
	get_random_bytes(&vs_conn_table_key, sizeof(vs_conn_table_key));
	vs_conn_cache = KMEM_CACHE(vs_conn, SLAB_HWCACHE_ALIGN);
	return vs_conn_cache ? 0 : -ENOMEM;
}

/**
 * vs_conn_exit() - the opposite; no conn is left
 */
void vs_conn_exit(void)
{
	kmem_cache_destroy(vs_conn_cache);
}
