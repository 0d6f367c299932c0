/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: structures, locks and prototypes of the module. Objects are grouped by
 * file, bottom-up as in Kbuild: a file calls only what stands above it here, or
 * in packet.h, sched.h and forward.h, which this includes first.
 *
 * Locking
 *   vn->lock         mutex     every change to services, servers and settings;
 *                              taken in netlink*.c, main.c and by
 *                              vn->late_work only
 *   RCU              -         every read on the packet path: conn, service,
 *                              pool, server, cached routes
 *   conn->lock       spinlock  changes of a conn's proto, timeout and active;
 *                              packet path (BH), collector
 *   filter->lock     spinlock  the addresses that concern vs (BH)
 *   source->lock     seqlock   source of a tunnel's packets (BH); readers
 *                              retry
 *   vn->roles_lock   spinlock  changes of what addresses are besides (BH)
 *   helper->lock     spinlock  what either end of a control conn has sent;
 *                              packet path (BH)
 *   vn->expects_lock spinlock  data conns that are expected (BH)
 *   vn->sums_lock    seqlock   lists of sums and of the servers they add up,
 *                              and what ended servers left behind (BH);
 *                              readers retry, and hold nobody up
 *   order: vn->lock > conn->lock; vn->lock > vn->sums_lock; helper->lock >
 *   conn->lock; helper->lock > vn->expects_lock.
 *   Nothing sleeps under RCU. conn_free() runs as an RCU callback.
 *
 * Lifetimes
 *   A conn counts a reference on its server, a server one on its service's
 *   sum, and nothing points down. A pool and a service go an RCU grace period
 *   after they were unpublished. Whoever wins VS_CONN_DEAD takes a conn out of
 *   the table and has it freed.
 */
#ifndef _VS_H
#define _VS_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <uapi/linux/vs.h>

#include "packet.h"
#include "sched.h"
#include "forward.h"

struct netlink_ext_ack;
struct vs_conn;
struct vs_control;
struct vs_net;
struct vs_server;
struct vs_service;

/* filter.c: the addresses that concern vs */

#define VS_FILTER_SLOTS	4096

/**
 * struct vs_filter - the addresses that concern vs
 * @bits: by enum vs_side and hash of an address, whether there is one
 * @lock: protects changes of @bits, and @counts
 * @counts: how many there are
 */
struct vs_filter {
	DECLARE_BITMAP(bits[VS_SIDES], VS_FILTER_SLOTS);
	spinlock_t lock; /* protects bits, counts */
	u32 counts[VS_SIDES][VS_FILTER_SLOTS];
};

struct vs_filter *vs_filter_new(void);
void vs_filter_add(struct vs_filter *filter, enum vs_side side, u8 family,
		   const union vs_addr *addr);
void vs_filter_del(struct vs_filter *filter, enum vs_side side, u8 family,
		   const union vs_addr *addr);
bool vs_filter_has(const struct vs_filter *filter, enum vs_side side,
		   u8 family, const union vs_addr *addr);

/* server.c: real servers, and the sums of their counters */

/**
 * struct vs_service_key - what names a service
 * @addr: virtual address; for IPv4 the bytes after @addr.ip are 0
 * @port: virtual port
 * @family: of @addr
 * @protocol: IPPROTO_*
 */
struct vs_service_key {
	union vs_addr addr;
	__be16 port;
	u8 family;
	u8 protocol;
};

/**
 * struct vs_policy - what a service says of its conns, while they are
 * @timeouts: idle seconds, by enum vs_timeout; 0 for the protocol's own
 * @established_by: enum vs_established_by
 * @udp_reselect: enum vs_udp_reselect
 * @mss_clamp: lower the MSS of a SYN to what fits
 */
struct vs_policy {
	u16 timeouts[VS_TIMEOUTS];
	u8 established_by;
	u8 udp_reselect;
	u8 mss_clamp;
};

/**
 * struct vs_sum - what outlives a service for its servers and their conns
 * @ref: one of the service, one of each server
 * @key: the service's
 * @policy: the service's, changed under vn->lock
 * @one_packet: likewise
 * @path: likewise
 * @node: in vn->sums, under vn->sums_lock
 * @servers: servers that still count, under vn->sums_lock
 * @left: what servers left behind that count no more, under vn->sums_lock
 * @rcu: frees it
 */
struct vs_sum {
	refcount_t ref;
	struct vs_service_key key;
	struct vs_policy policy;
	u8 one_packet;
	u8 path;
	struct list_head node;
	struct list_head servers;
	struct vs_stats left;
	struct rcu_head rcu;
};

/**
 * struct vs_server_config - what an administrator says of a server
 * @addr: its address
 * @port: its port
 * @family: of @addr
 * @method: enum vs_method
 * @state: enum vs_server_state
 * @weight: share of new conns
 * @tunnel: with VS_METHOD_TUNNEL
 */
struct vs_server_config {
	union vs_addr addr;
	__be16 port;
	u8 family;
	u8 method;
	u8 state;
	u16 weight;
	struct vs_tunnel tunnel;
};

/**
 * enum vs_server_end - what became of a server
 * @VS_SERVER_THERE: it is one of its service's
 * @VS_SERVER_REMOVED: removed; its TCP conns go on
 * @VS_SERVER_ENDED: its service is gone, its conns are over
 */
enum vs_server_end {
	VS_SERVER_THERE,
	VS_SERVER_REMOVED,
	VS_SERVER_ENDED,
};

/**
 * struct vs_server - a real server of one service
 * @stats: its counters
 * @route: to it, for the conns of all clients
 * @forward: of @method
 * @addr: its address
 * @port: its port
 * @family: of @addr
 * @method: enum vs_method; never changes
 * @state: enum vs_server_state; changed under vn->lock
 * @end: enum vs_server_end; changed under vn->lock
 * @available: takes new conns: up, and its weight is not 0; likewise
 * @active: conns that are established or being opened
 * @inactive: the other conns
 * @ref: one of its service, one of each conn
 * @crowded: low bits of jiffies when no source was found for a conn of it
 * @weight: share of new conns; under vn->lock
 * @table_weight: @weight, or if that is 0 the last one that was not
 * @node: in service->servers, under vn->lock
 * @sum: what it is added up in
 * @sum_node: in @sum->servers, under vn->sums_lock
 * @vn: its namespace
 * @tunnel: with VS_METHOD_TUNNEL; never changes
 * @source: @route's, for a tunnel that was given none
 * @key: address, port, family and its service's protocol
 * @key_node: in vn->servers while it is one of its service's
 * @rcu: frees it
 *
 * The first cache line is read by every packet and hardly ever written; the
 * second is written when a conn comes, ends or changes its class.
 */
struct vs_server {
	struct vs_stats_cpu __percpu *stats;
	struct vs_route route;
	const struct vs_forward_ops *forward;
	union vs_addr addr;
	__be16 port;
	u8 family;
	u8 method;
	u8 state;
	u8 end;
	bool available;

	atomic_t active ____cacheline_aligned;
	atomic_t inactive;
	refcount_t ref;
	u32 crowded;

	u16 weight;
	u16 table_weight;
	struct list_head node;
	struct vs_sum *sum;
	struct list_head sum_node;
	struct vs_net *vn;
	struct vs_tunnel tunnel;
	struct vs_source source;
	struct vs_service_key key;
	struct rhlist_head key_node;
	struct rcu_head rcu;
};

struct vs_sum *vs_sum_new(struct vs_net *vn, const struct vs_service_key *key);
void vs_sum_set(struct vs_sum *sum, const struct vs_policy *policy,
		u8 one_packet, u8 path);
void vs_sum_put(struct vs_net *vn, struct vs_sum *sum);
void vs_sum_read(struct vs_net *vn, struct vs_sum *sum, struct vs_stats *stats);
void vs_sums_read(struct vs_net *vn, struct vs_stats *stats);
void vs_sum_end(struct vs_sum *sum);
struct vs_server *vs_server_new(struct vs_net *vn, struct vs_sum *sum,
				const struct vs_server_config *config);
void vs_server_put(struct vs_server *server);
void vs_server_unlink(struct vs_server *server);
struct vs_server *vs_server_one_packet(struct vs_net *vn,
				       const struct vs_tuple *tuple);
int vs_server_net_init(struct vs_net *vn);
void vs_server_net_exit(struct vs_net *vn);

/* service.c: virtual services and their servers */

/**
 * struct vs_service_config - what an administrator says of a service
 * @sched: how a server is chosen
 * @path: enum vs_path
 * @sloppy: any TCP packet opens a conn, not only a SYN
 * @one_packet: every packet of UDP is scheduled by itself, without a conn
 * @echo: answer echo requests to the virtual address for it
 * @helper: enum vs_helper
 * @policy: what it says of its conns
 * @sources: for servers of VS_METHOD_FULLNAT
 */
struct vs_service_config {
	struct vs_sched_config sched;
	u8 path;
	u8 sloppy;
	u8 one_packet;
	u8 echo;
	u8 helper;
	struct vs_policy policy;
	struct vs_source_pool sources;
};

/**
 * struct vs_service - a virtual service
 * @hash_node: in vn->services
 * @key: its name
 * @config: written under vn->lock; the packet path reads @path, @sloppy,
 *	@one_packet, @echo and @helper
 * @proto: of @key.protocol
 * @pool: what a new conn's server is chosen from; never NULL
 * @sources: @config.sources as the packet path reads it; NULL for none
 * @cursor: round robin's, for all its pools
 * @servers: its servers in the order in which they were added, under vn->lock
 * @nr_servers: how many
 * @sum: adds up their counters
 * @node: in vn->service_list, under vn->lock
 * @rcu: frees it
 */
struct vs_service {
	struct rhash_head hash_node;
	struct vs_service_key key;
	struct vs_service_config config;
	const struct vs_proto_ops *proto;
	struct vs_pool __rcu *pool;
	struct vs_source_pool __rcu *sources;
	atomic64_t cursor;
	struct list_head servers;
	unsigned int nr_servers;
	struct vs_sum *sum;
	struct list_head node;
	struct rcu_head rcu;
};

struct vs_service *vs_service_find(const struct vs_net *vn,
				   const struct vs_service_key *key);
int vs_service_add(struct vs_net *vn, const struct vs_service_key *key,
		   const struct vs_service_config *config);
int vs_service_set(struct vs_net *vn, struct vs_service *service,
		   const struct vs_service_config *config);
void vs_service_del(struct vs_net *vn, struct vs_service *service);
void vs_service_flush(struct vs_net *vn);
struct vs_server *vs_service_server(const struct vs_service *service, u8 family,
				    const union vs_addr *addr, __be16 port);
int vs_service_server_add(struct vs_net *vn, struct vs_service *service,
			  const struct vs_server_config *config);
int vs_service_server_set(struct vs_net *vn, struct vs_service *service,
			  struct vs_server *server,
			  const struct vs_server_config *config);
int vs_service_server_del(struct vs_net *vn, struct vs_service *service,
			  struct vs_server *server);
int vs_service_net_init(struct vs_net *vn);
void vs_service_net_exit(struct vs_net *vn);

/* What the table holds */

/* Bits of vs_conn_node.flags; all but the first are set with the conn. */
#define VS_NODE_STACK	BIT(0)	/* by the stack; may be set at any time */
#define VS_NODE_BOTH	BIT(1)	/* source and destination are rewritten */
#define VS_NODE_ONE_WAY	BIT(2)	/* only the client's end is in the table */
#define VS_NODE_HELPER	BIT(3)	/* a helper reads along */
#define VS_NODE_LOCAL	BIT(4)	/* its client is here; set with STACK */

/**
 * struct vs_conn_node - an end of a conn as the table finds it
 * @hash: in the table
 * @tuple: what packets from that end arrive with: the key
 * @timeout: idle seconds after which the conn ends, by its state
 * @proto: how far it is
 * @flags: VS_NODE_*
 * @server: where it goes; never changes
 *
 * A cache line, and all that a packet needs to know before it is sent on. What
 * changes, seldom, is written to both ends.
 */
struct vs_conn_node {
	struct rhash_head hash;
	struct vs_tuple tuple;
	u16 timeout;
	struct vs_proto_state proto;
	u8 flags;
	struct vs_server *server;
};

/**
 * struct vs_conn_way - what becomes of the packets from one end
 * @rewrite: what they are given
 * @last_seen: low bits of jiffies of the last one; written when it changes
 */
struct vs_conn_way {
	struct vs_rewrite rewrite;
	u32 last_seen;
};

/* Bits of vs_conn.flags */
#define VS_CONN_DEAD	0	/* out of the table, or on its way */

/**
 * struct vs_conn - a connection or flow between a client and a server
 * @client: the client's end; counts the reference on the server
 * @request: what becomes of the client's packets
 * @lock: protects changes of @active, and of both ends' timeout and proto
 * @flags: VS_CONN_*, by atomic bit operations
 * @ops: its protocol
 * @active: counted in server->active rather than ->inactive
 * @back: the server's end
 * @helper: what its helper keeps of it, or of a data conn's control conn, or
 *	NULL
 * @reply: what becomes of the server's packets
 * @route: to the client; requests use their server's
 * @rcu: frees it
 *
 * Four cache lines: a request reads the first two and writes the second, a
 * reply reads the last two and writes the last. Nothing else is written while
 * a conn is steady, so its two directions, which as a rule arrive on different
 * CPUs, take no line from each other.
 */
struct vs_conn {
	struct vs_conn_node client;

	struct vs_conn_way request ____cacheline_aligned;
	spinlock_t lock; /* protects what changes with the state */
	unsigned long flags;
	const struct vs_proto_ops *ops;
	struct vs_control *helper;
	bool active;

	struct vs_conn_node back ____cacheline_aligned;

	struct vs_conn_way reply ____cacheline_aligned;
	struct vs_route route;
	struct rcu_head rcu;
};

/**
 * vs_conn_end_of() - an end of a conn
 * @conn: the conn
 * @from: which
 *
 * Return: it.
 */
static inline struct vs_conn_node *vs_conn_end_of(struct vs_conn *conn,
						  enum vs_side from)
{
	return from == VS_CLIENT ? &conn->client : &conn->back;
}

/**
 * vs_conn_way() - what becomes of the packets from one end of a conn
 * @conn: the conn
 * @from: the end
 *
 * Return: it.
 */
static inline struct vs_conn_way *vs_conn_way(struct vs_conn *conn,
					      enum vs_side from)
{
	return from == VS_CLIENT ? &conn->request : &conn->reply;
}

/* helper/expect.c: what helpers keep of conns, and conns that they expect */

struct vs_control *vs_helper_new(void);
void vs_helper_end(struct vs_net *vn, struct vs_control *helper);
void vs_helper_prune(struct vs_net *vn, struct vs_control *helper);
void vs_helper_put(struct vs_control *helper);
struct vs_control *vs_helper_get(struct vs_control *helper);
void vs_helper_done(struct vs_control *helper);
bool vs_helper_is_used(const struct vs_control *helper);
int vs_helper_net_enable(struct vs_net *vn);
void vs_helper_net_init(struct vs_net *vn);
void vs_helper_net_exit(struct vs_net *vn);

/* conn.c: conns and their table */

struct vs_conn *vs_conn_find(struct vs_net *vn, struct vs_tuple *tuple,
			     enum vs_side *from);
void vs_conn_seen(struct vs_conn *conn, enum vs_side from,
		  const struct vs_packet *pkt);
void vs_conn_end(struct vs_conn *conn);
void vs_conn_unhash(struct vs_conn *conn);
void vs_conn_set_state(struct vs_conn *conn, struct vs_proto_state state);
void vs_conn_renew(struct vs_conn *conn);
u32 vs_conn_idle(const struct vs_conn *conn);
bool vs_conn_is_over(struct vs_conn *conn);
int vs_conn_table_init(struct vs_net *vn);
int vs_conn_init(void);
void vs_conn_exit(void);

/* open.c: new conns */

struct vs_conn *vs_conn_new(struct vs_net *vn, const struct vs_service *service,
			    const struct vs_packet *pkt, enum vs_drop *why);
struct vs_conn *vs_conn_expected(const struct vs_conn *control,
				 const struct vs_tuple *client,
				 const struct vs_tuple *back,
				 const struct vs_packet *pkt, enum vs_side from,
				 enum vs_drop *why);
bool vs_conn_once(struct vs_conn *conn, const struct vs_service *service,
		  const struct vs_packet *pkt);
bool vs_conn_once_reply(struct vs_conn *conn, struct vs_net *vn,
			const struct vs_packet *pkt);
void vs_conn_once_done(struct vs_conn *conn);

/* collect.c: ends conns whose time is up */

void vs_collect_soon(struct vs_net *vn);
u32 vs_conn_limit_default(void);
void vs_collect_net_init(struct vs_net *vn);
void vs_collect_net_exit(struct vs_net *vn);

/* helper/helper.c: helpers on a packet's way */

int vs_helper_apply(struct vs_conn *conn, enum vs_side from,
		    struct sk_buff *skb, const struct vs_packet *pkt,
		    struct dst_entry *dst);
bool vs_helper_expected(struct vs_net *vn, const struct vs_packet *pkt,
			struct vs_conn **conn, enum vs_side *from,
			enum vs_drop *why);

/* way.c: what routes are looked up by */

struct dst_entry *vs_way_to_server(struct vs_net *vn, struct vs_server *server);
struct dst_entry *vs_way_to_client(struct vs_net *vn, struct vs_conn *conn);
struct dst_entry *vs_way_find(const struct vs_conn *conn, enum vs_side from,
			      const struct sk_buff *skb,
			      const struct nf_hook_state *state);

/* send.c: what becomes of a packet whose conn is known */

unsigned int vs_drop(struct vs_net *vn, enum vs_drop reason);
bool vs_send_is_untracked(const struct vs_conn *conn);
bool vs_send_is_late(struct vs_net *vn, enum vs_side from);
struct dst_entry *vs_send_route(struct vs_net *vn, struct vs_conn *conn,
				enum vs_side from);
unsigned int vs_send_room(const struct vs_server *server);
void vs_send_lost(struct vs_net *vn, int err);
unsigned int vs_send(struct vs_net *vn, struct vs_conn *conn,
		     enum vs_side from, struct sk_buff *skb,
		     const struct vs_packet *pkt,
		     const struct nf_hook_state *state);
unsigned int vs_send_late(struct vs_net *vn, struct vs_conn *conn,
			  struct sk_buff *skb, const struct vs_packet *pkt);
unsigned int vs_send_local(struct vs_net *vn, struct vs_conn *conn,
			   struct sk_buff *skb, const struct vs_packet *pkt,
			   const struct nf_hook_state *state);
unsigned int vs_send_back(struct vs_net *vn, struct vs_conn *conn,
			  struct sk_buff *skb, const struct vs_packet *pkt,
			  const struct nf_hook_state *state);

/* hook.c: the packet's way */

int vs_hook_late(struct vs_net *vn);
int vs_hook_enable(struct vs_net *vn, u8 family);
void vs_hook_trim(struct vs_net *vn);
void vs_hook_net_init(struct vs_net *vn);
void vs_hook_net_exit(struct vs_net *vn);

/* netlink.c: the administrator's way */

int vs_nl_init(void);
void vs_nl_exit(void);

/* net.c: what a namespace has */

/**
 * struct vs_hook - a registered hook
 * @ops: what is registered
 * @rcu: frees it: who lists hooks reads @ops under RCU
 */
struct vs_hook {
	struct nf_hook_ops ops;
	struct rcu_head rcu;
};

/**
 * struct vs_net - what a network namespace has of vs
 * @table: the conn table; made with the first service, it stays until the
 *	namespace goes
 * @services: by vs_service_key
 * @servers: those of services, by their key
 * @filter: tells most packets at once that they are not ours; made with the
 *	first service
 * @roles: what addresses are to vs besides
 * @roles_lock: protects changes of @roles
 * @drops: packets dropped, by reason
 * @net: the namespace
 * @conns_max: how many conns may be; CPUs that come at once may pass it by one
 *	each
 * @late: the late hook is there, for a service of path stack or since a packet
 *	needed that path; it stays while there are services
 * @expects: data conns that are expected, by hash; made with the first service
 * @expects_lock: protects changes of @expects, and what helpers have in it
 * @nr_conns: conns there are
 * @nr_expects: how many are in @expects
 * @lock: protects the fields from @service_list to @late_hooks, @late, and
 *	changes of services and servers
 * @service_list: in the order in which they were added
 * @nr_services: how many, by vs_family_index()
 * @nr_outer: how many servers are reached by the family that is not their
 *	service's, likewise
 * @nr_once: how many that have @one_packet
 * @nr_servers: how many, over all services
 * @generation: changes with every change of configuration
 * @hooks: by vs_family_index(): registered while it has services, else NULL
 * @local_hooks: likewise, in LOCAL_OUT and LOCAL_IN
 * @late_hooks: likewise, while @late
 * @late_work: sets @late
 * @sums_lock: protects @sums and @left, and every sum's lists
 * @sums: of the services that are, and of those gone that have conns
 * @left: what sums left behind that are no more
 * @collector: ends conns whose time is up
 * @walk: where @collector is
 * @walking: @walk is entered
 * @idle_walks: how many in a row found nothing, and no hooks
 */
struct vs_net {
	struct rhashtable *table;
	struct rhashtable services;
	struct rhltable servers;
	struct vs_filter *filter;
	struct rhashtable roles;
	spinlock_t roles_lock; /* protects changes of roles */
	struct vs_drops __percpu *drops;
	struct net *net;
	u32 conns_max;
	bool late;
	struct hlist_head *expects;
	spinlock_t expects_lock; /* protects changes of expects */
	atomic_t nr_conns ____cacheline_aligned;
	atomic_t nr_expects;

	struct mutex lock; /* protects the fields up to late_hooks */
	struct list_head service_list;
	unsigned int nr_services[VS_FAMILIES];
	unsigned int nr_outer[VS_FAMILIES];
	unsigned int nr_once;
	unsigned int nr_servers;
	unsigned int generation;
	struct vs_hook *hooks[VS_FAMILIES];
	struct vs_hook *local_hooks[VS_FAMILIES][2];
	struct vs_hook *late_hooks[VS_FAMILIES];
	struct work_struct late_work;

	seqlock_t sums_lock; /* protects sums, left */
	struct list_head sums;
	struct vs_stats left;

	struct delayed_work collector;
	struct rhashtable_iter walk;
	bool walking;
	unsigned int idle_walks;
};

extern unsigned int vs_net_id;

struct vs_net *vs_net(const struct net *net);

#include "icmp.h"

#endif /* _VS_H */
