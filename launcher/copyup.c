// Copies a tree: of the image into a fresh mount that is going to hide it (op copyUp), or whole (op copyTree). Every step is taken from
// a descriptor and no link is followed, so that nothing the tree holds leads out of it.
#include "gnu.h"

#include "machine.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "entry.h"
#include "path.h"

enum { DEPTH_MAX = 128, ENTRIES = 4096, XATTRS = 4096, XATTR_VALUE = 65536, INODE_DIGITS = 16 };

struct copy {
	int links;     // a directory with a name of each file that has several, by its inode; -1: each name becomes a file of its own
	dev_t device;  // whose inodes those are
	bool whole;    // devices, pipes and sockets, too
	bool shares;   // the file system has not refused to share blocks
};

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

// One stretch of data, from where both files stand.
static int copy_range(int from, int to, off_t length) {
	while (length > 0) {
		ssize_t sent = copy_file_range(from, NULL, to, NULL, (size_t)length, 0);
		if (sent < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP)) sent = sendfile(to, from, NULL, (size_t)length);
		if (sent < 0) return -errno;
		if (sent == 0) return 0;  // it has become shorter meanwhile
		length -= sent;
	}
	return 0;
}

// Blocks are shared where the file system does that, and holes stay holes.
static int copy_content(struct copy *copy, int from, int to, off_t size) {
	if (size > 0 && copy->shares) {
		if (ioctl(to, FICLONE, from) == 0) return 0;
		copy->shares = false;
	}
	for (off_t at = 0; at < size;) {
		off_t data = lseek(from, at, SEEK_DATA), end = size;
		if (data < 0 && errno == ENXIO) break;  // a hole up to the end
		if (data < 0) data = at;                // a file system that does not tell
		else end = lseek(from, data, SEEK_HOLE);
		if (end < 0 || end > size) end = size;
		if (data >= end) break;
		if (lseek(from, data, SEEK_SET) < 0 || lseek(to, data, SEEK_SET) < 0) return -errno;
		int result = copy_range(from, to, end - data);
		if (result < 0) return result;
		at = end;
	}
	return outcome(ftruncate(to, size));
}

static int copy_file(struct copy *copy, int from_dir, int to_dir, const char *name, const struct stat *file) {
	int from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0) return -errno;
	int to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), result = to < 0 ? -errno : 0;
	if (result == 0) result = copy_content(copy, from, to, file->st_size);
	if (result == 0) result = copy_attributes(from, to, file);
	close(from);
	close(to);
	return result;
}

static void inode_name(char name[INODE_DIGITS + 1], uint64_t inode) {
	for (int at = INODE_DIGITS; at-- > 0; inode >>= 4) name[at] = "0123456789abcdef"[inode & 15];
	name[INODE_DIGITS] = 0;
}

// A file with several names is copied at the first, and linked to that copy at the others.
static int copy_linked(struct copy *copy, int from_dir, int to_dir, const char *name, const struct stat *file) {
	char first[INODE_DIGITS + 1];
	inode_name(first, file->st_ino);
	if (linkat(copy->links, first, to_dir, name, 0) == 0) return 0;
	if (errno != ENOENT) return -errno;
	int result = copy_file(copy, from_dir, to_dir, name, file);
	return result < 0 ? result : outcome(linkat(to_dir, name, copy->links, first, 0));
}

static int name_times(int dir, const char *name, const struct stat *file) {
	const struct timespec times[2] = {file->st_atim, file->st_mtim};
	return outcome(utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW));
}

static int copy_link(int from_dir, int to_dir, const char *name, const struct stat *file) {
	char target[PATH_MAX];
	ssize_t length = readlinkat(from_dir, name, target, sizeof target);
	if (length < 0) return -errno;
	if ((size_t)length == sizeof target) return -ENAMETOOLONG;
	target[length] = 0;
	if (symlinkat(target, to_dir, name) < 0) return -errno;
	if (fchownat(to_dir, name, file->st_uid, file->st_gid, AT_SYMLINK_NOFOLLOW) < 0) return -errno;
	return name_times(to_dir, name, file);
}

// A device that may not be made here is left out.
static int copy_node(int to_dir, const char *name, const struct stat *file) {
	bool device = S_ISCHR(file->st_mode) || S_ISBLK(file->st_mode);
	if (mknodat(to_dir, name, file->st_mode, device ? file->st_rdev : 0) < 0) return device && errno == EPERM ? 0 : -errno;
	if (fchownat(to_dir, name, file->st_uid, file->st_gid, AT_SYMLINK_NOFOLLOW) < 0) return -errno;
	return name_times(to_dir, name, file);
}

static int copy_tree(struct copy *copy, int from, int to, int depth);

static int copy_directory(struct copy *copy, int from_dir, int to_dir, const char *name, int depth) {
	int from = openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0) return -errno;
	int result = outcome(mkdirat(to_dir, name, 0700)), to = -1;
	if (result == 0) result = outcome(to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (result == 0) result = copy_tree(copy, from, to, depth + 1);
	close(from);
	close(to);
	return result;
}

static int copy_entry(struct copy *copy, int from, int to, const char *name, int depth) {
	struct stat file;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return 0;
	if (fstatat(from, name, &file, AT_SYMLINK_NOFOLLOW) < 0) return -errno;
	switch (file.st_mode & S_IFMT) {
	case S_IFDIR: return copy_directory(copy, from, to, name, depth);
	case S_IFREG:
		if (copy->links >= 0 && file.st_nlink > 1 && file.st_dev == copy->device) return copy_linked(copy, from, to, name, &file);
		return copy_file(copy, from, to, name, &file);
	case S_IFLNK: return copy_link(from, to, name, &file);
	default: return copy->whole ? copy_node(to, name, &file) : 0;  // else nobody's data
	}
}

// The entries of a directory, then its own attributes (the other way round, its times would not last).
static int copy_tree(struct copy *copy, int from, int to, int depth) {
	_Alignas(struct entry) char entries[ENTRIES];
	struct stat file;
	if (depth > DEPTH_MAX) return -ELOOP;
	if (fstat(from, &file) < 0) return -errno;
	for (;;) {
		long got = syscall(SYS_getdents64, from, entries, sizeof entries);
		if (got < 0) return -errno;
		if (got == 0) return copy_attributes(from, to, &file);
		for (long at = 0; at < got; at += ((const struct entry *)(const void *)(entries + at))->length) {
			int result = copy_entry(copy, from, to, ((const struct entry *)(const void *)(entries + at))->name, depth);
			if (result < 0) return result;
		}
	}
}

static int copy_path(struct copy *copy, int root, const char *path, int into) {
	int from = path_open(root, path, O_RDONLY | O_DIRECTORY, 0, 0);
	if (from < 0) return from;
	struct stat top;
	// A mount's descriptor is O_PATH: not good enough for attributes.
	int to = openat(into, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = to < 0 ? -errno : outcome(fstat(from, &top));
	if (result == 0) {
		copy->device = top.st_dev;
		copy->shares = true;
		result = copy_tree(copy, from, to, 0);
	}
	close(from);
	close(to);
	return result;
}

int op_copy_up(struct machine *machine, const struct op *op) {
	struct copy copy = {.links = -1};
	return copy_path(&copy, fd_in(machine, op, A_COPY_UP_ROOT), text_in(machine, op, A_COPY_UP_PATH), fd_in(machine, op, A_COPY_UP_INTO));
}

int op_copy_tree(struct machine *machine, const struct op *op) {
	struct copy copy = {.links = fd_in(machine, op, A_COPY_TREE_LINKS), .whole = true};
	return copy_path(&copy, fd_in(machine, op, A_COPY_TREE_ROOT), ".", fd_in(machine, op, A_COPY_TREE_INTO));
}
