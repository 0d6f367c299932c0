/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vs.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_VS_H
#define _UAPI_LINUX_VS_H

#define VS_FAMILY_NAME		"vs"
#define VS_FAMILY_VERSION	1

#define VS_SCHED_NAME_MAX	16

/**
 * enum vs_path - Which way the packets of a service leave.
 * @VS_PATH_DIRECT: From the hook to the neighbour; FORWARD, OUTPUT and
 *   POSTROUTING rules of the host do not see them.
 * @VS_PATH_STACK: Through the host's stack, so that its forward and
 *   postrouting rules apply.
 */
enum vs_path {
	VS_PATH_DIRECT,
	VS_PATH_STACK,
};

/**
 * enum vs_hash - What of the client a hashing scheduler looks at.
 * @VS_HASH_ADDR: The client's address.
 * @VS_HASH_ADDR_PORT: The client's address and port.
 */
enum vs_hash {
	VS_HASH_ADDR,
	VS_HASH_ADDR_PORT,
};

/**
 * enum vs_method - How packets reach a server.
 * @VS_METHOD_NAT: Destination address and port are rewritten to the server's,
 *   the replies' source back to the service's. The server sees the client's
 *   address and routes its replies through the director.
 * @VS_METHOD_DR: Direct routing: packets go unchanged to the server's
 *   link-layer address. The server has the virtual address and answers the
 *   client itself.
 * @VS_METHOD_TUNNEL: Packets go to the server inside others, as tunnel-type
 *   says. The server has the virtual address and answers the client itself.
 * @VS_METHOD_FULLNAT: As nat, and the source is rewritten too, to an address
 *   of the service's source-pool: the server answers the director.
 * @VS_METHOD_LOCAL: The server is the director itself, which has the virtual
 *   address: packets are handed up unchanged.
 */
enum vs_method {
	VS_METHOD_NAT,
	VS_METHOD_DR,
	VS_METHOD_TUNNEL,
	VS_METHOD_FULLNAT,
	VS_METHOD_LOCAL,
};

/**
 * enum vs_tunnel_type - What packets of method tunnel are put into.
 * @VS_TUNNEL_TYPE_IPIP: IPv4 or IPv6 and nothing else (RFC 2003, RFC 2473, RFC
 *   4213).
 * @VS_TUNNEL_TYPE_GRE: Generic Routing Encapsulation (RFC 2784).
 * @VS_TUNNEL_TYPE_GUE: Generic UDP Encapsulation, variant 0 without options.
 *   The source port tells flows apart, so that receivers and equal paths share
 *   them.
 */
enum vs_tunnel_type {
	VS_TUNNEL_TYPE_IPIP,
	VS_TUNNEL_TYPE_GRE,
	VS_TUNNEL_TYPE_GUE,
};

/**
 * enum vs_established_by - When a UDP flow counts as established.
 * @VS_ESTABLISHED_BY_REPLY: When the server has answered. Replies of method dr
 *   and tunnel are not seen: there it is the first request.
 * @VS_ESTABLISHED_BY_REQUEST: With its first request.
 */
enum vs_established_by {
	VS_ESTABLISHED_BY_REPLY,
	VS_ESTABLISHED_BY_REQUEST,
};

/**
 * enum vs_udp_reselect - Whose UDP flows get another server with their next
 *   request.
 * @VS_UDP_RESELECT_GONE: Those of a server that is down or was removed.
 * @VS_UDP_RESELECT_DRAIN: Those of a server that drains, too.
 * @VS_UDP_RESELECT_NEVER: None; each stays where it is until it ends.
 */
enum vs_udp_reselect {
	VS_UDP_RESELECT_GONE,
	VS_UDP_RESELECT_DRAIN,
	VS_UDP_RESELECT_NEVER,
};

/**
 * enum vs_helper - Who reads what the conns of a service say.
 * @VS_HELPER_NONE: Nobody.
 * @VS_HELPER_FTP: The FTP helper: data conns, active and passive, follow their
 *   control conn.
 */
enum vs_helper {
	VS_HELPER_NONE,
	VS_HELPER_FTP,
};

/**
 * enum vs_server_state - What a server is given.
 * @VS_SERVER_STATE_UP: New conns, as its weight says.
 * @VS_SERVER_STATE_DRAIN: No new conns; those it has go on.
 * @VS_SERVER_STATE_DOWN: No new conns; TCP conns that it has go on, UDP flows
 *   are scheduled anew.
 */
enum vs_server_state {
	VS_SERVER_STATE_UP,
	VS_SERVER_STATE_DRAIN,
	VS_SERVER_STATE_DOWN,
};

/**
 * enum vs_conn_state - How far a conn is.
 * @VS_CONN_STATE_NONE: A packet of TCP or SCTP that was no SYN or INIT opened
 *   it (a sloppy service).
 * @VS_CONN_STATE_SYN_SENT: The client sent a SYN.
 * @VS_CONN_STATE_SYN_RECV: The server answered it.
 * @VS_CONN_STATE_ESTABLISHED: TCP in both directions, or UDP that was
 *   answered.
 * @VS_CONN_STATE_FIN_WAIT: One side sent a FIN.
 * @VS_CONN_STATE_TIME_WAIT: Both sides sent a FIN.
 * @VS_CONN_STATE_CLOSE: One side sent a RST.
 * @VS_CONN_STATE_UNREPLIED: UDP that was not answered yet.
 * @VS_CONN_STATE_COOKIE_WAIT: SCTP; the client sent an INIT.
 * @VS_CONN_STATE_COOKIE_ECHOED: SCTP; the client echoed the server's cookie.
 * @VS_CONN_STATE_SHUTDOWN: SCTP; one side sent a SHUTDOWN.
 * @VS_CONN_STATE_SHUTDOWN_ACK: SCTP; the other side acknowledged it.
 */
enum vs_conn_state {
	VS_CONN_STATE_NONE,
	VS_CONN_STATE_SYN_SENT,
	VS_CONN_STATE_SYN_RECV,
	VS_CONN_STATE_ESTABLISHED,
	VS_CONN_STATE_FIN_WAIT,
	VS_CONN_STATE_TIME_WAIT,
	VS_CONN_STATE_CLOSE,
	VS_CONN_STATE_UNREPLIED,
	VS_CONN_STATE_COOKIE_WAIT,
	VS_CONN_STATE_COOKIE_ECHOED,
	VS_CONN_STATE_SHUTDOWN,
	VS_CONN_STATE_SHUTDOWN_ACK,
};

enum {
	VS_A_SERVICE_PROTOCOL = 1,
	VS_A_SERVICE_ADDRESS,
	VS_A_SERVICE_PORT,
	VS_A_SERVICE_SCHEDULER,
	VS_A_SERVICE_HASH,
	VS_A_SERVICE_TABLE_SIZE,
	VS_A_SERVICE_PATH,
	VS_A_SERVICE_SLOPPY,
	VS_A_SERVICE_SERVER,
	VS_A_SERVICE_STATS,
	VS_A_SERVICE_MORE,
	VS_A_SERVICE_SOURCE_POOL,
	VS_A_SERVICE_TIMEOUT_OPENING,
	VS_A_SERVICE_TIMEOUT_ESTABLISHED,
	VS_A_SERVICE_TIMEOUT_CLOSING,
	VS_A_SERVICE_TIMEOUT_CLOSED,
	VS_A_SERVICE_ESTABLISHED_BY,
	VS_A_SERVICE_UDP_RESELECT,
	VS_A_SERVICE_ONE_PACKET,
	VS_A_SERVICE_MSS_CLAMP,
	VS_A_SERVICE_ECHO,
	VS_A_SERVICE_HELPER,

	__VS_A_SERVICE_MAX,
	VS_A_SERVICE_MAX = (__VS_A_SERVICE_MAX - 1)
};

enum {
	VS_A_SERVER_ADDRESS = 1,
	VS_A_SERVER_PORT,
	VS_A_SERVER_METHOD,
	VS_A_SERVER_WEIGHT,
	VS_A_SERVER_STATE,
	VS_A_SERVER_ACTIVE_CONNS,
	VS_A_SERVER_INACTIVE_CONNS,
	VS_A_SERVER_STATS,
	VS_A_SERVER_TUNNEL_TYPE,
	VS_A_SERVER_TUNNEL_PORT,
	VS_A_SERVER_TUNNEL_CHECKSUM,
	VS_A_SERVER_TUNNEL_SOURCE,

	__VS_A_SERVER_MAX,
	VS_A_SERVER_MAX = (__VS_A_SERVER_MAX - 1)
};

enum {
	VS_A_STATS_PAD = 1,
	VS_A_STATS_CONNS,
	VS_A_STATS_IN_PACKETS,
	VS_A_STATS_IN_BYTES,
	VS_A_STATS_OUT_PACKETS,
	VS_A_STATS_OUT_BYTES,

	__VS_A_STATS_MAX,
	VS_A_STATS_MAX = (__VS_A_STATS_MAX - 1)
};

enum {
	VS_A_CONN_PAD = 1,
	VS_A_CONN_PROTOCOL,
	VS_A_CONN_CLIENT_ADDRESS,
	VS_A_CONN_CLIENT_PORT,
	VS_A_CONN_SERVICE_ADDRESS,
	VS_A_CONN_SERVICE_PORT,
	VS_A_CONN_SERVER_ADDRESS,
	VS_A_CONN_SERVER_PORT,
	VS_A_CONN_METHOD,
	VS_A_CONN_PATH,
	VS_A_CONN_STATE,
	VS_A_CONN_IDLE,
	VS_A_CONN_EXPIRES,
	VS_A_CONN_SOURCE_ADDRESS,
	VS_A_CONN_SOURCE_PORT,

	__VS_A_CONN_MAX,
	VS_A_CONN_MAX = (__VS_A_CONN_MAX - 1)
};

enum {
	VS_A_TOTAL_SERVICES = 1,
	VS_A_TOTAL_SERVERS,
	VS_A_TOTAL_CONNS,
	VS_A_TOTAL_STATS,
	VS_A_TOTAL_DROP,

	__VS_A_TOTAL_MAX,
	VS_A_TOTAL_MAX = (__VS_A_TOTAL_MAX - 1)
};

enum {
	VS_A_DROP_PAD = 1,
	VS_A_DROP_REASON,
	VS_A_DROP_PACKETS,

	__VS_A_DROP_MAX,
	VS_A_DROP_MAX = (__VS_A_DROP_MAX - 1)
};

enum {
	VS_A_SETTINGS_CONNS_MAX = 1,

	__VS_A_SETTINGS_MAX,
	VS_A_SETTINGS_MAX = (__VS_A_SETTINGS_MAX - 1)
};

enum {
	VS_CMD_SERVICE_NEW = 1,
	VS_CMD_SERVICE_SET,
	VS_CMD_SERVICE_DEL,
	VS_CMD_SERVICE_GET,
	VS_CMD_SERVER_NEW,
	VS_CMD_SERVER_SET,
	VS_CMD_SERVER_DEL,
	VS_CMD_FLUSH,
	VS_CMD_CONN_GET,
	VS_CMD_STATS_GET,
	VS_CMD_SETTINGS_GET,
	VS_CMD_SETTINGS_SET,

	__VS_CMD_MAX,
	VS_CMD_MAX = (__VS_CMD_MAX - 1)
};

#endif /* _UAPI_LINUX_VS_H */
