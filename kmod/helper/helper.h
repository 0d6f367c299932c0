/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: helpers, which read what control conns say, and expect the data conns
 * that they speak of. ftp.c knows the words, stream.c where in a TCP stream
 * they stand and what their replacement does to it; both are pure. expect.c
 * has the table of what is expected, helper.c puts all this together.
 */
#ifndef _VS_HELPER_H
#define _VS_HELPER_H

#include "../vs.h"

/* ftp.c: what lines of FTP say */

/**
 * enum vs_ftp_kind - lines that speak of a data conn
 * @VS_FTP_NONE: it does not
 * @VS_FTP_PORT: PORT, the client's address and port (RFC 959)
 * @VS_FTP_EPRT: EPRT, likewise (RFC 2428)
 * @VS_FTP_PASV: 227, the reply to PASV: the server's address and port
 * @VS_FTP_EPSV: 229, the reply to EPSV: the server's port
 */
enum vs_ftp_kind {
	VS_FTP_NONE,
	VS_FTP_PORT,
	VS_FTP_EPRT,
	VS_FTP_PASV,
	VS_FTP_EPSV,
};

/**
 * struct vs_ftp_line - what a line says of a data conn
 * @addr: address, but for VS_FTP_EPSV
 * @port: port, never 0
 * @kind: enum vs_ftp_kind
 * @delim: what parts the fields of VS_FTP_EPRT
 * @start: where in the line @addr and @port stand
 * @len: in how many bytes
 */
struct vs_ftp_line {
	union vs_addr addr;
	u16 port;
	u8 kind;
	char delim;
	u8 start;
	u8 len;
};

#define VS_FTP_LINE_MAX	128	/* longer ones are not read */

/*
 * An address of IPv6, a delimiter and a port, and the 0 that ends them: 45 for
 * an address, since %pI6c prints those of ISATAP with a dotted quad at the end.
 */
#define VS_FTP_TEXT_MAX	52

enum vs_ftp_kind vs_ftp_parse(const char *line, unsigned int len,
			      enum vs_side from, u8 family,
			      struct vs_ftp_line *found);
bool vs_ftp_has_begun(const char *text, unsigned int len, enum vs_side from);
unsigned int vs_ftp_print(char *text, const struct vs_ftp_line *line,
			  u8 family);

/* stream.c: text in a TCP stream that is replaced by other text */

#define VS_STREAM_EDITS	2	/* that the receiver has not acknowledged */

/**
 * struct vs_edit - a replacement
 * @seq: where in the sender's stream the text is that goes
 * @old_len: its length
 * @new_len: length of the text that comes
 * @text: the text that comes
 */
struct vs_edit {
	u32 seq;
	u8 old_len;
	u8 new_len;
	char text[VS_FTP_TEXT_MAX];
};

/**
 * struct vs_stream - what one end of a control conn has sent
 * @next: where its stream goes on, as it counts
 * @delta: what replacements that were acknowledged add to that
 * @nr_edits: how many there are that were not
 * @carried: bytes of the line that has no end yet, in @line
 * @stuck: how often what it sent was dropped since @next moved
 * @is_known: @next is set
 * @is_long: the line that has no end yet is too long to be read
 * @edits: replacements in the order of the stream
 * @line: a line that came in pieces
 */
struct vs_stream {
	u32 next;
	u32 delta;
	u8 nr_edits;
	u8 carried;
	u8 stuck;
	bool is_known;
	bool is_long;
	struct vs_edit edits[VS_STREAM_EDITS];
	char line[VS_FTP_LINE_MAX];
};

void vs_stream_start(struct vs_stream *stream, u32 next);
u32 vs_stream_out(const struct vs_stream *stream, u32 seq);
u32 vs_stream_ack(const struct vs_stream *stream, u32 ack);
void vs_stream_sack(const struct vs_stream *stream, u32 *left, u32 *right);
void vs_stream_acked(struct vs_stream *stream, u32 ack);
unsigned int vs_stream_cut(const struct vs_edit *edit, u32 seq, u32 len,
			   u32 *at);
const char *vs_stream_line(struct vs_stream *stream, const char *text,
			   unsigned int len, unsigned int *line_len);
void vs_stream_carry(struct vs_stream *stream, const char *text,
		     unsigned int len);

/* expect.c: data conns that are expected */

#define VS_EXPECTS	4	/* of a control conn; FTP needs but one */

/**
 * struct vs_expect - a data conn that is expected
 * @node: in vn->expects, under vn->expects_lock
 * @tuple: what its first packet arrives with, but for its source port
 * @conn: the control conn
 * @expires: when it is expected no more, in jiffies
 * @port: where that packet goes: the server's port, or the client's
 * @from: enum vs_side that opens it
 * @slot: where it is in the control conn's helper
 * @rcu: frees it
 *
 * One that is in the table has a control conn that is not freed yet.
 */
struct vs_expect {
	struct hlist_node node;
	struct vs_tuple tuple;
	struct vs_conn *conn;
	unsigned long expires;
	__be16 port;
	u8 from;
	u8 slot;
	struct rcu_head rcu;
};

/**
 * struct vs_control - what a helper keeps of a control conn
 * @lock: protects @streams; packet path, BH off
 * @streams: what either end has sent
 * @expects: data conns that are expected, under vn->expects_lock
 * @oldest: of @expects, to be replaced first
 * @data: data conns that there are of it; while there are it does not expire
 * @ref: references: the control conn's, and one of each data conn
 */
struct vs_control {
	spinlock_t lock; /* protects streams */
	struct vs_stream streams[VS_SIDES];
	struct vs_expect *expects[VS_EXPECTS];
	u8 oldest;
	atomic_t data;
	refcount_t ref;
};

struct vs_expect *vs_expect_find(struct vs_net *vn,
				 const struct vs_tuple *tuple);
int vs_expect_add(struct vs_net *vn, const struct vs_expect *what);
void vs_expect_done(struct vs_net *vn, struct vs_expect *expect);

/* segment.c: segments of control conns */

#define VS_SEGMENT_TEXT_MAX	4096	/* bytes in one that is read */

/**
 * struct vs_segment - a segment of a control conn
 * @conn: its conn
 * @stream: what its sender has sent
 * @skb: the packet
 * @pkt: what the parser found, before its length changed
 * @th: its header
 * @text: offset of its text from skb->data
 * @len: length of its text
 * @is_ours: all of its text is linear and ours, not just its header
 * @seq: number of the first byte of its text, as the sender counts
 * @from: its sender
 */
struct vs_segment {
	struct vs_conn *conn;
	struct vs_stream *stream;
	struct sk_buff *skb;
	const struct vs_packet *pkt;
	struct tcphdr *th;
	u32 text;
	u32 len;
	u32 seq;
	bool is_ours;
	enum vs_side from;
};

int vs_segment_prepare(struct vs_segment *seg);
unsigned int vs_segment_growth(const struct vs_segment *seg);
int vs_segment_translate(struct vs_segment *seg);

#endif /* _VS_HELPER_H */
