// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: what all netlink commands share: the family, and how attributes are
 * read and written.
 *
 * The generated policies check that an attribute is known, its length and its
 * range. What they cannot say is checked here, and refused with the attribute
 * that is wrong.
 */

#include <net/addrconf.h>
#include <net/ipv6.h>

#include "netlink.h"

/* Its operations are filled in from the generated ones when it registers. */
struct genl_family vs_nl_family __ro_after_init = {
	.name		= VS_FAMILY_NAME,
	.version	= VS_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,	/* vn->lock does it for each namespace */
	.module		= THIS_MODULE,
};

/**
 * vs_nl_check() - refuse attributes that are there twice
 * @head: the first of them
 * @len: bytes of all of them
 * @extack: says which
 *
 * Netlink would silently take the last one. No request has an attribute that
 * may be repeated.
 *
 * Return: 0 or -EINVAL.
 */
int vs_nl_check(const struct nlattr *head, int len,
		struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	u32 seen = 0;
	int rem;

	BUILD_BUG_ON(VS_A_SERVICE_MAX > 31 || VS_A_SERVER_MAX > 31 ||
		     VS_A_CONN_MAX > 31 || VS_A_SETTINGS_MAX > 31);

	nla_for_each_attr(attr, head, len, rem) {
		/* The policies let nothing larger through. */
		u32 bit = BIT(nla_type(attr) & 31);

		if (seen & bit) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "given twice");
			return -EINVAL;
		}
		seen |= bit;
	}

	return 0;
}

/**
 * vs_nl_check_info() - vs_nl_check() the attributes of a request
 * @info: the request
 *
 * Return: 0 or -EINVAL.
 */
int vs_nl_check_info(struct genl_info *info)
{
	return vs_nl_check(nlmsg_attrdata(info->nlhdr, GENL_HDRLEN),
			   nlmsg_attrlen(info->nlhdr, GENL_HDRLEN),
			   info->extack);
}

/**
 * vs_nl_check_dump() - vs_nl_check() the attributes of a dump's request
 * @cb: the dump, in its start callback
 *
 * Return: 0 or -EINVAL.
 */
int vs_nl_check_dump(struct netlink_callback *cb)
{
	return vs_nl_check(nlmsg_attrdata(cb->nlh, GENL_HDRLEN),
			   nlmsg_attrlen(cb->nlh, GENL_HDRLEN), cb->extack);
}

/**
 * vs_nl_change() - do what a request asks for, under vn->lock
 * @info: the request
 * @what: does it; checks all of it before it does any of it, so that a refused
 *	request has changed nothing
 *
 * Return: 0 or -errno.
 */
int vs_nl_change(struct genl_info *info,
		 int (*what)(struct vs_net *vn, struct nlattr **attrs,
			     struct netlink_ext_ack *extack))
{
	struct vs_net *vn = vs_net(genl_info_net(info));
	int err;

	err = vs_nl_check_info(info);
	if (err)
		return err;

	mutex_lock(&vn->lock);
	err = what(vn, info->attrs, info->extack);
	mutex_unlock(&vn->lock);

	return err;
}

/**
 * vs_nl_refuse() - say what is wrong with a request
 * @extack: where it is said; older kernels have none when a dump starts
 * @attr: what is to blame
 * @err: -errno
 * @why: what is wrong with it; stays where it is
 *
 * As NL_SET_ERR_MSG_ATTR(), which takes literals only.
 *
 * Return: @err.
 */
int vs_nl_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		 int err, const char *why)
{
	if (extack) {
		extack->_msg = why;
		NL_SET_BAD_ATTR(extack, attr);
	}
	return err;
}

/**
 * vs_nl_get_u8() - read a number that may have been left out
 * @attr: where it is, or NULL
 * @value: where it goes; stays as it is if there is none
 */
void vs_nl_get_u8(const struct nlattr *attr, u8 *value)
{
	if (attr)
		*value = nla_get_u8(attr);
}

/**
 * vs_nl_get_u16() - read a number that may have been left out
 * @attr: where it is, or NULL
 * @value: where it goes; stays as it is if there is none
 */
void vs_nl_get_u16(const struct nlattr *attr, u16 *value)
{
	if (attr)
		*value = nla_get_u16(attr);
}

/**
 * vs_nl_get_protocol() - read a protocol
 * @attr: where it is
 * @protocol: where it goes
 * @extack: says what is wrong
 *
 * Return: 0 or -EPROTONOSUPPORT.
 */
int vs_nl_get_protocol(const struct nlattr *attr, u8 *protocol,
		       struct netlink_ext_ack *extack)
{
	*protocol = nla_get_u8(attr);
	if (vs_proto_find(*protocol))
		return 0;

	NL_SET_ERR_MSG_ATTR(extack, attr, "unknown protocol");
	return -EPROTONOSUPPORT;
}

/**
 * vs_nl_get_address() - read an address
 * @attr: where it is
 * @family: where its family goes
 * @addr: where it goes; bytes that an IPv4 address has not are 0
 * @extack: says what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int vs_nl_get_address(const struct nlattr *attr, u8 *family,
		      union vs_addr *addr, struct netlink_ext_ack *extack)
{
	memset(addr, 0, sizeof(*addr));

	switch (nla_len(attr)) {
	case sizeof(addr->ip):
		*family = NFPROTO_IPV4;
		addr->ip = nla_get_in_addr(attr);
		return 0;
	case sizeof(addr->in6):
		*family = NFPROTO_IPV6;
		addr->in6 = nla_get_in6_addr(attr);
		return 0;
	default:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "an address has 4 or 16 bytes");
		return -EINVAL;
	}
}

/**
 * vs_nl_get_port() - read a port
 * @attr: where it is
 * @port: where it goes
 * @extack: says what is wrong
 *
 * Return: 0 or -EINVAL if it is 0.
 */
int vs_nl_get_port(const struct nlattr *attr, __be16 *port,
		   struct netlink_ext_ack *extack)
{
	*port = nla_get_be16(attr);
	if (*port)
		return 0;

	NL_SET_ERR_MSG_ATTR(extack, attr, "the port is 0");
	return -EINVAL;
}

/* What is wrong with an address that no packet could be sent to, or NULL. */
static const char *why_not_unicast(u8 family, const union vs_addr *addr)
{
	if (family == NFPROTO_IPV4) {
		if (ipv4_is_zeronet(addr->ip))
			return "the address is unspecified";
		if (ipv4_is_loopback(addr->ip))
			return "the address is a loopback address";
		if (ipv4_is_multicast(addr->ip))
			return "the address is a multicast address";
		if (ipv4_is_lbcast(addr->ip))
			return "the address is the broadcast address";
		return NULL;
	}

	if (ipv6_addr_any(&addr->in6))
		return "the address is unspecified";
	if (ipv6_addr_loopback(&addr->in6))
		return "the address is a loopback address";
	if (ipv6_addr_is_multicast(&addr->in6))
		return "the address is a multicast address";
	if (ipv6_addr_v4mapped(&addr->in6))
		return "the address is an IPv4 address mapped to IPv6";
	if (ipv6_addr_type(&addr->in6) & IPV6_ADDR_LINKLOCAL)
		return "the address is link-local";
	return NULL;
}

/**
 * vs_nl_check_unicast() - refuse addresses that no service or server can have
 * @attr: where the address was
 * @family: its family
 * @addr: the address
 * @extack: says what is wrong
 *
 * Loopback addresses are refused because they do not leave the host that has
 * them: a packet to a server there would be a martian, and so would the
 * packets that a client sends to a service there and vs forwards. Link-local
 * ones are because a service or server does not name a link.
 *
 * Return: 0 or -EINVAL.
 */
int vs_nl_check_unicast(const struct nlattr *attr, u8 family,
			const union vs_addr *addr,
			struct netlink_ext_ack *extack)
{
	const char *why = why_not_unicast(family, addr);

	return why ? vs_nl_refuse(extack, attr, -EINVAL, why) : 0;
}

/**
 * vs_nl_get_key() - read what names a service
 * @attrs: the request's attributes
 * @key: where it goes
 * @extack: says what is wrong or missing
 *
 * Return: 0 or -errno.
 */
int vs_nl_get_key(struct nlattr **attrs, struct vs_service_key *key,
		  struct netlink_ext_ack *extack)
{
	int err;

	if (NL_REQ_ATTR_CHECK(extack, NULL, attrs, VS_A_SERVICE_PROTOCOL) ||
	    NL_REQ_ATTR_CHECK(extack, NULL, attrs, VS_A_SERVICE_ADDRESS) ||
	    NL_REQ_ATTR_CHECK(extack, NULL, attrs, VS_A_SERVICE_PORT))
		return -EINVAL;

	memset(key, 0, sizeof(*key));
	err = vs_nl_get_protocol(attrs[VS_A_SERVICE_PROTOCOL], &key->protocol,
				 extack);
	if (err)
		return err;
	err = vs_nl_get_address(attrs[VS_A_SERVICE_ADDRESS], &key->family,
				&key->addr, extack);
	if (err)
		return err;
	return vs_nl_get_port(attrs[VS_A_SERVICE_PORT], &key->port, extack);
}

/**
 * vs_nl_find_service() - find the service that a request names
 * @vn: the namespace
 * @attrs: the request's attributes
 * @extack: says what is wrong or missing
 *
 * Context: vn->lock is held.
 * Return: the service or an ERR_PTR().
 */
struct vs_service *vs_nl_find_service(const struct vs_net *vn,
				      struct nlattr **attrs,
				      struct netlink_ext_ack *extack)
{
	struct vs_service *service;
	struct vs_service_key key;
	int err;

	lockdep_assert_held(&vn->lock);

	err = vs_nl_get_key(attrs, &key, extack);
	if (err)
		return ERR_PTR(err);

	service = vs_service_find(vn, &key);
	if (service)
		return service;

	NL_SET_ERR_MSG_ATTR(extack, attrs[VS_A_SERVICE_ADDRESS],
			    "no such service");
	return ERR_PTR(-ENOENT);
}

/**
 * vs_nl_put_address() - write an address
 * @skb: the message
 * @type: the attribute
 * @family: of the address
 * @addr: the address
 *
 * Return: 0 or -EMSGSIZE.
 */
int vs_nl_put_address(struct sk_buff *skb, int type, u8 family,
		      const union vs_addr *addr)
{
	if (family == NFPROTO_IPV4)
		return nla_put_in_addr(skb, type, addr->ip);
	return nla_put_in6_addr(skb, type, &addr->in6);
}

/**
 * vs_nl_put_stats() - write a nest of counters
 * @skb: the message
 * @type: the attribute
 * @stats: the counters
 *
 * Return: 0 or -EMSGSIZE.
 */
int vs_nl_put_stats(struct sk_buff *skb, int type,
		    const struct vs_stats *stats)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest)
		return -EMSGSIZE;

	if (nla_put_u64_64bit(skb, VS_A_STATS_CONNS, stats->conns,
			      VS_A_STATS_PAD) ||
	    nla_put_u64_64bit(skb, VS_A_STATS_IN_PACKETS, stats->in_packets,
			      VS_A_STATS_PAD) ||
	    nla_put_u64_64bit(skb, VS_A_STATS_IN_BYTES, stats->in_bytes,
			      VS_A_STATS_PAD) ||
	    nla_put_u64_64bit(skb, VS_A_STATS_OUT_PACKETS, stats->out_packets,
			      VS_A_STATS_PAD) ||
	    nla_put_u64_64bit(skb, VS_A_STATS_OUT_BYTES, stats->out_bytes,
			      VS_A_STATS_PAD)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}

	nla_nest_end(skb, nest);
	return 0;
}

/**
 * vs_nl_stats_size() - room that vs_nl_put_stats() takes
 *
 * Return: bytes.
 */
size_t vs_nl_stats_size(void)
{
	return nla_total_size(5 * nla_total_size_64bit(sizeof(u64)));
}

/**
 * vs_nl_reply_new() - begin the reply to a request
 * @info: the request
 * @cmd: the reply's command
 * @size: room for the attributes
 * @hdr: where the header goes, for genlmsg_end()
 *
 * Return: the reply or NULL.
 */
struct sk_buff *vs_nl_reply_new(struct genl_info *info, u8 cmd, size_t size,
				void **hdr)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);

	if (!skb)
		return NULL;

	*hdr = genlmsg_put_reply(skb, info, &vs_nl_family, 0, cmd);
	if (*hdr)
		return skb;

	nlmsg_free(skb);
	return NULL;
}
