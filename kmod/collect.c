// SPDX-License-Identifier: GPL-2.0-only
/*
 * The collector: walks a namespace's conn table slice by slice and ends the
 * conns whose time is up. Nothing depends on when it comes by, since a packet
 * that finds such a conn ends it too; it gives their memory and their place in
 * the limit back.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "vs.h"

#define COLLECT_SLICE	8192		/* nodes looked at without a break */
#define COLLECT_PAUSE	(4 * HZ)	/* between two walks of the table */

/* One slice. Return: true if the end of the table was reached. */
static bool collect_slice(struct vs_net *vn, bool all)
{
	struct rhashtable_iter *iter = &vn->walk;
	struct vs_conn_node *node;
	struct vs_conn *conn;
	bool finished = false;
	unsigned int i;

	rhashtable_walk_start(iter);
	for (i = 0; i < COLLECT_SLICE; i++) {
		node = rhashtable_walk_next(iter);
		if (!node) {
			finished = true;
			break;
		}
		/* The table was resized: some are seen twice, or next time. */
		if (IS_ERR(node) || node->tuple.side != VS_CLIENT)
			continue;
		conn = container_of(node, struct vs_conn, client);
		vs_conn_renew(conn);
		if (all || vs_conn_is_over(conn))
			vs_conn_end(conn);
		else if (unlikely(READ_ONCE(node->flags) & VS_NODE_HELPER))
			vs_helper_prune(vn, conn->helper);
	}
	rhashtable_walk_stop(iter);
	return finished;
}

static void collect(struct work_struct *work)
{
	struct vs_net *vn = container_of(to_delayed_work(work), struct vs_net,
					 collector);
	unsigned long pause = 1;

	if (!vn->walking) {
		rhashtable_walk_enter(vn->table, &vn->walk);
		vn->walking = true;
	}
	if (collect_slice(vn, false)) {
		rhashtable_walk_exit(&vn->walk);
		vn->walking = false;
		/*
		 * Without hooks no conn comes, but for those of packets that
		 * were in them: it looks twice. vs_hook_enable() starts it
		 * anew.
		 */
		if (atomic_read(&vn->table->nelems) ||
		    READ_ONCE(vn->hooks[0]) || READ_ONCE(vn->hooks[1]))
			vn->idle_walks = 0;
		else if (vn->idle_walks++)
			return;
		pause = COLLECT_PAUSE;
	}
	queue_delayed_work(system_power_efficient_wq, &vn->collector, pause);
}

/**
 * vs_collect_soon() - have the collector look for conns that are over
 * @vn: namespace, with vn->lock held
 *
 * Context: process.
 */
void vs_collect_soon(struct vs_net *vn)
{
	/* A flush may come before the first service and its table. */
	if (!vn->table)
		return;
	WRITE_ONCE(vn->idle_walks, 0);
	mod_delayed_work(system_power_efficient_wq, &vn->collector, 0);
}

/**
 * vs_conn_limit_default() - how many conns a namespace may have
 *
 * Return: as many as fill a sixteenth of the machine's memory, with their
 * share of the table.
 */
u32 vs_conn_limit_default(void)
{
	u64 bytes = (u64)totalram_pages() << (PAGE_SHIFT - 4);

	return clamp_t(u64, div_u64(bytes, sizeof(struct vs_conn) +
					   4 * sizeof(void *)),
		       16384, U32_MAX / 4);
}

/**
 * vs_collect_net_init() - what conns and their collector need in a namespace
 * @vn: namespace
 */
void vs_collect_net_init(struct vs_net *vn)
{
	vn->conns_max = vs_conn_limit_default();
	INIT_DELAYED_WORK(&vn->collector, collect);
}

/**
 * vs_collect_net_exit() - end all conns and take the table down
 * @vn: namespace; no packet finds it any more
 *
 * The caller waits for RCU callbacks before it frees @vn.
 */
void vs_collect_net_exit(struct vs_net *vn)
{
	cancel_delayed_work_sync(&vn->collector);
	if (!vn->table)
		return;
	if (vn->walking)
		rhashtable_walk_exit(&vn->walk);
	while (atomic_read(&vn->table->nelems)) {
		rhashtable_walk_enter(vn->table, &vn->walk);
		while (!collect_slice(vn, true))
			cond_resched();
		rhashtable_walk_exit(&vn->walk);
	}
	rhashtable_destroy(vn->table);
	kfree(vn->table);
}
