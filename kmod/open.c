// SPDX-License-Identifier: GPL-2.0-only
/*
 * New conns: a server is chosen, both ends are worked out and put into the
 * table. Two CPUs may do so for one client at once: the table tells which was
 * first, and both use that one.
 *
 * A service without conns has them for the time of one packet, on the stack.
 */
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "table.h"
#include "vs.h"

#define PICK_ATTEMPTS	3	/* a server may go while it is picked */
#define INSERT_ATTEMPTS	3	/* past conns may be in the way */
#define CROWDED_TIME	(HZ / 10)
#define CROWDED_TRIES	8

/* Whether a conn that is found in the way is none any more. */
static bool is_past(struct vs_conn *conn)
{
	return test_bit(VS_CONN_DEAD, &conn->flags) || vs_conn_is_over(conn);
}

/*
 * Its nodes are gone when this returns, even if somebody else has begun to end
 * it, and was perhaps interrupted by us.
 */
static void evict(struct vs_conn *conn)
{
	vs_conn_end(conn);
	vs_conn_unhash(conn);
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

/* The state that a packet's conn begins in. */
static struct vs_proto_state first_state(const struct vs_server *server,
					 const struct vs_proto_ops *ops,
					 const struct vs_packet *pkt)
{
	u8 by = READ_ONCE(server->sum->policy.established_by);

	return ops->first(pkt, server->forward->one_way ||
			       by == VS_ESTABLISHED_BY_REQUEST);
}

static u8 node_flags(const struct vs_service *service,
		     const struct vs_server *server)
{
	u8 flags = 0;

	if (READ_ONCE(service->config.path) == VS_PATH_STACK)
		flags |= VS_NODE_STACK;
	if (server->forward->one_way)
		flags |= VS_NODE_ONE_WAY;
	return flags;
}

/* All but the tuples and the nodes' flags. */
static void conn_fill(struct vs_conn *conn, struct vs_server *server,
		      const struct vs_proto_ops *ops,
		      const struct vs_packet *pkt, enum vs_side from)
{
	struct vs_proto_state state = first_state(server, ops, pkt);
	u32 now = (u32)jiffies;

	state.opener = from;
	conn->client.server = server;
	conn->back.server = server;
	conn->ops = ops;
	conn->helper = NULL;
	vs_conn_set_state(conn, state);
	conn->active = vs_proto_active(conn->client.proto.state);
	conn->flags = 0;
	spin_lock_init(&conn->lock);
	conn->request.last_seen = now;
	conn->reply.last_seen = now;
	RCU_INIT_POINTER(conn->route.dst, NULL);
}

/* All but the server's tuple. */
static void conn_fill_new(struct vs_conn *conn,
			  const struct vs_service *service,
			  struct vs_server *server, const struct vs_packet *pkt)
{
	conn->client.tuple = pkt->tuple;
	conn->client.tuple.side = VS_CLIENT;
	conn->client.flags = node_flags(service, server);
	conn_fill(conn, server, service->proto, pkt, VS_CLIENT);
}

/* Its ends are known: what becomes of its packets follows from them. */
static void conn_prepare(struct vs_conn *conn)
{
	const struct vs_tuple *client = &conn->client.tuple;
	const struct vs_tuple *back = &conn->back.tuple;
	bool both;

	conn->back.tuple.side = VS_SERVER;
	both = back->dport != client->sport ||
	       conn->client.server->forward->uses_sources;
	conn->client.flags &= ~VS_NODE_BOTH;
	if (both)
		conn->client.flags |= VS_NODE_BOTH;
	conn->back.flags = conn->client.flags;
	conn->client.server->forward->init(conn);
}

static bool conn_add_helper(struct vs_conn *conn)
{
	conn->helper = vs_helper_new();
	conn->client.flags |= VS_NODE_HELPER;
	return conn->helper;
}

/*
 * The server's end is computed before there is memory for it, so that its
 * bucket comes while that is looked for.
 */
static struct vs_conn *conn_alloc(struct vs_net *vn,
				  const struct vs_service *service,
				  struct vs_server *server,
				  const struct vs_source_pool *sources,
				  const struct vs_packet *pkt)
{
	struct vs_tuple back;
	struct vs_conn *conn;
	bool two_way = !server->forward->one_way;

	if (two_way) {
		server->forward->back(&back, &pkt->tuple, server, sources, 0);
		back.hash = vs_tuple_hash(&back);
		vs_table_prefetch(vn->table, &back);
	}
	conn = kmem_cache_alloc(vs_conn_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!conn)
		return NULL;
	conn_fill_new(conn, service, server, pkt);
	if (unlikely(READ_ONCE(service->config.helper)) &&
	    two_way && !conn_add_helper(conn)) {
		kmem_cache_free(vs_conn_cache, conn);
		return NULL;
	}
	if (!two_way) {
		conn->back.flags = conn->client.flags;
		server->forward->init(conn);
		return conn;
	}
	conn->back.tuple = back;
	conn_prepare(conn);
	return conn;
}

/*
 * Whether a conn gives way to one that a packet opens: the same client's is
 * past it, another's is over but for its time. One that is half closed may
 * still be in use, which the client's own packet alone can deny. And while
 * there are other sources (@sparing) none is taken that a server may remember
 * another client by.
 */
static bool makes_way(const struct vs_conn *conn, const struct vs_tuple *client,
		      const struct vs_packet *pkt, bool sparing)
{
	struct vs_proto_state now = READ_ONCE(conn->client.proto);

	if ((sparing || now.state == VS_CONN_STATE_FIN_WAIT ||
	     now.state == VS_CONN_STATE_SHUTDOWN) &&
	    !vs_tuple_equal(&conn->client.tuple, client))
		return false;
	return conn->ops->reopens(now, pkt, false);
}

/*
 * Puts a node in, past what only seems to be in its way: conns that are over,
 * or whose client, of which @client is the tuple, @pkt shows to be past them.
 *
 * Return: NULL, the node of a living conn that has its tuple, or an error.
 */
static struct vs_conn_node *insert_node(struct vs_net *vn,
					struct vs_conn_node *node,
					const struct vs_tuple *client,
					const struct vs_packet *pkt,
					bool sparing)
{
	int tries = INSERT_ATTEMPTS;
	struct vs_conn_node *there;
	struct vs_conn *conn;

	while (tries--) {
		there = rhashtable_lookup_get_insert_key(vn->table,
							 &node->tuple,
							 &node->hash,
							 vs_table_params);
		if (likely(!there) || IS_ERR(there))
			return there;
		conn = vs_node_conn(there);
		if (!is_past(conn) && !makes_way(conn, client, pkt, sparing))
			return there;
		evict(conn);
	}
	return ERR_PTR(-EEXIST);
}

/*
 * What is in the way of the server's end may be the same conn, made by another
 * CPU; the client's end tells.
 *
 * Return: NULL, the other CPU's conn, or an error: -EADDRINUSE for a clash.
 */
static struct vs_conn *insert_back(struct vs_net *vn, struct vs_conn *conn,
				   const struct vs_packet *pkt, bool sparing)
{
	const struct vs_tuple *client = &conn->client.tuple;
	struct vs_conn_node *node;
	struct vs_conn *other;

	sparing &= conn->client.server->forward->uses_sources;
	node = insert_node(vn, &conn->back, client, pkt, sparing);
	if (likely(!node) || IS_ERR(node))
		return ERR_CAST(node);
	other = vs_node_conn(node);
	return vs_tuple_equal(&other->client.tuple, client) ?
	       other : ERR_PTR(-EADDRINUSE);
}

/*
 * Where no source was found a moment ago few are tried, or whoever fills the
 * table with SYNs would have every other one cost all tries there are.
 */
static unsigned int tries_of(const struct vs_server *server)
{
	u32 since = (u32)jiffies - READ_ONCE(server->crowded);

	return since < CROWDED_TIME ? CROWDED_TRIES : server->forward->tries;
}

/* Another server's end for a conn whose first is taken, until one is free. */
static noinline struct vs_conn *
insert_other_back(struct vs_net *vn, struct vs_conn *conn,
		  const struct vs_source_pool *sources,
		  const struct vs_packet *pkt)
{
	struct vs_server *server = conn->client.server;
	struct vs_tuple *back = &conn->back.tuple;
	unsigned int tries = tries_of(server);
	struct vs_conn *there;
	unsigned int try;

	for (try = 1; try < tries; try++) {
		server->forward->back(back, &conn->client.tuple, server,
				      sources, try);
		back->hash = vs_tuple_hash(back);
		conn_prepare(conn);
		there = insert_back(vn, conn, pkt, try < tries / 2);
		if (there != ERR_PTR(-EADDRINUSE))
			return there;
	}
	WRITE_ONCE(server->crowded, (u32)jiffies);
	return ERR_PTR(-EADDRINUSE);
}

/*
 * The server's end goes in first, if there is one: until a request has been
 * forwarded nothing arrives there. If it is @fixed it is as it is.
 *
 * Return: @conn, or another CPU's for the packet, or an error: -EADDRINUSE if
 * the server's end clashes, -EEXIST if the client's does.
 */
static struct vs_conn *insert(struct vs_net *vn, struct vs_conn *conn,
			      const struct vs_source_pool *sources,
			      const struct vs_packet *pkt, bool fixed)
{
	struct vs_conn_node *node;
	struct vs_conn *there;

	if (!(conn->client.flags & VS_NODE_ONE_WAY)) {
		there = insert_back(vn, conn, pkt, !fixed);
		if (unlikely(there == ERR_PTR(-EADDRINUSE) && !fixed))
			there = insert_other_back(vn, conn, sources, pkt);
		if (there)
			return there;
	}

	node = insert_node(vn, &conn->client, &conn->client.tuple, pkt, false);
	if (likely(!node)) {
		/* Pairs with test_and_set_bit() in vs_conn_end(). */
		smp_mb();
		if (unlikely(test_bit(VS_CONN_DEAD, &conn->flags)))
			vs_conn_unhash(conn);
		return conn;
	}
	if (IS_ERR(node))
		return ERR_CAST(node);
	/* Its own other end, if a client claims to be the server. */
	if (vs_node_conn(node) == conn || node->tuple.side != VS_CLIENT)
		return ERR_PTR(-EEXIST);
	return vs_node_conn(node);
}

/* Return: as insert(); a conn that is not put in is ended. */
static struct vs_conn *conn_put_in(struct vs_net *vn, struct vs_conn *conn,
				   const struct vs_source_pool *sources,
				   const struct vs_packet *pkt, bool fixed)
{
	struct vs_server *server = conn->client.server;
	struct vs_conn *there;

	atomic_inc(&vn->nr_conns);
	atomic_inc(conn->active ? &server->active : &server->inactive);
	there = insert(vn, conn, sources, pkt, fixed);
	if (likely(there == conn))
		vs_stats_conn(server->stats);
	else
		/* It may have been found meanwhile: the way of all conns. */
		vs_conn_end(conn);
	return there;
}

/* Return: a conn of @server, another CPU's for the packet, or an error. */
static struct vs_conn *conn_make(struct vs_net *vn,
				 const struct vs_service *service,
				 struct vs_server *server,
				 const struct vs_packet *pkt)
{
	const struct vs_source_pool *sources =
		rcu_dereference(service->sources);
	struct vs_conn *conn;

	/* It may have been taken away with its last user. */
	if (unlikely(server->forward->uses_sources && !sources)) {
		vs_server_put(server);
		return ERR_PTR(-EADDRINUSE);
	}
	conn = conn_alloc(vn, service, server, sources, pkt);
	if (!conn) {
		vs_server_put(server);
		return ERR_PTR(-ENOMEM);
	}
	return conn_put_in(vn, conn, sources, pkt, false);
}

static enum vs_drop why_none(long err, bool no_source)
{
	if (err == -ENOMEM)
		return VS_DROP_NO_MEMORY;
	return no_source ? VS_DROP_NO_SOURCE : VS_DROP_CLASH;
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
	bool no_source;

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
		no_source = server->forward->uses_sources;
		conn = conn_make(vn, service, server, pkt);
		if (!IS_ERR(conn))
			return conn;
	} while (conn != ERR_PTR(-ENOMEM) && --tries);
	*why = why_none(PTR_ERR(conn), no_source);
	return NULL;
}

/* Return: a conn beside @control, or NULL. */
static struct vs_conn *conn_alloc_data(const struct vs_conn *control,
				       const struct vs_tuple *client,
				       const struct vs_tuple *back,
				       const struct vs_packet *pkt,
				       enum vs_side from)
{
	struct vs_server *server = control->client.server;
	struct vs_conn *conn;

	if (!refcount_inc_not_zero(&server->ref))
		return NULL;
	conn = kmem_cache_alloc(vs_conn_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!conn) {
		vs_server_put(server);
		return NULL;
	}
	conn->client.tuple = *client;
	conn->client.tuple.side = VS_CLIENT;
	conn->client.tuple.hash = vs_tuple_hash(client);
	conn->client.flags = READ_ONCE(control->client.flags) & VS_NODE_STACK;
	conn_fill(conn, server, control->ops, pkt, from);
	conn->helper = vs_helper_get(control->helper);
	conn->back.tuple = *back;
	conn->back.tuple.hash = vs_tuple_hash(back);
	conn_prepare(conn);
	return conn;
}

/**
 * vs_conn_expected() - the data conn of a control conn
 * @control: the control conn
 * @client: what its client's packets arrive with, but for side and hash
 * @back: what its server's do; where a server would send to is changed if that
 *	clashes, and it is not the server who begins
 * @pkt: the packet that opens it
 * @from: the end that sent it
 * @why: set to the reason if there is none to be had
 *
 * It goes to the control conn's server. The control conn does not expire while
 * it is there, but may end.
 *
 * Context: RCU read side, BH off.
 *
 * Return: the conn, which another CPU may have made, or NULL.
 */
struct vs_conn *vs_conn_expected(const struct vs_conn *control,
				 const struct vs_tuple *client,
				 const struct vs_tuple *back,
				 const struct vs_packet *pkt, enum vs_side from,
				 enum vs_drop *why)
{
	struct vs_server *server = control->client.server;
	struct vs_net *vn = server->vn;
	struct vs_tuple end = *back;
	struct vs_conn *conn;
	unsigned int try = 0;

	if (atomic_read(&vn->nr_conns) >= READ_ONCE(vn->conns_max)) {
		*why = VS_DROP_CONNS_MAX;
		return NULL;
	}
	do {
		if (try)
			end.dport = vs_nat_port(client, try);
		conn = conn_alloc_data(control, client, &end, pkt, from);
		if (!conn) {
			*why = VS_DROP_NO_MEMORY;
			return NULL;
		}
		conn = conn_put_in(vn, conn, NULL, pkt, true);
		if (!IS_ERR(conn))
			return conn;
	} while (conn == ERR_PTR(-EADDRINUSE) && from == VS_CLIENT &&
		 ++try < PICK_ATTEMPTS);
	*why = PTR_ERR(conn) == -ENOMEM ? VS_DROP_NO_MEMORY : VS_DROP_CLASH;
	return NULL;
}

/**
 * vs_conn_once() - schedule a packet for itself, without a conn in the table
 * @conn: what is filled in, on the caller's stack
 * @service: what it is for, which has @one_packet
 * @pkt: the packet
 *
 * Context: RCU read side, BH off.
 *
 * Return: true, and vs_conn_once_done() is to be called; false if no server
 * takes it.
 */
bool vs_conn_once(struct vs_conn *conn, const struct vs_service *service,
		  const struct vs_packet *pkt)
{
	struct vs_server *server = pick_server(service, pkt);

	if (!server)
		return false;
	/* Left over from when the service had conns. */
	if (unlikely(server->forward->uses_sources)) {
		vs_server_put(server);
		return false;
	}
	conn_fill_new(conn, service, server, pkt);
	conn->back.flags = conn->client.flags;
	if (!server->forward->one_way) {
		server->forward->back(&conn->back.tuple, &pkt->tuple, server,
				      NULL, 0);
		conn_prepare(conn);
	}
	vs_stats_conn(server->stats);
	return true;
}

/**
 * vs_conn_once_reply() - what vs_conn_once() is for requests
 * @conn: what is filled in, on the caller's stack
 * @vn: namespace
 * @pkt: a packet of no conn
 *
 * Context: RCU read side, BH off.
 *
 * Return: true if it comes from a server of a service that has @one_packet,
 * and vs_conn_once_done() is to be called; else false.
 */
bool vs_conn_once_reply(struct vs_conn *conn, struct vs_net *vn,
			const struct vs_packet *pkt)
{
	struct vs_server *server = vs_server_one_packet(vn, &pkt->tuple);
	const struct vs_service_key *key;
	struct vs_tuple *client;

	if (!server || !refcount_inc_not_zero(&server->ref))
		return false;
	memset(conn, 0, sizeof(*conn));
	key = &server->sum->key;
	client = &conn->client.tuple;
	client->src = pkt->tuple.dst;
	client->sport = pkt->tuple.dport;
	client->dst = key->addr;
	client->dport = key->port;
	client->family = key->family;
	client->protocol = key->protocol;
	conn->client.server = server;
	conn->back.tuple = pkt->tuple;
	conn->back.server = server;
	conn->ops = vs_proto_find(key->protocol);
	spin_lock_init(&conn->lock);
	conn->client.proto.state = VS_CONN_STATE_ESTABLISHED;
	conn->back.proto = conn->client.proto;
	if (READ_ONCE(server->sum->path) == VS_PATH_STACK)
		conn->client.flags = VS_NODE_STACK;
	conn_prepare(conn);
	return true;
}

/**
 * vs_conn_once_done() - the packet has been sent
 * @conn: what vs_conn_once() or vs_conn_once_reply() filled in
 *
 * Context: RCU read side.
 */
void vs_conn_once_done(struct vs_conn *conn)
{
	vs_route_drop(&conn->route);
	vs_server_put(conn->client.server);
}
