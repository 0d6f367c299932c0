// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsadm show: services with their servers
 */
#include <errno.h>
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

/* Reads it once, all of it or the service that the words name. */
static int show_once(struct args args, bool dump, struct refusal *why)
{
	struct message *msg = message_new(VS_CMD_SERVICE_GET);
	bool open = false, done;
	int status = DONE;

	if (args.nr) {
		status = attr_parse_key(&service_attrs, &args, msg);
		if (!status && args.nr)
			status = args_left(&args);
		if (status) {
			message_free(msg);
			return status;
		}
	}

	print_array(NULL);
	if (dump)
		done = genl_dump(msg, show_service, &open, why);
	else
		done = genl_do(msg, show_service, &open, why);
	if (open) {
		print_array_end();
		print_object_end();
	}
	print_array_end();
	return done ? DONE : REFUSED;
}

/* Reads it until it did not change meanwhile. */
static int show_whole(const struct args *args, FILE *mem)
{
	/* One service is asked for by itself: kernels before 6.4 explain a
	 * refusal then, but not that of a dump. If it is too large for one
	 * message, or that for the socket, a dump it is.
	 */
	bool dump = !args->nr;
	struct refusal why = { };
	int status, tries;

	for (tries = 0; tries < TRIES; tries++) {
		rewind(mem);
		print_start(mem);
		status = show_once(*args, dump, &why);
		if (status == REFUSED && !dump &&
		    (why.error == EMSGSIZE || why.error == ENOBUFS)) {
			dump = true;
			continue;
		}
		if (status == REFUSED)
			return attr_refused(&service_attrs, &why);
		if (status || !why.interrupted)
			return status;
	}
	warn("services kept changing while they were read");
	return REFUSED;
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
	char *text = NULL;
	size_t size = 0;
	FILE *mem;
	int status;

	mem = open_memstream(&text, &size);
	if (!mem)
		die("out of memory");
	status = show_whole(args, mem);
	/* Of a stream that was rewound, the size is where it stands. */
	if (print_end() || fclose(mem))
		die("out of memory");
	print_start(stdout);
	if (!status)
		fwrite(text, 1, size, stdout);
	free(text);
	return status;
}
