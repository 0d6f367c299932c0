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
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/prefetch.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "vs.h"

#define PICK_ATTEMPTS	3	/* a server may go while it is picked */
#define INSERT_ATTEMPTS	3	/* past conns may be in the way */
#define BUCKETS_MAX	131072U	/* as many as an rhashtable starts with */

static struct kmem_cache *conn_cache __read_mostly;
static hsiphash_key_t tuple_key __read_mostly;

/* Four lines, an end's node and way on lines of their own. */
static_assert(offsetof(struct vs_conn, request) % SMP_CACHE_BYTES == 0);
static_assert(offsetof(struct vs_conn, back) % SMP_CACHE_BYTES == 0);
static_assert(offsetof(struct vs_conn, reply) % SMP_CACHE_BYTES == 0);
/* A spinlock is larger where it is debugged. */
static_assert(sizeof(spinlock_t) > 4 || sizeof(struct vs_conn) <= 256);

/* Keyed, since clients choose what goes in. */
static u32 tuple_hash(const struct vs_tuple *tuple)
{
	u32 ports = (__force u32)tuple->sport << 16 | (__force u32)tuple->dport;
	u32 kind = tuple->protocol << 8 | tuple->family;

	if (tuple->family == NFPROTO_IPV4)
		return hsiphash_4u32((__force u32)tuple->src.ip,
				     (__force u32)tuple->dst.ip, ports, kind,
				     &tuple_key);
	return hsiphash_3u32(hsiphash(&tuple->src, 2 * sizeof(tuple->src),
				      &tuple_key), ports, kind, &tuple_key);
}

static bool tuple_equal(const struct vs_tuple *a, const struct vs_tuple *b)
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

	return !tuple_equal(&node->tuple, arg->key);
}

static const struct rhashtable_params node_params = {
	.head_offset		= offsetof(struct vs_conn_node, hash),
	.key_offset		= offsetof(struct vs_conn_node, tuple),
	.key_len		= offsetof(struct vs_tuple, side),
	.hashfn			= key_hash,
	.obj_hashfn		= node_hash,
	.obj_cmpfn		= node_differs,
};

static void prefetch_bucket(struct rhashtable *table,
			    const struct vs_tuple *tuple)
{
	const struct bucket_table *tbl = rcu_dereference(table->tbl);

	prefetch(rht_bucket(tbl, rht_key_hashfn(table, tbl, tuple,
						node_params)));
}

static struct vs_conn *node_conn(struct vs_conn_node *node)
{
	if (node->tuple.side == VS_CLIENT)
		return container_of(node, struct vs_conn, client);
	return container_of(node, struct vs_conn, back);
}

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

/* The other direction's cache line is looked at only by one that was idle. */
static bool is_over(struct vs_conn *conn, enum vs_side from)
{
	const struct vs_conn_node *node = vs_conn_end_of(conn, from);
	u32 timeout = READ_ONCE(node->timeout) * HZ;

	if (unlikely(READ_ONCE(node->server->end) == VS_SERVER_ENDED))
		return true;
	return unlikely(since(READ_ONCE(vs_conn_way(conn, from)->last_seen)) >=
			timeout) && vs_conn_idle(conn) >= timeout;
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

	vs_route_drop(&conn->route);
	vs_server_put(conn->client.server);
	kmem_cache_free(conn_cache, conn);
}

static void remove_nodes(struct vs_conn *conn)
{
	/* Either may be missing: the conn may be on its way in, or out. */
	rhashtable_remove_fast(conn->vn->table, &conn->client.hash,
			       node_params);
	rhashtable_remove_fast(conn->vn->table, &conn->back.hash, node_params);
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
	remove_nodes(conn);

	spin_lock_bh(&conn->lock);
	atomic_dec(conn->active ? &server->active : &server->inactive);
	spin_unlock_bh(&conn->lock);
	atomic_dec(&conn->vn->nr_conns);
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

	tuple->hash = tuple_hash(tuple);
	node = rhashtable_lookup(vn->table, tuple, node_params);
	if (!node)
		return NULL;
	conn = node_conn(node);
	*from = node->tuple.side;
	if (is_over(conn, *from)) {
		vs_conn_end(conn);
		return NULL;
	}
	return conn;
}

/* Whether a conn that is found in the way is none any more. */
static bool is_past(struct vs_conn *conn, enum vs_side side)
{
	return test_bit(VS_CONN_DEAD, &conn->flags) || is_over(conn, side);
}

/*
 * Its nodes are gone when this returns, even if somebody else has begun to end
 * it, and was perhaps interrupted by us.
 */
static void evict(struct vs_conn *conn)
{
	vs_conn_end(conn);
	remove_nodes(conn);
}

static struct vs_server *pick_server(const struct vs_service *service,
				     const struct vs_packet *pkt)
{
	const struct vs_pool *pool;
	struct vs_server *server;
	int i;

	for (i = 0; i < PICK_ATTEMPTS; i++) {
		pool = rcu_dereference(service->pool);
		server = pool->config.ops->pick(pool, pkt);
		if (!server)
			return NULL;
		/* It may have been removed since this pool was published. */
		if (likely(refcount_inc_not_zero(&server->ref)))
			return server;
	}
	return NULL;
}

static void set_state(struct vs_conn *conn, struct vs_proto_state state)
{
	u16 timeout = conn->ops->timeouts[state.state];

	WRITE_ONCE(conn->client.proto, state);
	WRITE_ONCE(conn->client.timeout, timeout);
	WRITE_ONCE(conn->back.proto, state);
	WRITE_ONCE(conn->back.timeout, timeout);
}

static struct vs_conn *conn_alloc(struct vs_net *vn,
				  const struct vs_service *service,
				  struct vs_server *server,
				  const struct vs_packet *pkt)
{
	u32 now = (u32)jiffies;
	struct vs_tuple back;
	struct vs_conn *conn;

	server->forward->back(&back, &pkt->tuple, server);
	back.hash = tuple_hash(&back);
	prefetch_bucket(vn->table, &back);

	conn = kmem_cache_alloc(conn_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!conn)
		return NULL;
	conn->client.tuple = pkt->tuple;
	conn->client.tuple.side = VS_CLIENT;
	conn->client.path = READ_ONCE(service->config.path);
	conn->client.server = server;
	conn->back.tuple = back;
	conn->back.tuple.side = VS_SERVER;
	conn->back.path = conn->client.path;
	conn->back.server = server;
	conn->vn = vn;
	conn->ops = service->proto;
	set_state(conn, service->proto->first(pkt));
	conn->active = vs_proto_active(conn->client.proto.state);
	conn->flags = 0;
	spin_lock_init(&conn->lock);
	conn->request.last_seen = now;
	conn->reply.last_seen = now;
	RCU_INIT_POINTER(conn->route.dst, NULL);
	server->forward->init(conn);
	return conn;
}

/*
 * Whether a conn gives way to one that a packet opens: the same client's is
 * past it, another's is over but for its time. One that is half closed may
 * still be in use, which the client's own packet alone can deny.
 */
static bool makes_way(const struct vs_conn *conn, const struct vs_packet *pkt)
{
	struct vs_proto_state now = READ_ONCE(conn->client.proto);

	if ((now.state == VS_CONN_STATE_FIN_WAIT ||
	     now.state == VS_CONN_STATE_SHUTDOWN) &&
	    !tuple_equal(&conn->client.tuple, &pkt->tuple))
		return false;
	return conn->ops->reopens(now, pkt, false);
}

/*
 * Puts a node in, past what only seems to be in its way: conns that are over,
 * or whose client @pkt shows to be past them.
 *
 * Return: NULL, the node of a living conn that has its tuple, or an error.
 */
static struct vs_conn_node *insert_node(struct vs_net *vn,
					struct vs_conn_node *node,
					const struct vs_packet *pkt)
{
	int tries = INSERT_ATTEMPTS;
	struct vs_conn_node *there;
	struct vs_conn *conn;

	while (tries--) {
		there = rhashtable_lookup_get_insert_key(vn->table,
							 &node->tuple,
							 &node->hash,
							 node_params);
		if (likely(!there) || IS_ERR(there))
			return there;
		conn = node_conn(there);
		if (!is_past(conn, there->tuple.side) && !makes_way(conn, pkt))
			return there;
		evict(conn);
	}
	return ERR_PTR(-EEXIST);
}

/*
 * The server's end goes in first: until a request has been forwarded nothing
 * arrives there. What is in the way there may be the same conn, made by
 * another CPU; the client's end tells.
 *
 * Return: @conn, or the other CPU's, or an error: -EEXIST for a clash.
 */
static struct vs_conn *insert(struct vs_net *vn, struct vs_conn *conn,
			      const struct vs_packet *pkt)
{
	struct vs_conn_node *node = insert_node(vn, &conn->back, pkt);
	struct vs_conn *other;

	if (IS_ERR(node))
		return ERR_CAST(node);
	if (node) {
		other = node_conn(node);
		return tuple_equal(&other->client.tuple, &pkt->tuple) ?
		       other : ERR_PTR(-EEXIST);
	}

	node = insert_node(vn, &conn->client, pkt);
	if (likely(!node)) {
		/* Pairs with test_and_set_bit() in vs_conn_end(). */
		smp_mb();
		if (unlikely(test_bit(VS_CONN_DEAD, &conn->flags)))
			remove_nodes(conn);
		return conn;
	}
	if (IS_ERR(node))
		return ERR_CAST(node);
	/* Its own other end, if a client claims to be the server. */
	if (node_conn(node) == conn || node->tuple.side != VS_CLIENT)
		return ERR_PTR(-EEXIST);
	return node_conn(node);
}

/* Return: a conn of @server, another CPU's for the packet, or an error. */
static struct vs_conn *conn_make(struct vs_net *vn,
				 const struct vs_service *service,
				 struct vs_server *server,
				 const struct vs_packet *pkt)
{
	struct vs_conn *conn = conn_alloc(vn, service, server, pkt);
	struct vs_conn *there;

	if (!conn) {
		vs_server_put(server);
		return ERR_PTR(-ENOMEM);
	}
	atomic_inc(&vn->nr_conns);
	atomic_inc(conn->active ? &server->active : &server->inactive);
	there = insert(vn, conn, pkt);
	if (likely(there == conn))
		vs_stats_conn(server->stats);
	else
		/* It may have been found meanwhile: the way of all conns. */
		vs_conn_end(conn);
	return there;
}

/**
 * vs_conn_new() - schedule a packet
 * @vn: namespace
 * @service: what it is for
 * @pkt: the packet, which vs_conn_find() missed, and which may open a conn
 * @why: set to the reason if there is none to be had
 *
 * If the server's end clashes with another conn's, another server is asked
 * for, which the schedulers that go by turns or load give.
 *
 * Context: RCU read side, BH off.
 *
 * Return: its conn, which another CPU may have made, or NULL.
 */
struct vs_conn *vs_conn_new(struct vs_net *vn, const struct vs_service *service,
			    const struct vs_packet *pkt, enum vs_drop *why)
{
	int tries = PICK_ATTEMPTS;
	struct vs_server *server;
	struct vs_conn *conn;

	/* CPUs that come at once may pass the limit by one each. */
	if (unlikely(atomic_read(&vn->nr_conns) >= READ_ONCE(vn->conns_max))) {
		*why = VS_DROP_CONNS_MAX;
		return NULL;
	}
	do {
		server = pick_server(service, pkt);
		if (unlikely(!server)) {
			*why = VS_DROP_NO_SERVER;
			return NULL;
		}
		conn = conn_make(vn, service, server, pkt);
		if (!IS_ERR(conn))
			return conn;
	} while (conn == ERR_PTR(-EEXIST) && --tries);
	*why = conn == ERR_PTR(-EEXIST) ? VS_DROP_CLASH : VS_DROP_NO_MEMORY;
	return NULL;
}

static bool same_state(struct vs_proto_state a, struct vs_proto_state b)
{
	return a.state == b.state && a.fins == b.fins;
}

static void advance(struct vs_conn *conn, enum vs_side from,
		    const struct vs_packet *pkt)
{
	struct vs_server *server = conn->client.server;
	bool active;

	spin_lock_bh(&conn->lock);
	set_state(conn, conn->ops->next(conn->client.proto, from, pkt));
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
	if (!same_state(now, conn->ops->next(now, from, pkt)))
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
	struct rhashtable_params params = node_params;
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
	get_random_bytes(&tuple_key, sizeof(tuple_key));
	conn_cache = KMEM_CACHE(vs_conn, SLAB_HWCACHE_ALIGN);
	return conn_cache ? 0 : -ENOMEM;
}

/**
 * vs_conn_exit() - the opposite; no conn is left
 */
void vs_conn_exit(void)
{
	kmem_cache_destroy(conn_cache);
}
