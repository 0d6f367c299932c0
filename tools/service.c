// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsadm service add|set|del, vsadm flush
 */
#include <linux/vs.h>

#include "vsadm.h"

static const struct verb verbs[] = {
	{ .word = "add", .command = VS_CMD_SERVICE_NEW,
	  .words = true },
	{ .word = "set", .command = VS_CMD_SERVICE_SET,
	  .words = true, .some = true },
	{ .word = "del", .command = VS_CMD_SERVICE_DEL },
};

/**
 * service_run() - add, change or remove a service
 * @args: the words after "service"
 *
 * Return: the exit status.
 */
int service_run(struct args *args)
{
	const struct verb *verb;
	struct message *msg;
	struct refusal why;
	int status;

	verb = verb_next(verbs, ARRAY_SIZE(verbs), "service", args);
	if (!verb)
		return MISUSED;

	msg = message_new(verb->command);
	status = attr_parse_key(&service_attrs, args, msg);
	if (!status)
		status = verb_words(verb, &service_attrs, args, msg);
	if (status) {
		message_free(msg);
		return status;
	}
	if (!genl_do(msg, NULL, NULL, &why))
		return attr_refused(&service_attrs, &why);
	return DONE;
}

/**
 * flush_run() - remove all services
 * @args: the words after "flush"
 *
 * Return: the exit status.
 */
int flush_run(struct args *args)
{
	struct refusal why;

	if (args->nr)
		return args_left(args);
	if (!genl_do(message_new(VS_CMD_FLUSH), NULL, NULL, &why))
		return attr_refused(&service_attrs, &why);
	return DONE;
}
