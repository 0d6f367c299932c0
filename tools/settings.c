// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsadm settings: show or change the namespace's settings
 */
#include <linux/vs.h>

#include "vsadm.h"

static void show_settings(struct attrs attrs, void *data)
{
	(void)data;
	print_line(0);
	print_object(NULL);
	attr_print(&settings_attrs, attrs);
	print_object_end();
}

static int set_settings(struct args *args)
{
	struct message *msg = message_new(VS_CMD_SETTINGS_SET);
	struct refusal why;
	int status;

	status = attr_parse_words(&settings_attrs, args, msg);
	if (status) {
		message_free(msg);
		return status;
	}
	if (!genl_do(msg, NULL, NULL, &why))
		return attr_refused(&settings_attrs, &why);
	return DONE;
}

/**
 * settings_run() - show settings, or change some
 * @args: the words after "settings"
 *
 * Return: the exit status.
 */
int settings_run(struct args *args)
{
	struct message *msg;
	struct refusal why;

	if (args->nr)
		return set_settings(args);
	msg = message_new(VS_CMD_SETTINGS_GET);
	if (!genl_do(msg, show_settings, NULL, &why))
		return attr_refused(&settings_attrs, &why);
	return DONE;
}
