/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: structures, locks and prototypes of the module. Objects are grouped by
 * file, bottom-up as in Kbuild: a file calls only what stands above it here.
 *
 * Locking
 *   vn->lock         mutex     every change to services, servers and settings;
 *                              taken in netlink*.c and main.c only
 *   RCU              -         every read on the packet path: conn, service,
 *                              pool, server, cached routes
 *   conn->lock       spinlock  changes of a conn's proto, timeout and active;
 *                              packet path (BH), collector
 *   filter->lock     spinlock  the addresses that concern vs (BH)
 *   vn->sums_lock    seqlock   lists of sums and of the servers they add up,
 *                              and what ended servers left behind (BH);
 *                              readers retry, and hold nobody up
 *   order: vn->lock > conn->lock; vn->lock > vn->sums_lock.
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
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/percpu.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/seqlock.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <net/dst.h>
#include <net/net_namespace.h>
#include <uapi/linux/vs.h>

struct netlink_ext_ack;
struct vs_conn;
struct vs_net;
struct vs_server;
struct vs_service;

/**
 * union vs_addr - an address of either family
 * @ip: IPv4, the other bytes are 0 wherever an address is compared whole
 * @in6: IPv6
 */
union vs_addr {
	__be32 ip;
	struct in6_addr in6;
};

/**
 * struct vs_tuple - where packets of one direction come from and go to
 * @src: source address
 * @dst: destination address
 * @sport: source port
 * @dport: destination port
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @side: enum vs_side whose packets these are, in a conn's node; no part of
 *	the key
 * @hash: of the rest, computed once for a packet's several looks at the table
 *	and kept with a conn's node, so that the table grows cheaply
 *
 * The key of the conn table. Of an IPv4 address only @ip is ever read.
 */
struct vs_tuple {
	union vs_addr src;
	union vs_addr dst;
	__be16 sport;
	__be16 dport;
	u8 family;
	u8 protocol;
	u8 side;
	u32 hash;
};

#define VS_FAMILIES	2

/**
 * vs_family_index() - where a table by family has a family
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Return: below VS_FAMILIES.
 */
static inline unsigned int vs_family_index(u8 family)
{
	return family == NFPROTO_IPV6;
}

/* packet.c: what the parser finds out about an skb */

/**
 * enum vs_parsed - what a packet is to vs
 * @VS_PARSED: whole, of a protocol that is balanced: every field is set
 * @VS_PARSED_FRAGMENT: the first fragment of one that is balanced: every field
 *	is set
 * @VS_PARSED_FOREIGN: another protocol, a later fragment (which has no ports),
 *	a routing header that is not used up, or something a balancer has no
 *	business with: let it pass
 * @VS_PARSED_BROKEN: shorter than its headers say, or headers that contradict
 *	each other: let the stack judge it
 */
enum vs_parsed {
	VS_PARSED,
	VS_PARSED_FRAGMENT,
	VS_PARSED_FOREIGN,
	VS_PARSED_BROKEN,
};

/* Flags of TCP as they stand in byte 13 of its header. */
#define VS_TCP_FIN	0x01
#define VS_TCP_SYN	0x02
#define VS_TCP_RST	0x04
#define VS_TCP_ACK	0x10

/* Those that may change a conn's state. */
#define VS_TCP_TURNS	(VS_TCP_FIN | VS_TCP_SYN | VS_TCP_RST)

/**
 * struct vs_packet - a parsed packet; lives on the stack
 * @tuple: as it arrived
 * @l3: offset of the network header from skb->data
 * @l4: offset of the transport header from skb->data
 * @tcp_flags: VS_TCP_*, 0 for UDP
 * @len: bytes from the network header on, all segments of a GSO packet as one
 */
struct vs_packet {
	struct vs_tuple tuple;
	u16 l3;
	u16 l4;
	u8 tcp_flags;
	u32 len;
};

enum vs_parsed vs_packet_parse(const struct sk_buff *skb, u8 family,
			       struct vs_packet *pkt);

/* rewrite.c: addresses, ports and checksums */

/**
 * enum vs_rewrite_what - which end of a packet is replaced
 * @VS_REWRITE_DST: destination address and port
 * @VS_REWRITE_SRC: source address and port
 */
enum vs_rewrite_what {
	VS_REWRITE_DST,
	VS_REWRITE_SRC,
};

/**
 * struct vs_rewrite - what replaces one end of a direction's packets
 * @addr: new address
 * @port: new port
 * @addr_delta: what the address changes a checksum by, in its place or in the
 *	pseudo header (RFC 1624)
 * @hop_delta: what the address and a TTL less by 1 change the IPv4 header's by
 * @l4_delta: what address and port change the transport checksum by
 *
 * Computed once for each conn and direction.
 */
struct vs_rewrite {
	union vs_addr addr;
	__be16 port;
	u16 addr_delta;
	u16 hop_delta;
	u16 l4_delta;
};

void vs_rewrite_init(struct vs_rewrite *rw, u8 family,
		     const union vs_addr *from, __be16 from_port,
		     const union vs_addr *to, __be16 to_port);
int vs_rewrite_apply(struct sk_buff *skb, const struct vs_packet *pkt,
		     const struct vs_rewrite *rw, enum vs_rewrite_what what,
		     bool hop);

/* stats.c: counters */

/**
 * enum vs_drop - why a packet was dropped, or a conn refused
 * @VS_DROP_NO_CONN: TCP for a service, no SYN, of no conn
 * @VS_DROP_NO_SERVER: no server takes new conns
 * @VS_DROP_CONNS_MAX: the namespace has all conns it may have
 * @VS_DROP_NO_MEMORY: for a conn, its nodes, the rewrite or a neighbour
 * @VS_DROP_CLASH: another conn has these server-side addresses
 * @VS_DROP_FRAGMENT: a fragment for a service
 * @VS_DROP_NO_ROUTE: neither server nor client can be reached
 * @VS_DROP_TTL: TTL or hop limit used up; its sender is told
 * @VS_DROP_TOO_BIG: too big for the route, and not to be fragmented; its sender
 *	is told
 * @VS_DROP_MAX: how many reasons there are
 *
 * The names users see are in stats.c, in this order.
 */
enum vs_drop {
	VS_DROP_NO_CONN,
	VS_DROP_NO_SERVER,
	VS_DROP_CONNS_MAX,
	VS_DROP_NO_MEMORY,
	VS_DROP_CLASH,
	VS_DROP_FRAGMENT,
	VS_DROP_NO_ROUTE,
	VS_DROP_TTL,
	VS_DROP_TOO_BIG,
	VS_DROP_MAX,
};

/**
 * struct vs_stats - counters as they are read
 * @conns: conns scheduled
 * @in_packets: from clients, each segment of a GSO packet counted
 * @in_bytes: their bytes from the network header on
 * @out_packets: from servers
 * @out_bytes: their bytes
 */
struct vs_stats {
	u64 conns;
	u64 in_packets;
	u64 in_bytes;
	u64 out_packets;
	u64 out_bytes;
};

/**
 * struct vs_stats_cpu - a server's counters on one CPU, written with BH off
 * @conns: as in struct vs_stats
 * @in_packets: as there
 * @in_bytes: as there
 * @out_packets: as there
 * @out_bytes: as there
 * @syncp: lets 32-bit readers see whole values
 */
struct vs_stats_cpu {
	u64_stats_t conns;
	u64_stats_t in_packets;
	u64_stats_t in_bytes;
	u64_stats_t out_packets;
	u64_stats_t out_bytes;
	struct u64_stats_sync syncp;
};

/**
 * struct vs_drops - a namespace's dropped packets on one CPU
 * @packets: by enum vs_drop
 * @syncp: lets 32-bit readers see whole values
 */
struct vs_drops {
	u64_stats_t packets[VS_DROP_MAX];
	struct u64_stats_sync syncp;
};

struct vs_stats_cpu __percpu *vs_stats_alloc(void);
void vs_stats_conn(struct vs_stats_cpu __percpu *stats);
unsigned int vs_stats_segments(const struct sk_buff *skb,
			       const struct vs_packet *pkt);
void vs_stats_sum(struct vs_stats *sum, struct vs_stats_cpu __percpu *stats);
void vs_stats_add(struct vs_stats *sum, const struct vs_stats *more);
struct vs_drops __percpu *vs_drops_alloc(void);
void vs_drops_count(struct vs_drops __percpu *drops, enum vs_drop reason);
u64 vs_drops_sum(struct vs_drops __percpu *drops, enum vs_drop reason);
const char *vs_drop_name(enum vs_drop reason);

/**
 * vs_stats_packets() - how many packets an skb counts as
 * @skb: the packet
 * @pkt: what vs_packet_parse() found: it was VS_PARSED
 *
 * Here, as those below, because every packet pays for the call.
 *
 * Return: the segments of a GSO packet, else 1.
 */
static inline unsigned int vs_stats_packets(const struct sk_buff *skb,
					    const struct vs_packet *pkt)
{
	return unlikely(skb_is_gso(skb)) ? vs_stats_segments(skb, pkt) : 1;
}

/**
 * vs_stats_in() - count what went from a client to a server
 * @stats: the server's counters
 * @packets: how many
 * @bytes: their bytes from the network header on
 *
 * Context: BH off.
 */
static inline void vs_stats_in(struct vs_stats_cpu __percpu *stats,
			       unsigned int packets, unsigned int bytes)
{
	struct vs_stats_cpu *cpu = this_cpu_ptr(stats);

	u64_stats_update_begin(&cpu->syncp);
	u64_stats_add(&cpu->in_packets, packets);
	u64_stats_add(&cpu->in_bytes, bytes);
	u64_stats_update_end(&cpu->syncp);
}

/**
 * vs_stats_out() - count what went from a server to a client
 * @stats: the server's counters
 * @packets: how many
 * @bytes: their bytes from the network header on
 *
 * Context: BH off.
 */
static inline void vs_stats_out(struct vs_stats_cpu __percpu *stats,
				unsigned int packets, unsigned int bytes)
{
	struct vs_stats_cpu *cpu = this_cpu_ptr(stats);

	u64_stats_update_begin(&cpu->syncp);
	u64_stats_add(&cpu->out_packets, packets);
	u64_stats_add(&cpu->out_bytes, bytes);
	u64_stats_update_end(&cpu->syncp);
}

/* route.c: cached routes and output to the neighbour */

/**
 * struct vs_route - a cached route
 * @dst: with a reference, or NULL; replaced by xchg, read under RCU
 * @cookie: tells whether an IPv6 @dst still holds
 */
struct vs_route {
	struct dst_entry __rcu *dst;
	u32 cookie;
};

struct dst_entry *vs_route_get(struct vs_route *route, struct net *net,
			       u8 family, const union vs_addr *daddr,
			       const union vs_addr *saddr);
void vs_route_drop(struct vs_route *route);

/**
 * enum vs_verdict - what a route does with a packet
 * @VS_ROUTE_DIRECT: takes it straight to the neighbour
 * @VS_ROUTE_STACK: needs the stack, for this packet and its conn's others
 * @VS_ROUTE_STACK_ONCE: needs the stack, for this packet only
 * @VS_ROUTE_TTL: none: its TTL or hop limit is used up
 * @VS_ROUTE_TOO_BIG: none: it is too big, and not to be fragmented
 */
enum vs_verdict {
	VS_ROUTE_DIRECT,
	VS_ROUTE_STACK,
	VS_ROUTE_STACK_ONCE,
	VS_ROUTE_TTL,
	VS_ROUTE_TOO_BIG,
};

bool vs_route_is_stacks(const struct sk_buff *skb,
			const struct nf_hook_state *state);
enum vs_verdict vs_route_judge(const struct sk_buff *skb,
			       const struct dst_entry *dst, u8 family);
void vs_route_refuse(struct sk_buff *skb, struct dst_entry *dst, u8 family,
		     enum vs_verdict verdict);
int vs_route_output(struct sk_buff *skb, struct dst_entry *dst, u8 family);

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

/* proto: states and timeouts */

/**
 * enum vs_side - an end of a conn, and the direction of what it sends
 * @VS_CLIENT: requests
 * @VS_SERVER: replies
 * @VS_SIDES: how many ends there are
 */
enum vs_side {
	VS_CLIENT,
	VS_SERVER,
	VS_SIDES,
};

/**
 * struct vs_proto_state - how far a conn is
 * @state: enum vs_conn_state
 * @fins: bit for each enum vs_side that sent a FIN
 */
struct vs_proto_state {
	u8 state : 6;
	u8 fins : 2;
};

/**
 * struct vs_proto_ops - a protocol
 * @protocol: IPPROTO_*
 * @opens: whether a packet of no conn may open one
 * @first: state of the conn that it opens
 * @next: state after a packet from one side; pure
 * @reopens: whether a client's packet asks for a new conn in place of one in
 *	this state, whose server is @gone (down or removed) or not; asked only
 *	for a SYN, or when it is
 * @timeouts: seconds that a conn may be idle, by enum vs_conn_state
 */
struct vs_proto_ops {
	u8 protocol;
	const u16 *timeouts;
	bool (*opens)(const struct vs_packet *pkt, bool sloppy);
	struct vs_proto_state (*first)(const struct vs_packet *pkt);
	struct vs_proto_state (*next)(struct vs_proto_state now,
				      enum vs_side from,
				      const struct vs_packet *pkt);
	bool (*reopens)(struct vs_proto_state now, const struct vs_packet *pkt,
			bool gone);
};

extern const struct vs_proto_ops vs_proto_tcp;
extern const struct vs_proto_ops vs_proto_udp;

#define VS_CONN_STATES	(VS_CONN_STATE_UNREPLIED + 1)

const struct vs_proto_ops *vs_proto_find(u8 protocol);
bool vs_proto_active(u8 state);

/* forward: how packets reach a server */

/**
 * struct vs_forward_ops - a method
 * @name: what users call it
 * @back: says what replies to a client's packet arrive with, but for its side
 *	and hash
 * @init: prepares what becomes of either direction's packets of a conn, whose
 *	ends are set
 * @apply: makes @from's packet one for the other side; @hop if vs is the
 *	router that it passes; 0 or -ENOMEM
 */
struct vs_forward_ops {
	const char *name;
	void (*back)(struct vs_tuple *back, const struct vs_tuple *client,
		     const struct vs_server *server);
	void (*init)(struct vs_conn *conn);
	int (*apply)(struct sk_buff *skb, const struct vs_packet *pkt,
		     const struct vs_conn *conn, enum vs_side from, bool hop);
};

extern const struct vs_forward_ops vs_forward_nat;

int vs_nat_apply(struct sk_buff *skb, const struct vs_packet *pkt,
		 const struct vs_conn *conn, enum vs_side from, bool hop);

const struct vs_forward_ops *vs_forward_find(enum vs_method method);

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
 * struct vs_sum - what adds up the servers of one service
 * @ref: one of the service, one of each server
 * @node: in vn->sums, under vn->sums_lock
 * @servers: servers that still count, under vn->sums_lock
 * @left: what servers left behind that count no more, under vn->sums_lock
 * @rcu: frees it
 */
struct vs_sum {
	refcount_t ref;
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
 */
struct vs_server_config {
	union vs_addr addr;
	__be16 port;
	u8 family;
	u8 method;
	u8 state;
	u16 weight;
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
 * @active: conns that are established or being opened
 * @inactive: the other conns
 * @ref: one of its service, one of each conn
 * @weight: share of new conns; under vn->lock
 * @table_weight: @weight, or if that is 0 the last one that was not
 * @node: in service->servers, under vn->lock
 * @sum: what it is added up in
 * @sum_node: in @sum->servers, under vn->sums_lock
 * @vn: its namespace
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

	atomic_t active ____cacheline_aligned;
	atomic_t inactive;
	refcount_t ref;

	u16 weight;
	u16 table_weight;
	struct list_head node;
	struct vs_sum *sum;
	struct list_head sum_node;
	struct vs_net *vn;
	struct rcu_head rcu;
};

struct vs_sum *vs_sum_new(struct vs_net *vn);
void vs_sum_put(struct vs_net *vn, struct vs_sum *sum);
void vs_sum_read(struct vs_net *vn, struct vs_sum *sum, struct vs_stats *stats);
void vs_sums_read(struct vs_net *vn, struct vs_stats *stats);
void vs_sum_end(struct vs_sum *sum);
struct vs_server *vs_server_new(struct vs_net *vn, struct vs_sum *sum,
				const struct vs_server_config *config);
void vs_server_put(struct vs_server *server);

/* service.c: virtual services and their servers */

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
 * struct vs_service_config - what an administrator says of a service
 * @sched: how a server is chosen
 * @path: enum vs_path
 * @sloppy: any TCP packet opens a conn, not only a SYN
 */
struct vs_service_config {
	struct vs_sched_config sched;
	u8 path;
	u8 sloppy;
};

/**
 * struct vs_service - a virtual service
 * @hash_node: in vn->services
 * @key: its name
 * @config: written under vn->lock; @path and @sloppy read by the packet path
 * @proto: of @key.protocol
 * @pool: what a new conn's server is chosen from; never NULL
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
struct vs_server *vs_service_server(const struct vs_service *service,
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

/**
 * struct vs_conn_node - an end of a conn as the table finds it
 * @hash: in the table
 * @tuple: what packets from that end arrive with: the key
 * @timeout: idle seconds after which the conn ends, by its state
 * @proto: how far it is
 * @path: enum vs_path; direct may turn to stack
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
	u8 path;
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
 * @vn: its namespace
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
	struct vs_net *vn;
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

/* table.c: the conn table */

/**
 * struct vs_table - the two nodes of each conn, by tuple
 * @nr: number of @parts
 * @parts: each has the nodes of a range of hashes
 */
struct vs_table {
	unsigned int nr;
	struct rhashtable parts[];
};

/**
 * struct vs_table_walk - a walk over all nodes
 * @table: the table
 * @part: where it is
 * @iter: where it is in that
 */
struct vs_table_walk {
	struct vs_table *table;
	unsigned int part;
	struct rhashtable_iter iter;
};

void vs_tuple_hash(struct vs_tuple *tuple);
bool vs_tuple_equal(const struct vs_tuple *a, const struct vs_tuple *b);
struct vs_conn_node *vs_table_find(struct vs_table *table,
				   const struct vs_tuple *tuple);
void vs_table_prefetch(struct vs_table *table, const struct vs_tuple *tuple);
struct vs_conn_node *vs_table_insert(struct vs_table *table,
				     struct vs_conn_node *node);
void vs_table_remove(struct vs_table *table, struct vs_conn_node *node);
unsigned int vs_table_nodes(const struct vs_table *table);
void vs_table_walk_enter(struct vs_table_walk *walk, struct vs_table *table);
bool vs_table_walk_part(struct vs_table_walk *walk);
void vs_table_walk_exit(struct vs_table_walk *walk);
struct vs_table *vs_table_new(u32 conns);
void vs_table_free(struct vs_table *table);
void vs_table_init(void);

/* conn.c: conns */

struct vs_conn *vs_conn_find(struct vs_net *vn, struct vs_tuple *tuple,
			     enum vs_side *from);
struct vs_conn *vs_conn_new(struct vs_net *vn, const struct vs_service *service,
			    const struct vs_packet *pkt, enum vs_drop *why);
void vs_conn_seen(struct vs_conn *conn, enum vs_side from,
		  const struct vs_packet *pkt);
void vs_conn_end(struct vs_conn *conn);
u32 vs_conn_idle(const struct vs_conn *conn);
bool vs_conn_is_over(struct vs_conn *conn);
int vs_conn_table_init(struct vs_net *vn);
int vs_conn_init(void);
void vs_conn_exit(void);

/* collect.c: ends conns whose time is up */

void vs_collect_soon(struct vs_net *vn);
u32 vs_conn_limit_default(void);
void vs_collect_net_init(struct vs_net *vn);
void vs_collect_net_exit(struct vs_net *vn);

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
 * struct vs_net - what a network namespace has of vs
 * @table: the conn table; made with the first service, it stays until the
 *	namespace goes
 * @services: by vs_service_key
 * @filter: tells most packets at once that they are not ours
 * @drops: packets dropped, by reason
 * @net: the namespace
 * @conns_max: how many conns may be; CPUs that come at once may pass it by one
 *	each
 * @late: the late hook is there, for a service of path stack or since a packet
 *	needed that path; it stays while there are services
 * @nr_conns: conns there are
 * @lock: protects the fields that follow, and changes of services and servers
 * @service_list: in the order in which they were added
 * @nr_services: how many, by vs_family_index()
 * @nr_servers: how many, over all services
 * @generation: changes with every change of configuration
 * @hooks: by vs_family_index(): registered while it has services, else NULL
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
	struct vs_table *table;
	struct rhashtable services;
	struct vs_filter *filter;
	struct vs_drops __percpu *drops;
	struct net *net;
	u32 conns_max;
	bool late;
	atomic_t nr_conns ____cacheline_aligned;

	struct mutex lock; /* protects the fields up to late_hooks */
	struct list_head service_list;
	unsigned int nr_services[VS_FAMILIES];
	unsigned int nr_servers;
	unsigned int generation;
	struct nf_hook_ops *hooks[VS_FAMILIES];
	struct nf_hook_ops *late_hooks[VS_FAMILIES];
	struct work_struct late_work;

	seqlock_t sums_lock; /* protects sums, left */
	struct list_head sums;
	struct vs_stats left;

	struct delayed_work collector;
	struct vs_table_walk walk;
	bool walking;
	unsigned int idle_walks;
};

extern unsigned int vs_net_id;

struct vs_net *vs_net(const struct net *net);

#endif /* _VS_H */
