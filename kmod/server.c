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

/**
 * vs_sum_new() - begin to add up the servers of a service
 * @vn: namespace
 *
 * Return: a sum with one reference, or NULL.
 */
struct vs_sum *vs_sum_new(struct vs_net *vn)
{
	struct vs_sum *sum = kzalloc(sizeof(*sum), GFP_KERNEL_ACCOUNT);

	if (!sum)
		return NULL;
	refcount_set(&sum->ref, 1);
	INIT_LIST_HEAD(&sum->servers);
	write_seqlock_bh(&vn->sums_lock);
	list_add_tail_rcu(&sum->node, &vn->sums);
	write_sequnlock_bh(&vn->sums_lock);
	return sum;
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
	if (!server->stats) {
		kfree(server);
		return NULL;
	}
	server->addr = config->addr;
	server->port = config->port;
	server->family = config->family;
	server->method = config->method;
	server->forward = vs_forward_find(config->method);
	server->state = config->state;
	server->weight = config->weight;
	server->table_weight = config->weight;
	server->tunnel = config->tunnel;
	server->vn = vn;
	server->sum = sum;
	refcount_set(&server->ref, 1);
	if (tunnel_add(vn, server)) {
		free_percpu(server->stats);
		kfree(server);
		return NULL;
	}

	refcount_inc(&sum->ref);
	write_seqlock_bh(&vn->sums_lock);
	list_add_tail_rcu(&server->sum_node, &sum->servers);
	write_sequnlock_bh(&vn->sums_lock);
	vs_filter_add(vn->filter, VS_SERVER, server->family, &server->addr);
	return server;
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
