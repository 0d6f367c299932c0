// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct routing: a request goes to the server's link-layer address as it is.
 * The server has the virtual address on a device that does not answer ARP, and
 * its replies go their own way.
 */
#include <net/ip.h>
#include <net/ipv6.h>

#include "../vs.h"

static void dr_init(struct vs_conn *conn)
{
}

static int dr_apply(struct sk_buff *skb, const struct vs_packet *pkt,
		    const struct vs_conn *conn, enum vs_side from,
		    const struct dst_entry *dst, bool hop)
{
	return hop ? vs_rewrite_hop(skb, pkt) : 0;
}

const struct vs_forward_ops vs_forward_dr = {
	.name		= "dr",
	.one_way	= true,
	.init		= dr_init,
	.apply		= dr_apply,
};
