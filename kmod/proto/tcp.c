// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP: how far a conn is, from the flags of its packets. Sequence numbers are
 * not followed: both ends check them, and a balancer that passes a packet on
 * need not know better.
 */
#include "../vs.h"

static bool is_syn(const struct vs_packet *pkt)
{
	return (pkt->flags & (VS_TCP_SYN | VS_TCP_ACK | VS_TCP_RST |
			      VS_TCP_FIN)) == VS_TCP_SYN;
}

static bool tcp_opens(const struct vs_packet *pkt, bool sloppy)
{
	return is_syn(pkt) || (sloppy && !(pkt->flags & VS_TCP_RST));
}

static struct vs_proto_state tcp_first(const struct vs_packet *pkt,
				       bool answered)
{
	return (struct vs_proto_state) {
		.state = is_syn(pkt) ? VS_CONN_STATE_SYN_SENT :
				       VS_CONN_STATE_NONE,
	};
}

static struct vs_proto_state tcp_fin(struct vs_proto_state now,
				     enum vs_side from)
{
	now.fins |= BIT(from);
	now.state = now.fins == (BIT(VS_CLIENT) | BIT(VS_SERVER)) ?
		    VS_CONN_STATE_TIME_WAIT : VS_CONN_STATE_FIN_WAIT;
	return now;
}

static struct vs_proto_state tcp_next(struct vs_proto_state now,
				      enum vs_side from,
				      const struct vs_packet *pkt)
{
	u8 flags = pkt->flags;

	if (now.state == VS_CONN_STATE_CLOSE)
		return now;
	if (flags & VS_TCP_RST) {
		now.state = VS_CONN_STATE_CLOSE;
		return now;
	}
	if (flags & VS_TCP_FIN)
		return tcp_fin(now, from);

	switch (now.state) {
	case VS_CONN_STATE_NONE:
		if (from == VS_SERVER)
			now.state = VS_CONN_STATE_ESTABLISHED;
		break;
	case VS_CONN_STATE_SYN_SENT:
		if (from != now.opener && (flags & VS_TCP_SYN))
			now.state = VS_CONN_STATE_SYN_RECV;
		break;
	case VS_CONN_STATE_SYN_RECV:
		if (from == now.opener && !(flags & VS_TCP_SYN))
			now.state = VS_CONN_STATE_ESTABLISHED;
		break;
	}
	return now;
}

/* The client's packets have to tell: who goes on after a SYN was answered. */
static struct vs_proto_state tcp_next_one_way(struct vs_proto_state now,
					      const struct vs_packet *pkt)
{
	if (now.state == VS_CONN_STATE_CLOSE ||
	    pkt->flags & (VS_TCP_RST | VS_TCP_FIN))
		return tcp_next(now, VS_CLIENT, pkt);
	if ((now.state == VS_CONN_STATE_SYN_SENT ||
	     now.state == VS_CONN_STATE_NONE) && !is_syn(pkt))
		now.state = VS_CONN_STATE_ESTABLISHED;
	return now;
}

/*
 * A client that opens its closing conn's tuple again is past it: no second
 * lost waiting for a retransmission, and the server is chosen anew. One whose
 * server died before it answered gets another with its next SYN.
 */
static bool tcp_reopens(struct vs_proto_state now, const struct vs_packet *pkt,
			bool gone)
{
	if (!is_syn(pkt))
		return false;

	switch (now.state) {
	case VS_CONN_STATE_FIN_WAIT:
	case VS_CONN_STATE_TIME_WAIT:
	case VS_CONN_STATE_CLOSE:
		return true;
	case VS_CONN_STATE_SYN_SENT:
	case VS_CONN_STATE_SYN_RECV:
		return gone;
	}
	return false;
}

static const u16 tcp_timeouts[VS_CONN_STATES] = {
	[VS_CONN_STATE_NONE]		= 60,
	[VS_CONN_STATE_SYN_SENT]	= 60,
	[VS_CONN_STATE_SYN_RECV]	= 60,
	[VS_CONN_STATE_ESTABLISHED]	= 900,
	[VS_CONN_STATE_FIN_WAIT]	= 120,
	[VS_CONN_STATE_TIME_WAIT]	= 60,
	[VS_CONN_STATE_CLOSE]		= 10,
};

const struct vs_proto_ops vs_proto_tcp = {
	.protocol	= IPPROTO_TCP,
	.timeouts	= tcp_timeouts,
	.opens		= tcp_opens,
	.first		= tcp_first,
	.next		= tcp_next,
	.next_one_way	= tcp_next_one_way,
	.reopens	= tcp_reopens,
};
