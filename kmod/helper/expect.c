// SPDX-License-Identifier: GPL-2.0-only
/*
 * Data conns that are expected: where their first packet is to come from and
 * to go to, and which control conn spoke of them. Clients have a say in what is
 * in here, so it is bounded for each control conn, in time, and in all; and
 * only a SYN of no conn is looked for, while there is anything at all.
 */
#include <linux/jiffies.h>
#include <linux/rculist.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "helper.h"

#define EXPECT_BUCKETS	256
#define EXPECTS_MAX	8192		/* of a namespace */
/* For what servers open, which clients ask for without a password. */
#define EXPECTS_ASKED	(EXPECTS_MAX / 2)
#define EXPECT_TIME	(60 * HZ)	/* servers wait no longer */

static struct hlist_head *bucket_of(const struct vs_net *vn,
				    const struct vs_tuple *tuple)
{
	static hsiphash_key_t key __read_mostly;
	u32 words[9];

	get_random_once(&key, sizeof(key));
	words[0] = (__force u32)tuple->dport;
	if (tuple->family == NFPROTO_IPV4) {
		words[1] = (__force u32)tuple->src.ip;
		words[2] = (__force u32)tuple->dst.ip;
		return &vn->expects[hsiphash(words, 3 * sizeof(*words), &key) %
				    EXPECT_BUCKETS];
	}
	memcpy(&words[1], &tuple->src, sizeof(tuple->src));
	memcpy(&words[5], &tuple->dst, sizeof(tuple->dst));
	return &vn->expects[hsiphash(words, sizeof(words), &key) %
			    EXPECT_BUCKETS];
}

static bool is_same(const struct vs_tuple *a, const struct vs_tuple *b)
{
	if (a->dport != b->dport || a->family != b->family ||
	    a->protocol != b->protocol)
		return false;
	if (a->family == NFPROTO_IPV4)
		return a->src.ip == b->src.ip && a->dst.ip == b->dst.ip;
	return ipv6_addr_equal(&a->src.in6, &b->src.in6) &&
	       ipv6_addr_equal(&a->dst.in6, &b->dst.in6);
}

static struct vs_expect *look(struct vs_net *vn, const struct vs_tuple *tuple)
{
	struct vs_expect *expect;

	hlist_for_each_entry_rcu(expect, bucket_of(vn, tuple), node,
				 lockdep_is_held(&vn->expects_lock))
		if (is_same(&expect->tuple, tuple))
			return expect;
	return NULL;
}

static bool is_past(const struct vs_expect *expect)
{
	return time_after(jiffies, expect->expires);
}

/* With vn->expects_lock held. */
static void take_out(struct vs_net *vn, struct vs_expect *expect)
{
	expect->conn->helper->expects[expect->slot] = NULL;
	hlist_del_rcu(&expect->node);
	atomic_dec(&vn->nr_expects);
	kfree_rcu(expect, rcu);
}

/**
 * vs_expect_find() - what is expected of a packet
 * @vn: namespace
 * @tuple: the packet's
 *
 * Context: RCU read side.
 *
 * Return: it, or NULL.
 */
struct vs_expect *vs_expect_find(struct vs_net *vn,
				 const struct vs_tuple *tuple)
{
	struct vs_expect *expect = look(vn, tuple);

	return expect && !is_past(expect) ? expect : NULL;
}

/* Return: 0 if there is room for @what, or -errno. */
static int make_room(struct vs_net *vn, const struct vs_expect *what)
{
	struct vs_expect *there = look(vn, &what->tuple);
	struct vs_control *helper = what->conn->helper;
	struct vs_expect *oldest = helper->expects[helper->oldest];
	int nr = atomic_read(&vn->nr_expects);

	/* Pairs with vs_helper_end(), which takes the lock after this bit. */
	if (test_bit(VS_CONN_DEAD, &what->conn->flags))
		return -ESHUTDOWN;
	if (there && there->conn != what->conn && !is_past(there))
		return -EADDRINUSE;
	nr -= !!there + (oldest && oldest != there);
	if (nr >= (what->from == VS_CLIENT ? EXPECTS_MAX : EXPECTS_ASKED))
		return -ENOSPC;
	if (there)
		take_out(vn, there);
	if (oldest && oldest != there)
		take_out(vn, oldest);
	return 0;
}

/**
 * vs_expect_add() - expect a data conn from now on
 * @vn: namespace
 * @what: tuple, control conn, port, and who opens it; it is copied
 *
 * What the control conn said of the same tuple is forgotten, and the oldest of
 * what it expects if that is too much.
 *
 * Context: RCU read side, BH off.
 *
 * Return: 0, -EADDRINUSE if another control conn has that tuple, or another
 * error.
 */
int vs_expect_add(struct vs_net *vn, const struct vs_expect *what)
{
	struct vs_control *helper = what->conn->helper;
	struct vs_expect *expect;
	int err;

	expect = kmemdup(what, sizeof(*what), GFP_ATOMIC | __GFP_NOWARN);
	if (!expect)
		return -ENOMEM;
	expect->expires = jiffies + EXPECT_TIME;
	spin_lock_bh(&vn->expects_lock);
	err = make_room(vn, what);
	if (!err) {
		expect->slot = helper->oldest;
		helper->oldest = (helper->oldest + 1) % VS_EXPECTS;
		helper->expects[expect->slot] = expect;
		hlist_add_head_rcu(&expect->node,
				   bucket_of(vn, &expect->tuple));
		atomic_inc(&vn->nr_expects);
	}
	spin_unlock_bh(&vn->expects_lock);
	if (err)
		kfree(expect);
	return err;
}

/**
 * vs_expect_done() - what was expected has come
 * @vn: namespace
 * @expect: what was
 *
 * Context: RCU read side, since it was found.
 */
void vs_expect_done(struct vs_net *vn, struct vs_expect *expect)
{
	spin_lock_bh(&vn->expects_lock);
	if (expect->conn->helper->expects[expect->slot] == expect)
		take_out(vn, expect);
	spin_unlock_bh(&vn->expects_lock);
}

/**
 * vs_helper_new() - what a helper keeps of a conn that is to be
 *
 * Context: any.
 *
 * Return: it, or NULL.
 */
struct vs_control *vs_helper_new(void)
{
	struct vs_control *helper = kzalloc(sizeof(*helper),
					   GFP_ATOMIC | __GFP_NOWARN);

	if (!helper)
		return NULL;
	spin_lock_init(&helper->lock);
	refcount_set(&helper->ref, 1);
	return helper;
}

/**
 * vs_helper_get() - a control conn gets a data conn
 * @helper: the control conn's, which has its reference yet
 *
 * Context: RCU read side.
 *
 * Return: @helper, with a reference for the data conn.
 */
struct vs_control *vs_helper_get(struct vs_control *helper)
{
	refcount_inc(&helper->ref);
	atomic_inc(&helper->data);
	return helper;
}

/**
 * vs_helper_done() - a data conn has ended
 * @helper: its control conn's; the reference stays
 *
 * Context: any.
 */
void vs_helper_done(struct vs_control *helper)
{
	atomic_dec(&helper->data);
}

/**
 * vs_helper_is_used() - whether a control conn has data conns
 * @helper: the control conn's
 *
 * Context: any.
 *
 * Return: true if so.
 */
bool vs_helper_is_used(const struct vs_control *helper)
{
	return atomic_read(&helper->data);
}

/**
 * vs_helper_end() - expect nothing more of a conn
 * @vn: namespace
 * @helper: the conn's, which is VS_CONN_DEAD
 *
 * Context: RCU read side; BH or process.
 */
void vs_helper_end(struct vs_net *vn, struct vs_control *helper)
{
	unsigned int i;

	spin_lock_bh(&vn->expects_lock);
	for (i = 0; i < VS_EXPECTS; i++)
		if (helper->expects[i])
			take_out(vn, helper->expects[i]);
	spin_unlock_bh(&vn->expects_lock);
}

/**
 * vs_helper_prune() - forget what a conn expected for too long
 * @vn: namespace
 * @helper: the conn's
 *
 * Context: RCU read side; BH or process.
 */
void vs_helper_prune(struct vs_net *vn, struct vs_control *helper)
{
	unsigned int i;

	if (!atomic_read(&vn->nr_expects))
		return;
	spin_lock_bh(&vn->expects_lock);
	for (i = 0; i < VS_EXPECTS; i++)
		if (helper->expects[i] && is_past(helper->expects[i]))
			take_out(vn, helper->expects[i]);
	spin_unlock_bh(&vn->expects_lock);
}

/**
 * vs_helper_put() - a control conn, or a data conn of it, is freed
 * @helper: the control conn's, or NULL
 *
 * Context: any; an RCU grace period after vs_helper_end() or _done().
 */
void vs_helper_put(struct vs_control *helper)
{
	if (helper && refcount_dec_and_test(&helper->ref))
		kfree(helper);
}

/**
 * vs_helper_net_enable() - what helpers need in a namespace with services
 * @vn: namespace, with vn->lock held
 *
 * Return: 0 or -ENOMEM.
 */
int vs_helper_net_enable(struct vs_net *vn)
{
	if (vn->expects)
		return 0;
	vn->expects = kcalloc(EXPECT_BUCKETS, sizeof(*vn->expects),
			      GFP_KERNEL_ACCOUNT);
	return vn->expects ? 0 : -ENOMEM;
}

/**
 * vs_helper_net_init() - what helpers need in any namespace
 * @vn: namespace
 */
void vs_helper_net_init(struct vs_net *vn)
{
	spin_lock_init(&vn->expects_lock);
}

/**
 * vs_helper_net_exit() - the opposite; no conn is left
 * @vn: namespace
 */
void vs_helper_net_exit(struct vs_net *vn)
{
	kfree(vn->expects);
}
