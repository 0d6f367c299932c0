// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vs.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink-gen.h"

#include <uapi/linux/vs.h>

/* Common nested types */
const struct nla_policy vs_server_nl_policy[VS_A_SERVER_TUNNEL_SOURCE + 1] = {
	[VS_A_SERVER_ADDRESS] = { .type = NLA_BINARY, },
	[VS_A_SERVER_PORT] = { .type = NLA_U16, },
	[VS_A_SERVER_METHOD] = NLA_POLICY_MAX(NLA_U8, 4),
	[VS_A_SERVER_WEIGHT] = { .type = NLA_U16, },
	[VS_A_SERVER_STATE] = NLA_POLICY_MAX(NLA_U8, 2),
	[VS_A_SERVER_ACTIVE_CONNS] = { .type = NLA_U32, },
	[VS_A_SERVER_INACTIVE_CONNS] = { .type = NLA_U32, },
	[VS_A_SERVER_STATS] = NLA_POLICY_NESTED(vs_stats_nl_policy),
	[VS_A_SERVER_TUNNEL_TYPE] = NLA_POLICY_MAX(NLA_U8, 2),
	[VS_A_SERVER_TUNNEL_PORT] = { .type = NLA_U16, },
	[VS_A_SERVER_TUNNEL_CHECKSUM] = NLA_POLICY_MAX(NLA_U8, 1),
	[VS_A_SERVER_TUNNEL_SOURCE] = { .type = NLA_BINARY, },
};

const struct nla_policy vs_stats_nl_policy[VS_A_STATS_OUT_BYTES + 1] = {
	[VS_A_STATS_CONNS] = { .type = NLA_U64, },
	[VS_A_STATS_IN_PACKETS] = { .type = NLA_U64, },
	[VS_A_STATS_IN_BYTES] = { .type = NLA_U64, },
	[VS_A_STATS_OUT_PACKETS] = { .type = NLA_U64, },
	[VS_A_STATS_OUT_BYTES] = { .type = NLA_U64, },
};

/* VS_CMD_SERVICE_NEW - do */
static const struct nla_policy vs_service_new_nl_policy[VS_A_SERVICE_HELPER + 1] = {
	[VS_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[VS_A_SERVICE_ADDRESS] = { .type = NLA_BINARY, },
	[VS_A_SERVICE_PORT] = { .type = NLA_U16, },
	[VS_A_SERVICE_SCHEDULER] = { .type = NLA_NUL_STRING, .len = 15, },
	[VS_A_SERVICE_HASH] = NLA_POLICY_MAX(NLA_U8, 1),
	[VS_A_SERVICE_TABLE_SIZE] = { .type = NLA_U32, },
	[VS_A_SERVICE_PATH] = NLA_POLICY_MAX(NLA_U8, 1),
	[VS_A_SERVICE_SLOPPY] = NLA_POLICY_MAX(NLA_U8, 1),
	[VS_A_SERVICE_SOURCE_POOL] = { .type = NLA_BINARY, },
	[VS_A_SERVICE_TIMEOUT_OPENING] = { .type = NLA_U16, },
	[VS_A_SERVICE_TIMEOUT_ESTABLISHED] = { .type = NLA_U16, },
	[VS_A_SERVICE_TIMEOUT_CLOSING] = { .type = NLA_U16, },
	[VS_A_SERVICE_TIMEOUT_CLOSED] = { .type = NLA_U16, },
	[VS_A_SERVICE_ESTABLISHED_BY] = NLA_POLICY_MAX(NLA_U8, 1),
	[VS_A_SERVICE_UDP_RESELECT] = NLA_POLICY_MAX(NLA_U8, 2),
	[VS_A_SERVICE_ONE_PACKET] = NLA_POLICY_MAX(NLA_U8, 1),
	[VS_A_SERVICE_MSS_CLAMP] = NLA_POLICY_MAX(NLA_U8, 1),
	[VS_A_SERVICE_ECHO] = NLA_POLICY_MAX(NLA_U8, 1),
	[VS_A_SERVICE_HELPER] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* VS_CMD_SERVICE_SET - do */
static const struct nla_policy vs_service_set_nl_policy[VS_A_SERVICE_HELPER + 1] = {
	[VS_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[VS_A_SERVICE_ADDRESS] = { .type = NLA_BINARY, },
	[VS_A_SERVICE_PORT] = { .type = NLA_U16, },
	[VS_A_SERVICE_SCHEDULER] = { .type = NLA_NUL_STRING, .len = 15, },
	[VS_A_SERVICE_HASH] = NLA_POLICY_MAX(NLA_U8, 1),
	[VS_A_SERVICE_TABLE_SIZE] = { .type = NLA_U32, },
	[VS_A_SERVICE_PATH] = NLA_POLICY_MAX(NLA_U8, 1),
	[VS_A_SERVICE_SLOPPY] = NLA_POLICY_MAX(NLA_U8, 1),
	[VS_A_SERVICE_SOURCE_POOL] = { .type = NLA_BINARY, },
	[VS_A_SERVICE_TIMEOUT_OPENING] = { .type = NLA_U16, },
	[VS_A_SERVICE_TIMEOUT_ESTABLISHED] = { .type = NLA_U16, },
	[VS_A_SERVICE_TIMEOUT_CLOSING] = { .type = NLA_U16, },
	[VS_A_SERVICE_TIMEOUT_CLOSED] = { .type = NLA_U16, },
	[VS_A_SERVICE_ESTABLISHED_BY] = NLA_POLICY_MAX(NLA_U8, 1),
	[VS_A_SERVICE_UDP_RESELECT] = NLA_POLICY_MAX(NLA_U8, 2),
	[VS_A_SERVICE_ONE_PACKET] = NLA_POLICY_MAX(NLA_U8, 1),
	[VS_A_SERVICE_MSS_CLAMP] = NLA_POLICY_MAX(NLA_U8, 1),
	[VS_A_SERVICE_ECHO] = NLA_POLICY_MAX(NLA_U8, 1),
	[VS_A_SERVICE_HELPER] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* VS_CMD_SERVICE_DEL - do */
static const struct nla_policy vs_service_del_nl_policy[VS_A_SERVICE_PORT + 1] = {
	[VS_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[VS_A_SERVICE_ADDRESS] = { .type = NLA_BINARY, },
	[VS_A_SERVICE_PORT] = { .type = NLA_U16, },
};

/* VS_CMD_SERVICE_GET - do */
static const struct nla_policy vs_service_get_do_nl_policy[VS_A_SERVICE_PORT + 1] = {
	[VS_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[VS_A_SERVICE_ADDRESS] = { .type = NLA_BINARY, },
	[VS_A_SERVICE_PORT] = { .type = NLA_U16, },
};

/* VS_CMD_SERVICE_GET - dump */
static const struct nla_policy vs_service_get_dump_nl_policy[VS_A_SERVICE_PORT + 1] = {
	[VS_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[VS_A_SERVICE_ADDRESS] = { .type = NLA_BINARY, },
	[VS_A_SERVICE_PORT] = { .type = NLA_U16, },
};

/* VS_CMD_SERVER_NEW - do */
static const struct nla_policy vs_server_new_nl_policy[VS_A_SERVICE_SERVER + 1] = {
	[VS_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[VS_A_SERVICE_ADDRESS] = { .type = NLA_BINARY, },
	[VS_A_SERVICE_PORT] = { .type = NLA_U16, },
	[VS_A_SERVICE_SERVER] = NLA_POLICY_NESTED(vs_server_nl_policy),
};

/* VS_CMD_SERVER_SET - do */
static const struct nla_policy vs_server_set_nl_policy[VS_A_SERVICE_SERVER + 1] = {
	[VS_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[VS_A_SERVICE_ADDRESS] = { .type = NLA_BINARY, },
	[VS_A_SERVICE_PORT] = { .type = NLA_U16, },
	[VS_A_SERVICE_SERVER] = NLA_POLICY_NESTED(vs_server_nl_policy),
};

/* VS_CMD_SERVER_DEL - do */
static const struct nla_policy vs_server_del_nl_policy[VS_A_SERVICE_SERVER + 1] = {
	[VS_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[VS_A_SERVICE_ADDRESS] = { .type = NLA_BINARY, },
	[VS_A_SERVICE_PORT] = { .type = NLA_U16, },
	[VS_A_SERVICE_SERVER] = NLA_POLICY_NESTED(vs_server_nl_policy),
};

/* VS_CMD_CONN_GET - dump */
static const struct nla_policy vs_conn_get_nl_policy[VS_A_CONN_STATE + 1] = {
	[VS_A_CONN_PROTOCOL] = { .type = NLA_U8, },
	[VS_A_CONN_CLIENT_ADDRESS] = { .type = NLA_BINARY, },
	[VS_A_CONN_CLIENT_PORT] = { .type = NLA_U16, },
	[VS_A_CONN_SERVICE_ADDRESS] = { .type = NLA_BINARY, },
	[VS_A_CONN_SERVICE_PORT] = { .type = NLA_U16, },
	[VS_A_CONN_SERVER_ADDRESS] = { .type = NLA_BINARY, },
	[VS_A_CONN_SERVER_PORT] = { .type = NLA_U16, },
	[VS_A_CONN_STATE] = NLA_POLICY_MAX(NLA_U8, 11),
};

/* VS_CMD_SETTINGS_SET - do */
static const struct nla_policy vs_settings_set_nl_policy[VS_A_SETTINGS_CONNS_MAX + 1] = {
	[VS_A_SETTINGS_CONNS_MAX] = { .type = NLA_U32, },
};

/* Ops table for vs */
const struct genl_split_ops vs_nl_ops[13] = {
	{
		.cmd		= VS_CMD_SERVICE_NEW,
		.doit		= vs_nl_service_new_doit,
		.policy		= vs_service_new_nl_policy,
		.maxattr	= VS_A_SERVICE_HELPER,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= VS_CMD_SERVICE_SET,
		.doit		= vs_nl_service_set_doit,
		.policy		= vs_service_set_nl_policy,
		.maxattr	= VS_A_SERVICE_HELPER,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= VS_CMD_SERVICE_DEL,
		.doit		= vs_nl_service_del_doit,
		.policy		= vs_service_del_nl_policy,
		.maxattr	= VS_A_SERVICE_PORT,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= VS_CMD_SERVICE_GET,
		.doit		= vs_nl_service_get_doit,
		.policy		= vs_service_get_do_nl_policy,
		.maxattr	= VS_A_SERVICE_PORT,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= VS_CMD_SERVICE_GET,
		.start		= vs_nl_service_get_start,
		.dumpit		= vs_nl_service_get_dumpit,
		.policy		= vs_service_get_dump_nl_policy,
		.maxattr	= VS_A_SERVICE_PORT,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= VS_CMD_SERVER_NEW,
		.doit		= vs_nl_server_new_doit,
		.policy		= vs_server_new_nl_policy,
		.maxattr	= VS_A_SERVICE_SERVER,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= VS_CMD_SERVER_SET,
		.doit		= vs_nl_server_set_doit,
		.policy		= vs_server_set_nl_policy,
		.maxattr	= VS_A_SERVICE_SERVER,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= VS_CMD_SERVER_DEL,
		.doit		= vs_nl_server_del_doit,
		.policy		= vs_server_del_nl_policy,
		.maxattr	= VS_A_SERVICE_SERVER,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= VS_CMD_FLUSH,
		.doit	= vs_nl_flush_doit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= VS_CMD_CONN_GET,
		.start		= vs_nl_conn_get_start,
		.dumpit		= vs_nl_conn_get_dumpit,
		.done		= vs_nl_conn_get_done,
		.policy		= vs_conn_get_nl_policy,
		.maxattr	= VS_A_CONN_STATE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd	= VS_CMD_STATS_GET,
		.doit	= vs_nl_stats_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= VS_CMD_SETTINGS_GET,
		.doit	= vs_nl_settings_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= VS_CMD_SETTINGS_SET,
		.doit		= vs_nl_settings_set_doit,
		.policy		= vs_settings_set_nl_policy,
		.maxattr	= VS_A_SETTINGS_CONNS_MAX,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
};
