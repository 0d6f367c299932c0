// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: the dump of conns.
 *
 * It walks the table while packets change it. A conn that is there all the
 * time is shown once; if that may not hold, because the table was resized or
 * the node at which the walk paused is gone, the dump says NLM_F_DUMP_INTR.
 */

#include <net/ipv6.h>

#include "netlink.h"

/* The ends of a conn, in the order of their attributes. */
enum {
	END_CLIENT,
	END_SERVICE,
	END_SERVER,
	ENDS,
};

#define END_ADDRESS(end)	(VS_A_CONN_CLIENT_ADDRESS + 2 * (end))
#define END_PORT(end)		(VS_A_CONN_CLIENT_PORT + 2 * (end))

/* Nodes that a walk passes in one go. */
#define WALK_BUDGET		4096

struct conn_end {
	union vs_addr addr;
	__be16 port;
	u8 family;
};

/**
 * struct conn_filter - which conns are wanted
 * @given: bit for each VS_A_CONN_* that they must have
 * @ends: addresses and ports
 * @protocol: IPPROTO_*
 * @state: enum vs_conn_state
 */
struct conn_filter {
	u32 given;
	struct conn_end ends[ENDS];
	u8 protocol;
	u8 state;
};

/**
 * struct conn_dump - a dump under way
 * @filter: which conns
 * @walk: where it is
 * @walking: there is a table to walk
 * @paused: the node at which it paused; only compared
 */
struct conn_dump {
	struct conn_filter filter;
	struct rhashtable_iter walk;
	bool walking;
	const struct vs_conn_node *paused;
};

static int parse_end(struct conn_filter *filter, int end,
		     struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	const struct nlattr *addr = attrs[END_ADDRESS(end)];
	const struct nlattr *port = attrs[END_PORT(end)];
	struct conn_end *want = &filter->ends[end];
	int err;

	if (addr) {
		err = vs_nl_get_address(addr, &want->family, &want->addr,
					extack);
		if (err)
			return err;
		/* A server may be of another family, behind a tunnel. */
		if (end == END_SERVICE && filter->ends[END_CLIENT].family &&
		    filter->ends[END_CLIENT].family != want->family)
			return vs_nl_refuse(extack, addr, -EAFNOSUPPORT,
					    "not of the client's address family");
		filter->given |= BIT(END_ADDRESS(end));
	}

	if (port) {
		err = vs_nl_get_port(port, &want->port, extack);
		if (err)
			return err;
		filter->given |= BIT(END_PORT(end));
	}

	return 0;
}

static int parse_filter(struct conn_filter *filter, struct nlattr **attrs,
			struct netlink_ext_ack *extack)
{
	int end, err;

	if (attrs[VS_A_CONN_PROTOCOL]) {
		err = vs_nl_get_protocol(attrs[VS_A_CONN_PROTOCOL],
					 &filter->protocol, extack);
		if (err)
			return err;
		filter->given |= BIT(VS_A_CONN_PROTOCOL);
	}

	if (attrs[VS_A_CONN_STATE]) {
		filter->state = nla_get_u8(attrs[VS_A_CONN_STATE]);
		filter->given |= BIT(VS_A_CONN_STATE);
	}

	for (end = 0; end < ENDS; end++) {
		err = parse_end(filter, end, attrs, extack);
		if (err)
			return err;
	}

	return 0;
}

static bool same_address(const struct conn_end *a, const struct conn_end *b)
{
	if (a->family != b->family)
		return false;
	if (a->family == NFPROTO_IPV4)
		return a->addr.ip == b->addr.ip;
	return ipv6_addr_equal(&a->addr.in6, &b->addr.in6);
}

static void conn_ends(const struct vs_conn *conn, struct conn_end *ends)
{
	const struct vs_tuple *client = &conn->client.tuple;
	const struct vs_server *server = conn->client.server;
	const struct vs_tuple *back = &conn->back.tuple;

	ends[END_CLIENT] = (struct conn_end){
		client->src, client->sport, client->family
	};
	ends[END_SERVICE] = (struct conn_end){
		client->dst, client->dport, client->family
	};
	if (conn->client.flags & VS_NODE_ONE_WAY)
		ends[END_SERVER] = (struct conn_end){
			server->addr, server->port, server->family
		};
	else
		ends[END_SERVER] = (struct conn_end){
			back->src, back->sport, back->family
		};
}

static bool wanted(const struct conn_filter *filter, const struct vs_conn *conn)
{
	const struct vs_tuple *client = &conn->client.tuple;
	struct conn_end ends[ENDS];
	int end;

	if (!filter->given)
		return true;
	if (filter->given & BIT(VS_A_CONN_PROTOCOL) &&
	    filter->protocol != client->protocol)
		return false;
	if (filter->given & BIT(VS_A_CONN_STATE) &&
	    filter->state != READ_ONCE(conn->client.proto).state)
		return false;

	conn_ends(conn, ends);
	for (end = 0; end < ENDS; end++) {
		const struct conn_end *want = &filter->ends[end];

		if (filter->given & BIT(END_ADDRESS(end)) &&
		    !same_address(want, &ends[end]))
			return false;
		if (filter->given & BIT(END_PORT(end)) &&
		    want->port != ends[end].port)
			return false;
	}

	return true;
}

/* What the server sees as the client, where it is not the client. */
static int fill_source(struct sk_buff *skb, const struct vs_conn *conn)
{
	const struct vs_tuple *back = &conn->back.tuple;

	if (!(conn->client.flags & VS_NODE_BOTH))
		return 0;
	return vs_nl_put_address(skb, VS_A_CONN_SOURCE_ADDRESS, back->family,
				 &back->dst) ?:
	       nla_put_be16(skb, VS_A_CONN_SOURCE_PORT, back->dport);
}

static int fill_conn(struct sk_buff *skb, const struct vs_conn *conn)
{
	u32 timeout = READ_ONCE(conn->client.timeout) * HZ;
	struct vs_proto_state proto = READ_ONCE(conn->client.proto);
	const struct vs_tuple *client = &conn->client.tuple;
	u32 idle = vs_conn_idle(conn);
	u32 left = idle < timeout ? timeout - idle : 0;
	u8 path = READ_ONCE(conn->client.flags) & VS_NODE_STACK ?
		  VS_PATH_STACK : VS_PATH_DIRECT;
	struct conn_end ends[ENDS];
	int end;

	if (nla_put_u8(skb, VS_A_CONN_PROTOCOL, client->protocol))
		return -EMSGSIZE;

	conn_ends(conn, ends);
	for (end = 0; end < ENDS; end++) {
		if (vs_nl_put_address(skb, END_ADDRESS(end), ends[end].family,
				      &ends[end].addr) ||
		    nla_put_be16(skb, END_PORT(end), ends[end].port))
			return -EMSGSIZE;
	}

	if (nla_put_u8(skb, VS_A_CONN_METHOD, conn->client.server->method) ||
	    nla_put_u8(skb, VS_A_CONN_PATH, path) ||
	    nla_put_u8(skb, VS_A_CONN_STATE, proto.state) ||
	    nla_put_u64_64bit(skb, VS_A_CONN_IDLE, jiffies_to_msecs(idle),
			      VS_A_CONN_PAD) ||
	    nla_put_u64_64bit(skb, VS_A_CONN_EXPIRES, jiffies_to_msecs(left),
			      VS_A_CONN_PAD))
		return -EMSGSIZE;

	return fill_source(skb, conn);
}

static int dump_conn(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct vs_conn *conn)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &vs_nl_family, NLM_F_MULTI,
				VS_CMD_CONN_GET);

	if (!hdr)
		return -EMSGSIZE;

	genl_dump_check_consistent(cb, hdr);
	if (fill_conn(skb, conn)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}

	genlmsg_end(skb, hdr);
	return 0;
}

/* What to show of a node that the walk came to, or NULL: a conn has two. */
static const struct vs_conn *conn_of(const struct conn_filter *filter,
				     const struct vs_conn_node *node)
{
	const struct vs_conn *conn;

	if (node->tuple.side != VS_CLIENT)
		return NULL;

	conn = container_of(node, struct vs_conn, client);
	if (test_bit(VS_CONN_DEAD, &conn->flags) || !wanted(filter, conn))
		return NULL;

	return conn;
}

/**
 * vs_nl_conn_get_start() - begin a dump of conns
 * @cb: the dump
 *
 * Return: 0 or -errno.
 */
int vs_nl_conn_get_start(struct netlink_callback *cb)
{
	struct vs_net *vn = vs_net(sock_net(cb->skb->sk));
	struct conn_dump *dump;
	int err;

	err = vs_nl_check_dump(cb);
	if (err)
		return err;

	dump = kzalloc(sizeof(*dump), GFP_KERNEL);
	if (!dump)
		return -ENOMEM;

	err = parse_filter(&dump->filter, vs_compat_dump_attrs(cb),
			   cb->extack);
	if (err) {
		kfree(dump);
		return err;
	}

	mutex_lock(&vn->lock);
	dump->walking = vn->table;
	mutex_unlock(&vn->lock);
	if (dump->walking)
		rhashtable_walk_enter(vn->table, &dump->walk);
	cb->args[0] = (long)dump;
	cb->seq = 1;
	return 0;
}

/* Walk on until a conn does not fit, or for a while, as other tasks want to
 * run. Returns whether there is more to walk and room for it.
 */
static bool walk_on(struct sk_buff *skb, struct netlink_callback *cb,
		    struct conn_dump *dump)
{
	struct rhashtable_iter *iter = &dump->walk;
	const struct vs_conn_node *node;
	const struct vs_conn *conn;
	int budget = WALK_BUDGET;
	bool more = false;

	if (rhashtable_walk_start_check(iter))
		cb->seq++;

	node = rhashtable_walk_peek(iter);
	if (dump->paused && node != dump->paused)
		cb->seq++;
	dump->paused = NULL;

	for (; node; node = rhashtable_walk_next(iter)) {
		if (IS_ERR(node)) {
			cb->seq++;
			continue;
		}

		more = !budget--;
		conn = conn_of(&dump->filter, node);
		if (more || (conn && dump_conn(skb, cb, conn))) {
			dump->paused = node;
			break;
		}
	}

	rhashtable_walk_stop(iter);
	return more;
}

/**
 * vs_nl_conn_get_dumpit() - go on with a dump of conns
 * @skb: the message to fill
 * @cb: the dump
 *
 * Return: length of @skb, 0 when all conns were shown.
 */
int vs_nl_conn_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct conn_dump *dump = (struct conn_dump *)cb->args[0];

	while (dump->walking && walk_on(skb, cb, dump))
		cond_resched();

	return skb->len;
}

/**
 * vs_nl_conn_get_done() - end a dump of conns
 * @cb: the dump
 *
 * Return: 0.
 */
int vs_nl_conn_get_done(struct netlink_callback *cb)
{
	struct conn_dump *dump = (struct conn_dump *)cb->args[0];

	if (dump->walking)
		rhashtable_walk_exit(&dump->walk);
	kfree(dump);
	return 0;
}
