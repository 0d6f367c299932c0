// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FTP helper on a packet's way. It reads what either end of a control conn
 * says, expects the data conns that are spoken of, and where an address or port
 * means nothing to the other end puts one in its place that does:
 *
 * PASV, EPSV	the server says where it listens. To the client that is the
 *		virtual address, and the same port unless it is taken.
 * PORT, EPRT	the client says where it listens. A server that sees the client
 *		itself is told just that. One that sees an address of vs's
 *		source pool is told that address and a port of it.
 *
 * Addresses that are not the speaker's own are let pass, and lead nowhere: no
 * client gets a conn to a third party here.
 *
 * Text is read in the order in which it was sent. What comes early is dropped,
 * to be sent again; so is a line that breaks off inside of what may have to be
 * replaced, since most senders then send it whole. Both only some times, lest
 * a conn hang that is no FTP.
 */
#include <linux/random.h>
#include <net/tcp.h>

#include "helper.h"

#define EARLY_MAX	16	/* segments dropped that came early */
#define BROKEN_MAX	3	/* segments dropped that broke off a line */
#define PORT_TRIES	16
#define PORT_FIRST	1024	/* of those that vs chooses */

static struct vs_net *net_of(const struct vs_conn *conn)
{
	return conn->client.server->vn;
}

static u16 some_port(void)
{
	return PORT_FIRST + reciprocal_scale(get_random_u32(),
					     U16_MAX + 1 - PORT_FIRST);
}

static bool has_service(struct vs_net *vn, const struct vs_tuple *tuple)
{
	struct vs_service_key key = {
		.port		= tuple->dport,
		.family		= tuple->family,
		.protocol	= tuple->protocol,
	};

	if (tuple->family == NFPROTO_IPV4)
		key.addr.ip = tuple->dst.ip;
	else
		key.addr = tuple->dst;
	return vs_service_find(vn, &key);
}

/* Another control conn's data conn from where this one's is likely to come. */
static bool has_conn(struct vs_net *vn, const struct vs_expect *expect)
{
	u16 control = ntohs(expect->conn->back.tuple.sport);
	struct vs_tuple tuple = expect->tuple;
	enum vs_side from;

	tuple.sport = htons(control - 1);
	return vs_conn_find(vn, &tuple, &from);
}

static bool is_taken(struct vs_net *vn, const struct vs_expect *expect)
{
	return expect->from == VS_CLIENT ? has_service(vn, &expect->tuple) :
					   has_conn(vn, expect);
}

/* Sets @expect's port: @port, or another if @may_change and it is taken. */
static int expect_at(struct vs_expect *expect, u16 port, bool may_change)
{
	struct vs_net *vn = net_of(expect->conn);
	int tries = may_change ? PORT_TRIES : 1;
	int err = -EADDRINUSE;

	while (tries--) {
		expect->tuple.dport = htons(port);
		port = some_port();
		if (may_change && is_taken(vn, expect))
			continue;
		err = vs_expect_add(vn, expect);
		if (err != -EADDRINUSE)
			break;
	}
	return err;
}

/* The server listens: its client comes to the virtual address. */
static int expect_client(struct vs_conn *conn, struct vs_ftp_line *line)
{
	const struct vs_tuple *client = &conn->client.tuple;
	struct vs_expect expect = {
		.conn	= conn,
		.port	= htons(line->port),
		.from	= VS_CLIENT,
	};
	int err;

	/* Some servers are told the virtual address, to say it themselves. */
	if (line->kind == VS_FTP_PASV &&
	    !vs_addr_equal(client->family, &line->addr,
			   &conn->back.tuple.src) &&
	    !vs_addr_equal(client->family, &line->addr, &client->dst))
		return -EPERM;
	expect.tuple = *client;
	err = expect_at(&expect, line->port, true);
	if (err)
		return err;
	line->addr = client->dst;
	line->port = ntohs(expect.tuple.dport);
	return 0;
}

/* The client listens: its server comes to the client as it knows it. */
static int expect_server(struct vs_conn *conn, struct vs_ftp_line *line)
{
	const struct vs_tuple *client = &conn->client.tuple;
	const struct vs_tuple *back = &conn->back.tuple;
	struct vs_expect expect = {
		.conn	= conn,
		.port	= htons(line->port),
		.from	= VS_SERVER,
	};
	int err;

	if (!vs_addr_equal(client->family, &line->addr, &client->src))
		return -EPERM;
	expect.tuple = *back;
	err = expect_at(&expect, line->port,
			!vs_addr_equal(client->family, &back->dst,
				       &client->src));
	if (err)
		return err;
	line->addr = back->dst;
	line->port = ntohs(expect.tuple.dport);
	return 0;
}

/* Return: 0, also if nothing is to be replaced, or -EAGAIN. */
static int read_line(struct vs_segment *seg, const char *line, unsigned int len,
		     u32 seq, unsigned int carried)
{
	struct vs_stream *stream = seg->stream;
	struct vs_ftp_line found;
	struct vs_edit edit;
	int err;

	if (!vs_ftp_parse(line, len, seg->from, seg->pkt->tuple.family,
			  &found))
		return 0;
	/* When in doubt whether it is to be replaced, it was not let pass. */
	err = seg->from == VS_CLIENT ? expect_server(seg->conn, &found) :
				       expect_client(seg->conn, &found);
	if (err)
		return 0;
	edit.seq = seq + found.start;
	edit.old_len = found.len;
	edit.new_len = vs_ftp_print(edit.text, &found, seg->pkt->tuple.family);
	if (edit.new_len == edit.old_len &&
	    !memcmp(edit.text, line + found.start, edit.new_len))
		return 0;
	if (found.start < carried)
		return 0;
	/* Until one has arrived; never, if all are in one segment. */
	if (stream->nr_edits == VS_STREAM_EDITS)
		return stream->stuck < BROKEN_MAX ? -EAGAIN : 0;
	stream->edits[stream->nr_edits++] = edit;
	return 0;
}

/* Whether what this side says may have to be replaced. */
static bool may_replace(const struct vs_segment *seg)
{
	const struct vs_conn *conn = seg->conn;

	return seg->from == VS_SERVER ||
	       !vs_addr_equal(conn->client.tuple.family, &conn->back.tuple.dst,
			      &conn->client.tuple.src);
}

static unsigned int length_of_rest(const char *text, unsigned int len)
{
	unsigned int rest = 0;

	while (rest < len && text[len - rest - 1] != '\n')
		rest++;
	return rest;
}

static bool breaks_off(struct vs_segment *seg, const char *text,
		       unsigned int len)
{
	unsigned int rest = length_of_rest(text, len);
	const char *line = text + len - rest;

	if (!rest || !may_replace(seg) || seg->stream->stuck >= BROKEN_MAX)
		return false;
	if (rest == len)
		line = vs_stream_line(seg->stream, text, len, &rest);
	return line && vs_ftp_has_begun(line, rest, seg->from);
}

static int read_lines(struct vs_segment *seg, const char *text,
		      unsigned int len)
{
	struct vs_stream *stream = seg->stream;
	unsigned int line_len, at = 0;
	const char *end, *line;
	int err;

	while ((end = memchr(text + at, '\n', len - at))) {
		line = vs_stream_line(stream, text + at, end - text - at,
				      &line_len);
		if (line) {
			err = read_line(seg, line, line_len,
					stream->next + at - stream->carried,
					stream->carried);
			if (err)
				return err;
		}
		stream->carried = 0;
		stream->is_long = false;
		at = end - text + 1;
	}
	vs_stream_carry(stream, text + at, len - at);
	return 0;
}

/* Text that goes on where the last ended; nothing is kept of it on error. */
static int read_text(struct vs_segment *seg, const char *text, unsigned int len)
{
	struct vs_stream *stream = seg->stream;
	u8 nr_edits = stream->nr_edits;
	u8 carried = stream->carried;
	bool is_long = stream->is_long;
	int err;

	if (breaks_off(seg, text, len))
		return -EAGAIN;
	err = read_lines(seg, text, len);
	if (err) {
		stream->nr_edits = nr_edits;
		stream->carried = carried;
		stream->is_long = is_long;
	}
	return err;
}

/* What is not read: only whether a line ends with it. */
static int skip_text(struct vs_segment *seg)
{
	u8 last;

	if (skb_copy_bits(seg->skb, seg->text + seg->len - 1, &last, 1))
		return -EINVAL;
	seg->stream->carried = 0;
	seg->stream->is_long = last != '\n';
	return 0;
}

/* Text of which some is new, or that comes early. Return: as follow(). */
static int read_new(struct vs_segment *seg)
{
	struct vs_stream *stream = seg->stream;
	u32 old;

	if (after(seg->seq, stream->next))
		return stream->stuck < EARLY_MAX ? -EAGAIN : skip_text(seg);
	if (seg->len > VS_SEGMENT_TEXT_MAX)
		return skip_text(seg);
	old = stream->next - seg->seq;
	return read_text(seg, seg->skb->data + seg->text + old,
			 seg->len - old);
}

/* Reads what is new in a segment. Return: 0, or -errno to drop it. */
static int follow(struct vs_segment *seg)
{
	struct vs_stream *stream = seg->stream;
	u32 end = seg->seq + seg->len;
	int err;

	if (!stream->is_known && seg->len)
		vs_stream_start(stream, seg->seq);
	if (!stream->is_known)
		return 0;
	if (!seg->len) {
		if (seg->th->fin && seg->seq == stream->next)
			stream->next++;
		return 0;
	}
	if (!after(end, stream->next))
		return 0;
	err = read_new(seg);
	if (err) {
		if (stream->stuck < EARLY_MAX)
			stream->stuck++;
		return err;
	}
	stream->next = end + seg->th->fin;
	stream->stuck = 0;
	return 0;
}

/* Both ends begin to count with their SYN, as long as they do begin. */
static void begin(const struct vs_segment *seg)
{
	switch (READ_ONCE(seg->conn->client.proto).state) {
	case VS_CONN_STATE_NONE:
	case VS_CONN_STATE_SYN_SENT:
	case VS_CONN_STATE_SYN_RECV:
		vs_stream_start(seg->stream, seg->seq);
	}
}

/*
 * Return: 0, or -errno: -EMSGSIZE if it is as its sender sent it, and @room set
 * to what it would grow by, which is too much for its route.
 */
static int help(struct vs_segment *seg, const struct dst_entry *dst,
		unsigned int *room)
{
	int err;

	if (seg->th->syn)
		begin(seg);
	err = follow(seg);
	if (err)
		return err;
	*room = dst ? vs_segment_growth(seg) : 0;
	if (*room && vs_route_judge(seg->skb, seg->pkt->tuple.family, dst,
				    *room) == VS_ROUTE_TOO_BIG)
		return -EMSGSIZE;
	return vs_segment_translate(seg);
}

/**
 * vs_helper_apply() - read a control conn's packet, and make it the receiver's
 * @conn: the conn, whose node has VS_NODE_HELPER
 * @from: the end that sent it
 * @skb: the packet, not rewritten yet; its header may move, its offsets stay
 * @pkt: what the parser found: it was VS_PARSED
 * @dst: its route, which had room for it; NULL if the stack looks after that
 *
 * Context: RCU read side, BH off.
 *
 * Return: 0, or -errno if it is to be dropped: -EMSGSIZE if it would grow too
 * big for its route, which its sender has been told.
 */
int vs_helper_apply(struct vs_conn *conn, enum vs_side from,
		    struct sk_buff *skb, const struct vs_packet *pkt,
		    struct dst_entry *dst)
{
	struct vs_control *helper = conn->helper;
	struct vs_segment seg = {
		.conn	= conn,
		.stream	= &helper->streams[from],
		.skb	= skb,
		.pkt	= pkt,
		.from	= from,
	};
	int err = vs_segment_prepare(&seg);
	unsigned int room;

	if (err)
		return err;
	spin_lock(&helper->lock);
	err = help(&seg, dst, &room);
	spin_unlock(&helper->lock);
	if (err == -EMSGSIZE)
		vs_route_refuse(skb, pkt->tuple.family, dst, room,
				VS_ROUTE_TOO_BIG);
	return err;
}

/* What it spoke of it has no more use for. */
static bool is_closing(const struct vs_conn *control)
{
	u8 state = READ_ONCE(control->client.proto).state;

	return state == VS_CONN_STATE_TIME_WAIT || state == VS_CONN_STATE_CLOSE;
}

/**
 * vs_helper_expected() - whether a packet opens a conn that is expected
 * @vn: namespace
 * @pkt: a packet that may open a conn
 * @conn: set to the conn if so, which another CPU may have made; NULL if there
 *	is none to be had
 * @from: set to the end that sent it
 * @why: set to the reason if there is none
 *
 * Context: RCU read side, BH off.
 *
 * Return: true if so.
 */
bool vs_helper_expected(struct vs_net *vn, const struct vs_packet *pkt,
			struct vs_conn **conn, enum vs_side *from,
			enum vs_drop *why)
{
	struct vs_expect *expect = vs_expect_find(vn, &pkt->tuple);
	struct vs_tuple client, back;
	const struct vs_conn *control;

	if (!expect || (pkt->flags & VS_PACKET_TURNS) != VS_TCP_SYN ||
	    (pkt->flags & VS_TCP_ACK))
		return false;
	control = expect->conn;
	if (is_closing(control))
		return false;
	client = control->client.tuple;
	back = control->back.tuple;
	if (expect->from == VS_CLIENT) {
		client.sport = pkt->tuple.sport;
		client.dport = pkt->tuple.dport;
		back.sport = expect->port;
		back.dport = pkt->tuple.sport;
	} else {
		client.sport = expect->port;
		client.dport = pkt->tuple.sport;
		back.sport = pkt->tuple.sport;
		back.dport = pkt->tuple.dport;
	}
	*from = expect->from;
	*conn = vs_conn_expected(control, &client, &back, pkt, *from, why);
	if (*conn)
		vs_expect_done(vn, expect);
	return true;
}
