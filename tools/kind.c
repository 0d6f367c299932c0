// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of values: how each is read from a word and added to a request, and
 * how it is written.
 */
#include <arpa/inet.h>
#include <string.h>

#include "attr.h"

/* Of the request or reply at hand: says whose names ports have. */
static uint8_t protocol;

static int bad_value(const char *name, const char *text, const char *what)
{
	return misused("%s: \"%.*s\": %s", name, WORD_MAX, text, what);
}

/* Numbers */

static int parse_uint(const struct row *row, const char *name, const char *text,
		      struct message *msg, uint64_t max)
{
	char what[64];
	uint64_t value;
	uint32_t u32;
	uint16_t u16;

	if (!value_number(text, max, &value)) {
		snprintf(what, sizeof(what), "not a number from 0 to %llu",
			 (unsigned long long)max);
		return bad_value(name, text, what);
	}
	u16 = value;
	u32 = value;
	if (max == UINT16_MAX)
		message_put(msg, row->type, &u16, sizeof(u16));
	else
		message_put(msg, row->type, &u32, sizeof(u32));
	return DONE;
}

static int parse_u16(const struct row *row, const char *name, const char *text,
		     struct message *msg)
{
	return parse_uint(row, name, text, msg, UINT16_MAX);
}

static int parse_u32(const struct row *row, const char *name, const char *text,
		     struct message *msg)
{
	return parse_uint(row, name, text, msg, UINT32_MAX);
}

static bool get_uint(const struct attr *attr, uint64_t *value)
{
	uint32_t u32;
	uint16_t u16;

	switch (attr->len) {
	case sizeof(uint8_t):
		*value = *(const uint8_t *)attr->data;
		return true;
	case sizeof(u16):
		memcpy(&u16, attr->data, sizeof(u16));
		*value = u16;
		return true;
	case sizeof(u32):
		memcpy(&u32, attr->data, sizeof(u32));
		*value = u32;
		return true;
	case sizeof(*value):
		memcpy(value, attr->data, sizeof(*value));
		return true;
	default:
		return false;
	}
}

static void print_uint(const struct row *row, const char *word,
		       const struct attr *attr)
{
	uint64_t value;

	if (get_uint(attr, &value))
		print_number(row->key, word, value, NULL);
}

static void print_msecs(const struct row *row, const char *word,
			const struct attr *attr)
{
	uint64_t value;
	char text[32];

	if (!get_uint(attr, &value))
		return;
	snprintf(text, sizeof(text), "%llums", (unsigned long long)value);
	print_number(row->key, word, value, text);
}

const struct kind kind_u16 = { "N", parse_u16, print_uint };

const struct kind kind_u32 = { "N", parse_u32, print_uint };

const struct kind kind_u64 = { .print = print_uint };

const struct kind kind_msecs = { .print = print_msecs };

/* Names */

static int parse_name(const struct row *row, const char *name, const char *text,
		      struct message *msg)
{
	char what[160] = "not one of";
	uint8_t value;

	for (value = 0; row->names[value]; value++) {
		if (!strcmp(text, row->names[value])) {
			message_put(msg, row->type, &value, sizeof(value));
			return DONE;
		}
	}
	for (value = 0; row->names[value]; value++) {
		size_t len = strlen(what);

		snprintf(what + len, sizeof(what) - len, "%s %s",
			 value ? "," : "", row->names[value]);
	}
	return bad_value(name, text, what);
}

static void print_name(const struct row *row, const char *word,
		       const struct attr *attr)
{
	uint64_t value, i;

	if (!get_uint(attr, &value))
		return;
	if (row->flags & NONZERO && !value && !options.json)
		return;
	for (i = 0; row->names[i] && i < value; i++)
		;
	/* A kernel newer than this program may have more of them. */
	if (row->names[i])
		print_string(row->key, word, row->names[i]);
	else
		print_number(row->key, word, value, NULL);
}

static void print_switch(const struct row *row, const char *word,
			 const struct attr *attr)
{
	uint64_t value;

	if (get_uint(attr, &value))
		print_bool(row->key, word, value, value ? "on" : NULL);
}

static int parse_string(const struct row *row, const char *name,
			const char *text, struct message *msg)
{
	if (strlen(text) > row->max)
		return bad_value(name, text, "too long");
	message_put(msg, row->type, text, strlen(text) + 1);
	return DONE;
}

static void print_text(const struct row *row, const char *word,
		       const struct attr *attr)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*s", (int)attr->len,
		 (const char *)attr->data);
	print_string(row->key, word, text);
}

const struct kind kind_name = { NULL, parse_name, print_name };

const struct kind kind_switch = { NULL, parse_name, print_switch };

const struct kind kind_string = { "NAME", parse_string, print_text };

/* Protocols, addresses, ports */

static int parse_protocol(const struct row *row, const char *name,
			  const char *text, struct message *msg)
{
	if (!value_protocol(text, &protocol))
		return bad_value(name, text,
				 "not one of tcp, udp, sctp, a number");
	message_put(msg, row->type, &protocol, sizeof(protocol));
	return DONE;
}

static void print_protocol(const struct row *row, const char *word,
			   const struct attr *attr)
{
	const char *name;

	if (attr->len != sizeof(protocol))
		return;
	protocol = *(const uint8_t *)attr->data;
	name = options.numeric ? NULL : value_protocol_name(protocol);
	if (name)
		print_string(row->key, word, name);
	else
		print_number(row->key, word, protocol, NULL);
}

static int parse_address(const struct row *row, const char *name,
			 const char *text, struct message *msg)
{
	struct endpoint end;
	const char *wrong;
	uint16_t port;

	wrong = value_endpoint(text, protocol, &end);
	if (!wrong && row->flags & PORT && !end.has_port)
		wrong = "the port is missing";
	if (wrong)
		return bad_value(name, text, wrong);

	message_put(msg, row->type, end.addr, end.len);
	port = htons(end.port);
	if (end.has_port)
		message_put(msg, row[1].type, &port, sizeof(port));
	return DONE;
}

static int parse_host(const struct row *row, const char *name,
		      const char *text, struct message *msg)
{
	struct endpoint end;
	const char *wrong;

	wrong = value_endpoint(text, 0, &end);
	if (!wrong && end.has_port)
		wrong = "it has no port";
	if (wrong)
		return bad_value(name, text, wrong);

	message_put(msg, row->type, end.addr, end.len);
	return DONE;
}

/* An address as text, in brackets if it needs them; of a wrong length none. */
static bool address_text(const void *addr, size_t len, char *text, size_t size)
{
	const char *plain = value_address_text(addr, len);

	if (!plain)
		return false;
	if (strchr(plain, ':') && !options.json)
		snprintf(text, size, "[%s]", plain);
	else
		snprintf(text, size, "%s", plain);
	return true;
}

static void print_address(const struct row *row, const char *word,
			  const struct attr *attr)
{
	char text[80];

	if (address_text(attr->data, attr->len, text, sizeof(text)))
		print_string(row->key, word, text);
}

/* Two addresses, or one for both; the kernel says which it takes. */
static int parse_range(const struct row *row, const char *name,
		       const char *text, struct message *msg)
{
	uint8_t range[2 * sizeof(struct in6_addr)];
	const char *dash = strchr(text, '-');
	struct endpoint first, last;
	const char *wrong;
	char from[64];

	if (!strcmp(text, "none")) {
		message_put(msg, row->type, NULL, 0);
		return DONE;
	}

	snprintf(from, sizeof(from), "%.*s", (int)strcspn(text, "-"), text);
	wrong = value_endpoint(from, 0, &first);
	if (!wrong)
		wrong = value_endpoint(dash ? dash + 1 : from, 0, &last);
	if (!wrong && (first.has_port || last.has_port))
		wrong = "it has no port";
	if (!wrong && first.len != last.len)
		wrong = "addresses of two families";
	if (wrong)
		return bad_value(name, text, wrong);

	memcpy(range, first.addr, first.len);
	memcpy(range + first.len, last.addr, first.len);
	message_put(msg, row->type, range, 2 * first.len);
	return DONE;
}

static void print_range(const struct row *row, const char *word,
			const struct attr *attr)
{
	size_t len = attr->len / 2;
	const uint8_t *last = (const uint8_t *)attr->data + len;
	char text[160], to[80];

	if (!address_text(attr->data, len, text, sizeof(text)) ||
	    !address_text(last, len, to, sizeof(to)))
		return;
	if (memcmp(attr->data, last, len)) {
		strcat(text, "-");
		strcat(text, to);
	}
	print_string(row->key, word, text);
}

static void print_port_as(const struct row *row, const struct attr *attr,
			  bool numeric)
{
	const char *name = NULL;
	uint64_t value;

	if (attr->len != sizeof(uint16_t) || !get_uint(attr, &value))
		return;
	value = ntohs(value);
	if (!numeric)
		name = value_port_name(protocol, value);
	print_number(row->key, ":", value, name);
}

static void print_port(const struct row *row, const char *word,
		       const struct attr *attr)
{
	(void)word;
	print_port_as(row, attr, options.numeric);
}

/* A client's port is chosen at random: that it has a name means nothing. */
static void print_client_port(const struct row *row, const char *word,
			      const struct attr *attr)
{
	(void)word;
	print_port_as(row, attr, true);
}

/* A tunnel's port: a cell of its own, not the end of its address. */
static int parse_tunnel_port(const struct row *row, const char *name,
			     const char *text, struct message *msg)
{
	uint16_t port;

	if (!value_port(text, IPPROTO_UDP, &port))
		return bad_value(name, text, "not a port");
	port = htons(port);
	message_put(msg, row->type, &port, sizeof(port));
	return DONE;
}

static void print_tunnel_port(const struct row *row, const char *word,
			      const struct attr *attr)
{
	uint64_t value;

	if (attr->len == sizeof(uint16_t) && get_uint(attr, &value))
		print_number(row->key, word, ntohs(value), NULL);
}

const struct kind kind_protocol = {
	"PROTOCOL", parse_protocol, print_protocol
};

const struct kind kind_address = {
	"ADDR[:PORT]", parse_address, print_address
};

const struct kind kind_port = { .print = print_port };

const struct kind kind_client_port = { .print = print_client_port };

const struct kind kind_tunnel_port = {
	"PORT", parse_tunnel_port, print_tunnel_port
};

const struct kind kind_host = { "ADDR", parse_host, print_address };

const struct kind kind_range = { "ADDR[-ADDR]", parse_range, print_range };
