// Fuzz target of the tree records' decoder: whatever the bytes, tree_record_check either refuses them or all that the record points to lies
// inside of them. With clang: -fsanitize=fuzzer -DFUZZ_ENTRY_ONLY. With plain gcc the main below changes records at random, from a fixed
// seed:   tree SECONDS   prints how many inputs were tried and taken, then `N passed, N failed`
#include "../gnu.h"

#include "../test/build_record.h"
#include "../tree.h"
#include "chance.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static unsigned long taken;

static void use(const void *bytes, size_t length) {
	static volatile uint8_t sum;
	for (size_t i = 0; i < length; i++) sum += ((const uint8_t *)bytes)[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	// A copy of the very length: the sanitizer sees any step beyond.
	uint8_t *exact = malloc(size ? size : 1);
	struct tree_record record;
	memcpy(exact, data, size);
	if (tree_record_check(exact, size, &record) == 0) {
		taken++;
		use(record.path, strlen(record.path) + 1);
		use(record.target, strlen(record.target) + 1);
		for (uint32_t i = 0; i < record.header.extent_count; i++) {
			struct tree_extent extent = tree_extent_at(&record, i);
			if (extent.offset + extent.length > record.header.size) abort();
		}
		uint32_t at = 0;
		for (uint16_t i = 0; i < record.header.xattr_count; i++) {
			struct tree_xattr xattr = tree_xattr_next(&record, &at);
			use(xattr.name, strlen(xattr.name) + 1);
			use(xattr.value, xattr.size);
		}
	}
	free(exact);
	return 0;
}

#ifndef FUZZ_ENTRY_ONLY
enum { INPUT_MAX = 512 };

static const uint32_t BOUNDS[] = {0, 1, 4095, 4096, 16384, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};
static const struct changes CHANGES = {BOUNDS, sizeof BOUNDS / sizeof *BOUNDS, 4};

// Half of them with the length that they have: what comes behind that check is to be seen too.
static size_t change_record(uint8_t *bytes, size_t length) {
	length = change(&CHANGES, bytes, length);
	uint32_t said = (uint32_t)length;
	if (draw(2) && length >= 4) memcpy(bytes, &said, 4);
	return length;
}

int main(int argc, char **argv) {
	static const struct tree_extent extents[] = {{0, 10}, {20, 10}};
	static const struct record_text corpus[] = {
		{.header = {.kind = TREE_DIRECTORY, .mode = 0755}, .path = "usr/share"},
		{.header = {.kind = TREE_SYMLINK}, .path = "bin", .target = "usr/bin"},
		{.header = {.kind = TREE_HARDLINK}, .path = "a/b", .target = "c/d"},
		{.header = {.kind = TREE_FILE, .size = 40, .flags = TREE_FLAG_SPARSE, .extent_count = 2}, .path = "f", .extents = extents},
		{.header = {.kind = TREE_FILE, .size = 7}, .path = "x/y", .name = "security.capability", .value = "0123456789"},
		{.header = {.kind = TREE_OPAQUE}, .path = "o", .name = "trusted.overlay.opaque", .value = "y"},
		{.header = {.kind = TREE_END}, .path = ""},
	};
	enum { COUNT = sizeof corpus / sizeof *corpus };
	static uint8_t input[INPUT_MAX];
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1);
	unsigned long tried = 0;
	for (size_t i = 0; i < COUNT; i++) LLVMFuzzerTestOneInput(input, build_record(&corpus[i], input));
	unsigned long sound = taken;
	while (time(NULL) < end) {
		size_t length = build_record(&corpus[draw(COUNT)], input);
		LLVMFuzzerTestOneInput(input, change_record(input, length));
		tried++;
	}
	printf("%lu inputs, %lu of them taken; of %d unchanged records %lu\n", tried, taken - sound, COUNT, sound);
	int good = sound == COUNT && tried > 0;
	printf("%d passed, %d failed\n", good, !good);
	return !good;
}
#endif
