// Removes a tree by descriptors (op removeTree, and what an entry of writeTree replaces). No link is followed and no mount is
// entered. Memory and descriptors are bounded: what lies deeper than NEST directories is moved up to the top, and its turn comes there.
#include "gnu.h"
#include "machine.h"
#include "tree.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "entry.h"
#include "path.h"

enum { NEST = 32, ENTRIES = 4096, PASSES = 64, MOVED_NAME_MAX = 32 };

struct removal {
	int top;          // the tree's own directory
	uint64_t number;  // of the last directory that was moved up
	bool moved;       // one was, in this pass
};

// Opens a directory, also one that its owner may not enter. EXDEV: something is mounted there, and what is inside is not ours.
static int open_directory(int dir, const char *name) {
	char path[FD_PATH_MAX];
	struct stat file;
	int fd = path_open(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, RESOLVE_NO_XDEV);
	if (fd == -EACCES) {
		int bare = path_open(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, RESOLVE_NO_XDEV);
		if (bare < 0) return bare;
		int result = outcome(chmod(fd_path(path, bare), 0700));
		close(bare);
		if (result < 0) return result;
		fd = path_open(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, RESOLVE_NO_XDEV);
	}
	// The capabilities of root pass over the mode; for all others an error would show at the first name.
	if (fd >= 0 && fstat(fd, &file) == 0 && (file.st_mode & 0700) != 0700) fchmod(fd, 0700);
	return fd;
}

// "teu-moved-<number>"
static void moved_name(char name[MOVED_NAME_MAX], uint64_t number) {
	static const char prefix[] = "teu-moved-";
	char digits[20];
	size_t count = 0, at = sizeof prefix - 1;
	memcpy(name, prefix, at);
	do digits[count++] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	while (count > 0) name[at++] = digits[--count];
	name[at] = 0;
}

static int move_up(struct removal *removal, int dir, const char *name) {
	char moved[MOVED_NAME_MAX];
	do {
		moved_name(moved, ++removal->number);
		if (renameat(dir, name, removal->top, moved) == 0) {
			removal->moved = true;
			return 0;
		}
	} while (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR);  // the tree has such a name itself
	return -errno;
}

static int clear(struct removal *removal, int dir, int depth);

static int remove_directory(struct removal *removal, int dir, const char *name, int depth) {
	// Most directories of a deep nest are not empty; asking costs one call.
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
	if (errno != ENOTEMPTY && errno != EEXIST) return -errno;
	if (depth == NEST) return move_up(removal, dir, name);
	int fd = open_directory(dir, name);
	if (fd < 0) return fd == -ENOENT ? 0 : fd;
	int result = clear(removal, fd, depth + 1);
	close(fd);
	if (result < 0) return result;
	return unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -errno;
}

static int remove_name(struct removal *removal, int dir, const char *name, int depth) {
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT) return 0;
	return errno == EISDIR ? remove_directory(removal, dir, name, depth) : -errno;
}

// One pass over a directory; how many names it met.
static long clear_once(struct removal *removal, int dir, int depth) {
	_Alignas(struct entry) char entries[ENTRIES];
	long met = 0;
	if (lseek(dir, 0, SEEK_SET) < 0) return -errno;
	for (;;) {
		long got = syscall(SYS_getdents64, dir, entries, sizeof entries);
		if (got <= 0) return got < 0 ? -errno : met;
		for (long at = 0; at < got; at += ((const struct entry *)(const void *)(entries + at))->length) {
			const char *name = ((const struct entry *)(const void *)(entries + at))->name;
			if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
			met++;
			int result = remove_name(removal, dir, name, depth);
			if (result < 0) return result;
		}
	}
}

// Until a pass meets nothing: names may be passed over while others go (readdir(3)), and at the top new ones come up.
static int clear(struct removal *removal, int dir, int depth) {
	for (int passes = 0; passes < PASSES; passes++) {
		if (depth == 0) removal->moved = false;
		long met = clear_once(removal, dir, depth);
		if (met <= 0) return (int)met;
		if (depth == 0 && removal->moved) passes = 0;
	}
	return -EBUSY;  // somebody is filling it
}

int tree_remove(int dir, const char *name) {
	struct removal removal = {.top = -1};
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT) return 0;
	if (errno != EISDIR) return -errno;
	removal.top = open_directory(dir, name);
	if (removal.top < 0) return removal.top == -ENOENT ? 0 : removal.top;
	int result = clear(&removal, removal.top, 0);
	close(removal.top);
	if (result < 0) return result;
	return unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -errno;
}

int op_remove_tree(struct machine *machine, const struct op *op) {
	const char *name = text_in(machine, op, A_REMOVE_TREE_NAME);
	if (*name == 0 || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return -EINVAL;
	return tree_remove(fd_in(machine, op, A_REMOVE_TREE_DIR), name);
}
