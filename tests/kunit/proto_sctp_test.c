// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of kmod/proto/sctp.c: every state, side and set of chunks against
 * a table written out by hand.
 */
#include <kunit/test.h>

#include "vs.h"

#define INIT		VS_SCTP_INIT
#define ECHO		VS_SCTP_COOKIE_ECHO
#define ACK		VS_SCTP_COOKIE_ACK
#define SHUTDOWN	VS_SCTP_SHUTDOWN
#define SHUTDOWN_ACK	VS_SCTP_SHUTDOWN_ACK
#define COMPLETE	VS_SCTP_SHUTDOWN_COMPLETE
#define ABORT		VS_SCTP_ABORT
#define ALL_FLAGS	0x80

/* A letter for each state, in the order of the columns below. */
static const struct {
	char letter;
	u8 state;
} letters[] = {
	{ 'n', VS_CONN_STATE_NONE },
	{ 'w', VS_CONN_STATE_COOKIE_WAIT },
	{ 'e', VS_CONN_STATE_COOKIE_ECHOED },
	{ 'E', VS_CONN_STATE_ESTABLISHED },
	{ 's', VS_CONN_STATE_SHUTDOWN },
	{ 'a', VS_CONN_STATE_SHUTDOWN_ACK },
	{ 'c', VS_CONN_STATE_CLOSE },
};

/* The first row whose chunk a packet has says what becomes of each state. */
static const struct row {
	u8 chunk;
	const char *next[VS_SIDES];
} rows[] = {
	/*			client		server */
	/*			nweEsac		nweEsac */
	{ ABORT,	{	"ccccccc",	"ccccccc" } },
	{ COMPLETE,	{	"cwecccc",	"cwecccc" } },
	{ SHUTDOWN_ACK,	{	"aweaaac",	"aweaaac" } },
	{ SHUTDOWN,	{	"swessac",	"swessac" } },
	{ ECHO,		{	"neeEsac",	"EweEsac" } },
	{ ACK,		{	"nweEsac",	"EwEEsac" } },
	{ 0,		{	"nweEsac",	"EweEsac" } },
};

static bool has(u8 flags, u8 chunk)
{
	return !chunk || flags & chunk;
}

static u8 state_of(char letter)
{
	int i;

	for (i = 0; letters[i].letter != letter; i++)
		;
	return letters[i].state;
}

/*
 * A COOKIE ECHO and a COOKIE ACK in one packet count each for the side that may
 * send it, and something that does not close counts if nothing does.
 */
static u8 model(int column, enum vs_side from, u8 flags)
{
	char now = letters[column].letter;
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const char next = rows[i].next[from][column];

		if (has(flags, rows[i].chunk) && next != now)
			return state_of(next);
	}
	return letters[column].state;
}

static u8 next_of(struct vs_proto_state now, enum vs_side from, u8 flags)
{
	struct vs_packet pkt = { .flags = flags };

	return vs_proto_sctp.next(now, from, &pkt).state;
}

static void every_step(struct kunit *test)
{
	enum vs_side from;
	u32 flags;
	int i;

	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		struct vs_proto_state now = { .state = letters[i].state };

		for (flags = 0; flags < ALL_FLAGS * 2; flags++) {
			from = flags & 1 ? VS_SERVER : VS_CLIENT;
			KUNIT_EXPECT_EQ_MSG(test,
					    next_of(now, from, flags >> 1),
					    model(i, from, flags >> 1),
					    "state %u flags %x side %d",
					    now.state, flags >> 1, from);
		}
		KUNIT_EXPECT_GT(test, vs_proto_sctp.timeouts[now.state], 0);
		KUNIT_EXPECT_EQ(test, vs_proto_active(now.state), i < 4);
	}
}

/* What a client's one chunk makes of each state if no reply passes by. */
static void one_way(struct kunit *test)
{
	static const struct {
		u8 chunk;
		const char *next;
	} steps[] = {
		/*		nweEsac */
		{ ABORT,	"ccccccc" },
		{ COMPLETE,	"cwecccc" },
		{ SHUTDOWN_ACK,	"awaaaac" },
		{ SHUTDOWN,	"swsssac" },
		{ ECHO,		"neeEsac" },
		{ INIT,		"nweEsac" },
		{ 0,		"EwEEsac" },
	};
	struct vs_proto_state now;
	struct vs_packet pkt = {};
	int i, j;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		for (j = 0; j < ARRAY_SIZE(letters); j++) {
			now.state = letters[j].state;
			pkt.flags = steps[i].chunk;
			now = vs_proto_sctp.next_one_way(now, &pkt);
			KUNIT_EXPECT_EQ_MSG(test, (int)now.state,
					    state_of(steps[i].next[j]),
					    "chunk %x in %c", pkt.flags,
					    letters[j].letter);
		}
	}
}

struct step {
	enum vs_side from;
	u8 flags;
	u8 state;
};

/* Each is the client's INIT and what comes of it. */
static const struct step lives[][12] = {
	{	/* from INIT to SHUTDOWN COMPLETE */
		{ VS_CLIENT, INIT, VS_CONN_STATE_COOKIE_WAIT },
		{ VS_SERVER, 0, VS_CONN_STATE_COOKIE_WAIT },
		{ VS_CLIENT, ECHO, VS_CONN_STATE_COOKIE_ECHOED },
		{ VS_SERVER, ACK, VS_CONN_STATE_ESTABLISHED },
		{ VS_CLIENT, 0, VS_CONN_STATE_ESTABLISHED },
		{ VS_CLIENT, SHUTDOWN, VS_CONN_STATE_SHUTDOWN },
		{ VS_SERVER, 0, VS_CONN_STATE_SHUTDOWN },
		{ VS_SERVER, SHUTDOWN_ACK, VS_CONN_STATE_SHUTDOWN_ACK },
		{ VS_CLIENT, COMPLETE, VS_CONN_STATE_CLOSE },
	}, {	/* a client that begins anew goes where it was */
		{ VS_CLIENT, INIT, VS_CONN_STATE_COOKIE_WAIT },
		{ VS_CLIENT, INIT, VS_CONN_STATE_COOKIE_WAIT },
		{ VS_CLIENT, ECHO, VS_CONN_STATE_COOKIE_ECHOED },
		{ VS_CLIENT, ECHO, VS_CONN_STATE_COOKIE_ECHOED },
		{ VS_SERVER, ACK, VS_CONN_STATE_ESTABLISHED },
		{ VS_CLIENT, INIT, VS_CONN_STATE_ESTABLISHED },
		{ VS_CLIENT, ECHO, VS_CONN_STATE_ESTABLISHED },
	}, {	/* the server's words about an older association */
		{ VS_CLIENT, INIT, VS_CONN_STATE_COOKIE_WAIT },
		{ VS_SERVER, SHUTDOWN_ACK, VS_CONN_STATE_COOKIE_WAIT },
		{ VS_CLIENT, COMPLETE, VS_CONN_STATE_COOKIE_WAIT },
		{ VS_CLIENT, ECHO, VS_CONN_STATE_COOKIE_ECHOED },
		{ VS_SERVER, SHUTDOWN_ACK, VS_CONN_STATE_COOKIE_ECHOED },
	}, {	/* the client alone does not establish */
		{ VS_CLIENT, INIT, VS_CONN_STATE_COOKIE_WAIT },
		{ VS_CLIENT, ACK, VS_CONN_STATE_COOKIE_WAIT },
		{ VS_SERVER, ECHO, VS_CONN_STATE_COOKIE_WAIT },
		{ VS_CLIENT, ECHO | ACK, VS_CONN_STATE_COOKIE_ECHOED },
		{ VS_CLIENT, 0, VS_CONN_STATE_COOKIE_ECHOED },
	}, {	/* refused */
		{ VS_CLIENT, INIT, VS_CONN_STATE_COOKIE_WAIT },
		{ VS_SERVER, ABORT, VS_CONN_STATE_CLOSE },
		{ VS_CLIENT, ECHO, VS_CONN_STATE_CLOSE },
	},
};

static void whole_lives(struct kunit *test)
{
	struct vs_proto_state now;
	struct vs_packet pkt = {};
	const struct step *step;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(lives); i++) {
		pkt.flags = INIT;
		now = vs_proto_sctp.first(&pkt, false);
		KUNIT_EXPECT_EQ(test, (int)now.state, lives[i][0].state);
		for (j = 1; j < 12 && lives[i][j].state; j++) {
			step = &lives[i][j];
			pkt.flags = step->flags;
			now = vs_proto_sctp.next(now, step->from, &pkt);
			KUNIT_EXPECT_EQ_MSG(test, (int)now.state, step->state,
					    "life %d, step %d", i, j);
		}
	}
}

static void opens_by_init(struct kunit *test)
{
	struct vs_proto_state now;
	struct vs_packet pkt = {};
	u32 flags;

	for (flags = 0; flags < ALL_FLAGS; flags++) {
		u8 first = flags & INIT ? VS_CONN_STATE_COOKIE_WAIT :
			   flags & ECHO ? VS_CONN_STATE_COOKIE_ECHOED :
					  VS_CONN_STATE_NONE;

		pkt.flags = flags;
		KUNIT_EXPECT_EQ(test, vs_proto_sctp.opens(&pkt, false),
				!!(flags & INIT));
		KUNIT_EXPECT_EQ(test, vs_proto_sctp.opens(&pkt, true),
				flags & INIT || !(flags & (ABORT | COMPLETE)));
		now = vs_proto_sctp.first(&pkt, false);
		KUNIT_EXPECT_EQ(test, (int)now.state, first);
	}
}

static void reopens_by_init(struct kunit *test)
{
	/* Of a server that is there, and of one that is not. */
	static const char *const which[] = { "sac", "wesac" };
	struct vs_packet pkt = {};
	u32 i, flags;
	int gone;

	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		struct vs_proto_state now = { .state = letters[i].state };

		for (flags = 0; flags < ALL_FLAGS; flags++) {
			pkt.flags = flags;
			for (gone = 0; gone < 2; gone++)
				KUNIT_EXPECT_EQ(test,
						vs_proto_sctp.reopens(now, &pkt,
								      gone),
						flags & INIT &&
						strchr(which[gone],
						       letters[i].letter));
		}
	}
}

/* What the packet path asks before it asks the protocol. */
static void no_turn_is_missed(struct kunit *test)
{
	struct vs_proto_state now = { .state = VS_CONN_STATE_ESTABLISHED };
	u32 flags;

	for (flags = 0; flags < ALL_FLAGS; flags++) {
		if (flags & VS_PACKET_TURNS)
			continue;
		KUNIT_EXPECT_EQ(test, next_of(now, VS_CLIENT, flags),
				VS_CONN_STATE_ESTABLISHED);
		KUNIT_EXPECT_EQ(test, next_of(now, VS_SERVER, flags),
				VS_CONN_STATE_ESTABLISHED);
	}
	KUNIT_EXPECT_EQ(test, INIT & VS_PACKET_OPENS, VS_PACKET_OPENS);
	KUNIT_EXPECT_PTR_EQ(test, vs_proto_find(IPPROTO_SCTP), &vs_proto_sctp);
}

static struct kunit_case proto_sctp_cases[] = {
	KUNIT_CASE(every_step),
	KUNIT_CASE(one_way),
	KUNIT_CASE(whole_lives),
	KUNIT_CASE(opens_by_init),
	KUNIT_CASE(reopens_by_init),
	KUNIT_CASE(no_turn_is_missed),
	{}
};

static struct kunit_suite proto_sctp_suite = {
	.name = "vs-proto-sctp",
	.test_cases = proto_sctp_cases,
};

kunit_test_suite(proto_sctp_suite);
