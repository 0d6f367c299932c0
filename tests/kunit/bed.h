/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of conns stand on: a namespace of their own with one service of
 * one server, and packets as the parser would describe them.
 */
#ifndef _VS_TEST_BED_H
#define _VS_TEST_BED_H

#include <kunit/test.h>

#include "../../kmod/table.h"
#include "../../kmod/vs.h"

#define VIP		0xcb00710a	/* 203.0.113.10 */
#define CLIENT		0xc6336401	/* 198.51.100.1 and on */
#define SERVER		0x0a000001	/* 10.0.0.1 and on */
#define POOL		0x0a000064	/* 10.0.0.100 and on */

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

static inline struct vs_service_key vip_key(u8 protocol, u16 port)
{
	return (struct vs_service_key) {
		.addr.ip	= htonl(VIP),
		.port		= htons(port),
		.family		= NFPROTO_IPV4,
		.protocol	= protocol,
	};
}

static inline struct vs_service *add_service(struct kunit *test, u8 protocol,
					     u16 port)
{
	struct vs_service_config config = { .sched.ops = vs_sched_find("rr") };
	struct vs_service_key key = vip_key(protocol, port);
	struct bed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, LOCKED(bed, vs_service_add(&bed->vn, &key,
							 &config)), 0);
	return vs_service_find(&bed->vn, &key);
}

static inline struct vs_server_config server_config(unsigned int nr, u16 port)
{
	return (struct vs_server_config) {
		.addr.ip	= htonl(SERVER + nr),
		.port		= htons(port),
		.family		= NFPROTO_IPV4,
		.weight		= 1,
	};
}

static inline struct vs_server *add_server(struct kunit *test,
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

static inline void set_server(struct kunit *test, struct vs_server *server,
			      const struct vs_server_config *config)
{
	struct bed *bed = test->priv;

	KUNIT_ASSERT_EQ(test, LOCKED(bed, vs_service_server_set(&bed->vn,
								bed->service,
								server,
								config)), 0);
}

static inline struct vs_packet request(unsigned int client, u16 sport,
				       u8 protocol, u16 dport, u8 flags)
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

static inline struct vs_packet syn(unsigned int client, u16 sport)
{
	return request(client, sport, IPPROTO_TCP, 80, VS_TCP_SYN);
}

static inline struct vs_packet reply_to(const struct vs_conn *conn, u8 flags)
{
	return (struct vs_packet) {
		.tuple = conn->back.tuple,
		.flags = flags,
	};
}

/* The packet path's context. */
static inline void path_enter(void)
	__acquires(RCU)
{
	local_bh_disable();
	rcu_read_lock();
}

static inline void path_leave(void)
	__releases(RCU)
{
	rcu_read_unlock();
	local_bh_enable();
}

static inline struct vs_conn *find(struct bed *bed, struct vs_packet *pkt,
				   enum vs_side *from)
{
	struct vs_conn *conn;

	path_enter();
	conn = vs_conn_find(&bed->vn, &pkt->tuple, from);
	path_leave();
	return conn;
}

static inline struct vs_conn *open(struct bed *bed,
				   const struct vs_service *service,
				   struct vs_packet *pkt, enum vs_drop *why)
{
	struct vs_conn *conn;

	path_enter();
	pkt->tuple.hash = vs_tuple_hash(&pkt->tuple);
	conn = vs_conn_new(&bed->vn, service, pkt, why);
	path_leave();
	return conn;
}

static inline void see(struct vs_conn *conn, enum vs_side from, u8 flags)
{
	struct vs_packet pkt = { .flags = flags };

	path_enter();
	vs_conn_seen(conn, from, &pkt);
	path_leave();
}

static inline int state_of(const struct vs_conn *conn)
{
	return conn->client.proto.state;
}

static inline void end(struct vs_conn *conn)
{
	path_enter();
	vs_conn_end(conn);
	path_leave();
}

static inline void age(struct vs_conn *conn, u32 seconds)
{
	conn->request.last_seen -= seconds * HZ;
	conn->reply.last_seen -= seconds * HZ;
}

static inline int bed_init(struct kunit *test)
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

static inline void bed_exit(struct kunit *test)
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

#endif /* _VS_TEST_BED_H */
