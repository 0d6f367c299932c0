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
		return bad_value(name, text, "not one of tcp, udp, a number");
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

static void print_address(const struct row *row, const char *word,
			  const struct attr *attr)
{
	const char *addr = value_address_text(attr->data, attr->len);
	char text[80];

	if (!addr)
		return;
	snprintf(text, sizeof(text), strchr(addr, ':') ? "[%s]" : "%s", addr);
	print_string(row->key, word, options.json ? addr : text);
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

const struct kind kind_protocol = {
	"PROTOCOL", parse_protocol, print_protocol
};

const struct kind kind_address = {
	"ADDR[:PORT]", parse_address, print_address
};

const struct kind kind_port = { .print = print_port };

const struct kind kind_client_port = { .print = print_client_port };
