// Fuzz target of the log's formats: whatever a container writes, an entry of json-file is one line of ASCII control-free JSON that is valid UTF-8,
// one of `local` is one line, and each stays within its bound. With clang: -fsanitize=fuzzer -DFUZZ_ENTRY_ONLY. With plain gcc the main
// below makes lines at random, from a fixed seed:   log SECONDS   prints how many were tried, then `N passed, N failed`
#include "../gnu.h"

#include "../log.h"
#include "chance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint8_t out[LOG_ENTRY_MAX];

// The strict decoder that the entry is held against, after Unicode's table 3-7.
static bool is_utf8(const uint8_t *at, const uint8_t *end) {
	while (at < end) {
		uint8_t first = *at++;
		if (first < 0x80) continue;
		if (first < 0xc2 || first > 0xf4) return false;
		int more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
		uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80, high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
		for (; more; more--, low = 0x80, high = 0xbf)
			if (at == end || *at < low || *at++ > high) return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	// A copy of the very length: the sanitizer sees any step beyond.
	size_t length = size > LOG_LINE_MAX ? LOG_LINE_MAX : size;
	uint8_t *exact = malloc(length ? length : 1);
	memcpy(exact, data, length);
	for (size_t i = 0; i < length; i++)
		if (exact[i] == '\n') exact[i] = ' ';
	struct entry entry = {exact, (uint32_t)length, length & 1, length & 2, {(time_t)(length * 1000003), (long)length}, {NULL, 0}};
	size_t json = log_json(out, &entry);
	if (json > sizeof out || !is_utf8(out, out + json) || memchr(out, '\n', json) != out + json - 1) abort();
	for (size_t i = 0; i + 1 < json; i++)
		if (out[i] < 0x20) abort();
	size_t local = log_local(out, &entry);
	if (local != length + 22 || memchr(out, '\n', local) != out + local - 1) abort();
	if (log_journal(out, &entry) > sizeof out) abort();
	if (cut_character(exact, (uint32_t)length) > 3) abort();
	free(exact);
	return 0;
}

#ifndef FUZZ_ENTRY_ONLY
int main(int argc, char **argv) {
	static const uint8_t likely[] = {0, 9, 13, '"', '\\', '<', 0x7f, 0x80, 0xa8, 0xbf, 0xc0, 0xc2, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xff};
	static uint8_t input[256];
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1);
	unsigned long tried = 0;
	for (; time(NULL) < end; tried++) {
		size_t length = draw(sizeof input);
		for (size_t i = 0; i < length; i++) input[i] = draw(3) ? likely[draw(sizeof likely)] : (uint8_t)draw(256);
		LLVMFuzzerTestOneInput(input, length);
	}
	printf("%lu lines\n%d passed, %d failed\n", tried, tried > 0, tried == 0);
	return tried == 0;
}
#endif
