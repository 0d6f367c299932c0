// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers, names and addresses as text. Nothing here asks the network:
 * addresses are numbers, and names of ports come from /etc/services.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "vsadm.h"

static const struct {
	const char *name;
	uint8_t protocol;
} protocols[] = {
	{ "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP },
	{ "sctp", IPPROTO_SCTP },
};

/**
 * value_number() - read a decimal number
 * @text: digits and nothing else
 * @max: the highest it may be
 * @value: the number
 *
 * Return: whether it is one.
 */
bool value_number(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t sum = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned int digit = (unsigned char)*text - '0';

		if (digit > 9 || sum > (max - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*value = sum;
	return true;
}

/**
 * value_protocol() - read a protocol
 * @text: name or number
 * @protocol: IPPROTO_*, perhaps none that the kernel knows
 *
 * Return: whether it is one.
 */
bool value_protocol(const char *text, uint8_t *protocol)
{
	uint64_t number;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (!strcmp(text, protocols[i].name)) {
			*protocol = protocols[i].protocol;
			return true;
		}
	}
	if (!value_number(text, UINT8_MAX, &number))
		return false;
	*protocol = number;
	return true;
}

/**
 * value_protocol_name() - name of a protocol
 * @protocol: IPPROTO_*
 *
 * Return: its name, or NULL.
 */
const char *value_protocol_name(uint8_t protocol)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocol == protocols[i].protocol)
			return protocols[i].name;
	return NULL;
}

/**
 * value_port() - read a port
 * @text: name or number
 * @protocol: whose names are meant first; 0 for none
 * @port: the port
 *
 * Return: whether it is one.
 */
bool value_port(const char *text, uint8_t protocol, uint16_t *port)
{
	const struct servent *entry;
	uint64_t number;

	if (value_number(text, UINT16_MAX, &number)) {
		*port = number;
		return true;
	}
	entry = getservbyname(text, value_protocol_name(protocol));
	if (!entry)
		entry = getservbyname(text, NULL);
	if (!entry)
		return false;
	*port = ntohs(entry->s_port);
	return true;
}

/**
 * value_port_name() - name of a port
 * @protocol: IPPROTO_*
 * @port: the port
 *
 * The whole list is read once: looking up each port of many conns by itself
 * would read the file each time.
 *
 * Return: its name, or NULL.
 */
const char *value_port_name(uint8_t protocol, uint16_t port)
{
	static char *names[ARRAY_SIZE(protocols)][UINT16_MAX + 1];
	static bool loaded;
	struct servent *entry;
	unsigned int i;

	while (!loaded && (entry = getservent())) {
		for (i = 0; i < ARRAY_SIZE(protocols); i++) {
			char **name = &names[i][ntohs(entry->s_port)];

			if (!*name &&
			    !strcmp(entry->s_proto, protocols[i].name))
				*name = strdup(entry->s_name);
		}
	}
	if (!loaded)
		endservent();
	loaded = true;

	for (i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocol == protocols[i].protocol)
			return names[i][port];
	return NULL;
}

/**
 * value_endpoint() - read ADDR, ADDR:PORT, [ADDR] or [ADDR]:PORT
 * @text: the text
 * @protocol: whose names of ports are meant first; 0 for none
 * @end: the address and port
 *
 * Return: what is wrong with it, or NULL.
 */
const char *value_endpoint(const char *text, uint8_t protocol,
			   struct endpoint *end)
{
	bool ipv6 = *text == '[';
	char addr[INET6_ADDRSTRLEN];
	const char *stop;
	size_t len;

	memset(end, 0, sizeof(*end));
	if (ipv6) {
		stop = strchr(++text, ']');
		if (!stop)
			return "the closing bracket is missing";
		len = stop++ - text;
	} else {
		len = strcspn(text, ":");
		stop = text + len;
		if (strchr(text, ':') != strrchr(text, ':'))
			return "an IPv6 address stands in brackets";
	}

	if (len >= sizeof(addr))
		return "not an address";
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (inet_pton(ipv6 ? AF_INET6 : AF_INET, addr, end->addr) != 1)
		return "not an address";
	end->len = ipv6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);

	if (!*stop)
		return NULL;
	if (*stop != ':')
		return "not an address";
	end->has_port = true;
	if (!value_port(stop + 1, protocol, &end->port))
		return "not a port";
	return NULL;
}

/**
 * value_address_text() - an address as text
 * @addr: the address
 * @len: 4 bytes or 16
 *
 * Return: it, valid until the next call, or NULL for any other length.
 */
const char *value_address_text(const void *addr, size_t len)
{
	static char text[INET6_ADDRSTRLEN];

	switch (len) {
	case sizeof(struct in_addr):
		return inet_ntop(AF_INET, addr, text, sizeof(text));
	case sizeof(struct in6_addr):
		return inet_ntop(AF_INET6, addr, text, sizeof(text));
	default:
		return NULL;
	}
}
