// Entries of the log (log_format.c): what each format makes of a line, characters and dates among it.
#include "../gnu.h"

#include "../log.h"
#include "check.h"

#include <stdlib.h>

static char out[LOG_ENTRY_MAX + 1];

static struct entry line(const char *text) {
	return (struct entry){.bytes = (const uint8_t *)text, .length = (uint32_t)strlen(text), .whole = true, .time = {1700000000, 123456000}};
}

static const char *json(struct entry entry) {
	out[log_json((uint8_t *)out, &entry)] = 0;
	return out;
}

// What the format makes of the text alone.
static bool escapes(const char *text, const char *escaped) {
	struct entry entry = line(text);
	entry.whole = false;
	json(entry);
	size_t length = strlen(escaped);
	return strncmp(out + strlen("{\"log\":\""), escaped, length) == 0 && out[strlen("{\"log\":\"") + length] == '"';
}

static bool dated(time_t seconds, long nanoseconds, const char *date) {
	struct entry entry = line("");
	entry.time = (struct timespec){seconds, nanoseconds};
	return strstr(json(entry), date) != NULL;
}

static void test_json(void) {
	struct entry entry = line("out");
	CHECK(strcmp(json(entry), "{\"log\":\"out\\n\",\"stream\":\"stdout\",\"time\":\"2023-11-14T22:13:20.123456Z\"}\n") == 0);
	entry.whole = false;
	entry.error = true;
	entry.fields = (struct range){(const uint8_t *)"{\"a\":\"b\"}", 10};
	CHECK(strcmp(json(entry), "{\"log\":\"out\",\"stream\":\"stderr\",\"attrs\":{\"a\":\"b\"},\"time\":\"2023-11-14T22:13:20.123456Z\"}\n") == 0);
}

static void test_escapes(void) {
	CHECK(escapes("plain \x7f", "plain \x7f"));
	CHECK(escapes("\"\\\r\n\t\x01\x1f", "\\\"\\\\\\r\\n\\u0009\\u0001\\u001f"));
	CHECK(escapes("<>&", "\\u003c\\u003e\\u0026"));
	CHECK(escapes("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"));
	CHECK(escapes("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", "\\u2028\\u2029\xe2\x80\xaa"));
	// Each byte that begins no character: alone, too long, a surrogate, beyond U+10FFFF, cut off.
	CHECK(escapes("\x80\xff", "\\ufffd\\ufffd"));
	CHECK(escapes("\xc0\x80", "\\ufffd\\ufffd"));
	CHECK(escapes("\xe0\x80\x80", "\\ufffd\\ufffd\\ufffd"));
	CHECK(escapes("\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"));
	CHECK(escapes("\xf0\x80\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"));
	CHECK(escapes("\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"));
	CHECK(escapes("\xe2\x82", "\\ufffd\\ufffd"));
	CHECK(escapes("\xe2\x82x", "\\ufffd\\ufffdx"));
}

static void test_dates(void) {
	CHECK(dated(0, 0, "\"1970-01-01T00:00:00Z\""));
	CHECK(dated(951782399, 999999999, "\"2000-02-28T23:59:59.999999999Z\""));
	CHECK(dated(951782400, 0, "\"2000-02-29T00:00:00Z\""));
	CHECK(dated(951868800, 0, "\"2000-03-01T00:00:00Z\""));
	CHECK(dated(1704067199, 0, "\"2023-12-31T23:59:59Z\""));
	CHECK(dated(1704067200, 1, "\"2024-01-01T00:00:00.000000001Z\""));
	CHECK(dated(4107542400, 100000000, "\"2100-03-01T00:00:00.1Z\""));
	CHECK(dated(1795280400, 0, "\"2026-11-21T17:00:00Z\""));
}

static void test_local(void) {
	struct entry entry = line("a\xff\x01");
	out[log_local((uint8_t *)out, &entry)] = 0;
	CHECK(strcmp(out, "o1700000000123456000 a\xff\x01\n") == 0);
	entry.whole = false;
	entry.error = true;
	out[log_local((uint8_t *)out, &entry)] = 0;
	CHECK(strcmp(out, "E1700000000123456000 a\xff\x01\n") == 0);
}

static void test_journal(void) {
	static const char wanted[] = "MESSAGE\n\3\0\0\0\0\0\0\0out\nPRIORITY=6\nSYSLOG_TIMESTAMP=2023-11-14T22:13:20.123456Z\nA=b\nC=d\n";
	struct entry entry = line("out");
	entry.fields = (struct range){(const uint8_t *)"A=b\0C=d", 8};
	CHECK(log_journal((uint8_t *)out, &entry) == sizeof wanted - 1 && memcmp(out, wanted, sizeof wanted - 1) == 0);
	entry.whole = false;
	entry.error = true;
	static const char partial[] = "\nCONTAINER_PARTIAL_MESSAGE=true\nA=b\n";
	size_t length = log_journal((uint8_t *)out, &entry);
	CHECK(memmem(out, length, "PRIORITY=3\n", 11) && memmem(out, length, partial, sizeof partial - 1));
}

static void test_cut(void) {
	static const struct {
		const char *text;
		uint32_t cut;
	} rows[] = {
		{"", 0}, {"abc", 0}, {"\xc3", 1}, {"a\xc3\xa4", 0}, {"\xe2", 1}, {"\xe2\x82", 2}, {"\xe2\x82\xac", 0},
		{"\xf0\x9f\x98", 3}, {"\xf0\x9f\x98\x80", 0}, {"\x80\x80\x80\x80", 0}, {"\xff", 0}, {"\xc3\xff", 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK(cut_character((const uint8_t *)rows[i].text, (uint32_t)strlen(rows[i].text)) == rows[i].cut);
}

// The longest line with the longest fields fits, in every format.
static void test_longest(void) {
	static uint8_t bytes[LOG_LINE_MAX], fields[LOG_FIELDS_MAX];
	uint8_t *exact = malloc(LOG_ENTRY_MAX);
	memset(fields, 'x', sizeof fields - 1);
	struct entry entry = {bytes, sizeof bytes, true, false, {4107542400, 999999999}, {fields, sizeof fields}};
	CHECK(log_json(exact, &entry) <= LOG_ENTRY_MAX);
	CHECK(log_local(exact, &entry) <= LOG_ENTRY_MAX);
	CHECK(log_journal(exact, &entry) <= LOG_ENTRY_MAX);
	free(exact);
}

int main(void) {
	test_json();
	test_escapes();
	test_dates();
	test_local();
	test_journal();
	test_cut();
	test_longest();
	return finish();
}
