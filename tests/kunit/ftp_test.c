// SPDX-License-Identifier: GPL-2.0-only
/* KUnit tests of kmod/helper/ftp.c: what lines say, and lines that lie. */
#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#include "../../kmod/helper/ftp.c"

#define C	VS_CLIENT
#define S	VS_SERVER
#define V4	NFPROTO_IPV4
#define V6	NFPROTO_IPV6

/**
 * struct ftp_case - a line, and what it says
 * @line: the line, without its newline
 * @from: who sends it
 * @family: of the conn
 * @kind: what it is
 * @addr: the address in it, if there is one
 * @port: the port in it
 * @text: the part of it that would be replaced
 */
struct ftp_case {
	const char *line;
	u8 from;
	u8 family;
	u8 kind;
	const char *addr;
	u16 port;
	const char *text;
};

static const struct ftp_case ftp_lines[] = {
	/* as they are meant to be */
	{ "PORT 10,1,0,2,200,13\r", C, V4, VS_FTP_PORT, "10.1.0.2", 51213,
	  "10,1,0,2,200,13" },
	{ "PORT 10,1,0,2,200,13", C, V4, VS_FTP_PORT, "10.1.0.2", 51213,
	  "10,1,0,2,200,13" },
	{ "port  255,255,255,255,255,255 \r", C, V4, VS_FTP_PORT,
	  "255.255.255.255", 65535, "255,255,255,255,255,255" },
	{ "PoRt 0,0,0,0,0,1\r", C, V4, VS_FTP_PORT, "0.0.0.0", 1,
	  "0,0,0,0,0,1" },
	{ "PORT 010,001,000,002,000,021\r", C, V4, VS_FTP_PORT, "10.1.0.2", 21,
	  "010,001,000,002,000,021" },
	{ "EPRT |1|10.1.0.2|51213|\r", C, V4, VS_FTP_EPRT, "10.1.0.2", 51213,
	  "10.1.0.2|51213" },
	{ "eprt !2!2001:db8:1::2!65535!\r", C, V6, VS_FTP_EPRT,
	  "2001:db8:1::2", 65535, "2001:db8:1::2!65535" },
	{ "EPRT |2|2001:0db8:0001:0002:0003:0004:0005:0006|1|", C, V6,
	  VS_FTP_EPRT, "2001:db8:1:2:3:4:5:6", 1,
	  "2001:0db8:0001:0002:0003:0004:0005:0006|1" },
	{ "227 Entering Passive Mode (10,2,1,2,4,1).\r", S, V4, VS_FTP_PASV,
	  "10.2.1.2", 1025, "10,2,1,2,4,1" },
	{ "227 Entering Passive Mode 10,2,1,2,4,1\r", S, V4, VS_FTP_PASV,
	  "10.2.1.2", 1025, "10,2,1,2,4,1" },
	{ "227 =10,2,1,2,4,1\r", S, V4, VS_FTP_PASV, "10.2.1.2", 1025,
	  "10,2,1,2,4,1" },
	{ "229 Entering Extended Passive Mode (|||6446|)\r", S, V6,
	  VS_FTP_EPSV, NULL, 6446, "6446" },
	{ "229 (!!!65535!)", S, V4, VS_FTP_EPSV, NULL, 65535, "65535" },
	/* with telnet's commands before them */
	{ "\xff\xf4\xff\xf2PORT 10,1,0,2,0,20\r", C, V4, VS_FTP_PORT,
	  "10.1.0.2", 20, "10,1,0,2,0,20" },
	{ "\xff\xfb\x01PORT 10,1,0,2,0,20\r", C, V4, VS_FTP_PORT, "10.1.0.2",
	  20, "10,1,0,2,0,20" },
	/* other lines, or somebody else's */
	{ "", C, V4 },
	{ "\r", S, V4 },
	{ "PORT", C, V4 },
	{ "PORT ", C, V4 },
	{ "PORT \r", C, V4 },
	{ "PORT\t10,1,0,2,200,13\r", C, V4 },
	{ " PORT 10,1,0,2,200,13\r", C, V4 },
	{ "XPORT 10,1,0,2,200,13\r", C, V4 },
	{ "PASV\r", C, V4 },
	{ "EPSV ALL\r", C, V4 },
	{ "PORT 10,1,0,2,200,13\r", S, V4 },
	{ "227 Entering Passive Mode (10,2,1,2,4,1).\r", C, V4 },
	{ "229 Entering Extended Passive Mode (|||6446|)\r", C, V4 },
	{ "227-Entering Passive Mode (10,2,1,2,4,1).\r", S, V4 },
	{ "2270 Entering Passive Mode (10,2,1,2,4,1).\r", S, V4 },
	{ "227", S, V4 },
	{ "227 ", S, V4 },
	{ "227 Entering Passive Mode (", S, V4 },
	{ "227 Entering Passive Mode", S, V4 },
	{ "\xff\xf4\xff", C, V4 },
	{ "\xff\xff\xff\xff", C, V4 },
	{ "PORT \377\36410,1,0,2,0,20\r", C, V4 },
	{ "PORT 10,1,0,\377\3642,0,20\r", C, V4 },
	/* missing fields, and more than there are */
	{ "PORT 10,1,0,2,200\r", C, V4 },
	{ "PORT 10,1,0,2,200,\r", C, V4 },
	{ "PORT 10,1,0,,200,13\r", C, V4 },
	{ "PORT ,10,1,0,2,200,13\r", C, V4 },
	{ "PORT 10,1,0,2,200,13,1\r", C, V4 },
	{ "PORT 10,1,0,2,200,13 1\r", C, V4 },
	{ "PORT 10.1.0.2,200,13\r", C, V4 },
	{ "PORT 10, 1,0,2,200,13\r", C, V4 },
	{ "227 Entering Passive Mode (10,2,1,2,4,1,9).\r", S, V4 },
	{ "227 Entering Passive Mode (10,2,1,2,4,1234).\r", S, V4 },
	{ "227 Entering Passive Mode (10,2,1,2,4).\r", S, V4 },
	{ "EPRT |1|10.1.0.2|51213\r", C, V4 },
	{ "EPRT |1|10.1.0.2||\r", C, V4 },
	{ "EPRT |1||51213|\r", C, V4 },
	{ "EPRT |1|10.1.0|51213|\r", C, V4 },
	{ "EPRT |1|10.1.0.2.3|51213|\r", C, V4 },
	{ "EPRT ||10.1.0.2|51213|\r", C, V4 },
	{ "EPRT |1|10.1.0.2!51213|\r", C, V4 },
	{ "EPRT |1|10.1.0.2|51213|x\r", C, V4 },
	{ "EPRT |2|2001:db8:1|51213|\r", C, V6 },
	{ "EPRT |2|2001:db8:1::2|\r", C, V6 },
	{ "EPRT |2|2001:db8:1::2", C, V6 },
	{ "EPRT |2|1:2:3:4:5:6:7:8:9|51213|\r", C, V6 },
	{ "EPRT |2|12345::|51213|\r", C, V6 },
	{ "EPRT |2|::1%lo|51213|\r", C, V6 },
	{ "229 Entering Extended Passive Mode (||6446|)\r", S, V4 },
	{ "229 Entering Extended Passive Mode (|||6446)\r", S, V4 },
	{ "229 Entering Extended Passive Mode (||||)\r", S, V4 },
	{ "229 Entering Extended Passive Mode |||6446|\r", S, V4 },
	{ "229 Entering Extended Passive Mode (|1|10.2.1.2|6446|)\r", S, V4 },
	/* digits that would overflow, signs, ports that are none */
	{ "PORT 256,1,0,2,200,13\r", C, V4 },
	{ "PORT 266,1,0,2,200,13\r", C, V4 },
	{ "PORT 10,1,0,2,256,13\r", C, V4 },
	{ "PORT 10,1,0,2,200,256\r", C, V4 },
	{ "PORT 4294967306,1,0,2,200,13\r", C, V4 },
	{ "PORT 18446744073709551626,1,0,2,200,13\r", C, V4 },
	{ "PORT 0010,1,0,2,200,13\r", C, V4 },
	{ "PORT +10,1,0,2,200,13\r", C, V4 },
	{ "PORT 10,1,0,2,-200,13\r", C, V4 },
	{ "PORT 10,1,0,2,0x10,13\r", C, V4 },
	{ "PORT 10,1,0,2,0,0\r", C, V4 },
	{ "227 Entering Passive Mode (10,2,1,2,0,0).\r", S, V4 },
	{ "EPRT |1|10.1.0.2|0|\r", C, V4 },
	{ "EPRT |1|10.1.0.2|65536|\r", C, V4 },
	{ "EPRT |1|10.1.0.2|131093|\r", C, V4 },
	{ "EPRT |1|10.1.0.2|000021|\r", C, V4 },
	{ "EPRT |1|10.1.0.2|+21|\r", C, V4 },
	{ "EPRT |1|10.1.0.256|21|\r", C, V4 },
	{ "229 Entering Extended Passive Mode (|||0|)\r", S, V4 },
	{ "229 Entering Extended Passive Mode (|||65536|)\r", S, V4 },
	{ "229 Entering Extended Passive Mode (|||4294967317|)\r", S, V4 },
	{ "229 Entering Extended Passive Mode (|||-1|)\r", S, V4 },
	/* another family's */
	{ "PORT 10,1,0,2,200,13\r", C, V6 },
	{ "227 Entering Passive Mode (10,2,1,2,4,1).\r", S, V6 },
	{ "EPRT |1|10.1.0.2|51213|\r", C, V6 },
	{ "EPRT |2|2001:db8:1::2|51213|\r", C, V4 },
	{ "EPRT |2|10.1.0.2|51213|\r", C, V4 },
	{ "EPRT |1|2001:db8:1::2|51213|\r", C, V4 },
	{ "EPRT |3|10.1.0.2|51213|\r", C, V4 },
	/* what could stand in a field parts none */
	{ "EPRT 11110.1.0.2151213 1\r", C, V4 },
	{ "EPRT .1.10.1.0.2.51213.\r", C, V4 },
	{ "EPRT :2:2001:db8::2:51213:\r", C, V6 },
	{ "EPRT a2a2001:db8::2a51213a\r", C, V6 },
	{ "EPRT  1 10.1.0.2 51213 \r", C, V4 },
	{ "EPRT \3741\37410.1.0.2\37451213\374\r", C, V4 },
};

/*
 * A copy that ends where its page does: KASAN sees every byte read past it, and
 * what comes after a line can't make it another.
 */
static char *ftp_copy(struct kunit *test, const char *line, size_t len)
{
	char *copy = kunit_kmalloc(test, len ?: 1, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, line, len);
	return copy;
}

static void ftp_expect_addr(struct kunit *test, const struct ftp_case *c,
			    const union vs_addr *addr)
{
	union vs_addr want = {};

	if (!c->addr)
		return;
	if (c->family == V4)
		in4_pton(c->addr, -1, (u8 *)&want.ip, -1, NULL);
	else
		in6_pton(c->addr, -1, want.in6.s6_addr, -1, NULL);
	KUNIT_EXPECT_EQ_MSG(test, memcmp(&want, addr, sizeof(want)), 0, "%s",
			    c->line);
}

static void ftp_test_lines(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(ftp_lines); i++) {
		const struct ftp_case *c = &ftp_lines[i];
		size_t len = strlen(c->line);
		char *line = ftp_copy(test, c->line, len);
		struct vs_ftp_line found;
		u8 kind;

		kind = vs_ftp_parse(line, len, c->from, c->family, &found);
		KUNIT_EXPECT_EQ_MSG(test, kind, c->kind, "%s", c->line);
		if (!kind || kind != c->kind)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, found.kind, kind, "%s", c->line);
		KUNIT_EXPECT_EQ_MSG(test, found.port, c->port, "%s", c->line);
		ftp_expect_addr(test, c, &found.addr);
		KUNIT_ASSERT_LE(test, found.start + found.len, len);
		KUNIT_EXPECT_EQ_MSG(test, found.len, strlen(c->text), "%s",
				    c->line);
		KUNIT_EXPECT_EQ_MSG(test, strncmp(line + found.start, c->text,
						  found.len), 0, "%s", c->line);
	}
}

/* No line says the same, or anything, when it is cut short. */
static void ftp_test_cut(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(ftp_lines); i++) {
		const struct ftp_case *c = &ftp_lines[i];
		size_t len = strlen(c->line);
		struct vs_ftp_line found;
		size_t cut;

		for (cut = 0; cut < len; cut++) {
			char *line = ftp_copy(test, c->line, cut);
			u8 kind = vs_ftp_parse(line, cut, c->from, c->family,
					       &found);

			if (kind)
				KUNIT_EXPECT_LE(test, found.start + found.len,
						cut);
			vs_ftp_has_begun(line, cut, c->from);
			kunit_kfree(test, line);
		}
	}
}

static void ftp_test_long(struct kunit *test)
{
	static const char port[] = "PORT 10,1,0,2,200,13";
	struct vs_ftp_line found;
	char *line;
	size_t len;

	for (len = VS_FTP_LINE_MAX - 1; len <= VS_FTP_LINE_MAX + 200; len++) {
		line = kunit_kmalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, line);
		memset(line, ' ', len);
		memcpy(line, port, strlen(port));
		KUNIT_EXPECT_EQ(test, vs_ftp_parse(line, len, C, V4, &found),
				len <= VS_FTP_LINE_MAX ? VS_FTP_PORT :
							 VS_FTP_NONE);
		kunit_kfree(test, line);
	}
}

/* Whatever comes, nothing is read or said to be outside of the line. */
static void ftp_test_noise(struct kunit *test)
{
	static const char alphabet[] = "0129,,,.|:( )PORTEPRT227 229\r\xff\xf4";
	struct rnd_state rnd;
	int i, j, said = 0;

	prandom_seed_state(&rnd, 21);
	for (i = 0; i < 20000; i++) {
		const struct ftp_case *c =
			&ftp_lines[prandom_u32_state(&rnd) % 15];
		size_t len = strlen(c->line);
		char *line = kmalloc(len, GFP_KERNEL);
		int faults = prandom_u32_state(&rnd) % 4;
		struct vs_ftp_line found;

		KUNIT_ASSERT_NOT_NULL(test, line);
		memcpy(line, c->line, len);
		for (j = 0; j < faults; j++)
			line[prandom_u32_state(&rnd) % len] =
				alphabet[prandom_u32_state(&rnd) %
					 (sizeof(alphabet) - 1)];
		if (vs_ftp_parse(line, len, c->from, c->family, &found)) {
			KUNIT_EXPECT_LE(test, found.start + found.len, len);
			KUNIT_EXPECT_NE(test, found.port, 0);
			said++;
		}
		kfree(line);
	}
	KUNIT_EXPECT_GT(test, said, 5000);
}

struct ftp_begun {
	const char *text;
	u8 from;
	bool begun;
};

static const struct ftp_begun ftp_beginnings[] = {
	{ "", C, false },
	{ "P", C, false },
	{ "PORT", C, false },
	{ "PORT ", C, false },
	{ "PORT 1", C, true },
	{ "port 10,1,0,2,200,13", C, true },
	{ "EPRT |", C, true },
	{ "PORT 1", S, false },
	{ "\xff\xf4\xff\xf2PORT 1", C, true },
	{ "227 Entering Passive Mode ", S, false },
	{ "227 Entering Passive Mode (", S, false },
	{ "227 Entering Passive Mode (1", S, true },
	{ "227 Entering Passive Mode 1", S, true },
	{ "229 Entering Extended Passive Mode (|", S, true },
	{ "220 Welcome (1", S, false },
};

static void ftp_test_begun(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(ftp_beginnings); i++) {
		const struct ftp_begun *b = &ftp_beginnings[i];
		size_t len = strlen(b->text);

		KUNIT_EXPECT_EQ_MSG(test,
				    vs_ftp_has_begun(ftp_copy(test, b->text,
							      len),
						     len, b->from),
				    b->begun, "%s", b->text);
	}
}

struct ftp_printed {
	struct vs_ftp_line line;
	u8 family;
	const char *text;
};

static const struct ftp_printed ftp_prints[] = {
	{ { .kind = VS_FTP_PORT, .port = 51213 }, V4, "203,0,113,10,200,13" },
	{ { .kind = VS_FTP_PASV, .port = 1 }, V4, "203,0,113,10,0,1" },
	{ { .kind = VS_FTP_EPRT, .delim = '!', .port = 65535 }, V4,
	  "203.0.113.10!65535" },
	{ { .kind = VS_FTP_EPRT, .delim = '|', .port = 65535 }, V6,
	  "cb00:710a:1122:3344:5566:7788:99aa:bbcc|65535" },
	{ { .kind = VS_FTP_EPSV, .port = 40000 }, V6, "40000" },
};

static void ftp_test_print(struct kunit *test)
{
	static const u8 addr[16] = {
		203, 0, 113, 10, 0x11, 0x22, 0x33, 0x44,
		0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc,
	};
	/* The longest there is: ISATAP's are printed with a dotted quad. */
	static const u8 isatap[16] = {
		0x20, 0x01, 0x1d, 0xb8, 0x11, 0x11, 0x22, 0x22,
		0x02, 0x00, 0x5e, 0xfe, 192, 168, 100, 200,
	};
	struct vs_ftp_line longest = {
		.kind = VS_FTP_EPRT, .delim = '|', .port = 65535,
	};
	char print[VS_FTP_TEXT_MAX];
	int i;

	memcpy(&longest.addr, isatap, sizeof(isatap));
	vs_ftp_print(print, &longest, V6);
	KUNIT_EXPECT_STREQ(test, print,
			   "2001:1db8:1111:2222:200:5efe:192.168.100.200|65535");
	for (i = 0; i < ARRAY_SIZE(ftp_prints); i++) {
		const struct ftp_printed *p = &ftp_prints[i];
		struct vs_ftp_line line = p->line;
		char text[VS_FTP_TEXT_MAX];
		unsigned int len;

		memcpy(&line.addr, addr, sizeof(addr));
		len = vs_ftp_print(text, &line, p->family);
		KUNIT_EXPECT_STREQ(test, text, p->text);
		KUNIT_EXPECT_EQ(test, len, strlen(p->text));
	}
}

static struct kunit_case ftp_cases[] = {
	KUNIT_CASE(ftp_test_lines),
	KUNIT_CASE(ftp_test_cut),
	KUNIT_CASE(ftp_test_long),
	KUNIT_CASE(ftp_test_noise),
	KUNIT_CASE(ftp_test_begun),
	KUNIT_CASE(ftp_test_print),
	{}
};

static struct kunit_suite ftp_suite = {
	.name = "vs-ftp",
	.test_cases = ftp_cases,
};

kunit_test_suite(ftp_suite);
