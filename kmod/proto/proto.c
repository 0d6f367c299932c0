// SPDX-License-Identifier: GPL-2.0-only
/* The protocols that are balanced. */
#include <linux/kernel.h>

#include "../vs.h"

static const struct vs_proto_ops *const protos[] = {
	&vs_proto_tcp,
	&vs_proto_udp,
	&vs_proto_sctp,
};

/**
 * vs_proto_find() - a protocol by its number
 * @protocol: IPPROTO_*
 *
 * Return: it, or NULL if it is not balanced.
 */
const struct vs_proto_ops *vs_proto_find(u8 protocol)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(protos); i++)
		if (protos[i]->protocol == protocol)
			return protos[i];
	return NULL;
}

/**
 * vs_proto_active() - how least-conn schedulers count a conn
 * @state: enum vs_conn_state
 *
 * Return: true if it is work for its server, false if it is about over or
 * nobody answered.
 */
bool vs_proto_active(u8 state)
{
	switch (state) {
	case VS_CONN_STATE_NONE:
	case VS_CONN_STATE_SYN_SENT:
	case VS_CONN_STATE_SYN_RECV:
	case VS_CONN_STATE_COOKIE_WAIT:
	case VS_CONN_STATE_COOKIE_ECHOED:
	case VS_CONN_STATE_ESTABLISHED:
		return true;
	}
	return false;
}

/**
 * vs_proto_timeout() - which of a service's timeouts a state has
 * @state: enum vs_conn_state
 *
 * Return: its class.
 */
enum vs_timeout vs_proto_timeout(u8 state)
{
	switch (state) {
	case VS_CONN_STATE_ESTABLISHED:
		return VS_TIMEOUT_ESTABLISHED;
	case VS_CONN_STATE_FIN_WAIT:
	case VS_CONN_STATE_SHUTDOWN:
		return VS_TIMEOUT_CLOSING;
	case VS_CONN_STATE_TIME_WAIT:
	case VS_CONN_STATE_CLOSE:
	case VS_CONN_STATE_SHUTDOWN_ACK:
		return VS_TIMEOUT_CLOSED;
	}
	return VS_TIMEOUT_OPENING;
}
