// SPDX-License-Identifier: GPL-2.0-only
/*
 * How failures are told: "vsadm: FILE:LINE: WORD: what is wrong with it".
 */
#include <stdarg.h>
#include <stdlib.h>

#include "vsadm.h"

static struct {
	const char *file;
	unsigned int line;
	const char *command;
} at;

/**
 * error_at() - say where the command at hand stands
 * @file: of a batch, or NULL for the command line
 * @line: of it
 */
void error_at(const char *file, unsigned int line)
{
	at.file = file;
	at.line = line;
}

/**
 * error_hint() - say which command's help is of use
 * @command: its word, or NULL
 */
void error_hint(const char *command)
{
	at.command = command;
}

static void tell(const char *fmt, va_list args)
{
	fflush(stdout);
	fputs("vsadm: ", stderr);
	if (at.file)
		fprintf(stderr, "%s:%u: ", at.file, at.line);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

/**
 * warn() - tell something
 * @fmt: format, without a newline
 */
void warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tell(fmt, args);
	va_end(args);
}

/**
 * misused() - tell that the command is wrong, and where help is
 * @fmt: format, without a newline
 *
 * Return: the exit status.
 */
int misused(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tell(fmt, args);
	va_end(args);
	fprintf(stderr, "Try \"vsadm help%s%s\".\n", at.command ? " " : "",
		at.command ? at.command : "");
	return MISUSED;
}

/**
 * die() - end at once, for want of something that is never wanting
 * @what: what is wrong
 */
void die(const char *what)
{
	warn("%s", what);
	exit(MISUSED);
}
