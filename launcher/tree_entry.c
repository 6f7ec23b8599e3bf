// Makes one entry of a tree. A directory over a directory keeps what is inside; everything else replaces what was there. The last
// part of a path is never followed: it is made anew (O_EXCL), or opened with O_NOFOLLOW.
#include "gnu.h"
#include "machine.h"
#include "tree.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int file_at(const struct tree_record *record, int dir, const char *leaf) {
	int fd = openat(dir, leaf, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, record->header.mode & 0777);
	return fd < 0 ? -errno : fd;
}

static int node_at(const struct tree_record *record, int dir, const char *leaf) {
	const struct tree_header *header = &record->header;
	switch (header->kind) {
	case TREE_SYMLINK: return outcome(symlinkat(record->target, dir, leaf));
	case TREE_FIFO: return outcome(mknodat(dir, leaf, S_IFIFO | header->mode, 0));
	case TREE_WHITEOUT: return outcome(mknodat(dir, leaf, S_IFCHR, 0));  // overlayfs.rst: a device of number 0:0
	default: {
		mode_t type = header->kind == TREE_CHAR ? S_IFCHR : S_IFBLK;
		return outcome(mknodat(dir, leaf, type | header->mode, makedev(header->major, header->minor)));
	}
	}
}

static int make_at(const struct tree_record *record, int dir, const char *leaf) {
	return record->header.kind == TREE_FILE ? file_at(record, dir, leaf) : node_at(record, dir, leaf);
}

// Takes away what stands in an entry's place. A directory or a link may have been on the way to the directory that is kept; the one at
// hand is held by its descriptor, so only later entries must look again.
static int clear_place(int dir, const char *leaf) {
	struct stat file;
	if (fstatat(dir, leaf, &file, AT_SYMLINK_NOFOLLOW) == 0 && (S_ISDIR(file.st_mode) || S_ISLNK(file.st_mode))) tree_parent_forget();
	return tree_remove(dir, leaf);
}

static bool is_directory(int dir, const char *leaf) {
	struct stat file;
	return fstatat(dir, leaf, &file, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(file.st_mode);
}

// 0, the descriptor of a file, or -errno.
static int make_over(const struct tree_session *session, const struct tree_record *record, int dir, const char *leaf) {
	int made = make_at(record, dir, leaf);
	if (made != -EEXIST) return made;
	if (session->keeps_kinds && is_directory(dir, leaf)) return -EISDIR;
	int cleared = clear_place(dir, leaf);
	return cleared < 0 ? cleared : make_at(record, dir, leaf);
}

static bool same_file(int dir, const char *leaf, int other_dir, const char *other) {
	struct stat one, two;
	return fstatat(dir, leaf, &one, AT_SYMLINK_NOFOLLOW) == 0 && fstatat(other_dir, other, &two, AT_SYMLINK_NOFOLLOW) == 0 &&
		one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

// Gives the file `from` in `from_dir` the name `leaf` too. A link's target is not followed: linkat(2) without AT_SYMLINK_FOLLOW.
static int link_over(const struct tree_session *session, int from_dir, const char *from, int dir, const char *leaf) {
	if (is_directory(from_dir, from) || (session->keeps_kinds && is_directory(dir, leaf))) return -EISDIR;
	int result = outcome(linkat(from_dir, from, dir, leaf, 0));
	if (result != -EEXIST || same_file(from_dir, from, dir, leaf)) return result == -EEXIST ? 0 : result;
	result = clear_place(dir, leaf);
	return result < 0 ? result : outcome(linkat(from_dir, from, dir, leaf, 0));
}

static int make_hardlink(struct tree_session *session, const struct tree_record *record) {
	const char *from, *leaf;
	// Two directories are needed at once, and only the last one stays open.
	int kept = tree_parent(session, record->target, &from);
	if (kept < 0) return kept;
	int from_dir = fcntl(kept, F_DUPFD_CLOEXEC, 0);
	if (from_dir < 0) return -errno;
	int dir = tree_parent(session, record->path, &leaf);
	int result = dir < 0 ? dir : link_over(session, from_dir, from, dir, leaf);
	close(from_dir);
	return result;
}

// Opens the directory, made or there before; what is there and is none goes.
static int open_directory(const struct tree_session *session, int dir, const char *leaf, mode_t mode) {
	bool made = mkdirat(dir, leaf, mode & 0777) == 0;
	if (!made && errno != EEXIST) return -errno;
	int fd = openat(dir, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0) return fd;
	if (errno != ENOTDIR && errno != ELOOP) return -errno;
	if (session->keeps_kinds) return -ENOTDIR;
	int result = clear_place(dir, leaf);
	if (result == 0) result = outcome(mkdirat(dir, leaf, mode & 0777));
	if (result < 0) return result;
	fd = openat(dir, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int make_directory(struct tree_session *session, const struct tree_record *record) {
	const char *leaf;
	if (record->header.path_length == 0) return tree_attributes_fd(session, record, session->root);
	int dir = tree_parent(session, record->path, &leaf);
	if (dir < 0) return dir;
	int fd = open_directory(session, dir, leaf, record->header.mode);
	if (fd < 0) return fd;
	int result = tree_attributes_fd(session, record, fd);
	if (result < 0) close(fd);
	else tree_parent_keep(record->path, record->header.path_length, fd);
	return result;
}

static int make_file(struct tree_session *session, const struct tree_record *record) {
	const char *leaf;
	int dir = tree_parent(session, record->path, &leaf);
	return dir < 0 ? dir : make_over(session, record, dir, leaf);
}

static int make_other(struct tree_session *session, const struct tree_record *record) {
	const char *leaf;
	int dir = tree_parent(session, record->path, &leaf);
	if (dir < 0) return dir;
	uint8_t kind = record->header.kind;
	int made = make_over(session, record, dir, leaf);
	if (made == -EPERM && session->lenient && (kind == TREE_CHAR || kind == TREE_BLOCK)) {
		tree_answer(session, TREE_WARNED, EPERM, record, NULL);  // mknod(2): a user namespace makes no devices
		return 0;
	}
	return made == 0 && kind != TREE_WHITEOUT ? tree_attributes_at(session, record, dir, leaf) : made;
}

int tree_entry(struct tree_session *session, const struct tree_record *record) {
	session->step = TREE_STEP_MAKE;
	switch (record->header.kind) {
	case TREE_FILE: return make_file(session, record);
	case TREE_DIRECTORY: return make_directory(session, record);
	case TREE_HARDLINK: return make_hardlink(session, record);
	default: return make_other(session, record);
	}
}
