// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsadm: administers vs. The table of commands, and what they share.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vsadm.h"

/**
 * struct command - a command
 * @word: its word
 * @usage: what may follow it; a line for each form
 * @summary: a line of help
 * @attrs: the words that it takes, or NULL
 * @run: does it
 */
struct command {
	const char *word;
	const char *usage;
	const char *summary;
	const struct attr_set *attrs;
	int (*run)(struct args *args);
};

struct options options;
static bool in_batch;

static int help_run(struct args *args);
static int version_run(struct args *args);

static const struct command commands[] = {
	{ "service", "add PROTOCOL ADDR:PORT [WORD VALUE]...\n"
	  "set PROTOCOL ADDR:PORT WORD VALUE...\n"
	  "del PROTOCOL ADDR:PORT",
	  "add, change or remove a service", &service_attrs, service_run },
	{ "server", "add PROTOCOL ADDR:PORT SERVER[:PORT] [WORD VALUE]...\n"
	  "set PROTOCOL ADDR:PORT SERVER[:PORT] WORD VALUE...\n"
	  "del PROTOCOL ADDR:PORT SERVER[:PORT]",
	  "add, change or remove a server of a service", &server_attrs,
	  server_run },
	{ "show", "[PROTOCOL ADDR:PORT] [--stats]",
	  "show services and their servers; the command if there is none",
	  NULL, show_run },
	{ "conn", "show [WORD VALUE]...",
	  "show conns, those that are as the words say", &conn_attrs,
	  conn_run },
	{ "stats", "", "show totals, and packets dropped by reason", NULL,
	  stats_run },
	{ "settings", "[WORD VALUE]...",
	  "show the namespace's settings, or change some", &settings_attrs,
	  settings_run },
	{ "flush", "", "remove all services", NULL, flush_run },
	{ "help", "[COMMAND]", "explain vsadm, or one command", NULL,
	  help_run },
	{ "version", "", "say which version this is", NULL, version_run },
};

/**
 * args_next() - take the next word
 * @args: words
 *
 * Return: it, or NULL after the last.
 */
const char *args_next(struct args *args)
{
	if (!args->nr)
		return NULL;
	args->nr--;
	return *args->word++;
}

/**
 * args_left() - tell that there are words where none are taken
 * @args: they
 *
 * Return: the exit status.
 */
int args_left(const struct args *args)
{
	return misused("unknown word \"%.40s\"", *args->word);
}

/**
 * verb_next() - take the word that says what is to be done
 * @verbs: those there are
 * @nr: how many
 * @object: what it is to be done to
 * @args: the words
 *
 * Return: it, or NULL after an error was told.
 */
const struct verb *verb_next(const struct verb *verbs, unsigned int nr,
			     const char *object, struct args *args)
{
	const char *word = args_next(args);
	char list[64] = "";
	unsigned int i;

	for (i = 0; word && i < nr; i++)
		if (!strcmp(word, verbs[i].word))
			return &verbs[i];

	for (i = 0; i < nr; i++) {
		size_t len = strlen(list);

		snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "",
			 verbs[i].word);
	}
	if (word)
		misused("%s: \"%.40s\": not one of %s", object, word, list);
	else
		misused("%s: missing: %s", object, list);
	return NULL;
}

/**
 * verb_words() - read the words after an object's name
 * @verb: what is to be done to it
 * @set: the words that there are
 * @args: the words
 * @msg: request that they are added to
 *
 * Return: DONE or MISUSED.
 */
int verb_words(const struct verb *verb, const struct attr_set *set,
	       struct args *args, struct message *msg)
{
	if (!verb->words && args->nr)
		return args_left(args);
	if (verb->some && !args->nr)
		return misused("%s: missing: what to change", verb->word);
	return attr_parse_words(set, args, msg);
}

static const struct command *find_command(const char *word)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(word, commands[i].word))
			return &commands[i];
	return NULL;
}

static void print_usage(const struct command *command)
{
	const char *usage = command->usage;
	const char *start = "usage: vsadm";
	size_t len;

	do {
		len = strcspn(usage, "\n");
		printf("%s %s%s%.*s\n", start, command->word, len ? " " : "",
		       (int)len, usage);
		usage += len + (usage[len] == '\n');
		start = "       vsadm";
	} while (*usage);
}

static int help_run(struct args *args)
{
	const struct command *command;
	const char *word = args_next(args);
	unsigned int i;

	if (args->nr)
		return args_left(args);
	if (word) {
		command = find_command(word);
		if (!command)
			return misused("unknown command \"%.40s\"", word);
		print_usage(command);
		printf("%s\n", command->summary);
		if (command->attrs) {
			puts("words:");
			attr_help(command->attrs);
		}
		return DONE;
	}

	puts("usage: vsadm [OPTION]... [COMMAND [WORD]...]\n"
	     "       vsadm [OPTION]... -b FILE\n"
	     "commands:");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-9s %s\n", commands[i].word, commands[i].summary);
	puts("options:\n"
	     "  -n, --numeric     write protocols and ports as numbers\n"
	     "  -j, --json        write JSON\n"
	     "  -s, --stats       show counters of services and servers\n"
	     "  -b, --batch FILE  run the commands in FILE, one a line; - is stdin\n"
	     "  -h, --help        help, as the command\n"
	     "  -V, --version     version, as the command\n"
	     "An IPv6 address stands in brackets: [2001:db8::1]:80.");
	return DONE;
}

static int version_run(struct args *args)
{
	if (args->nr)
		return args_left(args);
	print_line(0);
	print_object(NULL);
	print_string("version", "vsadm", VSADM_VERSION);
	print_object_end();
	return DONE;
}

static int run_batch(void);

/* Take options out of the words, wherever they stand. */
static int parse_options(struct args *args, char **rest)
{
	struct args left = { .word = rest };
	const char *word;

	while ((word = args_next(args))) {
		/* A number below 0 is a wrong value, not an option. */
		if (*word != '-' || (word[1] >= '0' && word[1] <= '9')) {
			left.word[left.nr++] = args->word[-1];
		} else if (!strcmp(word, "-n") || !strcmp(word, "--numeric")) {
			options.numeric = true;
		} else if (!strcmp(word, "-j") || !strcmp(word, "--json")) {
			options.json = true;
		} else if (!strcmp(word, "-s") || !strcmp(word, "--stats")) {
			options.stats = true;
		} else if (!strcmp(word, "-h") || !strcmp(word, "--help")) {
			options.help = true;
		} else if (!strcmp(word, "-V") || !strcmp(word, "--version")) {
			options.version = true;
		} else if (!strcmp(word, "-b") || !strcmp(word, "--batch")) {
			if (options.batch || in_batch)
				return misused("%s: there is a batch already",
					       word);
			options.batch = args_next(args);
			if (!options.batch)
				return misused("%s: its file is missing", word);
		} else {
			return misused("unknown option \"%.40s\"", word);
		}
	}
	*args = left;
	return DONE;
}

static int run_command(struct args *args)
{
	const struct command *command;
	const char *word;

	error_hint(NULL);
	if (options.version)
		return version_run(args);
	if (options.help)
		return help_run(args);
	word = args_next(args);
	command = find_command(word ? word : "show");
	if (!command)
		return misused("unknown command \"%.40s\"", word);
	if (command->run != help_run)
		error_hint(command->word);
	if (options.stats && command->run != show_run)
		return misused("--stats: not an option of %s", command->word);
	return command->run(args);
}

static int run_words(struct args args)
{
	char **rest = calloc(args.nr + 1, sizeof(*rest));
	int status, error;

	if (!rest)
		die("out of memory");
	print_start(stdout);
	status = parse_options(&args, rest);
	if (!status && options.batch)
		status = args.nr ? args_left(&args) : run_batch();
	else if (!status)
		status = run_command(&args);
	error = print_end();
	if (error) {
		warn("cannot write: %s", strerror(error));
		status = MISUSED;
	}
	free(rest);
	return status;
}

/* Words are separated by blanks; a word that starts with # ends the line. */
static void split_line(char *line, struct args *args)
{
	char *save, *word;

	args->nr = 0;
	for (word = strtok_r(line, " \t\r\n", &save); word && *word != '#';
	     word = strtok_r(NULL, " \t\r\n", &save))
		args->word[args->nr++] = word;
}

static int run_line(char *line, size_t len)
{
	/* Between any two words there is at least a blank. */
	struct args args = { .word = calloc(len / 2 + 1, sizeof(char *)) };
	const struct options common = options;
	int status = DONE;

	if (!args.word)
		die("out of memory");
	error_hint(NULL);
	if (strlen(line) != len)
		status = misused("a zero byte in a line");
	else
		split_line(line, &args);
	if (args.nr)
		status = run_words(args);
	options = common;
	free(args.word);
	return status;
}

static int run_batch(void)
{
	const char *name = options.batch;
	bool is_stdin = !strcmp(name, "-");
	FILE *file = is_stdin ? stdin : fopen(name, "re");
	int status = DONE, error = 0;
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (is_stdin)
		name = "stdin";
	options.batch = NULL;
	in_batch = true;
	while (file && !status) {
		errno = 0;
		len = getline(&line, &size, file);
		if (len < 0)
			break;
		error_at(name, ++number);
		status = run_line(line, len);
	}
	if (!file || ferror(file))
		error = errno ? errno : EIO;
	error_at(NULL, 0);
	if (error)
		status = misused("%s: %s", name, strerror(error));
	if (file && !is_stdin)
		fclose(file);
	free(line);
	return status;
}

int main(int argc, char **argv)
{
	struct args args = { .nr = argc > 0 ? argc - 1 : 0, .word = argv + 1 };
	int status = run_words(args);

	genl_close();
	return status;
}
