/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: what the files netlink*.c share, and no other file needs.
 */
#ifndef _VS_NETLINK_H
#define _VS_NETLINK_H

#include <net/genetlink.h>

#include "netlink-gen.h"
#include "vs.h"

/* netlink-msg.c: reading requests and writing replies */

extern struct genl_family vs_nl_family;

int vs_nl_check(const struct nlattr *head, int len,
		struct netlink_ext_ack *extack);
int vs_nl_check_info(struct genl_info *info);
int vs_nl_check_dump(struct netlink_callback *cb);
int vs_nl_change(struct genl_info *info,
		 int (*what)(struct vs_net *vn, struct nlattr **attrs,
			     struct netlink_ext_ack *extack));
int vs_nl_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		 int err, const char *why);
void vs_nl_get_u8(const struct nlattr *attr, u8 *value);
void vs_nl_get_u16(const struct nlattr *attr, u16 *value);
int vs_nl_get_protocol(const struct nlattr *attr, u8 *protocol,
		       struct netlink_ext_ack *extack);
int vs_nl_get_address(const struct nlattr *attr, u8 *family,
		      union vs_addr *addr, struct netlink_ext_ack *extack);
int vs_nl_get_port(const struct nlattr *attr, __be16 *port,
		   struct netlink_ext_ack *extack);
int vs_nl_check_unicast(const struct nlattr *attr, u8 family,
			const union vs_addr *addr,
			struct netlink_ext_ack *extack);
int vs_nl_get_key(struct nlattr **attrs, struct vs_service_key *key,
		  struct netlink_ext_ack *extack);
struct vs_service *vs_nl_find_service(const struct vs_net *vn,
				      struct nlattr **attrs,
				      struct netlink_ext_ack *extack);
int vs_nl_put_address(struct sk_buff *skb, int type, u8 family,
		      const union vs_addr *addr);
int vs_nl_put_stats(struct sk_buff *skb, int type,
		    const struct vs_stats *stats);
size_t vs_nl_stats_size(void);
struct sk_buff *vs_nl_reply_new(struct genl_info *info, u8 cmd, size_t size,
				void **hdr);

/* netlink-check.c: what a service and its servers cannot be together */

int vs_nl_check_server(const struct vs_net *vn,
		       const struct vs_service *service,
		       const struct vs_server_config *config,
		       struct nlattr **tb, struct netlink_ext_ack *extack);
int vs_nl_check_servers(const struct vs_net *vn,
			const struct vs_service *service,
			const struct vs_service_config *config,
			struct nlattr **attrs, struct netlink_ext_ack *extack);

/* The handlers in the other files are declared in netlink-gen.h. */

#endif /* _VS_NETLINK_H */
