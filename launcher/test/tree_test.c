// The check of tree records (tree_record.c) and the order of names (tree_names.c): what is sound passes, and each rule refuses.
#include "../gnu.h"

#include "../tree.h"
#include "build_record.h"
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct tree_record record;

static int checked(const struct record_text *text) {
	static uint8_t bytes[TREE_RECORD_MAX];
	return tree_record_check(bytes, build_record(text, bytes), &record);
}

static int path_checked(const char *path) {
	return checked(&(struct record_text){.header = {.kind = TREE_FILE}, .path = path});
}

static void test_sound(void) {
	const struct tree_extent extents[] = {{0, 4096}, {8192, 1}};
	const struct record_text text = {
		.header = {.kind = TREE_FILE, .flags = TREE_FLAG_SPARSE, .mode = 04755, .size = 16384, .extent_count = 2},
		.path = "usr/bin/su", .extents = extents, .name = "user.x", .value = "1",
	};
	CHECK(checked(&text) == 0);
	CHECK(strcmp(record.path, "usr/bin/su") == 0 && record.target[0] == 0);
	CHECK(tree_extent_at(&record, 1).offset == 8192 && tree_extent_at(&record, 1).length == 1);
	uint32_t at = 0;
	struct tree_xattr xattr = tree_xattr_next(&record, &at);
	CHECK(strcmp(xattr.name, "user.x") == 0 && xattr.size == 1 && *xattr.value == '1' && at == record.header.xattr_bytes);
	CHECK(checked(&(struct record_text){.header = {.kind = TREE_DIRECTORY}, .path = ""}) == 0);
	CHECK(checked(&(struct record_text){.header = {.kind = TREE_END}, .path = ""}) == 0);
	CHECK(checked(&(struct record_text){.header = {.kind = TREE_SYMLINK}, .path = "l", .target = "/../x//y"}) == 0);
}

static void test_paths(void) {
	static const char *const refused[] = {"", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "./a", "a/."};
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) CHECK(path_checked(refused[i]) == -EPROTO);
	CHECK(path_checked("...") == 0 && path_checked(".a/b..") == 0 && path_checked("\xff") == 0);
	static char longest[PATH_MAX + 1];
	memset(longest, 'a', PATH_MAX);
	CHECK(path_checked(longest) == -EPROTO);
	longest[PATH_MAX - 1] = 0;
	CHECK(path_checked(longest) == 0);
	CHECK(checked(&(struct record_text){.header = {.kind = TREE_HARDLINK}, .path = "a", .target = "../etc/passwd"}) == -EPROTO);
	CHECK(checked(&(struct record_text){.header = {.kind = TREE_HARDLINK}, .path = "a", .target = "/etc/passwd"}) == -EPROTO);
	CHECK(checked(&(struct record_text){.header = {.kind = TREE_SYMLINK}, .path = "a"}) == -EPROTO);
	CHECK(checked(&(struct record_text){.header = {.kind = TREE_FILE}, .path = "a", .target = "b"}) == -EPROTO);
}

static int header_checked(struct tree_header header) {
	return checked(&(struct record_text){.header = header, .path = "a"});
}

static void test_values(void) {
	CHECK(header_checked((struct tree_header){.kind = TREE_DATA}) == -EPROTO);
	CHECK(header_checked((struct tree_header){.kind = TREE_OPAQUE + 1}) == -EPROTO);
	CHECK(header_checked((struct tree_header){.kind = TREE_END}) == -EPROTO);
	CHECK(header_checked((struct tree_header){.kind = TREE_FILE, .mode = 010000}) == -EPROTO);
	CHECK(header_checked((struct tree_header){.kind = TREE_FILE, .nanoseconds = 1000000000}) == -EPROTO);
	CHECK(header_checked((struct tree_header){.kind = TREE_FILE, .size = UINT64_MAX}) == -EPROTO);
	CHECK(header_checked((struct tree_header){.kind = TREE_FIFO, .size = 1}) == -EPROTO);
	CHECK(header_checked((struct tree_header){.kind = TREE_FILE, .flags = 2}) == -EPROTO);
	CHECK(header_checked((struct tree_header){.kind = TREE_FILE, .flags = TREE_FLAG_SPARSE, .size = 5}) == 0);
}

static int extents_checked(struct tree_extent one, struct tree_extent two) {
	const struct tree_extent extents[] = {one, two};
	const struct tree_header header = {.kind = TREE_FILE, .flags = TREE_FLAG_SPARSE, .size = 100, .extent_count = 2};
	return checked(&(struct record_text){.header = header, .path = "a", .extents = extents});
}

static void test_extents(void) {
	CHECK(extents_checked((struct tree_extent){0, 50}, (struct tree_extent){50, 50}) == 0);
	CHECK(extents_checked((struct tree_extent){0, 51}, (struct tree_extent){50, 50}) == -EPROTO);
	CHECK(extents_checked((struct tree_extent){50, 10}, (struct tree_extent){0, 10}) == -EPROTO);
	CHECK(extents_checked((struct tree_extent){0, 1}, (struct tree_extent){50, 51}) == -EPROTO);
	CHECK(extents_checked((struct tree_extent){0, 0}, (struct tree_extent){50, 50}) == -EPROTO);
	CHECK(extents_checked((struct tree_extent){0, 1}, (struct tree_extent){50, UINT64_MAX - 10}) == -EPROTO);
	CHECK(extents_checked((struct tree_extent){0, 1}, (struct tree_extent){UINT64_MAX, 1}) == -EPROTO);
}

// A record of which one number is wrong.
static int changed(size_t offset, uint32_t value) {
	uint8_t bytes[256];
	const struct record_text text = {.header = {.kind = TREE_FILE}, .path = "abc", .name = "user.x", .value = "1"};
	size_t length = build_record(&text, bytes);
	memcpy(bytes + offset, &value, sizeof value);
	return tree_record_check(bytes, length, &record);
}

static void test_lengths(void) {
	static const size_t lengths[] = {
		offsetof(struct tree_header, length), offsetof(struct tree_header, path_length), offsetof(struct tree_header, target_length),
		offsetof(struct tree_header, extent_count), offsetof(struct tree_header, xattr_bytes),
		sizeof(struct tree_header) + 5, sizeof(struct tree_header) + 9,  // of the xattr's name and value
	};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		CHECK(changed(lengths[i], UINT32_MAX) == -EPROTO);
		CHECK(changed(lengths[i], 0x7fffffff) == -EPROTO);
		CHECK(changed(lengths[i], 4095) == -EPROTO);
	}
	CHECK(tree_record_check((const uint8_t *)"", 0, &record) == -EPROTO);
}

static void test_names(void) {
	char directory[] = "/tmp/teu-tree-XXXXXX", command[64], name[8];
	struct tree_names outer, inner;
	if (!mkdtemp(directory)) exit(1);
	int dir = open(directory, O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "%d", i * 7919 % 1000);
		close(openat(dir, name, O_WRONLY | O_CREAT, 0600));
	}
	mkdirat(dir, "\xff", 0700);
	CHECK(tree_names_start() == 0 && tree_names_list(dir, &outer) == 0 && outer.count == 1001);
	const char *before = tree_names_next(&outer), *next = NULL;
	for (int i = 0; i < 500; i++, before = next) {
		next = tree_names_next(&outer);
		CHECK(strcmp(before, next) < 0);
	}
	int sub = openat(dir, "\xff", O_RDONLY | O_DIRECTORY);
	CHECK(tree_names_list(sub, &inner) == 0 && inner.count == 0 && !tree_names_next(&inner));
	tree_names_drop(&inner);
	for (int i = 0; i < 500; i++) next = tree_names_next(&outer);
	CHECK(strcmp(next, "\xff") == 0 && !tree_names_next(&outer));
	tree_names_drop(&outer);
	tree_names_end();
	snprintf(command, sizeof command, "rm -rf %s", directory);
	CHECK(system(command) == 0);
}

int main(void) {
	test_sound();
	test_paths();
	test_values();
	test_extents();
	test_lengths();
	test_names();
	return finish();
}
