// SPDX-License-Identifier: GPL-2.0-only
/* KUnit tests of kmod/proto: states from flags. */
#include <kunit/test.h>

#include "../../kmod/proto/tcp.c"
#include "../../kmod/proto/udp.c"
#include "../../kmod/proto/sctp.c"
#include "../../kmod/proto/proto.c"

#define F	VS_TCP_FIN
#define S	VS_TCP_SYN
#define R	VS_TCP_RST
#define A	VS_TCP_ACK

#define STEPS_MAX	8

struct step {
	enum vs_side from;
	u8 flags;
	u8 state;
};

struct story {
	const char *desc;
	bool sloppy;
	struct step steps[STEPS_MAX];
};

/* The first step opens the conn. */
static const struct story stories[] = {
	{
		.desc = "a life, closed by the client",
		.steps = {
			{ VS_CLIENT, S, VS_CONN_STATE_SYN_SENT },
			{ VS_SERVER, S | A, VS_CONN_STATE_SYN_RECV },
			{ VS_CLIENT, A, VS_CONN_STATE_ESTABLISHED },
			{ VS_SERVER, A, VS_CONN_STATE_ESTABLISHED },
			{ VS_CLIENT, F | A, VS_CONN_STATE_FIN_WAIT },
			{ VS_SERVER, A, VS_CONN_STATE_FIN_WAIT },
			{ VS_SERVER, F | A, VS_CONN_STATE_TIME_WAIT },
			{ VS_CLIENT, A, VS_CONN_STATE_TIME_WAIT },
		},
	},
	{
		.desc = "a FIN sent twice is one side's",
		.steps = {
			{ VS_CLIENT, S, VS_CONN_STATE_SYN_SENT },
			{ VS_SERVER, S | A, VS_CONN_STATE_SYN_RECV },
			{ VS_CLIENT, A, VS_CONN_STATE_ESTABLISHED },
			{ VS_SERVER, F | A, VS_CONN_STATE_FIN_WAIT },
			{ VS_SERVER, F | A, VS_CONN_STATE_FIN_WAIT },
			{ VS_CLIENT, F | A, VS_CONN_STATE_TIME_WAIT },
		},
	},
	{
		.desc = "SYNs again do not count",
		.steps = {
			{ VS_CLIENT, S, VS_CONN_STATE_SYN_SENT },
			{ VS_CLIENT, S, VS_CONN_STATE_SYN_SENT },
			{ VS_SERVER, S | A, VS_CONN_STATE_SYN_RECV },
			{ VS_CLIENT, S, VS_CONN_STATE_SYN_RECV },
			{ VS_SERVER, S | A, VS_CONN_STATE_SYN_RECV },
			{ VS_CLIENT, A, VS_CONN_STATE_ESTABLISHED },
			{ VS_CLIENT, S, VS_CONN_STATE_ESTABLISHED },
		},
	},
	{
		.desc = "refused",
		.steps = {
			{ VS_CLIENT, S, VS_CONN_STATE_SYN_SENT },
			{ VS_SERVER, R | A, VS_CONN_STATE_CLOSE },
			{ VS_CLIENT, A, VS_CONN_STATE_CLOSE },
			{ VS_SERVER, F | A, VS_CONN_STATE_CLOSE },
		},
	},
	{
		.desc = "reset while closing",
		.steps = {
			{ VS_CLIENT, S, VS_CONN_STATE_SYN_SENT },
			{ VS_SERVER, S | A, VS_CONN_STATE_SYN_RECV },
			{ VS_CLIENT, F | A, VS_CONN_STATE_FIN_WAIT },
			{ VS_CLIENT, R, VS_CONN_STATE_CLOSE },
		},
	},
	{
		.desc = "the client alone does not establish",
		.steps = {
			{ VS_CLIENT, S, VS_CONN_STATE_SYN_SENT },
			{ VS_CLIENT, A, VS_CONN_STATE_SYN_SENT },
			{ VS_SERVER, A, VS_CONN_STATE_SYN_SENT },
		},
	},
	{
		.desc = "sloppy: from the middle",
		.sloppy = true,
		.steps = {
			{ VS_CLIENT, A, VS_CONN_STATE_NONE },
			{ VS_CLIENT, A, VS_CONN_STATE_NONE },
			{ VS_SERVER, A, VS_CONN_STATE_ESTABLISHED },
			{ VS_SERVER, F | A, VS_CONN_STATE_FIN_WAIT },
		},
	},
};

static void story_desc(const struct story *story, char *desc)
{
	strscpy(desc, story->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(story, stories, story_desc);

static void tcp_story(struct kunit *test)
{
	const struct story *story = test->param_value;
	struct vs_proto_state now;
	struct vs_packet pkt = {};
	int i;

	pkt.flags = story->steps[0].flags;
	KUNIT_ASSERT_TRUE(test, vs_proto_tcp.opens(&pkt, story->sloppy));
	now = vs_proto_tcp.first(&pkt, false);
	KUNIT_EXPECT_EQ(test, (int)now.state, story->steps[0].state);

	/* No story needs a step without flags: one marks the end. */
	for (i = 1; i < STEPS_MAX && story->steps[i].flags; i++) {
		pkt.flags = story->steps[i].flags;
		now = vs_proto_tcp.next(now, story->steps[i].from, &pkt);
		KUNIT_EXPECT_EQ_MSG(test, (int)now.state, story->steps[i].state,
				    "step %d", i);
		KUNIT_EXPECT_GT(test, vs_proto_tcp.timeouts[now.state], 0);
	}
}

static void tcp_opens_by_syn_only(struct kunit *test)
{
	struct vs_packet pkt = {};
	u8 flags;

	for (flags = 0; flags < 0x20; flags++) {
		bool rst = flags & R;

		pkt.flags = flags & (F | S | R | A);
		KUNIT_EXPECT_EQ(test, vs_proto_tcp.opens(&pkt, false),
				pkt.flags == S);
		KUNIT_EXPECT_EQ(test, vs_proto_tcp.opens(&pkt, true), !rst);
	}
}

static void tcp_reopens_when_closing(struct kunit *test)
{
	struct vs_packet syn = { .flags = S };
	struct vs_packet syn_ack = { .flags = S | A };
	u8 state;

	for (state = 0; state < VS_CONN_STATES; state++) {
		struct vs_proto_state now = {
			.state	= state,
			.fins	= BIT(VS_CLIENT),
		};
		bool closing = state == VS_CONN_STATE_FIN_WAIT ||
			       state == VS_CONN_STATE_TIME_WAIT ||
			       state == VS_CONN_STATE_CLOSE;
		bool opening = state == VS_CONN_STATE_SYN_SENT ||
			       state == VS_CONN_STATE_SYN_RECV;

		KUNIT_EXPECT_EQ(test, vs_proto_tcp.reopens(now, &syn, false),
				closing);
		KUNIT_EXPECT_EQ(test, vs_proto_tcp.reopens(now, &syn, true),
				closing || opening);
		KUNIT_EXPECT_FALSE(test,
				   vs_proto_tcp.reopens(now, &syn_ack, true));
	}
}

static void udp_by_replies(struct kunit *test)
{
	struct vs_packet pkt = {};
	struct vs_proto_state now;

	KUNIT_EXPECT_TRUE(test, vs_proto_udp.opens(&pkt, false));
	now = vs_proto_udp.first(&pkt, false);
	KUNIT_EXPECT_EQ(test, (int)now.state, VS_CONN_STATE_UNREPLIED);
	KUNIT_EXPECT_FALSE(test, vs_proto_active(now.state));
	now = vs_proto_udp.next(now, VS_CLIENT, &pkt);
	KUNIT_EXPECT_EQ(test, (int)now.state, VS_CONN_STATE_UNREPLIED);
	now = vs_proto_udp.next(now, VS_SERVER, &pkt);
	KUNIT_EXPECT_EQ(test, (int)now.state, VS_CONN_STATE_ESTABLISHED);
	KUNIT_EXPECT_TRUE(test, vs_proto_active(now.state));
	KUNIT_EXPECT_FALSE(test, vs_proto_udp.reopens(now, &pkt, false));
	KUNIT_EXPECT_TRUE(test, vs_proto_udp.reopens(now, &pkt, true));
}

static void found_by_number(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, vs_proto_find(IPPROTO_TCP), &vs_proto_tcp);
	KUNIT_EXPECT_PTR_EQ(test, vs_proto_find(IPPROTO_UDP), &vs_proto_udp);
	KUNIT_EXPECT_NULL(test, vs_proto_find(IPPROTO_ICMP));
}

static struct kunit_case proto_cases[] = {
	KUNIT_CASE_PARAM(tcp_story, story_gen_params),
	KUNIT_CASE(tcp_opens_by_syn_only),
	KUNIT_CASE(tcp_reopens_when_closing),
	KUNIT_CASE(udp_by_replies),
	KUNIT_CASE(found_by_number),
	{}
};

static struct kunit_suite proto_suite = {
	.name = "vs-proto",
	.test_cases = proto_cases,
};

kunit_test_suite(proto_suite);

MODULE_LICENSE("GPL");
