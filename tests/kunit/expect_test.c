// SPDX-License-Identifier: GPL-2.0-only
/* KUnit tests of kmod/helper/expect.c: what is expected, of whom, how long. */
#include <kunit/test.h>

#include "../../kmod/helper/expect.c"

#define CONTROLS	3
#define V4		NFPROTO_IPV4
#define V6		NFPROTO_IPV6

/**
 * struct expect_bed - a namespace, and control conns without a table
 * @vn: the namespace
 * @conns: the conns
 */
struct expect_bed {
	struct vs_net vn;
	struct vs_conn conns[CONTROLS];
};

static int expect_init(struct kunit *test)
{
	struct expect_bed *bed = kunit_kzalloc(test, sizeof(*bed), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, bed);
	test->priv = bed;
	vs_helper_net_init(&bed->vn);
	KUNIT_ASSERT_EQ(test, vs_helper_net_enable(&bed->vn), 0);
	for (i = 0; i < CONTROLS; i++) {
		bed->conns[i].helper = vs_helper_new();
		KUNIT_ASSERT_NOT_NULL(test, bed->conns[i].helper);
	}
	return 0;
}

static void expect_exit(struct kunit *test)
{
	struct expect_bed *bed = test->priv;
	unsigned int i;

	for (i = 0; i < CONTROLS; i++) {
		vs_helper_end(&bed->vn, bed->conns[i].helper);
		vs_helper_put(bed->conns[i].helper);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_expects), 0);
	vs_helper_net_exit(&bed->vn);
}

static struct vs_tuple expect_tuple(u8 family, u32 src, u16 dport)
{
	struct vs_tuple tuple = {
		.dport		= htons(dport),
		.family		= family,
		.protocol	= IPPROTO_TCP,
	};

	/* Of an IPv4 address the rest is anything. */
	memset(&tuple.src, src, sizeof(tuple.src));
	memset(&tuple.dst, 0x5a, sizeof(tuple.dst));
	tuple.src.ip = htonl(src);
	tuple.sport = htons(dport ^ src);
	return tuple;
}

static int expect_add(struct kunit *test, unsigned int conn, u32 src, u16 dport)
{
	struct expect_bed *bed = test->priv;
	struct vs_expect what = {
		.tuple	= expect_tuple(V4, src, dport),
		.conn	= &bed->conns[conn],
		.port	= htons(conn),
	};
	int err;

	rcu_read_lock();
	err = vs_expect_add(&bed->vn, &what);
	rcu_read_unlock();
	return err;
}

/* Return: which conn expects it, -1 for none. */
static int expect_of(struct kunit *test, u8 family, u32 src, u16 dport)
{
	struct expect_bed *bed = test->priv;
	struct vs_tuple tuple = expect_tuple(family, src, dport);
	struct vs_expect *expect;
	int conn;

	rcu_read_lock();
	expect = vs_expect_find(&bed->vn, &tuple);
	conn = expect ? expect->conn - bed->conns : -1;
	rcu_read_unlock();
	return conn;
}

static void expect_test_find(struct kunit *test)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, expect_add(test, 0, 1, 4000), 0);
	KUNIT_EXPECT_EQ(test, expect_add(test, 1, 1, 4001), 0);
	KUNIT_EXPECT_EQ(test, expect_add(test, 2, 2, 4000), 0);
	KUNIT_EXPECT_EQ(test, expect_of(test, V4, 1, 4000), 0);
	KUNIT_EXPECT_EQ(test, expect_of(test, V4, 1, 4001), 1);
	KUNIT_EXPECT_EQ(test, expect_of(test, V4, 2, 4000), 2);
	KUNIT_EXPECT_EQ(test, expect_of(test, V4, 2, 4001), -1);
	KUNIT_EXPECT_EQ(test, expect_of(test, V4, 3, 4000), -1);
	KUNIT_EXPECT_EQ(test, expect_of(test, V6, 1, 4000), -1);
	/* As many as fill each bucket some times. */
	for (i = 3; i < 3 + 8 * EXPECT_BUCKETS; i++) {
		KUNIT_EXPECT_EQ(test, expect_of(test, V4, i, 4000), -1);
		KUNIT_EXPECT_EQ(test, expect_of(test, V4, 1, 4000 + i), -1);
	}
}

static void expect_test_taken(struct kunit *test)
{
	struct expect_bed *bed = test->priv;
	struct vs_tuple tuple = expect_tuple(V4, 1, 4000);

	KUNIT_EXPECT_EQ(test, expect_add(test, 0, 1, 4000), 0);
	KUNIT_EXPECT_EQ(test, expect_add(test, 1, 1, 4000), -EADDRINUSE);
	/* One's own is replaced, and one whose time is up. */
	KUNIT_EXPECT_EQ(test, expect_add(test, 0, 1, 4000), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_expects), 1);
	rcu_read_lock();
	vs_expect_find(&bed->vn, &tuple)->expires = jiffies - 1;
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, expect_of(test, V4, 1, 4000), -1);
	KUNIT_EXPECT_EQ(test, expect_add(test, 1, 1, 4000), 0);
	KUNIT_EXPECT_EQ(test, expect_of(test, V4, 1, 4000), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_expects), 1);
}

static void expect_test_bounds(struct kunit *test)
{
	struct expect_bed *bed = test->priv;
	unsigned int i;

	for (i = 0; i < 3 * VS_EXPECTS; i++) {
		KUNIT_EXPECT_EQ(test, expect_add(test, 0, 1, 4000 + i), 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_expects),
				min(i + 1, (unsigned int)VS_EXPECTS));
	}
	/* The oldest went. */
	for (i = 0; i < 3 * VS_EXPECTS; i++)
		KUNIT_EXPECT_EQ(test, expect_of(test, V4, 1, 4000 + i),
				i < 2 * VS_EXPECTS ? -1 : 0);

	atomic_set(&bed->vn.nr_expects, EXPECTS_MAX);
	KUNIT_EXPECT_EQ(test, expect_add(test, 1, 1, 5000), -ENOSPC);
	KUNIT_EXPECT_EQ(test, expect_of(test, V4, 1, 5000), -1);
	/* Nothing went for what had no place; a conn's own may be replaced. */
	KUNIT_EXPECT_EQ(test, expect_add(test, 0, 1, 5000), 0);
	atomic_set(&bed->vn.nr_expects, EXPECTS_MAX + 1);
	KUNIT_EXPECT_EQ(test, expect_add(test, 0, 1, 5001), -ENOSPC);
	for (i = 2 * VS_EXPECTS + 1; i < 3 * VS_EXPECTS; i++)
		KUNIT_EXPECT_EQ(test, expect_of(test, V4, 1, 4000 + i), 0);
	KUNIT_EXPECT_EQ(test, expect_of(test, V4, 1, 5000), 0);
	atomic_set(&bed->vn.nr_expects, VS_EXPECTS);
}

/* What servers open leaves places for what clients open. */
static void expect_test_share(struct kunit *test)
{
	struct expect_bed *bed = test->priv;
	struct vs_expect what = {
		.tuple	= expect_tuple(V4, 1, 4000),
		.conn	= &bed->conns[1],
		.from	= VS_SERVER,
	};

	atomic_set(&bed->vn.nr_expects, EXPECTS_ASKED);
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, vs_expect_add(&bed->vn, &what), -ENOSPC);
	what.from = VS_CLIENT;
	KUNIT_EXPECT_EQ(test, vs_expect_add(&bed->vn, &what), 0);
	rcu_read_unlock();
	atomic_set(&bed->vn.nr_expects, 1);
}

static void expect_test_end(struct kunit *test)
{
	struct expect_bed *bed = test->priv;
	struct vs_tuple tuple = expect_tuple(V4, 1, 4000);
	struct vs_expect *expect;

	KUNIT_EXPECT_EQ(test, expect_add(test, 0, 1, 4000), 0);
	KUNIT_EXPECT_EQ(test, expect_add(test, 0, 1, 4001), 0);
	KUNIT_EXPECT_EQ(test, expect_add(test, 1, 1, 4002), 0);
	rcu_read_lock();
	expect = vs_expect_find(&bed->vn, &tuple);
	vs_expect_done(&bed->vn, expect);
	vs_expect_done(&bed->vn, expect);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, expect_of(test, V4, 1, 4000), -1);
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_expects), 2);

	tuple = expect_tuple(V4, 1, 4001);
	rcu_read_lock();
	vs_helper_prune(&bed->vn, bed->conns[0].helper);
	expect = vs_expect_find(&bed->vn, &tuple);
	KUNIT_EXPECT_NOT_NULL(test, expect);
	expect->expires = jiffies - 1;
	vs_helper_prune(&bed->vn, bed->conns[0].helper);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_expects), 1);

	/* Nothing comes back to a conn that is ended. */
	set_bit(VS_CONN_DEAD, &bed->conns[1].flags);
	vs_helper_end(&bed->vn, bed->conns[1].helper);
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_expects), 0);
	KUNIT_EXPECT_EQ(test, expect_add(test, 1, 1, 4002), -ESHUTDOWN);
}

static struct kunit_case expect_cases[] = {
	KUNIT_CASE(expect_test_find),
	KUNIT_CASE(expect_test_taken),
	KUNIT_CASE(expect_test_bounds),
	KUNIT_CASE(expect_test_share),
	KUNIT_CASE(expect_test_end),
	{}
};

static struct kunit_suite expect_suite = {
	.name = "vs-expect",
	.init = expect_init,
	.exit = expect_exit,
	.test_cases = expect_cases,
};

kunit_test_suite(expect_suite);
