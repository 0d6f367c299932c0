// SPDX-License-Identifier: GPL-2.0-only
/*
 * The writer: each call writes either text or JSON.
 *
 * Text is lines of cells such as "weight 5". Lines of one indentation that
 * follow each other make a table: their cells are aligned. A table is written
 * in blocks, so that a million conns need no memory; a block is at least as
 * wide as the one before it.
 *
 * JSON has a line for each element of an outermost array.
 */
#include <errno.h>
#include <string.h>

#include "vsadm.h"

#define COLUMNS_MAX	24
#define CELLS_MAX	2048
#define TEXT_SIZE	65536
#define CELL_SIZE	256	/* more than any value is long */

static struct {
	FILE *to;

	/* text */
	char text[TEXT_SIZE];
	size_t used;
	struct cell {
		size_t start;
		size_t len;
		bool first;	/* of its line */
	} cells[CELLS_MAX];
	unsigned int nr;
	unsigned int indent;
	unsigned int width[COLUMNS_MAX];

	/* JSON */
	unsigned int depth;
	bool list;	/* the outermost is an array */
	bool filled;	/* the array or object at hand is not empty */
} out;

static void flush_table(void)
{
	unsigned int column = 0, pad = 0, i;
	const struct cell *cell;

	for (i = 0; i < out.nr; i++) {
		cell = &out.cells[i];
		column = cell->first ? 0 : column + 1;
		if (column < COLUMNS_MAX && out.width[column] < cell->len)
			out.width[column] = cell->len;
	}

	for (i = 0; i < out.nr; i++) {
		cell = &out.cells[i];
		if (cell->first) {
			fprintf(out.to, "%s%*s", i ? "\n" : "", out.indent, "");
			column = 0;
			pad = 0;
		} else {
			fprintf(out.to, "%*s", pad + 1, "");
			column++;
		}
		fwrite(out.text + cell->start, 1, cell->len, out.to);
		pad = column < COLUMNS_MAX ? out.width[column] - cell->len : 0;
	}
	if (out.nr)
		fputc('\n', out.to);
	out.nr = 0;
	out.used = 0;
}

/**
 * print_start() - start an output
 * @to: where it goes
 */
void print_start(FILE *to)
{
	memset(&out, 0, sizeof(out));
	out.to = to;
}

/**
 * print_end() - end an output
 *
 * Return: 0, or errno if it could not be written.
 */
int print_end(void)
{
	if (!options.json)
		flush_table();
	else if (out.filled)
		fputc('\n', out.to);
	out.filled = false;
	errno = 0;
	if (fflush(out.to) || ferror(out.to))
		return errno ? errno : EIO;
	return 0;
}

static void json_string(const char *text)
{
	const unsigned char *c;

	fputc('"', out.to);
	for (c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out.to, "\\%c", *c);
		else if (*c < ' ' || *c > '~')
			fprintf(out.to, "\\u%04x", *c);
		else
			fputc(*c, out.to);
	}
	fputc('"', out.to);
}

/* What comes before a value: a comma if it is not the first, and its key. */
static void json_key(const char *key)
{
	if (out.filled)
		fputs(out.list && out.depth == 1 ? ",\n" : ", ", out.to);
	out.filled = true;
	if (key) {
		json_string(key);
		fputs(": ", out.to);
	}
}

static void json_open(const char *key, char bracket)
{
	if (!options.json)
		return;
	json_key(key);
	fputc(bracket, out.to);
	if (!out.depth++)
		out.list = bracket == '[';
	out.filled = false;
}

static void json_close(char bracket)
{
	if (!options.json)
		return;
	fputc(bracket, out.to);
	out.depth--;
	out.filled = true;
}

/**
 * print_array() - start an array; text has none
 * @key: its key, or NULL if it is in no object
 */
void print_array(const char *key)
{
	json_open(key, '[');
}

/**
 * print_array_end() - end an array
 */
void print_array_end(void)
{
	json_close(']');
}

/**
 * print_object() - start an object; text has none
 * @key: its key, or NULL if it is in no object
 */
void print_object(const char *key)
{
	json_open(key, '{');
}

/**
 * print_object_end() - end an object
 */
void print_object_end(void)
{
	json_close('}');
}

/**
 * print_table() - start a table: lines before it are not aligned with it
 */
void print_table(void)
{
	flush_table();
	memset(out.width, 0, sizeof(out.width));
}

/**
 * print_line() - start a line; JSON has none
 * @indent: spaces before it
 */
void print_line(unsigned int indent)
{
	if (options.json)
		return;
	if (indent != out.indent)
		print_table();
	else if (out.nr + COLUMNS_MAX * 2 > CELLS_MAX ||
		 out.used + COLUMNS_MAX * 2 * CELL_SIZE > TEXT_SIZE)
		flush_table();
	out.indent = indent;
	out.cells[out.nr++] = (struct cell){ .start = out.used, .first = true };
}

/* A word that ends in a colon goes on in the cell that it finds. */
static void add_cell(const char *word, const char *value)
{
	const char *space = word && word[strlen(word) - 1] != ':' ? " " : "";
	struct cell *cell;
	int len;

	if (!out.nr || out.nr == CELLS_MAX || TEXT_SIZE - out.used < CELL_SIZE)
		return;
	cell = &out.cells[out.nr - 1];
	if (cell->len && (!word || *space)) {
		cell = &out.cells[out.nr++];
		*cell = (struct cell){ .start = out.used };
	}

	len = snprintf(out.text + out.used, CELL_SIZE, "%s%s%s",
		       word ? word : "", space, value);
	if (len >= CELL_SIZE)
		len = CELL_SIZE - 1;
	cell->len += len;
	out.used += len;
}

/**
 * print_label() - write a word that only text has
 * @text: the word
 */
void print_label(const char *text)
{
	if (!options.json)
		add_cell(NULL, text);
}

/**
 * print_string() - write a string
 * @key: JSON's key
 * @word: what stands before it in text, or NULL
 * @value: the string
 */
void print_string(const char *key, const char *word, const char *value)
{
	if (!options.json) {
		add_cell(word, value);
		return;
	}
	json_key(key);
	json_string(value);
}

/**
 * print_number() - write a number
 * @key: JSON's key
 * @word: what stands before it in text, or NULL
 * @value: the number
 * @text: how text has it, or NULL for digits
 */
void print_number(const char *key, const char *word, uint64_t value,
		  const char *text)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%llu",
		 (unsigned long long)value);
	if (!options.json) {
		add_cell(word, text ? text : digits);
		return;
	}
	json_key(key);
	fputs(digits, out.to);
}

/**
 * print_bool() - write what is so or not
 * @key: JSON's key
 * @word: what stands before it in text, or NULL
 * @value: whether it is so
 * @text: how text has it, or NULL if it does not
 */
void print_bool(const char *key, const char *word, bool value,
		const char *text)
{
	if (!options.json) {
		if (text)
			add_cell(word, text);
		return;
	}
	json_key(key);
	fputs(value ? "true" : "false", out.to);
}
