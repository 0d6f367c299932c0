// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsadm conn show
 */
#include <linux/vs.h>

#include "vsadm.h"

static const struct verb verbs[] = {
	{ .word = "show", .command = VS_CMD_CONN_GET, .words = true },
};

static void show_conn(struct attrs attrs, void *data)
{
	bool *open = data;

	if (!*open)
		print_array(NULL);
	*open = true;
	print_line(0);
	print_object(NULL);
	attr_print(&conn_attrs, attrs);
	print_object_end();
}

/**
 * conn_run() - show conns
 * @args: the words after "conn"
 *
 * Return: the exit status.
 */
int conn_run(struct args *args)
{
	const struct verb *verb;
	struct message *msg;
	struct refusal why;
	bool open = false, done;
	int status;

	verb = verb_next(verbs, ARRAY_SIZE(verbs), "conn", args);
	if (!verb)
		return MISUSED;

	msg = message_new(verb->command);
	status = verb_words(verb, &conn_attrs, args, msg);
	if (status) {
		message_free(msg);
		return status;
	}

	done = genl_dump(msg, show_conn, &open, &why);
	if (done && !open)
		print_array(NULL);
	if (done || open)
		print_array_end();
	if (!done)
		return attr_refused(&conn_attrs, &why);
	/* To read them again would not help: conns never stand still. */
	if (why.interrupted)
		warn("conns came and went: some may be missing, or here twice");
	return DONE;
}
