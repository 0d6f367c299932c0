// SPDX-License-Identifier: GPL-2.0-only
/*
 * UDP: a flow is established once it was answered. It has no end to wait for,
 * so one whose server is gone is scheduled anew with its next request.
 */
#include "../vs.h"

static bool udp_opens(const struct vs_packet *pkt, bool sloppy)
{
	return true;
}

static struct vs_proto_state udp_first(const struct vs_packet *pkt,
				       bool answered)
{
	return (struct vs_proto_state) {
		.state = answered ? VS_CONN_STATE_ESTABLISHED :
				    VS_CONN_STATE_UNREPLIED,
	};
}

static struct vs_proto_state udp_next(struct vs_proto_state now,
				      enum vs_side from,
				      const struct vs_packet *pkt)
{
	if (from == VS_SERVER)
		now.state = VS_CONN_STATE_ESTABLISHED;
	return now;
}

static struct vs_proto_state udp_next_one_way(struct vs_proto_state now,
					      const struct vs_packet *pkt)
{
	now.state = VS_CONN_STATE_ESTABLISHED;
	return now;
}

static bool udp_reopens(struct vs_proto_state now, const struct vs_packet *pkt,
			bool gone)
{
	return gone;
}

static const u16 udp_timeouts[VS_CONN_STATES] = {
	[VS_CONN_STATE_UNREPLIED]	= 60,
	[VS_CONN_STATE_ESTABLISHED]	= 300,
};

const struct vs_proto_ops vs_proto_udp = {
	.protocol	= IPPROTO_UDP,
	.timeouts	= udp_timeouts,
	.opens		= udp_opens,
	.first		= udp_first,
	.next		= udp_next,
	.next_one_way	= udp_next_one_way,
	.reopens	= udp_reopens,
};
