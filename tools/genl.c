// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages to and from the kernel. The only file that knows libnl.
 *
 * libnl 3.7 knows nothing of extended acks and folds errnos, so
 * both are read here from the kernel's NLMSG_ERROR or NLMSG_DONE itself.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include <linux/vs.h>

#include "vsadm.h"

/* The kernel fills messages of a dump up to 32 KiB if we have room for them. */
#define RECEIVE_SIZE	65536
#define RECEIVE_QUEUE	(4 << 20)

struct message {
	struct nl_msg *nl;
	struct nlattr *nests[REFUSAL_DEPTH];
	unsigned int depth;
};

/* What the callbacks of one request share. */
struct exchange {
	const struct nlmsghdr *sent;
	struct refusal *why;
	reply_fn reply;
	void *data;
	bool finished;
};

static struct nl_sock *sock;
static int family;

/**
 * message_new() - start a request
 * @command: VS_CMD_*
 *
 * Return: it, to be given to genl_do(), genl_dump() or message_free().
 */
struct message *message_new(uint8_t command)
{
	struct message *msg = calloc(1, sizeof(*msg));

	if (!msg)
		die("out of memory");
	msg->nl = nlmsg_alloc();
	/* The family is filled in when it is known: at sending. */
	if (!msg->nl || !genlmsg_put(msg->nl, NL_AUTO_PORT, NL_AUTO_SEQ, 0, 0,
				     0, command, VS_FAMILY_VERSION))
		die("out of memory");
	return msg;
}

/**
 * message_free() - give up a request
 * @msg: it
 */
void message_free(struct message *msg)
{
	nlmsg_free(msg->nl);
	free(msg);
}

/**
 * message_put() - add an attribute
 * @msg: the request
 * @type: VS_A_*
 * @value: its value
 * @len: bytes at @value
 */
void message_put(struct message *msg, uint16_t type, const void *value,
		 size_t len)
{
	if (nla_put(msg->nl, type, len, value))
		die("out of memory");
}

/**
 * message_nest() - start a nest: what is added now goes into it
 * @msg: the request
 * @type: VS_A_*
 */
void message_nest(struct message *msg, uint16_t type)
{
	struct nlattr *nest = NULL;

	if (msg->depth < REFUSAL_DEPTH)
		nest = nla_nest_start(msg->nl, NLA_F_NESTED | type);
	if (!nest)
		die("out of memory");
	msg->nests[msg->depth++] = nest;
}

/**
 * message_nest_end() - end the nest that was started last
 * @msg: the request
 */
void message_nest_end(struct message *msg)
{
	nla_nest_end(msg->nl, msg->nests[--msg->depth]);
}

/**
 * attrs_next() - take an attribute off a stream
 * @attrs: the stream
 * @attr: the attribute
 *
 * Return: whether there was one.
 */
bool attrs_next(struct attrs *attrs, struct attr *attr)
{
	const struct nlattr *nla = attrs->data;
	int rest = attrs->len;

	if (!nla_ok(nla, rest))
		return false;
	attr->type = nla_type(nla);
	attr->data = nla_data(nla);
	attr->len = nla_len(nla);
	attrs->data = nla_next(nla, &rest);
	attrs->len = rest > 0 ? rest : 0;
	return true;
}

/* Which attribute of the sent message stands at offset @at, and in which. */
static void find_path(const struct nlmsghdr *sent, size_t at,
		      struct refusal *why)
{
	const char *place = (const char *)sent + at;
	struct attrs attrs = {
		.data = (const char *)sent + NLMSG_HDRLEN + GENL_HDRLEN,
		.len = sent->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN,
	};
	struct attrs left = attrs;
	struct attr attr;

	why->depth = 0;
	while (why->depth < REFUSAL_DEPTH && attrs_next(&left, &attr)) {
		const char *start = (const char *)attr.data - NLA_HDRLEN;

		if (place < start || place >= (const char *)left.data) {
			attrs = left;
			continue;
		}
		why->path[why->depth++] = attr.type;
		if (place < (const char *)attr.data)
			return;
		left = (struct attrs){ .data = attr.data, .len = attr.len };
	}
}

/* The attributes that come after an error, if the kernel has more to say. */
static void read_ext_ack(const struct nlmsghdr *hdr, size_t skip,
			 const struct exchange *exchange)
{
	struct refusal *why = exchange->why;
	struct attrs attrs = {
		.data = (const char *)hdr + NLMSG_ALIGN(skip),
	};
	bool has_offset = false;
	uint32_t offset = 0;
	struct attr attr;

	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    hdr->nlmsg_len < NLMSG_ALIGN(skip))
		return;
	attrs.len = hdr->nlmsg_len - NLMSG_ALIGN(skip);

	while (attrs_next(&attrs, &attr)) {
		switch (attr.type) {
		case NLMSGERR_ATTR_MSG:
			snprintf(why->text, sizeof(why->text), "%.*s",
				 (int)attr.len, (const char *)attr.data);
			break;
		case NLMSGERR_ATTR_OFFS:
		case NLMSGERR_ATTR_MISS_NEST:
			if (attr.len < sizeof(offset))
				break;
			memcpy(&offset, attr.data, sizeof(offset));
			has_offset = true;
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			why->missing = true;
			break;
		}
	}
	if (has_offset)
		find_path(exchange->sent, offset, why);
	if (!why->missing || why->depth == REFUSAL_DEPTH)
		return;

	/* The missing one follows the nest that it should be in, if any. */
	attrs.data = (const char *)hdr + NLMSG_ALIGN(skip);
	attrs.len = hdr->nlmsg_len - NLMSG_ALIGN(skip);
	while (attrs_next(&attrs, &attr)) {
		uint32_t type;

		if (attr.type != NLMSGERR_ATTR_MISS_TYPE ||
		    attr.len < sizeof(type))
			continue;
		memcpy(&type, attr.data, sizeof(type));
		why->path[why->depth++] = type;
		break;
	}
}

/* NLMSG_ERROR, which may be a mere ack. */
static void read_error(const struct nlmsghdr *hdr, struct exchange *exchange)
{
	const struct nlmsgerr *error = nlmsg_data(hdr);
	size_t skip = NLMSG_HDRLEN + sizeof(*error);

	exchange->finished = true;
	exchange->why->error = -error->error;
	if (!(hdr->nlmsg_flags & NLM_F_CAPPED))
		skip += error->msg.nlmsg_len - sizeof(error->msg);
	read_ext_ack(hdr, skip, exchange);
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
	(void)from;
	read_error((void *)((char *)error - NLMSG_HDRLEN), arg);
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	read_error(nlmsg_hdr(msg), arg);
	return NL_STOP;
}

/* The end of a dump: perhaps with an error, which libnl overlooks. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct exchange *exchange = arg;
	int error = 0;

	exchange->finished = true;
	if (hdr->nlmsg_len < NLMSG_HDRLEN + sizeof(error))
		return NL_STOP;
	memcpy(&error, nlmsg_data(hdr), sizeof(error));
	exchange->why->error = error < 0 ? -error : 0;
	read_ext_ack(hdr, NLMSG_HDRLEN + sizeof(error), exchange);
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct exchange *exchange = arg;
	struct genlmsghdr *genl = nlmsg_data(nlmsg_hdr(msg));
	struct attrs attrs = {
		.data = genlmsg_attrdata(genl, 0),
		.len = genlmsg_attrlen(genl, 0),
	};

	if (exchange->reply)
		exchange->reply(attrs, exchange->data);
	return NL_OK;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct exchange *exchange = arg;

	(void)msg;
	exchange->why->interrupted = true;
	return NL_OK;
}

/* A socket that has asked for extended acks, and the family. */
static bool open_socket(struct refusal *why)
{
	int one = 1;

	sock = nl_socket_alloc();
	if (!sock)
		die("out of memory");
	errno = 0;
	if (genl_connect(sock)) {
		why->error = errno ? errno : EPROTONOSUPPORT;
		return false;
	}
	nl_socket_set_msg_buf_size(sock, RECEIVE_SIZE);
	nl_socket_enable_msg_peek(sock);
	nl_socket_set_buffer_size(sock, RECEIVE_QUEUE, 0);

	family = genl_ctrl_resolve(sock, VS_FAMILY_NAME);
	if (family < 0) {
		why->error = ENOENT;
		why->not_loaded = true;
		return false;
	}
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &one,
		   sizeof(one));
	/* The request need not come back: it is still here. */
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_CAP_ACK, &one,
		   sizeof(one));
	return true;
}

/**
 * genl_close() - close what requests opened
 */
void genl_close(void)
{
	nl_socket_free(sock);
	sock = NULL;
}

static void exchange_run(struct exchange *exchange, struct nl_msg *nl)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);

	if (!cb)
		die("out of memory");
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, exchange);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, exchange);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, exchange);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, exchange);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, exchange);

	errno = 0;
	if (nl_send_auto(sock, nl) < 0)
		exchange->why->error = errno ? errno : EIO;
	while (!exchange->why->error && !exchange->finished) {
		errno = 0;
		if (nl_recvmsgs(sock, cb) < 0 && !exchange->finished)
			exchange->why->error = errno ? errno : EIO;
	}
	nl_cb_put(cb);
}

static bool request(struct message *msg, int flags, reply_fn reply, void *data,
		    struct refusal *why)
{
	struct nlmsghdr *sent = nlmsg_hdr(msg->nl);
	struct exchange exchange = {
		.sent = sent,
		.why = why,
		.reply = reply,
		.data = data,
	};

	memset(why, 0, sizeof(*why));
	if (sock || open_socket(why)) {
		sent->nlmsg_type = family;
		sent->nlmsg_flags |= NLM_F_REQUEST | flags;
		exchange_run(&exchange, msg->nl);
	}
	message_free(msg);
	if (why->error)
		genl_close();
	return !why->error;
}

/**
 * genl_do() - send a request
 * @msg: it; given up in any case
 * @reply: is called for each message of the answer; may be NULL
 * @data: for @reply
 * @why: what the kernel had to say
 *
 * Return: whether it was done.
 */
bool genl_do(struct message *msg, reply_fn reply, void *data,
	     struct refusal *why)
{
	return request(msg, NLM_F_ACK, reply, data, why);
}

/**
 * genl_dump() - ask for a list
 * @msg: the request; given up in any case
 * @reply: is called for each message of the list
 * @data: for @reply
 * @why: what the kernel had to say; if the list changed while it was read,
 *	@why->interrupted is set
 *
 * Return: whether it came to its end.
 */
bool genl_dump(struct message *msg, reply_fn reply, void *data,
	       struct refusal *why)
{
	return request(msg, NLM_F_DUMP, reply, data, why);
}
