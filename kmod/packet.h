/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: layer 0, which knows of packets, counters and routes: packet.c, quote.c,
 * rewrite.c, mss.c, stats.c, route.c. Part of vs.h, the one to include.
 */
#ifndef _VS_PACKET_H
#define _VS_PACKET_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/percpu.h>
#include <linux/seqlock.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>
#include <net/dst.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

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
 * @protocol: IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP
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

/**
 * vs_addr_equal() - whether two addresses of one family are the same
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @a: one
 * @b: the other; of IPv4 addresses only @ip is read
 *
 * Return: true if so.
 */
static inline bool vs_addr_equal(u8 family, const union vs_addr *a,
				 const union vs_addr *b)
{
	return family == NFPROTO_IPV4 ? a->ip == b->ip :
					ipv6_addr_equal(&a->in6, &b->in6);
}

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

/* Chunks of SCTP that say how far an association is. */
#define VS_SCTP_SHUTDOWN		0x01
#define VS_SCTP_INIT			0x02
#define VS_SCTP_ABORT			0x04
#define VS_SCTP_COOKIE_ECHO		0x08
#define VS_SCTP_COOKIE_ACK		0x10
#define VS_SCTP_SHUTDOWN_ACK		0x20
#define VS_SCTP_SHUTDOWN_COMPLETE	0x40

/* Of every protocol: one that may open a conn has the bit of a SYN. */
#define VS_PACKET_OPENS	VS_TCP_SYN
/* Those that may change the state of an established conn. */
#define VS_PACKET_TURNS	(VS_TCP_FIN | VS_TCP_SYN | VS_TCP_RST | \
			 VS_SCTP_SHUTDOWN_ACK | VS_SCTP_SHUTDOWN_COMPLETE)

/**
 * struct vs_packet - a parsed packet; lives on the stack
 * @tuple: as it arrived; of ESP and AH that of the IKE conn that they follow,
 *	UDP from port 500 to port 500
 * @l3: offset of the network header from skb->data
 * @l4: offset of the transport header from skb->data
 * @flags: VS_TCP_* or VS_SCTP_*; 0 for others
 * @protocol: IPPROTO_* of the transport header
 * @len: bytes from the network header on, all segments of a GSO packet as one
 */
struct vs_packet {
	struct vs_tuple tuple;
	u16 l3;
	u16 l4;
	u8 flags;
	u8 protocol;
	u32 len;
};

/* ESP and AH follow the conn between these ports of UDP. */
#define VS_IKE_PORT	500

/**
 * vs_protocol_follows() - whether packets belong to another protocol's conn
 * @protocol: IPPROTO_*
 *
 * Return: true for ESP and AH.
 */
static inline bool vs_protocol_follows(u8 protocol)
{
	return protocol == IPPROTO_ESP || protocol == IPPROTO_AH;
}

/**
 * vs_packet_follows() - whether a packet belongs to another protocol's conn
 * @pkt: what the parser found
 *
 * Such a packet opens no conn, changes no state and has no ports.
 *
 * Return: true for ESP and AH.
 */
static inline bool vs_packet_follows(const struct vs_packet *pkt)
{
	return vs_protocol_follows(pkt->protocol);
}

enum vs_parsed vs_packet_parse(const struct sk_buff *skb, u8 family,
			       struct vs_packet *pkt);
bool vs_packet_is_martian(const struct vs_tuple *tuple);

/**
 * struct vs_walk - a place among IPv6 extension headers
 * @off: offset from skb->data
 * @nexthdr: of the header at @off
 * @first: a first fragment's header was passed by
 */
struct vs_walk {
	u32 off;
	u8 nexthdr;
	bool first;
};

enum vs_parsed vs_packet_walk(const struct sk_buff *skb, struct vs_walk *walk,
			      u32 end);

/* quote.c: what ICMP errors quote */

/**
 * struct vs_quote - an ICMP error's quote of the packet in error
 * @tuple: of the quoted packet as it was sent; of ESP and AH that of the IKE
 *	conn that they follow; ports are 0 of other protocols that have none
 * @l3: offset of the error's network header from skb->data
 * @icmp: of its ICMP header
 * @inner: of the quoted network header
 * @l4: of the quoted transport header, of which there are 8 bytes or more
 * @end: where the error ends
 * @type: ICMP type
 * @code: ICMP code
 * @protocol: IPPROTO_* of the quoted transport header
 */
struct vs_quote {
	struct vs_tuple tuple;
	u32 l3;
	u32 icmp;
	u32 inner;
	u32 l4;
	u32 end;
	u8 type;
	u8 code;
	u8 protocol;
};

bool vs_quote_parse(const struct sk_buff *skb, u8 family,
		    struct vs_quote *quote);
bool vs_quote_strip(const struct sk_buff *skb, const struct vs_quote *quote,
		    struct vs_quote *inside);
void vs_quote_answer(const struct vs_quote *quote, struct vs_tuple *tuple);
int vs_quote_rewrite(struct sk_buff *skb, const struct vs_quote *quote,
		     const struct vs_tuple *tuple, const union vs_addr *src,
		     const union vs_addr *dst, bool hop);

/* crc32c.c: SCTP's checksum */

u32 vs_crc32c_change(u32 change, u32 len);

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
int vs_rewrite_hop(struct sk_buff *skb, const struct vs_packet *pkt);
void vs_rewrite_also(struct vs_rewrite *rw, u8 family,
		     const union vs_addr *from, __be16 from_port,
		     const union vs_addr *to, __be16 to_port);
int vs_rewrite_both(struct sk_buff *skb, const struct vs_packet *pkt,
		    const struct vs_rewrite *rw, enum vs_rewrite_what what,
		    bool hop, const union vs_addr *addr, __be16 port);
int vs_rewrite_apply(struct sk_buff *skb, const struct vs_packet *pkt,
		     const struct vs_rewrite *rw, enum vs_rewrite_what what,
		     bool hop);

/* mss.c: what a SYN says of segments */

int vs_mss_clamp(struct sk_buff *skb, const struct vs_packet *pkt, u16 max);

/* fragment.c: fragments put together */

bool vs_fragment_is(const struct sk_buff *skb, u8 family);
int vs_fragment_gather(struct net *net, struct sk_buff *skb, u8 family);

/* stats.c: counters */

/**
 * enum vs_drop - why a packet was dropped, or a conn refused
 * @VS_DROP_NO_CONN: TCP for a service, no SYN, of no conn
 * @VS_DROP_NO_SERVER: no server takes new conns
 * @VS_DROP_CONNS_MAX: the namespace has all conns it may have
 * @VS_DROP_NO_MEMORY: for a conn, its nodes, the rewrite or a neighbour
 * @VS_DROP_CLASH: another conn has these server-side addresses
 * @VS_DROP_NO_SOURCE: the source pool has no address and port left to the
 *	server
 * @VS_DROP_FRAGMENT: a fragment for a service that reassembly cannot use: one
 *	that overlaps others, or for which there is no memory
 * @VS_DROP_NO_ROUTE: neither server nor client can be reached
 * @VS_DROP_TTL: TTL or hop limit used up; its sender is told
 * @VS_DROP_TOO_BIG: too big for the route, and not to be fragmented; its sender
 *	is told
 * @VS_DROP_HELPER: text of a control conn that came early or broke off, which
 *	its sender sends again
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
	VS_DROP_NO_SOURCE,
	VS_DROP_FRAGMENT,
	VS_DROP_NO_ROUTE,
	VS_DROP_TTL,
	VS_DROP_TOO_BIG,
	VS_DROP_HELPER,
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

/**
 * struct vs_source - the source address that a route's packets are to have
 * @lock: lets readers see a whole @addr; written with BH off
 * @addr: the address
 */
struct vs_source {
	seqlock_t lock; /* protects addr */
	union vs_addr addr;
};

/**
 * struct vs_route_key - what a route is looked up by
 * @daddr: destination
 * @saddr: source, or NULL for any
 * @source: where to put the source that comes with the route, or NULL
 * @family: of all, NFPROTO_*
 * @direct: packets go to @daddr itself, whatever they are addressed to. Such a
 *	route may hold its device until it is released: it is none to cache.
 */
struct vs_route_key {
	const union vs_addr *daddr;
	const union vs_addr *saddr;
	struct vs_source *source;
	u8 family;
	bool direct;
};

/**
 * vs_route_cached() - a route that was looked up before, if it still holds
 * @route: the cache
 *
 * Context: RCU read side.
 *
 * Return: the route, valid until the RCU read side ends, or NULL.
 */
static inline struct dst_entry *vs_route_cached(struct vs_route *route)
{
	struct dst_entry *dst = rcu_dereference(route->dst);

	if (likely(dst && dst_check(dst, READ_ONCE(route->cookie))))
		return dst;
	return NULL;
}

struct dst_entry *vs_route_get(struct vs_route *route, struct net *net,
			       const struct vs_route_key *key);
struct dst_entry *vs_route_find(const struct sk_buff *skb,
				const struct nf_hook_state *state,
				const struct vs_route_key *key);
void vs_route_drop(struct vs_route *route);
void vs_source_init(struct vs_source *source);
void vs_source_get(struct vs_source *source, union vs_addr *addr);
unsigned int vs_route_mtu(const struct dst_entry *dst, unsigned int room);

/**
 * enum vs_verdict - what a route does with a packet
 * @VS_ROUTE_DIRECT: takes it straight to the neighbour
 * @VS_ROUTE_UP: leads to the director itself
 * @VS_ROUTE_STACK: needs the stack, for this packet and its conn's others
 * @VS_ROUTE_STACK_ONCE: needs the stack, for this packet only
 * @VS_ROUTE_TTL: none: its TTL or hop limit is used up
 * @VS_ROUTE_TOO_BIG: none: it is too big, and not to be fragmented
 */
enum vs_verdict {
	VS_ROUTE_DIRECT,
	VS_ROUTE_UP,
	VS_ROUTE_STACK,
	VS_ROUTE_STACK_ONCE,
	VS_ROUTE_TTL,
	VS_ROUTE_TOO_BIG,
};

bool vs_route_is_stacks(const struct sk_buff *skb,
			const struct nf_hook_state *state);
enum vs_verdict vs_route_judge(const struct sk_buff *skb, u8 family,
			       const struct dst_entry *dst, unsigned int room);
void vs_route_refuse(struct sk_buff *skb, u8 family, struct dst_entry *dst,
		     unsigned int room, enum vs_verdict verdict);
int vs_route_output(struct sk_buff *skb, struct dst_entry *dst,
		    const union vs_addr *server);
void vs_route_untrack(struct sk_buff *skb);
int vs_route_again(struct sk_buff *skb, const struct nf_hook_state *state);
int vs_route_output_stack(struct sk_buff *skb, struct dst_entry *dst,
			  const struct nf_hook_state *state, bool own);

#endif /* _VS_PACKET_H */
