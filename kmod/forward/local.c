// SPDX-License-Identifier: GPL-2.0-only
/*
 * Local: the server is the director itself. A request goes up unchanged, and
 * the stack, which has the virtual address, answers it.
 */
#include "../vs.h"

static void local_init(struct vs_conn *conn)
{
}

static int local_apply(struct sk_buff *skb, const struct vs_packet *pkt,
		       const struct vs_conn *conn, enum vs_side from,
		       const struct dst_entry *dst, bool hop)
{
	return 0;
}

const struct vs_forward_ops vs_forward_local = {
	.name		= "local",
	.one_way	= true,
	.init		= local_init,
	.apply		= local_apply,
};
