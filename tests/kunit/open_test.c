// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of kmod/open.c, which is built with conn_test.c: how conns are
 * made, and what is in their way.
 */
#include "bed.h"

static void same_packet_same_conn(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_packet pkt = syn(0, 1000);
	struct vs_conn *conn, *again;
	enum vs_drop why;

	/* Two CPUs that both missed it. With one server they meet in both. */
	conn = open(bed, bed->service, &pkt, &why);
	again = open(bed, bed->service, &pkt, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	KUNIT_EXPECT_PTR_EQ(test, conn, again);
	KUNIT_EXPECT_EQ(test, atomic_read(&conn->client.server->active), 1);

	/* With two they meet in the client's end only. */
	add_server(test, bed->service, 2, 8080);
	again = open(bed, bed->service, &pkt, &why);
	KUNIT_EXPECT_PTR_EQ(test, conn, again);
	again = open(bed, bed->service, &pkt, &why);
	KUNIT_EXPECT_PTR_EQ(test, conn, again);

	rcu_barrier();
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_conns), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.table->nelems), 2);
}

/* Two services, one server, one client's port: the server sees two. */
static void clash_gets_another_port(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_service *other = add_service(test, IPPROTO_TCP, 81);
	struct vs_packet pkt = syn(0, 1000), reply;
	struct vs_packet pkt81 = request(0, 1000, IPPROTO_TCP, 81, VS_TCP_SYN);
	enum vs_drop why = VS_DROP_MAX;
	struct vs_conn *conn, *conn81;
	enum vs_side from;

	add_server(test, other, 1, 8080);	/* the same as the first's */
	conn = open(bed, bed->service, &pkt, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	conn81 = open(bed, other, &pkt81, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn81);
	KUNIT_EXPECT_FALSE(test, conn->back.flags & VS_NODE_BOTH);
	KUNIT_EXPECT_TRUE(test, conn81->client.flags & VS_NODE_BOTH);
	KUNIT_EXPECT_TRUE(test, conn81->back.flags & VS_NODE_BOTH);
	KUNIT_EXPECT_NE(test, ntohs(conn81->back.tuple.dport), 1000);
	KUNIT_EXPECT_GE(test, ntohs(conn81->back.tuple.dport), 1024);

	reply = reply_to(conn, VS_TCP_ACK);
	KUNIT_EXPECT_PTR_EQ(test, find(bed, &reply, &from), conn);
	reply = reply_to(conn81, VS_TCP_ACK);
	KUNIT_EXPECT_PTR_EQ(test, find(bed, &reply, &from), conn81);

	/* One that is past its time makes way, and no port is changed. */
	end(conn81);
	age(conn, 61);
	conn81 = open(bed, other, &pkt81, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn81);
	KUNIT_EXPECT_EQ(test, ntohs(conn81->back.tuple.dport), 1000);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_conns), 1);
}

static struct vs_service *add_fullnat(struct kunit *test, u32 sources)
{
	struct vs_service_config config = {
		.sched.ops	= vs_sched_find("rr"),
		.sources	= { .first.ip = htonl(POOL), .nr = sources },
	};
	struct vs_server_config server = server_config(9, 8080);
	struct vs_service_key key = vip_key(IPPROTO_TCP, 82);
	struct vs_service *service;
	struct bed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, LOCKED(bed, vs_service_add(&bed->vn, &key,
							 &config)), 0);
	service = vs_service_find(&bed->vn, &key);
	server.method = VS_METHOD_FULLNAT;
	KUNIT_ASSERT_EQ(test, LOCKED(bed, vs_service_server_add(&bed->vn,
								service,
								&server)), 0);
	return service;
}

/* As many clients with one port: each has a place of its own at the server. */
static void sources_do_not_clash(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_service *service = add_fullnat(test, 2);
	enum vs_drop why = VS_DROP_MAX;
	struct vs_packet pkt, reply;
	struct vs_conn *conn;
	enum vs_side from;
	unsigned int i;
	u32 source;

	for (i = 0; i < 200; i++) {
		pkt = request(i, 1000, IPPROTO_TCP, 82, VS_TCP_SYN);
		conn = open(bed, service, &pkt, &why);
		KUNIT_ASSERT_NOT_NULL(test, conn);
		source = ntohl(conn->back.tuple.dst.ip);
		KUNIT_EXPECT_TRUE(test, source == POOL || source == POOL + 1);
		KUNIT_EXPECT_TRUE(test, conn->client.flags & VS_NODE_BOTH);
		reply = reply_to(conn, VS_TCP_ACK);
		KUNIT_EXPECT_PTR_EQ(test, find(bed, &reply, &from), conn);
		KUNIT_EXPECT_EQ(test, from, VS_SERVER);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_conns), 200);
}

/* The pool was taken away after the packet had chosen its service. */
static void no_source_no_conn(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_service *service = add_fullnat(test, 1);
	struct vs_service_config config = service->config;
	struct vs_packet pkt = request(0, 1000, IPPROTO_TCP, 82, VS_TCP_SYN);
	enum vs_drop why = VS_DROP_MAX;

	config.sources.nr = 0;
	KUNIT_ASSERT_EQ(test, LOCKED(bed, vs_service_set(&bed->vn, service,
							 &config)), 0);
	KUNIT_EXPECT_NULL(test, open(bed, service, &pkt, &why));
	KUNIT_EXPECT_EQ(test, why, VS_DROP_NO_SOURCE);
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_conns), 0);
}

/* What nobody answers by way of the director has one end only. */
static void one_way_has_one_end(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_service *service = add_service(test, IPPROTO_TCP, 81);
	struct vs_packet pkt = request(0, 1000, IPPROTO_TCP, 81, VS_TCP_SYN);
	struct vs_server_config server = server_config(9, 81);
	enum vs_drop why = VS_DROP_MAX;
	struct vs_conn *conn;
	enum vs_side from;

	server.method = VS_METHOD_DR;
	KUNIT_ASSERT_EQ(test, LOCKED(bed, vs_service_server_add(&bed->vn,
								service,
								&server)), 0);
	conn = open(bed, service, &pkt, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.table->nelems), 1);
	KUNIT_EXPECT_PTR_EQ(test, find(bed, &pkt, &from), conn);
	KUNIT_EXPECT_EQ(test, from, VS_CLIENT);

	/* The client's packets alone tell how far it is. */
	KUNIT_EXPECT_EQ(test, state_of(conn), VS_CONN_STATE_SYN_SENT);
	see(conn, VS_CLIENT, VS_TCP_SYN);
	KUNIT_EXPECT_EQ(test, state_of(conn), VS_CONN_STATE_SYN_SENT);
	see(conn, VS_CLIENT, VS_TCP_ACK);
	KUNIT_EXPECT_EQ(test, state_of(conn), VS_CONN_STATE_ESTABLISHED);
	see(conn, VS_CLIENT, VS_TCP_FIN | VS_TCP_ACK);
	KUNIT_EXPECT_EQ(test, state_of(conn), VS_CONN_STATE_FIN_WAIT);
	see(conn, VS_CLIENT, VS_TCP_RST);
	KUNIT_EXPECT_EQ(test, state_of(conn), VS_CONN_STATE_CLOSE);
	end(conn);
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.table->nelems), 0);
}

static void client_that_claims_to_be_the_server(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_service *service = add_service(test, IPPROTO_UDP, 53);
	struct vs_server_config config = server_config(0, 53);
	struct vs_packet pkt = request(0, 53, IPPROTO_UDP, 53, 0);
	enum vs_drop why = VS_DROP_MAX;

	/* The server is the virtual address itself; so is the client. */
	config.addr.ip = htonl(VIP);
	KUNIT_ASSERT_EQ(test, LOCKED(bed, vs_service_server_add(&bed->vn,
								service,
								&config)), 0);
	pkt.tuple.src.ip = htonl(VIP);
	KUNIT_EXPECT_NULL(test, open(bed, service, &pkt, &why));
	KUNIT_EXPECT_EQ(test, why, VS_DROP_CLASH);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_conns), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.table->nelems), 0);
}

/* Whoever ends a conn was interrupted when only its client's node was out. */
static void half_ended_conn_makes_way(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_packet pkt = syn(0, 1000);
	struct vs_conn *old, *conn;
	enum vs_side from;
	enum vs_drop why;

	old = open(bed, bed->service, &pkt, &why);
	KUNIT_ASSERT_NOT_NULL(test, old);
	path_enter();
	set_bit(VS_CONN_DEAD, &old->flags);
	rhashtable_remove_fast(bed->vn.table, &old->client.hash,
			       vs_table_params);
	conn = vs_conn_new(&bed->vn, bed->service, &pkt, &why);
	KUNIT_EXPECT_NOT_NULL(test, conn);
	KUNIT_EXPECT_PTR_NE(test, conn, old);
	clear_bit(VS_CONN_DEAD, &old->flags);
	vs_conn_end(old);
	path_leave();
	KUNIT_EXPECT_PTR_EQ(test, find(bed, &pkt, &from), conn);
}

static void closing_conn_makes_way_at_the_server(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_service *other = add_service(test, IPPROTO_TCP, 81);
	struct vs_packet pkt = syn(0, 1000);
	struct vs_packet pkt81 = request(0, 1000, IPPROTO_TCP, 81, VS_TCP_SYN);
	struct vs_conn *conn, *conn81;
	enum vs_side from;
	enum vs_drop why;

	add_server(test, other, 1, 8080);	/* the same as the first's */
	conn = open(bed, bed->service, &pkt, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	/* What is half closed may still be in use. */
	see(conn, VS_CLIENT, VS_TCP_FIN);
	conn81 = open(bed, other, &pkt81, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn81);
	KUNIT_EXPECT_NE(test, ntohs(conn81->back.tuple.dport), 1000);
	KUNIT_EXPECT_PTR_EQ(test, find(bed, &pkt, &from), conn);
	end(conn81);
	see(conn, VS_SERVER, VS_TCP_RST);
	conn81 = open(bed, other, &pkt81, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn81);
	KUNIT_EXPECT_EQ(test, ntohs(conn81->back.tuple.dport), 1000);
	KUNIT_EXPECT_NULL(test, find(bed, &pkt, &from));
}

static void limit_refuses_new_ones(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_conn *conns[3];
	struct vs_packet pkt;
	enum vs_side from;
	enum vs_drop why;
	int i;

	bed->vn.conns_max = 3;
	for (i = 0; i < 3; i++) {
		pkt = syn(i, 1000);
		conns[i] = open(bed, bed->service, &pkt, &why);
		KUNIT_ASSERT_NOT_NULL(test, conns[i]);
	}
	pkt = syn(3, 1000);
	why = VS_DROP_MAX;
	KUNIT_EXPECT_NULL(test, open(bed, bed->service, &pkt, &why));
	KUNIT_EXPECT_EQ(test, why, VS_DROP_CONNS_MAX);
	pkt = syn(1, 1000);
	KUNIT_EXPECT_PTR_EQ(test, find(bed, &pkt, &from), conns[1]);

	/* One that ends makes room at once. */
	end(conns[0]);
	pkt = syn(3, 1000);
	KUNIT_EXPECT_NOT_NULL(test, open(bed, bed->service, &pkt, &why));
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_conns), 3);
}

static void no_server_no_conn(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_server_config config = server_config(1, 8080);
	struct vs_packet pkt = syn(0, 1000);
	enum vs_drop why = VS_DROP_MAX;
	struct vs_server *server;

	server = vs_service_server(bed->service, config.family, &config.addr,
				   config.port);
	config.state = VS_SERVER_STATE_DRAIN;
	set_server(test, server, &config);
	KUNIT_EXPECT_NULL(test, open(bed, bed->service, &pkt, &why));
	KUNIT_EXPECT_EQ(test, why, VS_DROP_NO_SERVER);
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_conns), 0);

	config.state = VS_SERVER_STATE_UP;
	config.weight = 0;
	set_server(test, server, &config);
	KUNIT_EXPECT_NULL(test, open(bed, bed->service, &pkt, &why));
	KUNIT_EXPECT_EQ(test, why, VS_DROP_NO_SERVER);
}

static struct kunit_case open_cases[] = {
	KUNIT_CASE(same_packet_same_conn),
	KUNIT_CASE(clash_gets_another_port),
	KUNIT_CASE(sources_do_not_clash),
	KUNIT_CASE(no_source_no_conn),
	KUNIT_CASE(one_way_has_one_end),
	KUNIT_CASE(client_that_claims_to_be_the_server),
	KUNIT_CASE(half_ended_conn_makes_way),
	KUNIT_CASE(closing_conn_makes_way_at_the_server),
	KUNIT_CASE(limit_refuses_new_ones),
	KUNIT_CASE(no_server_no_conn),
	{}
};

static struct kunit_suite open_suite = {
	.name = "vs-open",
	.init = bed_init,
	.exit = bed_exit,
	.test_cases = open_cases,
};

kunit_test_suite(open_suite);
