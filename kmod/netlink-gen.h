/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vs.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_VS_GEN_H
#define _LINUX_VS_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/vs.h>

/* Common nested types */
extern const struct nla_policy vs_server_nl_policy[VS_A_SERVER_TUNNEL_SOURCE + 1];
extern const struct nla_policy vs_stats_nl_policy[VS_A_STATS_OUT_BYTES + 1];

/* Ops table for vs */
extern const struct genl_split_ops vs_nl_ops[13];

int vs_nl_service_get_start(struct netlink_callback *cb);
int vs_nl_conn_get_start(struct netlink_callback *cb);
int vs_nl_conn_get_done(struct netlink_callback *cb);

int vs_nl_service_new_doit(struct sk_buff *skb, struct genl_info *info);
int vs_nl_service_set_doit(struct sk_buff *skb, struct genl_info *info);
int vs_nl_service_del_doit(struct sk_buff *skb, struct genl_info *info);
int vs_nl_service_get_doit(struct sk_buff *skb, struct genl_info *info);
int vs_nl_service_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int vs_nl_server_new_doit(struct sk_buff *skb, struct genl_info *info);
int vs_nl_server_set_doit(struct sk_buff *skb, struct genl_info *info);
int vs_nl_server_del_doit(struct sk_buff *skb, struct genl_info *info);
int vs_nl_flush_doit(struct sk_buff *skb, struct genl_info *info);
int vs_nl_conn_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int vs_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int vs_nl_settings_get_doit(struct sk_buff *skb, struct genl_info *info);
int vs_nl_settings_set_doit(struct sk_buff *skb, struct genl_info *info);

#endif /* _LINUX_VS_GEN_H */
