// SPDX-License-Identifier: GPL-2.0-only
/*
 * SCTP: how far an association is, from the chunks of its packets. Verification
 * tags are not followed: both ends check them. Of an end with several addresses
 * the balancer knows the one that the INIT came from, and balances that path.
 */
#include "../vs.h"

static bool sctp_opens(const struct vs_packet *pkt, bool sloppy)
{
	return pkt->flags & VS_SCTP_INIT ||
	       (sloppy && !(pkt->flags & (VS_SCTP_ABORT |
					  VS_SCTP_SHUTDOWN_COMPLETE)));
}

static struct vs_proto_state sctp_first(const struct vs_packet *pkt,
					bool answered)
{
	u8 state = VS_CONN_STATE_NONE;

	if (pkt->flags & VS_SCTP_INIT)
		state = VS_CONN_STATE_COOKIE_WAIT;
	else if (pkt->flags & VS_SCTP_COOKIE_ECHO)
		state = VS_CONN_STATE_COOKIE_ECHOED;
	return (struct vs_proto_state) { .state = state };
}

/* An end that is still opening takes no notice of the end of an older one. */
static bool is_opening(u8 state)
{
	return state == VS_CONN_STATE_COOKIE_WAIT ||
	       state == VS_CONN_STATE_COOKIE_ECHOED;
}

/* What either side's packet that closes makes of @state. */
static u8 sctp_close(u8 state, u8 flags)
{
	if (flags & VS_SCTP_ABORT)
		return VS_CONN_STATE_CLOSE;
	if (is_opening(state))
		return state;
	if (flags & VS_SCTP_SHUTDOWN_COMPLETE)
		return VS_CONN_STATE_CLOSE;
	if (flags & VS_SCTP_SHUTDOWN_ACK)
		return VS_CONN_STATE_SHUTDOWN_ACK;
	if (flags & VS_SCTP_SHUTDOWN && state != VS_CONN_STATE_SHUTDOWN_ACK)
		return VS_CONN_STATE_SHUTDOWN;
	return state;
}

static struct vs_proto_state sctp_next(struct vs_proto_state now,
				       enum vs_side from,
				       const struct vs_packet *pkt)
{
	u8 flags = pkt->flags;
	u8 state = now.state;

	if (state == VS_CONN_STATE_CLOSE)
		return now;
	now.state = sctp_close(state, flags);
	if (now.state != state)
		return now;

	switch (state) {
	case VS_CONN_STATE_NONE:
		if (from == VS_SERVER)
			now.state = VS_CONN_STATE_ESTABLISHED;
		break;
	case VS_CONN_STATE_COOKIE_WAIT:
		if (from == VS_CLIENT && flags & VS_SCTP_COOKIE_ECHO)
			now.state = VS_CONN_STATE_COOKIE_ECHOED;
		break;
	case VS_CONN_STATE_COOKIE_ECHOED:
		if (from == VS_SERVER && flags & VS_SCTP_COOKIE_ACK)
			now.state = VS_CONN_STATE_ESTABLISHED;
		break;
	}
	return now;
}

/*
 * A client that says something else than its cookie has had it acknowledged,
 * unless that is about an older association.
 */
static struct vs_proto_state sctp_next_one_way(struct vs_proto_state now,
					       const struct vs_packet *pkt)
{
	const u8 unanswered = VS_SCTP_INIT | VS_SCTP_COOKIE_ECHO |
			      VS_SCTP_SHUTDOWN_COMPLETE;

	if ((now.state == VS_CONN_STATE_COOKIE_ECHOED ||
	     now.state == VS_CONN_STATE_NONE) && !(pkt->flags & unanswered))
		now.state = VS_CONN_STATE_ESTABLISHED;
	return sctp_next(now, VS_CLIENT, pkt);
}

/* As for TCP: who opens a closing association again is past it. */
static bool sctp_reopens(struct vs_proto_state now, const struct vs_packet *pkt,
			 bool gone)
{
	if (!(pkt->flags & VS_SCTP_INIT))
		return false;

	switch (now.state) {
	case VS_CONN_STATE_SHUTDOWN:
	case VS_CONN_STATE_SHUTDOWN_ACK:
	case VS_CONN_STATE_CLOSE:
		return true;
	}
	return gone && is_opening(now.state);
}

static const u16 sctp_timeouts[VS_CONN_STATES] = {
	[VS_CONN_STATE_NONE]		= 60,
	[VS_CONN_STATE_COOKIE_WAIT]	= 60,
	[VS_CONN_STATE_COOKIE_ECHOED]	= 60,
	[VS_CONN_STATE_ESTABLISHED]	= 900,
	[VS_CONN_STATE_SHUTDOWN]	= 120,
	[VS_CONN_STATE_SHUTDOWN_ACK]	= 60,
	[VS_CONN_STATE_CLOSE]		= 10,
};

const struct vs_proto_ops vs_proto_sctp = {
	.protocol	= IPPROTO_SCTP,
	.timeouts	= sctp_timeouts,
	.opens		= sctp_opens,
	.first		= sctp_first,
	.next		= sctp_next,
	.next_one_way	= sctp_next_one_way,
	.reopens	= sctp_reopens,
};
