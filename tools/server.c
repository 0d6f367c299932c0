// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsadm server add|set|del
 */
#include <linux/vs.h>

#include "vsadm.h"

static const struct verb verbs[] = {
	{ .word = "add", .command = VS_CMD_SERVER_NEW,
	  .words = true },
	{ .word = "set", .command = VS_CMD_SERVER_SET,
	  .words = true, .some = true },
	{ .word = "del", .command = VS_CMD_SERVER_DEL },
};

/**
 * server_run() - add, change or remove a server of a service
 * @args: the words after "server"
 *
 * Return: the exit status.
 */
int server_run(struct args *args)
{
	const struct verb *verb;
	struct message *msg;
	struct refusal why;
	int status;

	verb = verb_next(verbs, ARRAY_SIZE(verbs), "server", args);
	if (!verb)
		return MISUSED;

	msg = message_new(verb->command);
	status = attr_parse_key(&service_attrs, args, msg);
	if (!status) {
		message_nest(msg, VS_A_SERVICE_SERVER);
		status = attr_parse_key(&server_attrs, args, msg);
		if (!status)
			status = verb_words(verb, &server_attrs, args, msg);
		message_nest_end(msg);
	}
	if (status) {
		message_free(msg);
		return status;
	}
	if (!genl_do(msg, NULL, NULL, &why))
		return attr_refused(&service_attrs, &why);
	return DONE;
}
