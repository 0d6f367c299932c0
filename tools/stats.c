// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsadm stats: totals, and packets dropped by reason
 */
#include <linux/vs.h>

#include "vsadm.h"

static void show_total(struct attrs attrs, void *data)
{
	(void)data;
	print_line(0);
	print_object(NULL);
	attr_print(&total_attrs, attrs);
	print_object_end();
}

/**
 * stats_run() - show totals
 * @args: the words after "stats"
 *
 * Return: the exit status.
 */
int stats_run(struct args *args)
{
	struct refusal why;

	if (args->nr)
		return args_left(args);
	if (!genl_do(message_new(VS_CMD_STATS_GET), show_total, NULL, &why))
		return attr_refused(&total_attrs, &why);
	return DONE;
}
