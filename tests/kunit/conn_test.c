// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of kmod/conn.c with the objects that a conn needs: services,
 * servers, the NAT method and routes (of which none is looked up).
 */
#include "bed.h"

#include "../../kmod/route.c"
#include "../../kmod/forward/nat.c"
#include "../../kmod/forward/fullnat.c"
#include "../../kmod/forward/dr.c"
#include "../../kmod/forward/local.c"
#include "../../kmod/forward/forward.c"
#include "../../kmod/filter.c"
#include "../../kmod/server.c"
#include "../../kmod/service.c"
#include "../../kmod/conn.c"
#include "../../kmod/open.c"
#include "../../kmod/collect.c"

static void found_from_both_ends(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_packet pkt = syn(0, 1000), reply;
	enum vs_side from = VS_SIDES;
	struct vs_conn *conn;
	enum vs_drop why;

	KUNIT_EXPECT_NULL(test, find(bed, &pkt, &from));
	conn = open(bed, bed->service, &pkt, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn);

	KUNIT_EXPECT_PTR_EQ(test, find(bed, &pkt, &from), conn);
	KUNIT_EXPECT_EQ(test, from, VS_CLIENT);
	reply = reply_to(conn, 0);
	KUNIT_EXPECT_PTR_EQ(test, find(bed, &reply, &from), conn);
	KUNIT_EXPECT_EQ(test, from, VS_SERVER);

	/* Each part of the key counts. */
	pkt.tuple.sport ^= htons(1);
	KUNIT_EXPECT_NULL(test, find(bed, &pkt, &from));
	pkt.tuple.sport ^= htons(1);
	pkt.tuple.dport ^= htons(1);
	KUNIT_EXPECT_NULL(test, find(bed, &pkt, &from));
	pkt.tuple.dport ^= htons(1);
	pkt.tuple.src.ip ^= htonl(1);
	KUNIT_EXPECT_NULL(test, find(bed, &pkt, &from));
	pkt.tuple.src.ip ^= htonl(1);
	pkt.tuple.dst.ip ^= htonl(1);
	KUNIT_EXPECT_NULL(test, find(bed, &pkt, &from));
	pkt.tuple.dst.ip ^= htonl(1);
	pkt.tuple.protocol = IPPROTO_UDP;
	KUNIT_EXPECT_NULL(test, find(bed, &pkt, &from));

	/* Bytes of an IPv4 address that nobody reads do not. */
	pkt = syn(0, 1000);
	pkt.tuple.src.in6.s6_addr32[3] = htonl(1);
	pkt.tuple.dst.in6.s6_addr32[1] = htonl(1);
	KUNIT_EXPECT_PTR_EQ(test, find(bed, &pkt, &from), conn);
}

static void expires_when_found(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_packet pkt = syn(0, 1000);
	struct vs_conn *conn;
	enum vs_side from;
	enum vs_drop why;

	conn = open(bed, bed->service, &pkt, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	age(conn, 59);
	KUNIT_EXPECT_PTR_EQ(test, find(bed, &pkt, &from), conn);
	/* The other direction keeps it alive. */
	conn->request.last_seen -= 10 * HZ;
	KUNIT_EXPECT_PTR_EQ(test, find(bed, &pkt, &from), conn);
	conn->reply.last_seen -= 10 * HZ;
	KUNIT_EXPECT_NULL(test, find(bed, &pkt, &from));
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_conns), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.table->nelems), 0);
}

static void state_sets_the_time(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_packet pkt = syn(0, 1000);
	struct vs_server *server;
	struct vs_conn *conn;
	enum vs_side from;
	enum vs_drop why;

	conn = open(bed, bed->service, &pkt, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	server = conn->client.server;
	see(conn, VS_SERVER, VS_TCP_SYN | VS_TCP_ACK);
	see(conn, VS_CLIENT, VS_TCP_ACK);
	KUNIT_EXPECT_EQ(test, state_of(conn), VS_CONN_STATE_ESTABLISHED);
	age(conn, 899);
	KUNIT_EXPECT_PTR_EQ(test, find(bed, &pkt, &from), conn);
	KUNIT_EXPECT_EQ(test, atomic_read(&server->active), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&server->inactive), 0);

	see(conn, VS_CLIENT, VS_TCP_FIN | VS_TCP_ACK);
	see(conn, VS_SERVER, VS_TCP_FIN | VS_TCP_ACK);
	KUNIT_EXPECT_EQ(test, state_of(conn), VS_CONN_STATE_TIME_WAIT);
	KUNIT_EXPECT_EQ(test, atomic_read(&server->active), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&server->inactive), 1);
	age(conn, 60);
	KUNIT_EXPECT_NULL(test, find(bed, &pkt, &from));
	KUNIT_EXPECT_EQ(test, atomic_read(&server->inactive), 0);
}

static void ends_once(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_packet pkt = syn(0, 1000);
	struct vs_server *server;
	struct vs_conn *conn;
	enum vs_drop why;

	conn = open(bed, bed->service, &pkt, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	server = conn->client.server;
	KUNIT_EXPECT_EQ(test, refcount_read(&server->ref), 2);
	path_enter();
	vs_conn_end(conn);
	vs_conn_end(conn);
	/* One that still has it does no harm. */
	vs_conn_seen(conn, VS_CLIENT, &(struct vs_packet) {
			.flags = VS_TCP_RST });
	path_leave();
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, refcount_read(&server->ref), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&server->active), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&server->inactive), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_conns), 0);
}

static void collector_ends_what_is_over(struct kunit *test)
{
	const unsigned int nr = 20000;	/* more than one slice */
	struct bed *bed = test->priv;
	struct vs_conn *conn;
	enum vs_drop why;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct vs_packet pkt = syn(i / 1000, 1000 + i % 1000);

		conn = open(bed, bed->service, &pkt, &why);
		KUNIT_ASSERT_NOT_NULL(test, conn);
		if (i % 2)
			age(conn, 61);
		/* Let the table grow. */
		if (i % 1000 == 0)
			cond_resched();
	}
	rhashtable_walk_enter(bed->vn.table, &bed->vn.walk);
	while (!collect_slice(&bed->vn, false))
		cond_resched();
	rhashtable_walk_exit(&bed->vn.walk);
	/* A table that was resized meanwhile may need a second walk. */
	rhashtable_walk_enter(bed->vn.table, &bed->vn.walk);
	while (!collect_slice(&bed->vn, false))
		cond_resched();
	rhashtable_walk_exit(&bed->vn.walk);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_conns), nr / 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.table->nelems), nr);
}

static void removed_server_keeps_its_conns(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_packet pkt = syn(0, 1000);
	struct vs_server *server;
	struct vs_conn *conn;
	struct vs_stats stats;
	enum vs_side from;
	enum vs_drop why;

	conn = open(bed, bed->service, &pkt, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	server = conn->client.server;
	KUNIT_ASSERT_EQ(test, LOCKED(bed, vs_service_server_del(&bed->vn,
								bed->service,
								server)),
			0);
	KUNIT_EXPECT_PTR_EQ(test, find(bed, &pkt, &from), conn);
	KUNIT_EXPECT_EQ(test, conn->client.server->end, VS_SERVER_REMOVED);

	/* Its counters are part of the sum, before and after it goes. */
	vs_sum_read(&bed->vn, bed->service->sum, &stats);
	KUNIT_EXPECT_EQ(test, stats.conns, 1);
	end(conn);
	rcu_barrier();
	KUNIT_EXPECT_TRUE(test, list_empty(&bed->service->sum->servers));
	vs_sum_read(&bed->vn, bed->service->sum, &stats);
	KUNIT_EXPECT_EQ(test, stats.conns, 1);
	vs_sums_read(&bed->vn, &stats);
	KUNIT_EXPECT_EQ(test, stats.conns, 1);
}

static void service_takes_its_conns(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_packet pkt = syn(0, 1000);
	struct vs_stats stats;
	enum vs_side from;
	enum vs_drop why;

	KUNIT_ASSERT_NOT_NULL(test, open(bed, bed->service, &pkt, &why));
	KUNIT_EXPECT_TRUE(test, vs_filter_has(bed->vn.filter, VS_CLIENT,
					      NFPROTO_IPV4, &pkt.tuple.dst));
	mutex_lock(&bed->vn.lock);
	vs_service_del(&bed->vn, bed->service);
	mutex_unlock(&bed->vn.lock);
	KUNIT_EXPECT_FALSE(test, vs_filter_has(bed->vn.filter, VS_CLIENT,
					       NFPROTO_IPV4, &pkt.tuple.dst));
	KUNIT_EXPECT_NULL(test, vs_service_find(&bed->vn, &bed->key));
	KUNIT_EXPECT_NULL(test, find(bed, &pkt, &from));
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_conns), 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&bed->vn.sums));
	vs_sums_read(&bed->vn, &stats);
	KUNIT_EXPECT_EQ(test, stats.conns, 1);
}

/* A control conn does not expire while it has a data conn. */
static void conn_test_control(struct kunit *test)
{
	struct vs_packet pkt = syn(0, 1000), data_pkt = syn(0, 1001);
	struct bed *bed = test->priv;
	struct vs_conn *conn, *data;
	struct vs_tuple back;
	enum vs_drop why;

	spin_lock_init(&bed->vn.expects_lock);
	bed->service->config.helper = VS_HELPER_FTP;
	conn = open(bed, bed->service, &pkt, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	see(conn, VS_SERVER, VS_TCP_SYN | VS_TCP_ACK);
	see(conn, VS_CLIENT, VS_TCP_ACK);
	KUNIT_ASSERT_EQ(test, state_of(conn), VS_CONN_STATE_ESTABLISHED);
	back = conn->back.tuple;
	back.sport = htons(40000);
	back.dport = data_pkt.tuple.sport;
	path_enter();
	data = vs_conn_expected(conn, &data_pkt.tuple, &back, &data_pkt,
				VS_CLIENT, &why);
	path_leave();
	KUNIT_ASSERT_NOT_NULL(test, data);

	age(conn, 10000);
	KUNIT_EXPECT_FALSE(test, vs_conn_is_over(conn));
	end(data);
	KUNIT_EXPECT_TRUE(test, vs_conn_is_over(conn));
	/* One that ends first leaves the data conn what it holds. */
	path_enter();
	data = vs_conn_expected(conn, &data_pkt.tuple, &back, &data_pkt,
				VS_CLIENT, &why);
	path_leave();
	KUNIT_ASSERT_NOT_NULL(test, data);
	end(conn);
	rcu_barrier();
	KUNIT_EXPECT_TRUE(test, vs_helper_is_used(data->helper));
	end(data);
}

static struct kunit_case conn_cases[] = {
	KUNIT_CASE(conn_test_control),
	KUNIT_CASE(found_from_both_ends),
	KUNIT_CASE(expires_when_found),
	KUNIT_CASE(state_sets_the_time),
	KUNIT_CASE(ends_once),
	KUNIT_CASE(collector_ends_what_is_over),
	KUNIT_CASE(removed_server_keeps_its_conns),
	KUNIT_CASE(service_takes_its_conns),
	{}
};

static struct kunit_suite conn_suite = {
	.name = "vs-conn",
	.init = bed_init,
	.exit = bed_exit,
	.test_cases = conn_cases,
};

kunit_test_suite(conn_suite);

MODULE_DESCRIPTION("KUnit tests of vs");
MODULE_LICENSE("GPL");
