/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vsadm: what its files share, bottom-up: a file calls only what stands above
 * it here.
 */
#ifndef _VSADM_H
#define _VSADM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define VSADM_VERSION	"0.1"

#define __printf(fmt, args)	__attribute__((format(printf, fmt, args)))
#define __noreturn		__attribute__((noreturn))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Exit statuses, and what functions return that may fail for the user. */
#define DONE		0
#define MISUSED		1	/* the command is wrong */
#define REFUSED		2	/* the kernel refused it, or is not there */

/**
 * struct options - what stands for a whole command
 * @json: write JSON
 * @numeric: write ports and protocols as numbers
 * @stats: write counters
 * @help: show help in place of running it
 * @version: show the version in place of running it
 * @batch: file of commands to run, or NULL
 */
struct options {
	bool json;
	bool numeric;
	bool stats;
	bool help;
	bool version;
	const char *batch;
};

extern struct options options;

/**
 * struct args - the words of a command that are not used up
 * @nr: how many
 * @word: they
 */
struct args {
	unsigned int nr;
	char **word;
};

const char *args_next(struct args *args);

/* error.c: how failures are told */

void error_at(const char *file, unsigned int line);
void error_hint(const char *command);
__printf(1, 2) void warn(const char *fmt, ...);
__printf(1, 2) int misused(const char *fmt, ...);
__noreturn void die(const char *what);

/* value.c: numbers, names and addresses as text */

/**
 * struct endpoint - an address and perhaps a port
 * @addr: 4 or 16 bytes, in network order
 * @len: how many
 * @has_port: the text had a port
 * @port: it, in the host's order
 */
struct endpoint {
	uint8_t addr[16];
	size_t len;
	bool has_port;
	uint16_t port;
};

bool value_number(const char *text, uint64_t max, uint64_t *value);
bool value_protocol(const char *text, uint8_t *protocol);
const char *value_protocol_name(uint8_t protocol);
bool value_port(const char *text, uint8_t protocol, uint16_t *port);
const char *value_port_name(uint8_t protocol, uint16_t port);
const char *value_endpoint(const char *text, uint8_t protocol,
			   struct endpoint *end);
const char *value_address_text(const void *addr, size_t len);

/* print.c: one call writes either text or JSON */

void print_start(FILE *to);
int print_end(void);
void print_array(const char *key);
void print_array_end(void);
void print_object(const char *key);
void print_object_end(void);
void print_table(void);
void print_line(unsigned int indent);
void print_label(const char *text);
void print_string(const char *key, const char *word, const char *value);
void print_number(const char *key, const char *word, uint64_t value,
		  const char *text);
void print_bool(const char *key, const char *word, bool value,
		const char *text);

/* genl.c: messages to and from the kernel; the only file that knows libnl */

struct message;

/**
 * struct attr - an attribute of a reply
 * @type: VS_A_*
 * @data: its value, of no particular alignment
 * @len: bytes at @data
 */
struct attr {
	uint16_t type;
	const void *data;
	size_t len;
};

/**
 * struct attrs - a stream of attributes
 * @data: where the next one starts
 * @len: bytes left
 */
struct attrs {
	const void *data;
	size_t len;
};

#define REFUSAL_DEPTH	4

/**
 * struct refusal - why the kernel refused a request
 * @error: errno
 * @not_loaded: there is no kernel module to ask
 * @interrupted: what a dump read changed meanwhile; nothing was refused
 * @missing: the attribute is not bad but absent
 * @depth: attributes in @path; 0 if none is to blame
 * @path: the attribute to blame, and before it the nests that it is in
 * @text: what the kernel says, or empty
 */
struct refusal {
	int error;
	bool not_loaded;
	bool interrupted;
	bool missing;
	unsigned int depth;
	uint16_t path[REFUSAL_DEPTH];
	char text[256];
};

typedef void (*reply_fn)(struct attrs attrs, void *data);

struct message *message_new(uint8_t command);
void message_free(struct message *msg);
void message_put(struct message *msg, uint16_t type, const void *value,
		 size_t len);
void message_nest(struct message *msg, uint16_t type);
void message_nest_end(struct message *msg);
bool attrs_next(struct attrs *attrs, struct attr *attr);
bool genl_do(struct message *msg, reply_fn reply, void *data,
	     struct refusal *why);
bool genl_dump(struct message *msg, reply_fn reply, void *data,
	       struct refusal *why);
void genl_close(void);

/* attr.c: the table of all attributes; attr.h, kind.c: what it is made of */

struct attr_set;

extern const struct attr_set service_attrs;
extern const struct attr_set server_attrs;
extern const struct attr_set conn_attrs;
extern const struct attr_set total_attrs;
extern const struct attr_set settings_attrs;

int attr_parse_key(const struct attr_set *set, struct args *args,
		   struct message *msg);
int attr_parse_words(const struct attr_set *set, struct args *args,
		     struct message *msg);
void attr_print(const struct attr_set *set, struct attrs attrs);
void attr_print_list(const struct attr_set *set, uint16_t type,
		     struct attrs attrs);
bool attr_find(struct attrs attrs, uint16_t type, struct attr *found);
int attr_refused(const struct attr_set *set, const struct refusal *why);
void attr_help(const struct attr_set *set);

/* Commands, a file each. */

/**
 * struct verb - what is to be done to an object
 * @word: the word for it
 * @command: VS_CMD_*
 * @words: it takes words that say how the object shall be
 * @some: at least one of them
 */
struct verb {
	const char *word;
	uint8_t command;
	bool words;
	bool some;
};

const struct verb *verb_next(const struct verb *verbs, unsigned int nr,
			     const char *object, struct args *args);
int verb_words(const struct verb *verb, const struct attr_set *set,
	       struct args *args, struct message *msg);
int args_left(const struct args *args);

int service_run(struct args *args);
int flush_run(struct args *args);
int server_run(struct args *args);
int show_run(struct args *args);
int conn_run(struct args *args);
int stats_run(struct args *args);
int settings_run(struct args *args);

#endif /* _VSADM_H */
