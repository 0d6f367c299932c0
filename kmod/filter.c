// SPDX-License-Identifier: GPL-2.0-only
/*
 * The addresses that concern vs, as a bit for each hash of an address: two
 * loads tell most packets of a busy router that they are neither for a service
 * nor from a server, before they are parsed.
 *
 * The bits follow counts, so that they go when the last address with a hash
 * does. A server's counts while there is the server, which is while it has
 * conns.
 */
#include <linux/jhash.h>
#include <linux/slab.h>

#include "vs.h"

/* Not keyed: who makes addresses collide only gets his packets looked at. */
static u32 slot_of(u8 family, const union vs_addr *addr)
{
	u32 hash;

	if (family == NFPROTO_IPV4)
		hash = jhash_1word((__force u32)addr->ip, 0);
	else
		hash = jhash2((__force u32 *)addr->in6.s6_addr32, 4, 0);
	return hash % VS_FILTER_SLOTS;
}

/**
 * vs_filter_new() - a filter that nothing concerns
 *
 * Return: it, or NULL.
 */
struct vs_filter *vs_filter_new(void)
{
	struct vs_filter *filter;

	filter = kvzalloc(sizeof(*filter), GFP_KERNEL_ACCOUNT);
	if (filter)
		spin_lock_init(&filter->lock);
	return filter;
}

/**
 * vs_filter_add() - let an address concern vs
 * @filter: the filter
 * @side: VS_CLIENT for what clients send to, VS_SERVER for what servers send
 *	from
 * @family: NFPROTO_*
 * @addr: the address
 *
 * Context: any but hard interrupts.
 */
void vs_filter_add(struct vs_filter *filter, enum vs_side side, u8 family,
		   const union vs_addr *addr)
{
	u32 slot = slot_of(family, addr);

	spin_lock_bh(&filter->lock);
	if (!filter->counts[side][slot]++)
		__set_bit(slot, filter->bits[side]);
	spin_unlock_bh(&filter->lock);
}

/**
 * vs_filter_del() - the opposite of vs_filter_add()
 * @filter: the filter
 * @side: as it was added
 * @family: NFPROTO_*
 * @addr: the address
 *
 * Context: any but hard interrupts.
 */
void vs_filter_del(struct vs_filter *filter, enum vs_side side, u8 family,
		   const union vs_addr *addr)
{
	u32 slot = slot_of(family, addr);

	spin_lock_bh(&filter->lock);
	if (!--filter->counts[side][slot])
		__clear_bit(slot, filter->bits[side]);
	spin_unlock_bh(&filter->lock);
}

/**
 * vs_filter_has() - whether an address may concern vs
 * @filter: the filter
 * @side: as it was added
 * @family: NFPROTO_*
 * @addr: the address
 *
 * Context: any.
 *
 * Return: false if it does not; true if it does, or another with its hash.
 */
bool vs_filter_has(const struct vs_filter *filter, enum vs_side side,
		   u8 family, const union vs_addr *addr)
{
	return test_bit(slot_of(family, addr), filter->bits[side]);
}
