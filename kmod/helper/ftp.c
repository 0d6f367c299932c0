// SPDX-License-Identifier: GPL-2.0-only
/*
 * FTP: the lines that say where a data conn is to go. Whoever sends them may
 * lie, so a line is either exactly of its form or says nothing: numbers have as
 * many digits as they may have and no more, addresses are of the conn's family,
 * nothing follows. Nothing here looks past the line's end.
 */
#include <linux/ctype.h>
#include <linux/inet.h>

#include "helper.h"

/* What a telnet interpreter understands, which ABOR comes with. */
#define TELNET_IAC	0xff
#define TELNET_WILL	0xfb	/* from here on an option follows */

/**
 * struct ftp_text - what is left of a line
 * @at: its next byte
 * @end: after its last one
 */
struct ftp_text {
	const char *at;
	const char *end;
};

static bool is_left(const struct ftp_text *text)
{
	return text->at < text->end;
}

static bool take_char(struct ftp_text *text, char c)
{
	if (!is_left(text) || *text->at != c)
		return false;
	text->at++;
	return true;
}

/* A number of at least one and at most @digits digits, up to @max. */
static bool take_number(struct ftp_text *text, int digits, u32 max, u32 *number)
{
	const char *start = text->at;
	u32 value = 0;

	while (is_left(text) && isdigit(*text->at)) {
		if (text->at - start == digits)
			return false;
		value = value * 10 + (*text->at++ - '0');
	}
	*number = value;
	return text->at > start && value <= max;
}

static bool take_port(struct ftp_text *text, struct vs_ftp_line *found)
{
	u32 port;

	if (!take_number(text, 5, U16_MAX, &port) || !port)
		return false;
	found->port = port;
	return true;
}

/* Numbers of a byte each with @c between them. */
static bool take_bytes(struct ftp_text *text, char c, u8 *bytes, int nr)
{
	u32 number;
	int i;

	for (i = 0; i < nr; i++) {
		if (i && !take_char(text, c))
			return false;
		if (!take_number(text, 3, U8_MAX, &number))
			return false;
		bytes[i] = number;
	}
	return true;
}

/* h1,h2,h3,h4,p1,p2 */
static bool take_host_port(struct ftp_text *text, u8 family,
			   struct vs_ftp_line *found)
{
	u8 bytes[6];

	if (family != NFPROTO_IPV4 || !take_bytes(text, ',', bytes, 6))
		return false;
	memcpy(&found->addr.ip, bytes, sizeof(found->addr.ip));
	found->port = bytes[4] << 8 | bytes[5];
	return found->port;
}

/* What may part fields: one that can't be part of them. */
static bool take_delim(struct ftp_text *text, char *delim)
{
	char c;

	if (!is_left(text))
		return false;
	c = *text->at;
	if (!isascii(c) || !isgraph(c) || isalnum(c) || c == '.' || c == ':')
		return false;
	*delim = c;
	text->at++;
	return true;
}

static bool take_addr(struct ftp_text *text, u8 family, char delim,
		      struct vs_ftp_line *found)
{
	int left = text->end - text->at;
	const char *end;

	if (family == NFPROTO_IPV4)
		return take_bytes(text, '.', (u8 *)&found->addr.ip, 4);
	if (in6_pton(text->at, left, found->addr.in6.s6_addr, delim,
		     &end) != 1)
		return false;
	text->at = end;
	return true;
}

static bool is_over(struct ftp_text *text)
{
	while (is_left(text) && (*text->at == ' ' || *text->at == '\r'))
		text->at++;
	return !is_left(text);
}

static void set_place(struct vs_ftp_line *found, const char *line,
		      const char *start, const char *end)
{
	found->start = start - line;
	found->len = end - start;
}

static bool read_port(struct ftp_text *text, const char *line, u8 family,
		      struct vs_ftp_line *found)
{
	const char *start = text->at;

	if (!take_host_port(text, family, found))
		return false;
	set_place(found, line, start, text->at);
	return is_over(text);
}

/* |1|132.235.1.2|6275| or |2|1080::8:800:200C:417A|5282| */
static bool read_eprt(struct ftp_text *text, const char *line, u8 family,
		      struct vs_ftp_line *found)
{
	const char *start;

	if (!take_delim(text, &found->delim) ||
	    !take_char(text, family == NFPROTO_IPV4 ? '1' : '2') ||
	    !take_char(text, found->delim))
		return false;
	start = text->at;
	if (!take_addr(text, family, found->delim, found) ||
	    !take_char(text, found->delim) || !take_port(text, found))
		return false;
	set_place(found, line, start, text->at);
	return take_char(text, found->delim) && is_over(text);
}

/* The words before are the server's own; not all set brackets (RFC 1123). */
static void skip_words(struct ftp_text *text)
{
	while (is_left(text) && *text->at != '(' && !isdigit(*text->at))
		text->at++;
	take_char(text, '(');
}

static bool read_227(struct ftp_text *text, const char *line, u8 family,
		     struct vs_ftp_line *found)
{
	const char *start;

	skip_words(text);
	start = text->at;
	if (!take_host_port(text, family, found))
		return false;
	set_place(found, line, start, text->at);
	/* A number that goes on, or a seventh, is something else. */
	return !is_left(text) || (!isalnum(*text->at) && *text->at != ',' &&
				  *text->at != '.');
}

/* (|||6446|) */
static bool read_229(struct ftp_text *text, const char *line, u8 family,
		     struct vs_ftp_line *found)
{
	const char *start;

	while (is_left(text) && *text->at != '(')
		text->at++;
	if (!take_char(text, '(') || !take_delim(text, &found->delim) ||
	    !take_char(text, found->delim) || !take_char(text, found->delim))
		return false;
	start = text->at;
	if (!take_port(text, found))
		return false;
	set_place(found, line, start, text->at);
	return take_char(text, found->delim) && take_char(text, ')');
}

/**
 * struct ftp_word - a word that a line of interest begins with
 * @word: the word, with the blank after it
 * @kind: enum vs_ftp_kind
 * @from: who says it
 * @read: reads the rest of the line
 */
struct ftp_word {
	char word[6];
	u8 kind;
	u8 from;
	bool (*read)(struct ftp_text *text, const char *line, u8 family,
		     struct vs_ftp_line *found);
};

static const struct ftp_word words[] = {
	{ "PORT ", VS_FTP_PORT, VS_CLIENT, read_port },
	{ "EPRT ", VS_FTP_EPRT, VS_CLIENT, read_eprt },
	{ "227 ", VS_FTP_PASV, VS_SERVER, read_227 },
	{ "229 ", VS_FTP_EPSV, VS_SERVER, read_229 },
};

/* Telnet's commands: none is part of a line. */
static void skip_telnet(struct ftp_text *text)
{
	int len;

	while (text->end - text->at >= 2 && (u8)text->at[0] == TELNET_IAC) {
		len = (u8)text->at[1] < TELNET_WILL ||
		      (u8)text->at[1] == TELNET_IAC ? 2 : 3;
		text->at += min_t(int, len, text->end - text->at);
	}
}

/* Leaves @text at what follows the word. */
static const struct ftp_word *take_word(struct ftp_text *text,
					enum vs_side from)
{
	unsigned int i, len;

	skip_telnet(text);
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		len = strlen(words[i].word);
		if (words[i].from != from || text->end - text->at < len ||
		    strncasecmp(text->at, words[i].word, len))
			continue;
		text->at += len;
		return &words[i];
	}
	return NULL;
}

/**
 * vs_ftp_parse() - whether a line speaks of a data conn
 * @line: the line
 * @len: its length, without the newline
 * @from: who sent it
 * @family: of the conn, NFPROTO_*
 * @found: what it says; set if it does
 *
 * Context: any.
 * Return: what kind of line it is, VS_FTP_NONE for those that don't, or not in
 * the way they are meant to.
 */
enum vs_ftp_kind vs_ftp_parse(const char *line, unsigned int len,
			      enum vs_side from, u8 family,
			      struct vs_ftp_line *found)
{
	struct ftp_text text = { .at = line, .end = line + len };
	const struct ftp_word *word;

	if (len > VS_FTP_LINE_MAX)
		return VS_FTP_NONE;
	word = take_word(&text, from);
	if (!word)
		return VS_FTP_NONE;
	if (from == VS_CLIENT)
		while (take_char(&text, ' '))
			;
	memset(found, 0, sizeof(*found));
	if (!word->read(&text, line, family, found))
		return VS_FTP_NONE;
	found->kind = word->kind;
	return word->kind;
}

/**
 * vs_ftp_has_begun() - whether what is to be replaced has begun
 * @text: a line that has no end yet
 * @len: its length
 * @from: who sent it
 *
 * Context: any.
 * Return: true if an address or port may stand in what is there.
 */
bool vs_ftp_has_begun(const char *text, unsigned int len, enum vs_side from)
{
	struct ftp_text left = { .at = text, .end = text + len };

	if (len > VS_FTP_LINE_MAX || !take_word(&left, from))
		return false;
	if (from == VS_SERVER)
		skip_words(&left);
	return is_left(&left);
}

/**
 * vs_ftp_print() - what stands in a line for an address and a port
 * @text: where it goes, VS_FTP_TEXT_MAX bytes
 * @line: address, port, and the kind of line
 * @family: of the address, NFPROTO_*
 *
 * Context: any.
 * Return: its length.
 */
unsigned int vs_ftp_print(char *text, const struct vs_ftp_line *line,
			  u8 family)
{
	const u8 *ip = (const u8 *)&line->addr.ip;

	switch (line->kind) {
	case VS_FTP_PORT:
	case VS_FTP_PASV:
		return scnprintf(text, VS_FTP_TEXT_MAX, "%u,%u,%u,%u,%u,%u",
				 ip[0], ip[1], ip[2], ip[3], line->port >> 8,
				 line->port & 0xff);
	case VS_FTP_EPRT:
		if (family == NFPROTO_IPV4)
			return scnprintf(text, VS_FTP_TEXT_MAX, "%pI4%c%u",
					 ip, line->delim, line->port);
		return scnprintf(text, VS_FTP_TEXT_MAX, "%pI6c%c%u",
				 &line->addr.in6, line->delim, line->port);
	}
	return scnprintf(text, VS_FTP_TEXT_MAX, "%u", line->port);
}
