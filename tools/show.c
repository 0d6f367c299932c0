// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsadm show: services with their servers
 */
#include <stdlib.h>

#include <linux/vs.h>

#include "vsadm.h"

/* How often a list that changed while it was read is read again. */
#define TRIES	10

/* Services are shown as they come in, servers of one in several messages. */
static void show_service(struct attrs attrs, void *data)
{
	bool *open = data;
	struct attr more;

	if (!*open || !attr_find(attrs, VS_A_SERVICE_MORE, &more)) {
		if (*open) {
			print_array_end();
			print_object_end();
		}
		*open = true;
		/* Services have different words: in columns they make none. */
		print_table();
		print_line(0);
		print_object(NULL);
		attr_print(&service_attrs, attrs);
		print_array("server");
	}
	attr_print_list(&service_attrs, VS_A_SERVICE_SERVER, attrs);
}

static bool show_once(struct args args, struct refusal *why, int *status)
{
	struct message *msg = message_new(VS_CMD_SERVICE_GET);
	bool open = false, done;

	if (args.nr) {
		*status = attr_parse_key(&service_attrs, &args, msg);
		if (!*status && args.nr)
			*status = args_left(&args);
		if (*status) {
			message_free(msg);
			return true;
		}
	}

	print_array(NULL);
	/* Even one service: all its servers may be too much for one message. */
	done = genl_dump(msg, show_service, &open, why);
	if (open) {
		print_array_end();
		print_object_end();
	}
	print_array_end();

	*status = done ? DONE : attr_refused(&service_attrs, why);
	return !done || !why->interrupted;
}

/**
 * show_run() - show one service, or all
 * @args: the words after "show"
 *
 * What is shown was there at one time: a list that changed meanwhile is read
 * again, so nothing is written before it is complete.
 *
 * Return: the exit status.
 */
int show_run(struct args *args)
{
	struct refusal why = { };
	int status = DONE, tries;
	bool complete = false;
	char *text = NULL;
	size_t size = 0;
	FILE *mem;

	for (tries = 0; !complete && tries < TRIES; tries++) {
		free(text);
		text = NULL;
		mem = open_memstream(&text, &size);
		if (!mem)
			die("out of memory");
		print_start(mem);
		complete = show_once(*args, &why, &status);
		if (print_end() || fclose(mem))
			die("out of memory");
	}
	print_start(stdout);
	if (!complete) {
		warn("services kept changing while they were read");
		status = REFUSED;
	}
	if (!status)
		fwrite(text, 1, size, stdout);
	free(text);
	return status;
}
