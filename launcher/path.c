// Walks paths below a root that a container controls, making what is missing. The walk keeps the part it has resolved as text
// free of symbolic links and opens it again from the root at each step with RESOLVE_NO_SYMLINKS: whoever swaps a directory
// for a link meanwhile (CVE-2021-30465) makes the walk fail with ELOOP, never go elsewhere.
#include "gnu.h"
#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { LINKS_MAX = 40, RACE_TRIES = 128 };

struct walk {
	int root;
	int at;                   // O_PATH descriptor of `done`
	char done[PATH_MAX];      // resolved, relative to the root, no links; "" is the root
	char rest[2 * PATH_MAX];  // still to be walked
	int links;
};

int path_open(int root, const char *path, uint64_t flags, mode_t mode, uint64_t resolve) {
	struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve | RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	if (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) how.mode = mode & 07777;
	// EAGAIN: something on the way was renamed meanwhile, and the kernel cannot tell that the walk stayed inside (openat2(2)).
	for (int tries = 0; tries < RACE_TRIES; tries++) {
		long fd = syscall(SYS_openat2, root, path, &how, sizeof how);
		if (fd >= 0) return (int)fd;
		if (errno != EAGAIN) break;
	}
	return -errno;
}

static int reopen(struct walk *walk) {
	int fd = path_open(walk->root, walk->done[0] ? walk->done : ".", O_PATH, 0, RESOLVE_NO_SYMLINKS);
	if (fd < 0) return fd;
	if (walk->at >= 0) close(walk->at);
	walk->at = fd;
	return 0;
}

// Takes the next part off `rest`; false when there is none. Sets `last` when nothing follows it.
static int next_part(struct walk *walk, char part[NAME_MAX + 1], bool *last) {
	const char *start = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(start, "/");
	if (length == 0) return 0;
	if (length > NAME_MAX) return -ENAMETOOLONG;
	memcpy(part, start, length);
	part[length] = 0;
	const char *after = start + length;
	*last = after[strspn(after, "/")] == 0;
	memmove(walk->rest, after, strlen(after) + 1);
	return 1;
}

static int step_up(struct walk *walk) {
	char *slash = strrchr(walk->done, '/');
	if (slash) *slash = 0;
	else walk->done[0] = 0;  // above the root is the root
	return reopen(walk);
}

// Puts the target of the link before what is still to be walked.
static int follow(struct walk *walk, int link) {
	char target[PATH_MAX];
	if (++walk->links > LINKS_MAX) return -ELOOP;
	ssize_t length = readlinkat(link, "", target, sizeof target);
	if (length < 0) return -errno;
	size_t rest = strlen(walk->rest);
	if ((size_t)length == sizeof target || (size_t)length + rest + 2 > sizeof walk->rest) return -ENAMETOOLONG;
	memmove(walk->rest + length + 1, walk->rest, rest + 1);
	memcpy(walk->rest, target, (size_t)length);
	walk->rest[length] = '/';
	if (target[0] != '/') return 0;
	walk->done[0] = 0;
	return reopen(walk);
}

// Whether a link of procfs leads by itself, whatever its text says: openat2(2) then refuses it, and so do we. Elsewhere no link does; and
// ELOOP there may come from asking with the link's own directory as the root (d/etc -> /etc).
static bool is_magic(const struct walk *walk, int link, const char *part) {
	struct statfs fs;
	if (fstatfs(link, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC) return false;
	int fd = path_open(walk->at, part, O_PATH, 0, 0);
	if (fd >= 0) close(fd);
	return fd == -ELOOP;
}

static int make_part(const struct walk *walk, const char *part, mode_t mode) {
	int made = S_ISREG(mode) ? mknodat(walk->at, part, mode, 0) : mkdirat(walk->at, part, mode & 07777);
	return made == 0 || errno == EEXIST ? 0 : -errno;
}

// Goes one part down, making it as `mode` says when it is not there.
static int step_down(struct walk *walk, const char *part, mode_t mode) {
	size_t before = strlen(walk->done), length = strlen(part);
	struct stat stat;
	if (before + length + 2 > sizeof walk->done) return -ENAMETOOLONG;
	if (before) walk->done[before] = '/';
	memcpy(walk->done + before + (before != 0), part, length + 1);
	int fd = path_open(walk->root, walk->done, O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS);
	if (fd == -ENOENT) {
		int made = make_part(walk, part, mode);
		if (made < 0) return made;
		fd = path_open(walk->root, walk->done, O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS);
	}
	if (fd < 0) return fd;
	if (fstat(fd, &stat) == 0 && S_ISLNK(stat.st_mode)) {
		walk->done[before] = 0;
		int followed = is_magic(walk, fd, part) ? -ELOOP : follow(walk, fd);
		close(fd);
		return followed;
	}
	close(walk->at);
	walk->at = fd;
	return 0;
}

static int start(struct walk *walk, int root, const char *path) {
	if (strlen(path) >= PATH_MAX) return -ENAMETOOLONG;
	walk->root = root;
	walk->at = -1;
	walk->done[0] = 0;
	walk->links = 0;
	strcpy(walk->rest, path);
	return reopen(walk);
}

// Walks on until `rest` is used up; with `leaf`, stops before its last part and puts that there.
static int go(struct walk *walk, mode_t mode, char *leaf) {
	char part[NAME_MAX + 1];
	bool last;
	for (;;) {
		int got = next_part(walk, part, &last);
		if (got < 0) return got;
		if (got == 0) return leaf ? -EEXIST : 0;
		if (strcmp(part, ".") == 0) continue;
		int result;
		if (strcmp(part, "..") == 0) result = step_up(walk);
		else if (last && leaf) return strcpy(leaf, part), 0;
		else result = step_down(walk, part, last ? mode : S_IFDIR | 0755);
		if (result < 0) return result;
	}
}

static int finish(struct walk *walk, int result) {
	if (result == 0) return walk->at;
	if (walk->at >= 0) close(walk->at);
	return result;
}

int path_make(int root, const char *path, mode_t mode) {
	static struct walk walk;
	// The usual case, a target that is there, in one system call.
	int fd = path_open(root, path, O_PATH, 0, 0);
	if (fd != -ENOENT) return fd;
	int result = start(&walk, root, path);
	return finish(&walk, result < 0 ? result : go(&walk, mode, NULL));
}

int path_parent(int root, const char *path, char leaf[NAME_MAX + 1]) {
	static struct walk walk;
	int result = start(&walk, root, path);
	return finish(&walk, result < 0 ? result : go(&walk, S_IFDIR | 0755, leaf));
}
