// Fuzz target of the plan's decoder: whatever the bytes, plan_check either refuses them or every accessor stays inside them.
// With clang: -fsanitize=fuzzer -DFUZZ_ENTRY_ONLY. With plain gcc the main below changes plans at random, from a fixed seed:
//   decode SECONDS [DIRECTORY of encoded plans]   prints how many inputs were tried and taken, then `N passed, N failed`
#include "../gnu.h"

#include "../plan.h"
#include "chance.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static unsigned long taken;

static void use(const void *bytes, size_t length) {
	static volatile uint8_t sum;
	for (size_t i = 0; i < length; i++) sum += ((const uint8_t *)bytes)[i];
}

static void use_argument(const struct plan *plan, const struct op *op, int arg, enum arg_kind kind) {
	static const char *strings[PLAN_MAX_LIST + 1];
	static uint8_t pieces[PLAN_MAX_PIECES];
	static int64_t registers[PLAN_REGISTERS];
	switch (kind) {
	case ARG_STR:
	case ARG_STR_OPT: {
		const char *text = plan_str(plan, op, arg);
		if (text) use(text, strlen(text) + 1);
		break;
	}
	case ARG_BYTES: use(plan_range(plan, op, arg).at, plan_range(plan, op, arg).length); break;
	case ARG_LIST: {
		size_t count = plan_list(plan, op, arg, strings);
		for (size_t i = 0; i < count; i++) use(strings[i], strlen(strings[i]) + 1);
		break;
	}
	case ARG_PIECES: use(pieces, plan_pieces(plan, op, arg, registers, pieces)); break;
	case ARG_IN:
	case ARG_OUT: registers[op->args[arg]]++; break;
	case ARG_SECTION: use(&plan->sections[op->args[arg]], sizeof *plan->sections); break;
	default: break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	// A copy of the very length: the sanitizer sees any step beyond.
	uint8_t *exact = malloc(size ? size : 1);
	struct plan plan;
	memcpy(exact, data, size);
	if (plan_check(&plan, exact, size).code == 0) {
		taken++;
		for (uint32_t i = 0; i < plan.op_count; i++)
			for (int arg = 0; arg < PLAN_MAX_ARGS; arg++)
				use_argument(&plan, &plan.ops[i], arg, op_shape(plan.ops[i].code)->args[arg]);
	}
	free(exact);
	return 0;
}

#ifndef FUZZ_ENTRY_ONLY
enum { CORPUS_MAX = 256, INPUT_MAX = 1 << 16 };

static struct {
	uint8_t *bytes;
	size_t length;
} corpus[CORPUS_MAX];
static size_t corpus_count;

static void add_input(const void *bytes, size_t length) {
	if (corpus_count == CORPUS_MAX) return;
	corpus[corpus_count].bytes = malloc(length);
	memcpy(corpus[corpus_count].bytes, bytes, length);
	corpus[corpus_count++].length = length;
}

// One op of every code, all arguments absent or empty, in one plan: what there is without a directory of real ones.
static void add_built_in(void) {
	static struct {
		uint32_t header[8];
		struct section section;
		struct op ops[256];
	} plan;
	static uint8_t bytes[sizeof plan + 16];
	uint32_t count = 0;
	for (uint16_t code = 0; code < 256; code++) {
		const struct op_shape *shape = op_shape(code);
		if (!shape->known || code == OP_MONITOR || code == OP_GUARD || code == OP_CLONE) continue;
		struct op *op = &plan.ops[count++];
		op->code = code;
		for (int arg = 0; arg < PLAN_MAX_ARGS; arg++)
			if (shape->args[arg] == ARG_STR || shape->args[arg] == ARG_STR_OPT) op->args[arg] = (int64_t)1 << 32;
	}
	uint32_t blob_at = PLAN_HEADER_SIZE + PLAN_SECTION_SIZE + count * PLAN_OP_SIZE;
	const uint32_t header[8] = {PLAN_MAGIC, PLAN_VERSION, blob_at + 16, 1, count, blob_at, 16, 0};
	memcpy(plan.header, header, sizeof header);
	plan.section.count = count;
	memcpy(bytes, &plan, blob_at);
	add_input(bytes, blob_at + 16);
}

static void add_directory(const char *path) {
	static uint8_t bytes[INPUT_MAX];
	DIR *directory = opendir(path);
	for (const struct dirent *entry; directory && (entry = readdir(directory));) {
		int fd = openat(dirfd(directory), entry->d_name, O_RDONLY);
		ssize_t length = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
		if (length > 0) add_input(bytes, (size_t)length);
		if (fd >= 0) close(fd);
	}
	if (directory) closedir(directory);
}

static const uint32_t BOUNDS[] = {0, 1, 3, 4, 255, 256, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff};
static const struct changes CHANGES = {BOUNDS, sizeof BOUNDS / sizeof *BOUNDS, 6};

int main(int argc, char **argv) {
	static uint8_t input[INPUT_MAX];
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1);
	unsigned long tried = 0;
	add_built_in();
	if (argc > 2) add_directory(argv[2]);
	for (size_t i = 0; i < corpus_count; i++) LLVMFuzzerTestOneInput(corpus[i].bytes, corpus[i].length);
	unsigned long sound = taken;
	while (time(NULL) < end) {
		size_t pick = draw(corpus_count);
		memcpy(input, corpus[pick].bytes, corpus[pick].length);
		LLVMFuzzerTestOneInput(input, change(&CHANGES, input, corpus[pick].length));
		tried++;
	}
	printf("%lu inputs, %lu of them taken; of %zu unchanged plans %lu\n", tried, taken - sound, corpus_count, sound);
	int good = sound == corpus_count && tried > 0;
	printf("%d passed, %d failed\n", good, !good);
	return !good;
}
#endif
