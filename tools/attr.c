// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of all attributes. Reading words, writing text and JSON, help, and
 * the word in front of an error all follow from it: a new attribute is a row.
 */
#include <errno.h>
#include <string.h>

#include <linux/vs.h>

#include "attr.h"

static const char *row_word(const struct row *row)
{
	return row->word ? row->word : row->key;
}

/* Kinds: sets of others */

static void print_nest(const struct row *row, const char *word,
		       const struct attr *attr)
{
	const struct attrs attrs = { .data = attr->data, .len = attr->len };

	if (row->flags & APART) {
		print_table();
		print_line(0);
		print_label(word);
	}
	print_object(row->key);
	attr_print(row->nest, attrs);
	print_object_end();
}

static const struct kind kind_nest = { .print = print_nest };
static const struct kind kind_list = { };

/* The table */

static const char *const on_off[] = { "off", "on", NULL };

static const char *const paths[] = {
	[VS_PATH_DIRECT] = "direct",
	[VS_PATH_STACK] = "stack",
	NULL
};

static const char *const hashes[] = {
	[VS_HASH_ADDR] = "addr",
	[VS_HASH_ADDR_PORT] = "addr-port",
	NULL
};

static const char *const methods[] = {
	[VS_METHOD_NAT] = "nat",
	[VS_METHOD_DR] = "dr",
	[VS_METHOD_TUNNEL] = "tunnel",
	[VS_METHOD_FULLNAT] = "fullnat",
	[VS_METHOD_LOCAL] = "local",
	NULL
};

static const char *const tunnel_types[] = {
	[VS_TUNNEL_TYPE_IPIP] = "ipip",
	[VS_TUNNEL_TYPE_GRE] = "gre",
	[VS_TUNNEL_TYPE_GUE] = "gue",
	NULL
};

static const char *const established_bys[] = {
	[VS_ESTABLISHED_BY_REPLY] = "reply",
	[VS_ESTABLISHED_BY_REQUEST] = "request",
	NULL
};

static const char *const udp_reselects[] = {
	[VS_UDP_RESELECT_GONE] = "gone",
	[VS_UDP_RESELECT_DRAIN] = "drain",
	[VS_UDP_RESELECT_NEVER] = "never",
	NULL
};

static const char *const helpers[] = {
	[VS_HELPER_NONE] = "none",
	[VS_HELPER_FTP] = "ftp",
	NULL
};

static const char *const server_states[] = {
	[VS_SERVER_STATE_UP] = "up",
	[VS_SERVER_STATE_DRAIN] = "drain",
	[VS_SERVER_STATE_DOWN] = "down",
	NULL
};

static const char *const conn_states[] = {
	[VS_CONN_STATE_NONE] = "none",
	[VS_CONN_STATE_SYN_SENT] = "syn-sent",
	[VS_CONN_STATE_SYN_RECV] = "syn-recv",
	[VS_CONN_STATE_ESTABLISHED] = "established",
	[VS_CONN_STATE_FIN_WAIT] = "fin-wait",
	[VS_CONN_STATE_TIME_WAIT] = "time-wait",
	[VS_CONN_STATE_CLOSE] = "close",
	[VS_CONN_STATE_UNREPLIED] = "unreplied",
	[VS_CONN_STATE_COOKIE_WAIT] = "cookie-wait",
	[VS_CONN_STATE_COOKIE_ECHOED] = "cookie-echoed",
	[VS_CONN_STATE_SHUTDOWN] = "shutdown",
	[VS_CONN_STATE_SHUTDOWN_ACK] = "shutdown-ack",
	NULL
};

static const struct attr_set stats_attrs = {
	.rows = (const struct row[]) {
		{ VS_A_STATS_CONNS, "conns", .kind = &kind_u64 },
		{ VS_A_STATS_IN_PACKETS, "in-packets", .kind = &kind_u64 },
		{ VS_A_STATS_IN_BYTES, "in-bytes", .kind = &kind_u64 },
		{ VS_A_STATS_OUT_PACKETS, "out-packets", .kind = &kind_u64 },
		{ VS_A_STATS_OUT_BYTES, "out-bytes", .kind = &kind_u64 },
		{ }
	},
};

const struct attr_set server_attrs = {
	.prefix = "server ",
	.indent = 2,
	.rows = (const struct row[]) {
		{ VS_A_SERVER_ADDRESS, "address", .kind = &kind_address,
		  .flags = KEY },
		{ VS_A_SERVER_PORT, "port", .kind = &kind_port, .flags = KEY },
		{ VS_A_SERVER_METHOD, "method", .kind = &kind_name,
		  .names = methods, .flags = WORD,
		  .help = "how packets reach it" },
		{ VS_A_SERVER_TUNNEL_TYPE, "tunnel-type", "type",
		  .kind = &kind_name, .names = tunnel_types, .flags = WORD,
		  .help = "what method tunnel puts them into" },
		{ VS_A_SERVER_TUNNEL_PORT, "tunnel-port", "port",
		  .kind = &kind_tunnel_port, .flags = WORD,
		  .help = "where type gue sends to; 6080 at first" },
		{ VS_A_SERVER_TUNNEL_CHECKSUM, "tunnel-checksum", "checksum",
		  .kind = &kind_switch, .names = on_off, .flags = WORD,
		  .help = "a checksum of type gre and gue; off at first" },
		{ VS_A_SERVER_TUNNEL_SOURCE, "tunnel-source", "source",
		  .kind = &kind_host, .flags = WORD,
		  .help = "the tunnel's source; the route's at first" },
		{ VS_A_SERVER_WEIGHT, "weight", .kind = &kind_u16,
		  .flags = WORD,
		  .help = "its share of new conns, 0 for none; 1 at first" },
		{ VS_A_SERVER_STATE, "state", .kind = &kind_name,
		  .names = server_states, .flags = WORD,
		  .help = "what it is given; up at first" },
		{ VS_A_SERVER_ACTIVE_CONNS, "active-conns", "active",
		  .kind = &kind_u32 },
		{ VS_A_SERVER_INACTIVE_CONNS, "inactive-conns", "inactive",
		  .kind = &kind_u32 },
		{ VS_A_SERVER_STATS, "stats", .kind = &kind_nest,
		  .nest = &stats_attrs, .flags = COUNTER },
		{ }
	},
};

const struct attr_set service_attrs = {
	.rows = (const struct row[]) {
		{ VS_A_SERVICE_PROTOCOL, "protocol", .kind = &kind_protocol,
		  .flags = KEY },
		{ VS_A_SERVICE_ADDRESS, "address", .kind = &kind_address,
		  .flags = KEY | PORT },
		{ VS_A_SERVICE_PORT, "port", .kind = &kind_port, .flags = KEY },
		{ VS_A_SERVICE_SCHEDULER, "scheduler", .kind = &kind_string,
		  .max = VS_SCHED_NAME_MAX - 1, .flags = WORD,
		  .help = "rr, wrr, lc, wlc, mh or sh; wlc at first" },
		{ VS_A_SERVICE_HASH, "hash", .kind = &kind_name,
		  .names = hashes, .flags = WORD,
		  .help = "what of a client mh and sh look at" },
		{ VS_A_SERVICE_TABLE_SIZE, "table-size", .kind = &kind_u32,
		  .flags = WORD, .help = "slots of mh's table" },
		{ VS_A_SERVICE_PATH, "path", .kind = &kind_name,
		  .names = paths, .flags = WORD,
		  .help = "which way packets leave; direct at first" },
		{ VS_A_SERVICE_SLOPPY, "sloppy", .kind = &kind_switch,
		  .names = on_off, .flags = WORD,
		  .help = "whether any TCP packet opens a conn; off at first" },
		{ VS_A_SERVICE_ONE_PACKET, "one-packet", .kind = &kind_switch,
		  .names = on_off, .flags = WORD,
		  .help = "whether UDP goes without conns; off at first" },
		{ VS_A_SERVICE_ESTABLISHED_BY, "established-by",
		  .kind = &kind_name, .names = established_bys,
		  .flags = WORD | NONZERO,
		  .help = "what establishes a UDP flow; reply at first" },
		{ VS_A_SERVICE_UDP_RESELECT, "udp-reselect",
		  .kind = &kind_name, .names = udp_reselects,
		  .flags = WORD | NONZERO,
		  .help = "whose UDP flows move on; gone at first" },
		{ VS_A_SERVICE_MSS_CLAMP, "mss-clamp", .kind = &kind_switch,
		  .names = on_off, .flags = WORD,
		  .help = "whether a SYN's MSS is lowered; off at first" },
		{ VS_A_SERVICE_ECHO, "echo", .kind = &kind_switch,
		  .names = on_off, .flags = WORD,
		  .help = "whether pings are answered for it; off at first" },
		{ VS_A_SERVICE_HELPER, "helper", .kind = &kind_name,
		  .names = helpers, .flags = WORD | NONZERO,
		  .help = "who reads its conns; none at first" },
		{ VS_A_SERVICE_SOURCE_POOL, "source-pool", .kind = &kind_range,
		  .flags = WORD,
		  .help = "what servers of method fullnat see; none at first" },
		{ VS_A_SERVICE_TIMEOUT_OPENING, "timeout-opening",
		  .kind = &kind_u16, .flags = WORD,
		  .help = "idle seconds before it is established" },
		{ VS_A_SERVICE_TIMEOUT_ESTABLISHED, "timeout-established",
		  .kind = &kind_u16, .flags = WORD,
		  .help = "idle seconds of an established conn" },
		{ VS_A_SERVICE_TIMEOUT_CLOSING, "timeout-closing",
		  .kind = &kind_u16, .flags = WORD,
		  .help = "idle seconds of one that a side closed" },
		{ VS_A_SERVICE_TIMEOUT_CLOSED, "timeout-closed",
		  .kind = &kind_u16, .flags = WORD,
		  .help = "idle seconds after its end" },
		{ VS_A_SERVICE_STATS, "stats", .kind = &kind_nest,
		  .nest = &stats_attrs, .flags = COUNTER },
		{ VS_A_SERVICE_SERVER, "server", .kind = &kind_list,
		  .nest = &server_attrs, .flags = SPREAD },
		{ }
	},
};

const struct attr_set conn_attrs = {
	.rows = (const struct row[]) {
		{ VS_A_CONN_PROTOCOL, "protocol", .kind = &kind_protocol,
		  .flags = WORD | BARE },
		{ VS_A_CONN_CLIENT_ADDRESS, "client-address", "client",
		  .kind = &kind_address, .flags = WORD },
		{ VS_A_CONN_CLIENT_PORT, "client-port", "client port",
		  .kind = &kind_client_port },
		{ VS_A_CONN_SERVICE_ADDRESS, "service-address", "service",
		  .kind = &kind_address, .flags = WORD },
		{ VS_A_CONN_SERVICE_PORT, "service-port", "service port",
		  .kind = &kind_port },
		{ VS_A_CONN_SERVER_ADDRESS, "server-address", "server",
		  .kind = &kind_address, .flags = WORD },
		{ VS_A_CONN_SERVER_PORT, "server-port", "server port",
		  .kind = &kind_port },
		{ VS_A_CONN_SOURCE_ADDRESS, "source-address", "source",
		  .kind = &kind_address },
		{ VS_A_CONN_SOURCE_PORT, "source-port", "source port",
		  .kind = &kind_client_port },
		{ VS_A_CONN_METHOD, "method", .kind = &kind_name,
		  .names = methods },
		{ VS_A_CONN_PATH, "path", .kind = &kind_name, .names = paths },
		{ VS_A_CONN_STATE, "state", .kind = &kind_name,
		  .names = conn_states, .flags = WORD },
		{ VS_A_CONN_IDLE, "idle", .kind = &kind_msecs },
		{ VS_A_CONN_EXPIRES, "expires", .kind = &kind_msecs },
		{ }
	},
};

static const struct attr_set drop_attrs = {
	.rows = (const struct row[]) {
		{ VS_A_DROP_REASON, "reason", "drop", .kind = &kind_string },
		{ VS_A_DROP_PACKETS, "packets", .kind = &kind_u64,
		  .flags = BARE },
		{ }
	},
};

const struct attr_set total_attrs = {
	.rows = (const struct row[]) {
		{ VS_A_TOTAL_SERVICES, "services", .kind = &kind_u32 },
		{ VS_A_TOTAL_SERVERS, "servers", .kind = &kind_u32 },
		{ VS_A_TOTAL_CONNS, "conns", .kind = &kind_u32 },
		{ VS_A_TOTAL_STATS, "stats", "total", .kind = &kind_nest,
		  .nest = &stats_attrs, .flags = APART },
		{ VS_A_TOTAL_DROP, "drop", .kind = &kind_list,
		  .nest = &drop_attrs },
		{ }
	},
};

const struct attr_set settings_attrs = {
	.rows = (const struct row[]) {
		{ VS_A_SETTINGS_CONNS_MAX, "conns-max", .kind = &kind_u32,
		  .flags = WORD,
		  .help = "conns that there may be in the namespace" },
		{ }
	},
};

/* What is done with it */

static const struct row *find_type(const struct attr_set *set, uint16_t type)
{
	const struct row *row;

	for (row = set->rows; row->key; row++)
		if (row->type == type)
			return row;
	return NULL;
}

static const struct row *find_word(const struct attr_set *set, const char *word)
{
	const struct row *row;

	for (row = set->rows; row->key; row++)
		if (row->flags & WORD && !strcmp(word, row_word(row)))
			return row;
	return NULL;
}

/* What an error calls it. */
static void row_name(const struct attr_set *set, const struct row *row,
		     char *name, size_t size)
{
	snprintf(name, size, "%s%s",
		 set->prefix && row->flags & KEY ? set->prefix : "",
		 row_word(row));
}

/**
 * attr_parse_key() - read what names an object
 * @set: its attributes
 * @args: the words
 * @msg: request that the attributes are added to
 *
 * Return: DONE or MISUSED.
 */
int attr_parse_key(const struct attr_set *set, struct args *args,
		   struct message *msg)
{
	const struct row *row;
	const char *text;
	char name[64];
	int status;

	for (row = set->rows; row->key; row++) {
		/* A port is read with its address. */
		if (!(row->flags & KEY) || !row->kind->parse)
			continue;
		row_name(set, row, name, sizeof(name));
		text = args_next(args);
		if (!text)
			return misused("%s: missing", name);
		status = row->kind->parse(row, name, text, msg);
		if (status)
			return status;
	}
	return DONE;
}

/**
 * attr_parse_words() - read words and their values up to the last
 * @set: which words
 * @args: the words
 * @msg: request that the attributes are added to
 *
 * Return: DONE or MISUSED.
 */
int attr_parse_words(const struct attr_set *set, struct args *args,
		     struct message *msg)
{
	const char *word, *text;
	const struct row *row;
	uint64_t given = 0;
	int status;

	while ((word = args_next(args))) {
		row = find_word(set, word);
		if (!row)
			return misused("unknown word \"%.*s\"", WORD_MAX, word);
		if (given & 1ULL << row->type)
			return misused("%s: given twice", word);
		given |= 1ULL << row->type;
		text = args_next(args);
		if (!text)
			return misused("%s: its value is missing", word);
		status = row->kind->parse(row, word, text, msg);
		if (status)
			return status;
	}
	return DONE;
}

/**
 * attr_find() - find an attribute
 * @attrs: where
 * @type: VS_A_*
 * @found: the first of this type
 *
 * Return: whether there is one.
 */
bool attr_find(struct attrs attrs, uint16_t type, struct attr *found)
{
	while (attrs_next(&attrs, found))
		if (found->type == type)
			return true;
	return false;
}

static void print_list(const struct row *row, struct attrs attrs)
{
	struct attr attr;

	while (attrs_next(&attrs, &attr)) {
		if (attr.type != row->type)
			continue;
		print_line(row->nest->indent);
		print_object(NULL);
		attr_print(row->nest, (struct attrs){ attr.data, attr.len });
		print_object_end();
	}
}

/**
 * attr_print_list() - write the elements of a list that other messages may
 *	go on with; its array is the caller's
 * @set: the attributes of the message
 * @type: VS_A_* of the list
 * @attrs: the message
 */
void attr_print_list(const struct attr_set *set, uint16_t type,
		     struct attrs attrs)
{
	print_list(find_type(set, type), attrs);
}

/**
 * attr_print() - write a message or nest
 * @set: its attributes
 * @attrs: it
 */
void attr_print(const struct attr_set *set, struct attrs attrs)
{
	const struct row *row;
	struct attr attr;

	for (row = set->rows; row->key; row++) {
		const char *word = row_word(row);

		if (row->flags & SPREAD ||
		    (row->flags & COUNTER && !options.stats))
			continue;
		if (row->kind == &kind_list) {
			print_table();
			print_array(row->key);
			print_list(row, attrs);
			print_array_end();
			continue;
		}
		if (row->flags & (KEY | BARE))
			word = NULL;
		if (attr_find(attrs, row->type, &attr))
			row->kind->print(row, word, &attr);
	}
}

/* The name of the attribute that is to blame, or an empty one. */
static void refused_name(const struct attr_set *set,
			 const struct refusal *why, char *name, size_t size)
{
	const struct row *row;
	unsigned int i;

	*name = '\0';
	for (i = 0; set && i < why->depth; i++) {
		row = find_type(set, why->path[i]);
		if (!row)
			return;
		row_name(set, row, name, size);
		set = row->nest;
	}
}

/**
 * attr_refused() - tell why the kernel refused a request
 * @set: the attributes of the request
 * @why: why
 *
 * Return: the exit status.
 */
int attr_refused(const struct attr_set *set, const struct refusal *why)
{
	const char *text = why->text;
	char name[64];

	if (why->not_loaded) {
		warn("vs is not loaded (modprobe vs)");
		return REFUSED;
	}

	if (!*text && why->missing)
		text = "missing";
	if (!*text && why->error == EPERM)
		text = "not permitted: this needs CAP_NET_ADMIN";
	if (!*text)
		text = strerror(why->error);
	refused_name(set, why, name, sizeof(name));
	warn("%s%s%s", name, *name ? ": " : "", text);
	return REFUSED;
}

static void help_syntax(const struct row *row, char *text, size_t size)
{
	size_t len = 0;
	unsigned int i;

	if (row->kind->syntax) {
		snprintf(text, size, "%s %s", row_word(row), row->kind->syntax);
		return;
	}
	len += snprintf(text, size, "%s ", row_word(row));
	for (i = 0; row->names[i] && len < size; i++)
		len += snprintf(text + len, size - len, "%s%s", i ? "|" : "",
				row->names[i]);
}

/**
 * attr_help() - list the words of a set
 * @set: it
 */
void attr_help(const struct attr_set *set)
{
	const struct row *row;
	char syntax[128];
	int width = 0;

	for (row = set->rows; row->key; row++) {
		if (!(row->flags & WORD))
			continue;
		help_syntax(row, syntax, sizeof(syntax));
		if (row->help && width < (int)strlen(syntax))
			width = strlen(syntax);
	}

	for (row = set->rows; row->key; row++) {
		if (!(row->flags & WORD))
			continue;
		help_syntax(row, syntax, sizeof(syntax));
		if (row->help)
			printf("  %-*s  %s\n", width, syntax, row->help);
		else
			printf("  %s\n", syntax);
	}
}
