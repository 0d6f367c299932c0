// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of kmod/conn.c with the objects that a conn needs: services,
 * servers, the NAT method and routes (of which none is looked up).
 */
#include <kunit/test.h>

#include "../../kmod/route.c"
#include "../../kmod/forward/nat.c"
#include "../../kmod/forward/forward.c"
#include "../../kmod/filter.c"
#include "../../kmod/server.c"
#include "../../kmod/service.c"
#include "../../kmod/conn.c"
#include "../../kmod/collect.c"

#define VIP		0xcb00710a	/* 203.0.113.10 */
#define CLIENT		0xc6336401	/* 198.51.100.1 and on */
#define SERVER		0x0a000001	/* 10.0.0.1 and on */

/* Not held from init to exit: KUnit runs them in threads of their own. */
#define LOCKED(bed, call) ({						\
	struct mutex *_lock = &(bed)->vn.lock;				\
	mutex_lock(_lock);						\
	typeof(call) _ret = (call);					\
	mutex_unlock(_lock);						\
	_ret;								\
})

struct bed {
	struct vs_net vn;
	struct vs_service *service;
	struct vs_service_key key;
};

static struct vs_service_key vip_key(u8 protocol, u16 port)
{
	return (struct vs_service_key) {
		.addr.ip	= htonl(VIP),
		.port		= htons(port),
		.family		= NFPROTO_IPV4,
		.protocol	= protocol,
	};
}

static struct vs_service *add_service(struct kunit *test, u8 protocol, u16 port)
{
	struct vs_service_config config = { .sched.ops = vs_sched_find("rr") };
	struct vs_service_key key = vip_key(protocol, port);
	struct bed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, LOCKED(bed, vs_service_add(&bed->vn, &key,
							 &config)), 0);
	return vs_service_find(&bed->vn, &key);
}

static struct vs_server_config server_config(unsigned int nr, u16 port)
{
	return (struct vs_server_config) {
		.addr.ip	= htonl(SERVER + nr),
		.port		= htons(port),
		.family		= NFPROTO_IPV4,
		.weight		= 1,
	};
}

static struct vs_server *add_server(struct kunit *test,
				    struct vs_service *service,
				    unsigned int nr, u16 port)
{
	struct vs_server_config config = server_config(nr, port);
	struct bed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, LOCKED(bed, vs_service_server_add(&bed->vn,
								service,
								&config)), 0);
	return vs_service_server(service, config.family, &config.addr,
				 config.port);
}

static void set_server(struct kunit *test, struct vs_server *server,
		       const struct vs_server_config *config)
{
	struct bed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, LOCKED(bed, vs_service_server_set(&bed->vn,
								bed->service,
								server,
								config)), 0);
}

static struct vs_packet request(unsigned int client, u16 sport, u8 protocol,
				u16 dport, u8 flags)
{
	return (struct vs_packet) {
		.tuple = {
			.src.ip		= htonl(CLIENT + client),
			.dst.ip		= htonl(VIP),
			.sport		= htons(sport),
			.dport		= htons(dport),
			.family		= NFPROTO_IPV4,
			.protocol	= protocol,
		},
		.flags = flags,
	};
}

static struct vs_packet syn(unsigned int client, u16 sport)
{
	return request(client, sport, IPPROTO_TCP, 80, VS_TCP_SYN);
}

static struct vs_packet reply_to(const struct vs_conn *conn, u8 flags)
{
	return (struct vs_packet) {
		.tuple = conn->back.tuple,
		.flags = flags,
	};
}

/* The packet path's context. */
static void path_enter(void)
	__acquires(RCU)
{
	local_bh_disable();
	rcu_read_lock();
}

static void path_leave(void)
	__releases(RCU)
{
	rcu_read_unlock();
	local_bh_enable();
}

static struct vs_conn *find(struct bed *bed, struct vs_packet *pkt,
			    enum vs_side *from)
{
	struct vs_conn *conn;

	path_enter();
	conn = vs_conn_find(&bed->vn, &pkt->tuple, from);
	path_leave();
	return conn;
}

static struct vs_conn *open(struct bed *bed, const struct vs_service *service,
			    struct vs_packet *pkt, enum vs_drop *why)
{
	struct vs_conn *conn;

	path_enter();
	pkt->tuple.hash = tuple_hash(&pkt->tuple);
	conn = vs_conn_new(&bed->vn, service, pkt, why);
	path_leave();
	return conn;
}

static void see(struct vs_conn *conn, enum vs_side from, u8 flags)
{
	struct vs_packet pkt = { .flags = flags };

	path_enter();
	vs_conn_seen(conn, from, &pkt);
	path_leave();
}

static int state_of(const struct vs_conn *conn)
{
	return conn->client.proto.state;
}

static void end(struct vs_conn *conn)
{
	path_enter();
	vs_conn_end(conn);
	path_leave();
}

static void age(struct vs_conn *conn, u32 seconds)
{
	conn->request.last_seen -= seconds * HZ;
	conn->reply.last_seen -= seconds * HZ;
}

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

static void clash_is_refused(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_service *other = add_service(test, IPPROTO_TCP, 81);
	struct vs_packet pkt = syn(0, 1000);
	struct vs_packet pkt81 = request(0, 1000, IPPROTO_TCP, 81, VS_TCP_SYN);
	enum vs_drop why = VS_DROP_MAX;
	struct vs_conn *conn;

	add_server(test, other, 1, 8080);	/* the same as the first's */
	conn = open(bed, bed->service, &pkt, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	KUNIT_EXPECT_NULL(test, open(bed, other, &pkt81, &why));
	KUNIT_EXPECT_EQ(test, why, VS_DROP_CLASH);

	/* One that is past its time makes way. */
	age(conn, 61);
	KUNIT_EXPECT_NOT_NULL(test, open(bed, other, &pkt81, &why));
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_conns), 1);
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
	rhashtable_remove_fast(bed->vn.table, &old->client.hash, node_params);
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
	struct vs_conn *conn;
	enum vs_side from;
	enum vs_drop why;

	add_server(test, other, 1, 8080);	/* the same as the first's */
	conn = open(bed, bed->service, &pkt, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	/* What is half closed may still be in use. */
	see(conn, VS_CLIENT, VS_TCP_FIN);
	KUNIT_EXPECT_NULL(test, open(bed, other, &pkt81, &why));
	KUNIT_EXPECT_PTR_EQ(test, find(bed, &pkt, &from), conn);
	see(conn, VS_SERVER, VS_TCP_RST);
	KUNIT_EXPECT_NOT_NULL(test, open(bed, other, &pkt81, &why));
	KUNIT_EXPECT_NULL(test, find(bed, &pkt, &from));
}

static void clash_asks_for_another_server(struct kunit *test)
{
	struct bed *bed = test->priv;
	struct vs_service *other = add_service(test, IPPROTO_TCP, 81);
	struct vs_packet pkt = syn(0, 1000);
	struct vs_packet pkt81 = request(0, 1000, IPPROTO_TCP, 81, VS_TCP_SYN);
	struct vs_conn *conn;
	enum vs_drop why;

	add_server(test, other, 1, 8080);	/* the same as the first's */
	add_server(test, other, 2, 8080);
	KUNIT_ASSERT_NOT_NULL(test, open(bed, bed->service, &pkt, &why));
	conn = open(bed, other, &pkt81, &why);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	KUNIT_EXPECT_EQ(test, ntohl(conn->client.server->addr.ip), SERVER + 2);
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

	server = vs_service_server(bed->service, config.family,
				   &config.addr, config.port);
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

static int bed_init(struct kunit *test)
{
	struct bed *bed = kunit_kzalloc(test, sizeof(*bed), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, bed);
	test->priv = bed;
	KUNIT_ASSERT_EQ(test, vs_conn_init(), 0);
	bed->vn.net = &init_net;
	KUNIT_ASSERT_EQ(test, vs_service_net_init(&bed->vn), 0);
	bed->vn.filter = vs_filter_new();
	KUNIT_ASSERT_NOT_NULL(test, bed->vn.filter);
	vs_collect_net_init(&bed->vn);
	KUNIT_ASSERT_EQ(test, LOCKED(bed, vs_conn_table_init(&bed->vn)), 0);
	bed->key = vip_key(IPPROTO_TCP, 80);
	bed->service = add_service(test, IPPROTO_TCP, 80);
	add_server(test, bed->service, 1, 8080);
	return 0;
}

static void bed_exit(struct kunit *test)
{
	struct bed *bed = test->priv;

	mutex_lock(&bed->vn.lock);
	vs_service_flush(&bed->vn);
	mutex_unlock(&bed->vn.lock);
	vs_collect_net_exit(&bed->vn);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, atomic_read(&bed->vn.nr_conns), 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&bed->vn.sums));
	vs_service_net_exit(&bed->vn);
	rcu_barrier();
	vs_conn_exit();
}

static struct kunit_case conn_cases[] = {
	KUNIT_CASE(found_from_both_ends),
	KUNIT_CASE(same_packet_same_conn),
	KUNIT_CASE(clash_is_refused),
	KUNIT_CASE(client_that_claims_to_be_the_server),
	KUNIT_CASE(half_ended_conn_makes_way),
	KUNIT_CASE(closing_conn_makes_way_at_the_server),
	KUNIT_CASE(clash_asks_for_another_server),
	KUNIT_CASE(expires_when_found),
	KUNIT_CASE(state_sets_the_time),
	KUNIT_CASE(limit_refuses_new_ones),
	KUNIT_CASE(no_server_no_conn),
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
