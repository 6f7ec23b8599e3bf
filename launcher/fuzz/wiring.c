// Fuzz target of the wiring file: whatever the bytes, every part is refused with EINVAL or EBADMSG, or all that is read and written of it lies
// inside of it. With clang: -fsanitize=fuzzer -DFUZZ_ENTRY_ONLY. With plain gcc the main below changes a file at random, from a fixed seed:
//   wiring SECONDS   prints how many inputs were tried and parts taken, then `N passed, N failed`
#include "../gnu.h"

#include "../test/build_wiring.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { DESCRIPTOR = 7 };

static unsigned long taken;

static int refused(int result) {
	if (result != 0 && result != -EINVAL && result != -EBADMSG) abort();
	return result != 0;
}

// What the ops do with one part, in a copy of the very length: the sanitizer sees any step beyond.
static void use_part(const uint8_t *data, size_t size, const struct wiring_part *part) {
	size_t length = part->length + (size_t)part->places * 4;
	if (part->offset > size || length > size - part->offset) return;  // read short: EBADMSG
	uint8_t *exact = malloc(length ? length : 1);
	struct wiring_port port;
	uint32_t acks;
	memcpy(exact, data + part->offset, length);
	for (uint32_t i = 0; i <= part->length / WIRING_ENTRY; i++)
		if (refused(wiring_port(exact, part->length, i, &port))) break;
	if (!refused(wiring_patch(exact, part, DESCRIPTOR)) && !refused(wiring_messages(exact, part->length, &acks))) taken++;
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	size_t length = size < WIRING_HEAD_MAX ? size : WIRING_HEAD_MAX;
	uint8_t *head = malloc(length ? length : 1);
	struct wiring_part part;
	memcpy(head, data, length);
	for (uint32_t number = 0; number <= WIRING_MAX_PARTS; number++)
		if (!refused(wiring_find(head, length, number, &part))) use_part(data, size, &part);
	free(head);
	return 0;
}

#ifndef FUZZ_ENTRY_ONLY
enum { CHANGES_MAX = 4 };

// xorshift64*: the same inputs on every machine
static uint64_t state = 0x9e3779b97f4a7c15;
static uint64_t draw(uint64_t below) {
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1d >> 16) % below;
}

static size_t change(uint8_t *bytes, size_t length) {
	static const uint32_t bounds[] = {0, 1, 4, 15, 16, 24, 1 << 20, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};
	for (uint64_t changes = 1 + draw(CHANGES_MAX); changes && length > 4; changes--) {
		size_t at = draw(length - 4);
		switch (draw(5)) {
		case 0: bytes[at] ^= (uint8_t)(1u << draw(8)); break;
		case 1: bytes[at] = (uint8_t)draw(256); break;
		case 2: memcpy(bytes + (at & ~(size_t)3), &bounds[draw(sizeof bounds / sizeof *bounds)], 4); break;
		case 3: bytes[at & ~(size_t)3] = (uint8_t)(bytes[at & ~(size_t)3] + draw(9) - 4); break;
		default:
			if (draw(16) == 0) length = draw(length) + 1;
		}
	}
	return length;
}

int main(int argc, char **argv) {
	uint8_t input[BUILT_LENGTH];
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1);
	unsigned long tried = 0;
	build_wiring(input);
	LLVMFuzzerTestOneInput(input, sizeof input);
	unsigned long sound = taken;
	while (time(NULL) < end) {
		build_wiring(input);
		LLVMFuzzerTestOneInput(input, change(input, sizeof input));
		tried++;
	}
	printf("%lu inputs, %lu parts of them taken; of an unchanged file %lu\n", tried, taken - sound, sound);
	int good = sound == 1 && tried > 0;
	printf("%d passed, %d failed\n", good, !good);
	return !good;
}
#endif
