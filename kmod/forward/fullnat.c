// SPDX-License-Identifier: GPL-2.0-only
/*
 * Full NAT: requests get an address of the service's source pool as their
 * source, too. The server answers the director, wherever it stands, and may be
 * the client itself.
 */
#include "../vs.h"

/* The pool's address number @i. */
static union vs_addr source_addr(const struct vs_source_pool *sources,
				 u8 family, u32 i)
{
	union vs_addr addr = sources->first;
	u64 sum = i;
	int word;

	if (family == NFPROTO_IPV4) {
		addr.ip = htonl(ntohl(addr.ip) + i);
		return addr;
	}
	for (word = 3; sum && word >= 0; word--) {
		sum += ntohl(addr.in6.s6_addr32[word]);
		addr.in6.s6_addr32[word] = htonl((u32)sum);
		sum >>= 32;
	}
	return addr;
}

static void fullnat_back(struct vs_tuple *back, const struct vs_tuple *client,
			 const struct vs_server *server,
			 const struct vs_source_pool *sources, unsigned int try)
{
	back->src = server->addr;
	back->dst = source_addr(sources, client->family,
				(client->hash + try) % sources->nr);
	back->sport = server->port;
	back->dport = try ? vs_nat_port(client, try) : client->sport;
	back->family = client->family;
	back->protocol = client->protocol;
}

const struct vs_forward_ops vs_forward_fullnat = {
	.name		= "fullnat",
	.changes_port	= true,
	.uses_sources	= true,
	.tries		= 256,
	.back		= fullnat_back,
	.init		= vs_nat_init,
	.apply		= vs_nat_apply,
};
