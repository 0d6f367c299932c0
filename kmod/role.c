// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an address is to vs apart from its services and conns: one that is
 * pinged, or the far end of a tunnel. A table of few entries, each counted, for
 * packets that are rare: the filter (filter.c), which has hashes only, is
 * asked first.
 */
#include <linux/slab.h>

#include "vs.h"

/**
 * struct role_key - an address in a role
 * @addr: the address; for IPv4 the bytes after @addr.ip are 0
 * @port: of VS_ROLE_GUE, else 0
 * @family: NFPROTO_*
 * @role: enum vs_role
 */
struct role_key {
	union vs_addr addr;
	__be16 port;
	u8 family;
	u8 role;
};

/**
 * struct role - one that is in the table
 * @hash_node: in vn->roles
 * @key: what is found
 * @users: how many added it; under vn->roles_lock
 * @rcu: frees it
 */
struct role {
	struct rhash_head hash_node;
	struct role_key key;
	unsigned int users;
	struct rcu_head rcu;
};

static const struct rhashtable_params role_params = {
	.head_offset		= offsetof(struct role, hash_node),
	.key_offset		= offsetof(struct role, key),
	.key_len		= sizeof(struct role_key),
	.automatic_shrinking	= true,
};

static struct role_key key_of(enum vs_role role, u8 family,
			      const union vs_addr *addr, __be16 port)
{
	struct role_key key = {
		.port	= role == VS_ROLE_GUE ? port : 0,
		.family	= family,
		.role	= role,
	};

	if (family == NFPROTO_IPV4)
		key.addr.ip = addr->ip;
	else
		key.addr = *addr;
	return key;
}

/**
 * vs_role_add() - give an address a role
 * @vn: namespace
 * @role: the role
 * @family: NFPROTO_*
 * @addr: the address
 * @port: of VS_ROLE_GUE
 *
 * It may be given several times.
 *
 * Context: process.
 *
 * Return: 0 or -errno.
 */
int vs_role_add(struct vs_net *vn, enum vs_role role, u8 family,
		const union vs_addr *addr, __be16 port)
{
	struct role *there, *new;

	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	new->key = key_of(role, family, addr, port);
	new->users = 1;
	spin_lock_bh(&vn->roles_lock);
	there = rhashtable_lookup_get_insert_fast(&vn->roles, &new->hash_node,
						  role_params);
	if (there && !IS_ERR(there))
		there->users++;
	spin_unlock_bh(&vn->roles_lock);
	if (there)
		kfree(new);
	return PTR_ERR_OR_ZERO(there);
}

/**
 * vs_role_del() - take back a role that vs_role_add() gave
 * @vn: namespace
 * @role: as it was given
 * @family: as it was given
 * @addr: as it was given
 * @port: as it was given
 *
 * Context: any but hard interrupts.
 */
void vs_role_del(struct vs_net *vn, enum vs_role role, u8 family,
		 const union vs_addr *addr, __be16 port)
{
	struct role_key key = key_of(role, family, addr, port);
	struct role *there;

	spin_lock_bh(&vn->roles_lock);
	there = rhashtable_lookup_fast(&vn->roles, &key, role_params);
	if (!WARN_ON_ONCE(!there) && !--there->users) {
		rhashtable_remove_fast(&vn->roles, &there->hash_node,
				       role_params);
		kfree_rcu(there, rcu);
	}
	spin_unlock_bh(&vn->roles_lock);
}

/**
 * vs_role_has() - whether an address has a role
 * @vn: namespace
 * @role: the role
 * @family: NFPROTO_*
 * @addr: the address
 * @port: of VS_ROLE_GUE
 *
 * Context: RCU read side.
 *
 * Return: true if it has.
 */
bool vs_role_has(struct vs_net *vn, enum vs_role role, u8 family,
		 const union vs_addr *addr, __be16 port)
{
	struct role_key key = key_of(role, family, addr, port);

	return rhashtable_lookup(&vn->roles, &key, role_params);
}

/**
 * vs_role_net_init() - a namespace's table of roles
 * @vn: namespace
 *
 * Return: 0 or -errno.
 */
int vs_role_net_init(struct vs_net *vn)
{
	spin_lock_init(&vn->roles_lock);
	return rhashtable_init(&vn->roles, &role_params);
}

/**
 * vs_role_net_exit() - take the table down, without roles
 * @vn: namespace
 */
void vs_role_net_exit(struct vs_net *vn)
{
	rhashtable_destroy(&vn->roles);
}
