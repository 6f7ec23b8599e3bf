// Fuzz target of the wiring file: whatever the bytes, every part is refused with EINVAL or EBADMSG, or all that is read and written of it lies
// inside of it. With clang: -fsanitize=fuzzer -DFUZZ_ENTRY_ONLY. With plain gcc the main below changes a file at random, from a fixed seed:
//   wiring SECONDS   prints how many inputs were tried and parts taken, then `N passed, N failed`
#include "../gnu.h"

#include "../test/build_wiring.h"
#include "chance.h"

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
static const uint32_t BOUNDS[] = {0, 1, 4, 15, 16, 24, 1 << 20, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};
static const struct changes CHANGES = {BOUNDS, sizeof BOUNDS / sizeof *BOUNDS, 4};

int main(int argc, char **argv) {
	uint8_t input[BUILT_LENGTH];
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1);
	unsigned long tried = 0;
	build_wiring(input);
	LLVMFuzzerTestOneInput(input, sizeof input);
	unsigned long sound = taken;
	while (time(NULL) < end) {
		build_wiring(input);
		LLVMFuzzerTestOneInput(input, change(&CHANGES, input, sizeof input));
		tried++;
	}
	printf("%lu inputs, %lu parts of them taken; of an unchanged file %lu\n", tried, taken - sound, sound);
	int good = sound == 1 && tried > 0;
	printf("%d passed, %d failed\n", good, !good);
	return !good;
}
#endif
