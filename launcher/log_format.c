// Entries of the log as bytes: docker's json-file, our own `local`, and the journal's native protocol. Pure: tried by
// test/log_test.c, fuzzed by fuzz/log.c.
#include "gnu.h"
#include "log.h"

#include <string.h>

struct out {
	uint8_t *at;
};

static void put(struct out *out, const void *bytes, size_t length) {
	memcpy(out->at, bytes, length);
	out->at += length;
}

static void put_text(struct out *out, const char *text) {
	put(out, text, strlen(text));
}

// `width` digits of a number, leading zeros too.
static void put_digits(struct out *out, uint64_t value, int width) {
	for (int i = width; i-- > 0; value /= 10) out->at[i] = (uint8_t)('0' + value % 10);
	out->at += width;
}

// RFC 3339 in UTC, as Go's RFC3339Nano: zeros at the end of the fraction left out. Days to dates: the year begins in March.
static void put_time(struct out *out, struct timespec time) {
	enum { DAY = 86400, ERA_DAYS = 146097, TO_MARCH_0000 = 719468 };
	uint64_t days = (uint64_t)time.tv_sec / DAY + TO_MARCH_0000, second = (uint64_t)time.tv_sec % DAY;
	uint64_t era = days / ERA_DAYS, day = days % ERA_DAYS;
	uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	uint64_t of_year = day - (365 * year + year / 4 - year / 100);
	uint64_t month = (5 * of_year + 2) / 153;
	put_digits(out, year + era * 400 + (month >= 10), 4);
	put_text(out, "-");
	put_digits(out, month < 10 ? month + 3 : month - 9, 2);
	put_text(out, "-");
	put_digits(out, of_year - (153 * month + 2) / 5 + 1, 2);
	put_text(out, "T");
	put_digits(out, second / 3600, 2);
	put_text(out, ":");
	put_digits(out, second / 60 % 60, 2);
	put_text(out, ":");
	put_digits(out, second % 60, 2);
	if (time.tv_nsec) {
		put_text(out, ".");
		put_digits(out, (uint64_t)time.tv_nsec, 9);
		while (out->at[-1] == '0') out->at--;
	}
	put_text(out, "Z");
}

// Length of the character that begins here, 0 when there is none (RFC 3629: no surrogates, nothing longer than needed).
static uint32_t character(const uint8_t *at, uint32_t left) {
	uint32_t length = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : (at[0] & 0xf0) == 0xe0 ? 3 : at[0] >= 0xf0 && at[0] < 0xf5 ? 4 : 0;
	if (length == 0 || length > left) return 0;
	for (uint32_t i = 1; i < length; i++)
		if ((at[i] & 0xc0) != 0x80) return 0;
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] >= 0xa0)) return 0;
	if ((at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] >= 0x90)) return 0;
	return length;
}

uint32_t cut_character(const uint8_t *bytes, uint32_t length) {
	for (uint32_t back = 1; back <= 3 && back <= length; back++) {
		uint8_t byte = bytes[length - back];
		if ((byte & 0xc0) == 0x80) continue;
		return byte >= 0xc2 && byte < 0xf5 && back < (byte < 0xe0 ? 2u : byte < 0xf0 ? 3u : 4u) ? back : 0;
	}
	return 0;
}

static void put_escape(struct out *out, uint32_t code) {
	static const char hex[] = "0123456789abcdef";
	const uint8_t text[] = {'\\', 'u', (uint8_t)hex[code >> 12 & 15], (uint8_t)hex[code >> 8 & 15], (uint8_t)hex[code >> 4 & 15], (uint8_t)hex[code & 15]};
	put(out, text, sizeof text);
}

// Of the bytes that are not plain.
static void put_ascii(struct out *out, uint8_t byte) {
	const uint8_t escaped[] = {'\\', byte == '\n' ? 'n' : byte == '\r' ? 'r' : byte};
	switch (byte) {
	case '\n':
	case '\r':
	case '"':
	case '\\': put(out, escaped, sizeof escaped); return;
	default: put_escape(out, byte);
	}
}

static bool is_plain(uint8_t byte) {
	return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\' && byte != '<' && byte != '>' && byte != '&';
}

// How many bytes from here on stand for themselves: most of any log, so they are copied as one.
static uint32_t plain(const uint8_t *bytes, uint32_t length) {
	uint32_t at = 0;
	while (at < length && is_plain(bytes[at])) at++;
	return at;
}

// The escapes are those of docker's writer, also where JSON asks for none: <, >, &, U+2028 and U+2029.
static void put_json(struct out *out, const uint8_t *bytes, uint32_t length) {
	for (uint32_t at = 0; at < length;) {
		uint32_t run = plain(bytes + at, length - at);
		put(out, bytes + at, run);
		if ((at += run) == length) return;
		uint32_t size = character(bytes + at, length - at);
		if (size == 1) put_ascii(out, bytes[at]);
		else if (size == 0) put_escape(out, 0xfffd);
		else if (size == 3 && bytes[at] == 0xe2 && bytes[at + 1] == 0x80 && (bytes[at + 2] & 0xfe) == 0xa8)
			put_escape(out, 0x2000u | (bytes[at + 2] & 0x3f));
		else put(out, bytes + at, size);
		at += size ? size : 1;
	}
}

size_t log_json(uint8_t *to, const struct entry *entry) {
	struct out out = {to};
	put_text(&out, "{\"log\":\"");
	put_json(&out, entry->bytes, entry->length);
	put_text(&out, entry->whole ? "\\n\",\"stream\":\"" : "\",\"stream\":\"");
	put_text(&out, entry->error ? "stderr" : "stdout");
	if (entry->fields.length > 1) {
		put_text(&out, "\",\"attrs\":");
		put(&out, entry->fields.at, entry->fields.length - 1);
		put_text(&out, ",\"time\":\"");
	} else put_text(&out, "\",\"time\":\"");
	put_time(&out, entry->time);
	put_text(&out, "\"}\n");
	return (size_t)(out.at - to);
}

// `o<nanoseconds> <bytes>\n`: the stream's letter, a capital one where the line goes on in the next entry. A line holds no end of line, so that
// whatever a crash leaves, the next entry is found.
size_t log_local(uint8_t *to, const struct entry *entry) {
	struct out out = {to};
	put_text(&out, entry->error ? entry->whole ? "e" : "E" : entry->whole ? "o" : "O");
	put_digits(&out, (uint64_t)entry->time.tv_sec, 10);
	put_digits(&out, (uint64_t)entry->time.tv_nsec, 9);
	put_text(&out, " ");
	put(&out, entry->bytes, entry->length);
	put_text(&out, "\n");
	return (size_t)(out.at - to);
}

// systemd's native protocol: NAME=value lines, or, for a value of any bytes, NAME, its length in 64 bits, and it. 3 and 6: the priorities
// that docker gives the two streams (err, info).
size_t log_journal(uint8_t *to, const struct entry *entry) {
	struct out out = {to};
	uint64_t length = entry->length;
	put_text(&out, "MESSAGE\n");
	put(&out, &length, sizeof length);
	put(&out, entry->bytes, entry->length);
	put_text(&out, entry->error ? "\nPRIORITY=3\nSYSLOG_TIMESTAMP=" : "\nPRIORITY=6\nSYSLOG_TIMESTAMP=");
	put_time(&out, entry->time);
	put_text(&out, entry->whole ? "\n" : "\nCONTAINER_PARTIAL_MESSAGE=true\n");
	for (uint32_t at = 0; at < entry->fields.length; at += (uint32_t)strlen((const char *)entry->fields.at + at) + 1) {
		put_text(&out, (const char *)entry->fields.at + at);
		put_text(&out, "\n");
	}
	return (size_t)(out.at - to);
}
