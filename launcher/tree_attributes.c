// The attributes of an entry. The order is the point: chown(2) clears set-id bits and capabilities, so mode and xattrs come after it,
// and the times come last.
#include "gnu.h"
#include "machine.h"
#include "tree.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum { LEAF_PATH_MAX = FD_PATH_MAX + NAME_MAX + 2 };


// What the file system cannot hold, or this user may not set, is left out with a warning: a tree without a label is of use. One that shows
// what it should hide is not.
static int judge_xattr(struct tree_session *session, const struct tree_record *record, const char *name, int result) {
	if ((result != -EPERM && result != -EOPNOTSUPP) || record->header.kind == TREE_OPAQUE) return result;
	tree_answer(session, TREE_WARNED, -result, record, name);
	return 0;
}

int tree_xattrs_fd(struct tree_session *session, const struct tree_record *record, int fd) {
	session->step = TREE_STEP_XATTR;
	uint32_t at = 0;
	for (uint16_t i = 0; i < record->header.xattr_count; i++) {
		struct tree_xattr xattr = tree_xattr_next(record, &at);
		int result = outcome(fsetxattr(fd, xattr.name, xattr.value, xattr.size, 0));
		result = judge_xattr(session, record, xattr.name, result);
		if (result < 0) return result;
	}
	return 0;
}

// No system call takes a directory, a name and an xattr: the directory is named through procfs, and the last part is not followed.
static int xattrs_at(struct tree_session *session, const struct tree_record *record, int dir, const char *leaf) {
	char path[LEAF_PATH_MAX];
	session->step = TREE_STEP_XATTR;
	if (record->header.xattr_count == 0) return 0;
	if (strlen(leaf) > NAME_MAX) return -ENAMETOOLONG;
	size_t length = strlen(fd_path(path, dir));
	path[length] = '/';
	strcpy(path + length + 1, leaf);
	uint32_t at = 0;
	for (uint16_t i = 0; i < record->header.xattr_count; i++) {
		struct tree_xattr xattr = tree_xattr_next(record, &at);
		int result = outcome(lsetxattr(path, xattr.name, xattr.value, xattr.size, 0));
		result = judge_xattr(session, record, xattr.name, result);
		if (result < 0) return result;
	}
	return 0;
}

static void times_of(const struct tree_record *record, struct timespec times[2]) {
	times[0] = times[1] = (struct timespec){.tv_sec = record->header.seconds, .tv_nsec = record->header.nanoseconds};
}

int tree_times_fd(const struct tree_record *record, int fd) {
	struct timespec times[2];
	times_of(record, times);
	return outcome(futimens(fd, times));
}

int tree_attributes_fd(struct tree_session *session, const struct tree_record *record, int fd) {
	const struct tree_header *header = &record->header;
	session->step = TREE_STEP_OWNER;
	if (fchown(fd, header->uid, header->gid) < 0) return -errno;
	session->step = TREE_STEP_MODE;
	// A file was made with its mode, but for the set-id bits, which chown clears; a directory may have been there before.
	bool made = header->kind == TREE_FILE && (header->mode & 07000) == 0;
	if (!made && fchmod(fd, header->mode) < 0) return -errno;
	int result = tree_xattrs_fd(session, record, fd);
	if (result < 0) return result;
	session->step = TREE_STEP_TIMES;
	return tree_times_fd(record, fd);
}

// mknod(2) gave the mode; the set-id bits are put back after chown. The node is opened first, so that no link in its place is followed.
static int mode_at(int dir, const char *leaf, mode_t mode) {
	char path[FD_PATH_MAX];
	int fd = openat(dir, leaf, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) return -errno;
	int result = outcome(chmod(fd_path(path, fd), mode));
	close(fd);
	return result;
}

int tree_attributes_at(struct tree_session *session, const struct tree_record *record, int dir, const char *leaf) {
	const struct tree_header *header = &record->header;
	struct timespec times[2];
	session->step = TREE_STEP_OWNER;
	if (fchownat(dir, leaf, header->uid, header->gid, AT_SYMLINK_NOFOLLOW) < 0) return -errno;
	session->step = TREE_STEP_MODE;
	int result = header->kind != TREE_SYMLINK && (header->mode & 07000) ? mode_at(dir, leaf, header->mode) : 0;
	if (result == 0) result = xattrs_at(session, record, dir, leaf);
	if (result < 0) return result;
	session->step = TREE_STEP_TIMES;
	times_of(record, times);
	return outcome(utimensat(dir, leaf, times, AT_SYMLINK_NOFOLLOW));
}
