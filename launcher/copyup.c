// Copies a tree of the image into a fresh mount that is going to hide it (op copyUp). Every step is taken from a descriptor and
// no link is followed, so that nothing the image holds leads out of it.
#include "gnu.h"

#include "machine.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "entry.h"
#include "path.h"

enum { DEPTH_MAX = 128, ENTRIES = 4096, XATTRS = 4096, XATTR_VALUE = 65536 };

// What the target's file system cannot hold, or this user may not set, is left out: a label is not worth a failed start.
static void copy_xattrs(int from, int to) {
	static char names[XATTRS], value[XATTR_VALUE];
	ssize_t length = flistxattr(from, names, sizeof names);
	for (const char *name = names; length > 0 && name < names + length; name += strlen(name) + 1) {
		ssize_t size = fgetxattr(from, name, value, sizeof value);
		if (size >= 0) fsetxattr(to, name, value, (size_t)size, 0);
	}
}

// Owner before mode, which chown would strip of its set-id bits; times last.
static int copy_attributes(int from, int to, const struct stat *file) {
	const struct timespec times[2] = {file->st_atim, file->st_mtim};
	if (fchownat(to, "", file->st_uid, file->st_gid, AT_EMPTY_PATH) < 0 || fchmod(to, file->st_mode & 07777) < 0) return -errno;
	copy_xattrs(from, to);
	return outcome(utimensat(to, "", times, AT_EMPTY_PATH));
}

static int copy_file(int from_dir, int to_dir, const char *name, const struct stat *file) {
	int from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0) return -errno;
	int to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), result = to < 0 ? -errno : 0;
	while (result == 0) {
		ssize_t sent = copy_file_range(from, NULL, to, NULL, 1 << 30, 0);
		if (sent == 0) break;
		if (sent < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP)) sent = sendfile(to, from, NULL, 1 << 30);
		if (sent < 0) result = -errno;
		if (sent == 0) break;
	}
	if (result == 0) result = copy_attributes(from, to, file);
	close(from);
	close(to);
	return result;
}

static int copy_link(int from_dir, int to_dir, const char *name, const struct stat *file) {
	char target[PATH_MAX];
	ssize_t length = readlinkat(from_dir, name, target, sizeof target);
	if (length < 0) return -errno;
	if ((size_t)length == sizeof target) return -ENAMETOOLONG;
	target[length] = 0;
	if (symlinkat(target, to_dir, name) < 0) return -errno;
	return outcome(fchownat(to_dir, name, file->st_uid, file->st_gid, AT_SYMLINK_NOFOLLOW));
}

static int copy_tree(int from, int to, int depth);

static int copy_directory(int from_dir, int to_dir, const char *name, int depth) {
	int from = openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0) return -errno;
	int result = outcome(mkdirat(to_dir, name, 0700)), to = -1;
	if (result == 0) result = outcome(to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (result == 0) result = copy_tree(from, to, depth + 1);
	close(from);
	close(to);
	return result;
}

static int copy_entry(int from, int to, const char *name, int depth) {
	struct stat file;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return 0;
	if (fstatat(from, name, &file, AT_SYMLINK_NOFOLLOW) < 0) return -errno;
	switch (file.st_mode & S_IFMT) {
	case S_IFDIR: return copy_directory(from, to, name, depth);
	case S_IFREG: return copy_file(from, to, name, &file);
	case S_IFLNK: return copy_link(from, to, name, &file);
	default: return 0;  // devices, pipes and sockets are nobody's data
	}
}

// The entries of a directory, then its own attributes (the other way round, its times would not last).
static int copy_tree(int from, int to, int depth) {
	_Alignas(struct entry) char entries[ENTRIES];
	struct stat file;
	if (depth > DEPTH_MAX) return -ELOOP;
	if (fstat(from, &file) < 0) return -errno;
	for (;;) {
		long got = syscall(SYS_getdents64, from, entries, sizeof entries);
		if (got < 0) return -errno;
		if (got == 0) return copy_attributes(from, to, &file);
		for (long at = 0; at < got; at += ((const struct entry *)(const void *)(entries + at))->length) {
			int result = copy_entry(from, to, ((const struct entry *)(const void *)(entries + at))->name, depth);
			if (result < 0) return result;
		}
	}
}

int op_copy_up(struct machine *machine, const struct op *op) {
	int from = path_open(fd_in(machine, op, A_COPY_UP_ROOT), text_in(machine, op, A_COPY_UP_PATH), O_RDONLY | O_DIRECTORY, 0, 0);
	if (from < 0) return from;
	// A mount's descriptor is O_PATH: not good enough for attributes.
	int to = openat(fd_in(machine, op, A_COPY_UP_INTO), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = to < 0 ? -errno : copy_tree(from, to, 0);
	close(from);
	close(to);
	return result;
}
