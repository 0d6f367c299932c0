/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: layer 1, protocols and methods: proto/, forward/. Part of vs.h, which is
 * the one to include.
 */
#ifndef _VS_FORWARD_H
#define _VS_FORWARD_H

#include "packet.h"

struct vs_conn;
struct vs_server;

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
 * @fins: bit for each enum vs_side that closed its half
 * @opener: enum vs_side that sent the first SYN; never changes
 */
struct vs_proto_state {
	u8 state : 5;
	u8 fins : 2;
	u8 opener : 1;
};

/**
 * enum vs_timeout - classes of states that a service has timeouts for
 * @VS_TIMEOUT_OPENING: a conn is being opened, or nobody answered yet
 * @VS_TIMEOUT_ESTABLISHED: it is established
 * @VS_TIMEOUT_CLOSING: one side has closed it
 * @VS_TIMEOUT_CLOSED: it is over
 * @VS_TIMEOUTS: how many classes there are
 */
enum vs_timeout {
	VS_TIMEOUT_OPENING,
	VS_TIMEOUT_ESTABLISHED,
	VS_TIMEOUT_CLOSING,
	VS_TIMEOUT_CLOSED,
	VS_TIMEOUTS,
};

/**
 * struct vs_proto_ops - a protocol
 * @protocol: IPPROTO_*
 * @opens: whether a packet of no conn may open one
 * @first: state of the conn that it opens; @answered if no reply is waited for
 * @next: state after a packet from one side; pure
 * @next_one_way: state after a client's packet, where the server's do not pass
 *	by; pure
 * @reopens: whether a client's packet asks for a new conn in place of one in
 *	this state, whose server is @gone (or as good as gone) or not; asked
 *	only for VS_PACKET_OPENS, or when it is
 * @timeouts: seconds that a conn may be idle, by enum vs_conn_state
 */
struct vs_proto_ops {
	u8 protocol;
	const u16 *timeouts;
	bool (*opens)(const struct vs_packet *pkt, bool sloppy);
	struct vs_proto_state (*first)(const struct vs_packet *pkt,
				       bool answered);
	struct vs_proto_state (*next)(struct vs_proto_state now,
				      enum vs_side from,
				      const struct vs_packet *pkt);
	struct vs_proto_state (*next_one_way)(struct vs_proto_state now,
					      const struct vs_packet *pkt);
	bool (*reopens)(struct vs_proto_state now, const struct vs_packet *pkt,
			bool gone);
};

extern const struct vs_proto_ops vs_proto_tcp;
extern const struct vs_proto_ops vs_proto_udp;
extern const struct vs_proto_ops vs_proto_sctp;

#define VS_CONN_STATES	(VS_CONN_STATE_SHUTDOWN_ACK + 1)

const struct vs_proto_ops *vs_proto_find(u8 protocol);
bool vs_proto_active(u8 state);
enum vs_timeout vs_proto_timeout(u8 state);

/* forward: how packets reach a server */

/**
 * struct vs_tunnel - what a tunnel's packets look like
 * @source: their source address, of the server's family; if @has_source
 * @port: destination port, of VS_TUNNEL_TYPE_GUE
 * @type: enum vs_tunnel_type
 * @checksum: they have a checksum, with VS_TUNNEL_TYPE_GRE and _GUE
 * @has_source: @source was given, else it is the route's
 */
struct vs_tunnel {
	union vs_addr source;
	__be16 port;
	u8 type;
	u8 checksum;
	bool has_source;
};

#define VS_SOURCES_MAX	65536	/* addresses of a service's source pool */

/**
 * struct vs_source_pool - what servers of method fullnat see as clients
 * @first: first of a row of addresses, of the service's family
 * @nr: how many; 0 for none
 * @rcu: frees it
 */
struct vs_source_pool {
	union vs_addr first;
	u32 nr;
	struct rcu_head rcu;
};

/**
 * struct vs_forward_ops - a method
 * @name: what users call it
 * @one_way: replies do not pass by: there is no server's end
 * @changes_port: a server may have another port than its service
 * @uses_sources: takes the service's source pool
 * @tries: how many server's ends @back has to offer
 * @back: says what replies to a client's packet arrive with, but for its side
 *	and hash: the first choice if @try is 0, else another with each @try;
 *	@sources is NULL if there is no pool
 * @init: prepares what becomes of either direction's packets of a conn, whose
 *	ends are set
 * @apply: makes @from's packet one for the other side, which is sent by @dst
 *	(NULL for what goes up or through the stack); @hop if vs is the router
 *	that it passes; 0 or -errno with the packet still the caller's
 * @room: bytes that @apply adds, at most
 */
struct vs_forward_ops {
	const char *name;
	bool one_way;
	bool changes_port;
	bool uses_sources;
	u16 tries;
	void (*back)(struct vs_tuple *back, const struct vs_tuple *client,
		     const struct vs_server *server,
		     const struct vs_source_pool *sources, unsigned int try);
	void (*init)(struct vs_conn *conn);
	int (*apply)(struct sk_buff *skb, const struct vs_packet *pkt,
		     const struct vs_conn *conn, enum vs_side from,
		     const struct dst_entry *dst, bool hop);
	unsigned int (*room)(const struct vs_server *server);
};

extern const struct vs_forward_ops vs_forward_nat;
extern const struct vs_forward_ops vs_forward_dr;
extern const struct vs_forward_ops vs_forward_tunnel;
extern const struct vs_forward_ops vs_forward_fullnat;
extern const struct vs_forward_ops vs_forward_local;

__be16 vs_nat_port(const struct vs_tuple *client, unsigned int try);
void vs_nat_init(struct vs_conn *conn);
int vs_nat_apply(struct sk_buff *skb, const struct vs_packet *pkt,
		 const struct vs_conn *conn, enum vs_side from,
		 const struct dst_entry *dst, bool hop);

unsigned int vs_tunnel_room(const struct vs_server *server);
bool vs_tunnel_takes(const struct sk_buff *skb, unsigned int room);
int vs_tunnel_push(struct sk_buff *skb, const struct vs_packet *pkt,
		   struct vs_server *server, const struct dst_entry *dst,
		   bool hop);

const struct vs_forward_ops *vs_forward_find(enum vs_method method);

#endif /* _VS_FORWARD_H */
