// SPDX-License-Identifier: GPL-2.0-only
/*
 * Real servers, and the sums of their counters.
 *
 * A server counts in its own per-CPU block. A service's counters are the sum
 * of its servers', with what those left behind that are gone; a namespace's
 * the sum of its services'. Both are computed when they are read, so they are
 * exact. A removed server goes on counting while it has conns, and when the
 * last of them ends its counters move into @left of its sum.
 */
#include <linux/slab.h>

#include "vs.h"

static const struct rhashtable_params server_params = {
	.head_offset		= offsetof(struct vs_server, key_node),
	.key_offset		= offsetof(struct vs_server, key),
	.key_len		= sizeof(struct vs_service_key),
	.automatic_shrinking	= true,
};

/**
 * vs_sum_new() - begin to add up the servers of a service
 * @vn: namespace
 * @key: the service's
 *
 * Return: a sum with one reference, or NULL.
 */
struct vs_sum *vs_sum_new(struct vs_net *vn, const struct vs_service_key *key)
{
	struct vs_sum *sum = kzalloc(sizeof(*sum), GFP_KERNEL_ACCOUNT);

	if (!sum)
		return NULL;
	refcount_set(&sum->ref, 1);
	sum->key = *key;
	INIT_LIST_HEAD(&sum->servers);
	write_seqlock_bh(&vn->sums_lock);
	list_add_tail_rcu(&sum->node, &vn->sums);
	write_sequnlock_bh(&vn->sums_lock);
	return sum;
}

/**
 * vs_sum_set() - what the packet path is to know of a service's conns
 * @sum: the service's, under vn->lock
 * @policy: what it says of them
 * @one_packet: it has none
 * @path: enum vs_path
 */
void vs_sum_set(struct vs_sum *sum, const struct vs_policy *policy,
		u8 one_packet, u8 path)
{
	int i;

	for (i = 0; i < VS_TIMEOUTS; i++)
		WRITE_ONCE(sum->policy.timeouts[i], policy->timeouts[i]);
	WRITE_ONCE(sum->policy.established_by, policy->established_by);
	WRITE_ONCE(sum->policy.udp_reselect, policy->udp_reselect);
	WRITE_ONCE(sum->policy.mss_clamp, policy->mss_clamp);
	WRITE_ONCE(sum->one_packet, one_packet);
	WRITE_ONCE(sum->path, path);
}

/**
 * vs_sum_put() - give up a reference on a sum
 * @vn: namespace
 * @sum: the sum; with its last reference it moves into @vn->left
 *
 * Context: any but hard interrupts.
 */
void vs_sum_put(struct vs_net *vn, struct vs_sum *sum)
{
	if (!refcount_dec_and_test(&sum->ref))
		return;
	write_seqlock_bh(&vn->sums_lock);
	vs_stats_add(&vn->left, &sum->left);
	list_del_rcu(&sum->node);
	write_sequnlock_bh(&vn->sums_lock);
	kfree_rcu(sum, rcu);
}

static void sum_add(const struct vs_sum *sum, struct vs_stats *stats)
{
	const struct vs_server *server;

	vs_stats_add(stats, &sum->left);
	list_for_each_entry_rcu(server, &sum->servers, sum_node)
		vs_stats_sum(stats, server->stats);
}

/**
 * vs_sum_read() - counters of a service
 * @vn: namespace
 * @sum: the service's
 * @stats: where they go
 */
void vs_sum_read(struct vs_net *vn, struct vs_sum *sum, struct vs_stats *stats)
{
	unsigned int seq;

	rcu_read_lock();
	do {
		seq = read_seqbegin(&vn->sums_lock);
		*stats = (struct vs_stats) {};
		sum_add(sum, stats);
	} while (read_seqretry(&vn->sums_lock, seq));
	rcu_read_unlock();
}

/**
 * vs_sums_read() - counters of a namespace
 * @vn: namespace
 * @stats: where they go
 *
 * Anybody may ask, and there may be many servers and CPUs: it stops nobody,
 * and begins again if meanwhile counters moved from one place to another.
 */
void vs_sums_read(struct vs_net *vn, struct vs_stats *stats)
{
	const struct vs_sum *sum;
	unsigned int seq;

	rcu_read_lock();
	do {
		seq = read_seqbegin(&vn->sums_lock);
		*stats = vn->left;
		list_for_each_entry_rcu(sum, &vn->sums, node)
			sum_add(sum, stats);
	} while (read_seqretry(&vn->sums_lock, seq));
	rcu_read_unlock();
}

/**
 * vs_sum_end() - end all servers of a service, those removed earlier too
 * @sum: the service's
 */
void vs_sum_end(struct vs_sum *sum)
{
	struct vs_server *server;

	rcu_read_lock();
	list_for_each_entry_rcu(server, &sum->servers, sum_node)
		WRITE_ONCE(server->end, VS_SERVER_ENDED);
	rcu_read_unlock();
}

static const u8 tunnel_roles[] = {
	[VS_TUNNEL_TYPE_IPIP] = VS_ROLE_IPIP,
	[VS_TUNNEL_TYPE_GRE] = VS_ROLE_GRE,
	[VS_TUNNEL_TYPE_GUE] = VS_ROLE_GUE,
};

/* So that errors about its packets are known. */
static int tunnel_add(struct vs_net *vn, const struct vs_server *server)
{
	if (server->method != VS_METHOD_TUNNEL)
		return 0;
	return vs_role_add(vn, tunnel_roles[server->tunnel.type],
			   server->family, &server->addr, server->tunnel.port);
}

static void tunnel_del(struct vs_net *vn, const struct vs_server *server)
{
	if (server->method == VS_METHOD_TUNNEL)
		vs_role_del(vn, tunnel_roles[server->tunnel.type],
			    server->family, &server->addr, server->tunnel.port);
}

/**
 * vs_server_new() - a server, not yet in any pool
 * @vn: namespace
 * @sum: its service's
 * @config: what it is to be
 *
 * Return: it with one reference, or NULL.
 */
struct vs_server *vs_server_new(struct vs_net *vn, struct vs_sum *sum,
				const struct vs_server_config *config)
{
	struct vs_server *server;

	server = kzalloc(sizeof(*server), GFP_KERNEL_ACCOUNT);
	if (!server)
		return NULL;
	server->stats = vs_stats_alloc();
	if (!server->stats)
		goto free_server;
	server->addr = config->addr;
	server->port = config->port;
	server->family = config->family;
	server->method = config->method;
	server->forward = vs_forward_find(config->method);
	server->state = config->state;
	server->weight = config->weight;
	server->table_weight = config->weight;
	server->available = config->weight &&
			    config->state == VS_SERVER_STATE_UP;
	server->tunnel = config->tunnel;
	vs_source_init(&server->source);
	server->vn = vn;
	server->sum = sum;
	refcount_set(&server->ref, 1);
	server->crowded = (u32)jiffies - HZ;
	server->key.addr = config->addr;
	server->key.port = config->port;
	server->key.family = config->family;
	server->key.protocol = sum->key.protocol;
	if (rhltable_insert(&vn->servers, &server->key_node, server_params))
		goto free_stats;
	if (tunnel_add(vn, server))
		goto remove;

	refcount_inc(&sum->ref);
	write_seqlock_bh(&vn->sums_lock);
	list_add_tail_rcu(&server->sum_node, &sum->servers);
	write_sequnlock_bh(&vn->sums_lock);
	vs_filter_add(vn->filter, VS_SERVER, server->family, &server->addr);
	return server;

remove:
	rhltable_remove(&vn->servers, &server->key_node, server_params);
	synchronize_rcu();
free_stats:
	free_percpu(server->stats);
free_server:
	kfree(server);
	return NULL;
}

/**
 * vs_server_unlink() - a server is none of its service's any more
 * @server: the server, under vn->lock; the service's reference is given up
 */
void vs_server_unlink(struct vs_server *server)
{
	rhltable_remove(&server->vn->servers, &server->key_node,
			server_params);
	vs_server_put(server);
}

/**
 * vs_server_one_packet() - the server that a packet of no conn may come from
 * @vn: namespace
 * @tuple: the packet's
 *
 * Context: RCU read side.
 *
 * Return: a server of method nat whose service has no conns, or NULL.
 */
struct vs_server *vs_server_one_packet(struct vs_net *vn,
				       const struct vs_tuple *tuple)
{
	struct vs_service_key key = {
		.port		= tuple->sport,
		.family		= tuple->family,
		.protocol	= tuple->protocol,
	};
	struct rhlist_head *list, *pos;
	struct vs_server *server;

	if (tuple->family == NFPROTO_IPV4)
		key.addr.ip = tuple->src.ip;
	else
		key.addr = tuple->src;
	list = rhltable_lookup(&vn->servers, &key, server_params);
	rhl_for_each_entry_rcu(server, pos, list, key_node)
		if (READ_ONCE(server->sum->one_packet) &&
		    server->method == VS_METHOD_NAT)
			return server;
	return NULL;
}

/**
 * vs_server_net_init() - a namespace's table of servers
 * @vn: namespace
 *
 * Return: 0 or -errno.
 */
int vs_server_net_init(struct vs_net *vn)
{
	seqlock_init(&vn->sums_lock);
	INIT_LIST_HEAD(&vn->sums);
	return rhltable_init(&vn->servers, &server_params);
}

/**
 * vs_server_net_exit() - take it down, without servers
 * @vn: namespace
 */
void vs_server_net_exit(struct vs_net *vn)
{
	rhltable_destroy(&vn->servers);
}

static void server_free(struct rcu_head *rcu)
{
	struct vs_server *server = container_of(rcu, struct vs_server, rcu);

	free_percpu(server->stats);
	kfree(server);
}

/**
 * vs_server_put() - give up a reference on a server
 * @server: the server
 *
 * Its counters are final when the last reference goes: conns hold one until a
 * grace period after they left the table.
 *
 * Context: any but hard interrupts.
 */
void vs_server_put(struct vs_server *server)
{
	struct vs_net *vn = server->vn;

	if (!refcount_dec_and_test(&server->ref))
		return;
	write_seqlock_bh(&vn->sums_lock);
	vs_stats_sum(&server->sum->left, server->stats);
	list_del_rcu(&server->sum_node);
	write_sequnlock_bh(&vn->sums_lock);
	vs_sum_put(vn, server->sum);
	vs_filter_del(vn->filter, VS_SERVER, server->family, &server->addr);
	tunnel_del(vn, server);
	vs_route_drop(&server->route);
	call_rcu(&server->rcu, server_free);
}
