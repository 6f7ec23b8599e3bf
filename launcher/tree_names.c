// The names in the directories that a walk is in, sorted by bytes so that the same tree gives the same stream everywhere. They lie in two
// mappings of a fixed size, as a stack: a directory's names go when the walk leaves it. Only touched pages take memory.
#include "gnu.h"
#include "entry.h"
#include "tree.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TEXT_SIZE = 256 << 20, NAMES_MAX = 8 << 20, ENTRIES = 65536 };

static char *text;
static uint32_t *starts;  // of each name in `text`
static size_t text_end, count_all;

static void *map(size_t length) {
	void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return at == MAP_FAILED ? NULL : at;
}

int tree_names_start(void) {
	text_end = count_all = 0;
	text = map(TEXT_SIZE);
	starts = map(NAMES_MAX * sizeof *starts);
	return text && starts ? 0 : -ENOMEM;
}

void tree_names_end(void) {
	if (text) munmap(text, TEXT_SIZE);
	if (starts) munmap(starts, NAMES_MAX * sizeof *starts);
	text = NULL;
	starts = NULL;
}

static int add(const char *name) {
	size_t size = strlen(name) + 1;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return 0;
	if (size > TEXT_SIZE - text_end || count_all == NAMES_MAX) return -EOVERFLOW;
	memcpy(text + text_end, name, size);
	starts[count_all++] = (uint32_t)text_end;
	text_end += size;
	return 0;
}

static bool before(uint32_t a, uint32_t b) {
	return strcmp(text + a, text + b) < 0;
}

static void sift(uint32_t *heap, size_t at, size_t count) {
	for (size_t child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && before(heap[child], heap[child + 1])) child++;
		if (!before(heap[at], heap[child])) return;
		uint32_t other = heap[at];
		heap[at] = heap[child];
		heap[child] = other;
	}
}

// Heapsort: in place, no recursion, no bad case.
static void sort(uint32_t *names, size_t count) {
	for (size_t at = count / 2; at-- > 0;) sift(names, at, count);
	while (count-- > 1) {
		uint32_t last = names[count];
		names[count] = names[0];
		names[0] = last;
		sift(names, 0, count);
	}
}

int tree_names_list(int dir, struct tree_names *names) {
	static _Alignas(struct entry) char entries[ENTRIES];
	*names = (struct tree_names){.text_start = text_end, .first = count_all};
	for (;;) {
		long got = syscall(SYS_getdents64, dir, entries, sizeof entries);
		if (got < 0) return -errno;
		if (got == 0) break;
		for (long at = 0; at < got; at += ((const struct entry *)(const void *)(entries + at))->length) {
			int result = add(((const struct entry *)(const void *)(entries + at))->name);
			if (result < 0) return result;
		}
	}
	names->count = count_all - names->first;
	sort(starts + names->first, names->count);
	return 0;
}

const char *tree_names_next(struct tree_names *names) {
	return names->next == names->count ? NULL : text + starts[names->first + names->next++];
}

void tree_names_drop(const struct tree_names *names) {
	text_end = names->text_start;
	count_all = names->first;
}
