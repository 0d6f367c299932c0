/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the table of attributes is made of, for attr.c and kind.c.
 */
#ifndef _ATTR_H
#define _ATTR_H

#include "vsadm.h"

#define WORD_MAX	40	/* of a user's word in an error */

/* Flags of a row */
#define KEY	0x01	/* given without its word, first, always */
#define WORD	0x02	/* given as word and value */
#define BARE	0x04	/* text has it without its word */
#define COUNTER	0x08	/* shown with --stats */
#define APART	0x10	/* text has it on a line of its own */
#define SPREAD	0x20	/* goes on in the next message: show.c */
#define PORT	0x40	/* its port must be given */
#define NONZERO	0x80	/* text has it if it is not 0, as it is unless said */

struct row;

/**
 * struct kind - a kind of value
 * @syntax: how help calls a value, or NULL if it is the row's names
 * @parse: read a value and add it to a request; DONE or MISUSED
 * @print: write a value; of a length it can't have, nothing
 */
struct kind {
	const char *syntax;
	int (*parse)(const struct row *row, const char *name, const char *text,
		     struct message *msg);
	void (*print)(const struct row *row, const char *word,
		      const struct attr *attr);
};

/**
 * struct row - an attribute
 * @type: VS_A_*
 * @key: its name in the spec, which is JSON's key
 * @word: the word for it, if that is not @key
 * @flags: KEY and others
 * @kind: its kind; the row after an address is its port
 * @names: of values from 0 on, if it has any, closed by NULL
 * @nest: what it contains, of a nest or list
 * @max: length of a string
 * @help: a line of help
 */
struct row {
	uint16_t type;
	const char *key;
	const char *word;
	unsigned int flags;
	const struct kind *kind;
	const char *const *names;
	const struct attr_set *nest;
	size_t max;
	const char *help;
};

/**
 * struct attr_set - the attributes of a kind of message or nest
 * @prefix: what an error says in front of KEY attributes, or NULL
 * @indent: of its lines in text
 * @rows: closed by one without a key
 */
struct attr_set {
	const char *prefix;
	unsigned int indent;
	const struct row *rows;
};

/* kind.c: kinds of values */

extern const struct kind kind_u16;
extern const struct kind kind_u32;
extern const struct kind kind_u64;
extern const struct kind kind_msecs;
extern const struct kind kind_name;
extern const struct kind kind_switch;
extern const struct kind kind_string;
extern const struct kind kind_protocol;
extern const struct kind kind_address;
extern const struct kind kind_port;
extern const struct kind kind_client_port;
extern const struct kind kind_tunnel_port;
extern const struct kind kind_host;
extern const struct kind kind_range;

#endif /* _ATTR_H */
