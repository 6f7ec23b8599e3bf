// Ops on descriptors and on files of the host.
#include "gnu.h"
#include "machine.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "path.h"

const char *fd_path(char path[FD_PATH_MAX], int fd) {
	static const char prefix[] = "/proc/self/fd/";
	char digits[16];
	size_t count = 0, length = sizeof prefix - 1;
	memcpy(path, prefix, length);
	do
		digits[count++] = (char)('0' + fd % 10);
	while (fd /= 10);
	while (count) path[length++] = digits[--count];
	path[length] = 0;
	return path;
}

int op_adopt(struct machine *machine, const struct op *op) {
	int fd = (int)op->args[A_ADOPT_FD];
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) return -errno;
	return out_fd(machine, op, A_ADOPT_OUT, fd);
}

int op_open(struct machine *machine, const struct op *op) {
	int flags = (int)op->args[A_OPEN_FLAGS] | O_CLOEXEC;
	int fd = openat(dir_in(machine, op, A_OPEN_DIR), text_in(machine, op, A_OPEN_PATH), flags, (mode_t)op->args[A_OPEN_MODE]);
	return out_fd(machine, op, A_OPEN_OUT, fd);
}

int op_open_in(struct machine *machine, const struct op *op) {
	int fd = path_open(fd_in(machine, op, A_OPEN_IN_ROOT), text_in(machine, op, A_OPEN_IN_PATH), (uint64_t)op->args[A_OPEN_IN_FLAGS],
		(mode_t)op->args[A_OPEN_IN_MODE], (uint64_t)op->args[A_OPEN_IN_RESOLVE]);
	if (fd >= 0) set_out(machine, op, A_OPEN_IN_OUT, fd);
	return fd < 0 ? fd : 0;
}

int op_close(struct machine *machine, const struct op *op) {
	int fd = fd_in(machine, op, A_CLOSE_FD);
	set_out(machine, op, A_CLOSE_FD, -1);
	if (undo_holds(machine, fd)) return 0;
	return outcome(close(fd));
}

int op_close_from(struct machine *machine, const struct op *op) {
	(void)machine;
	unsigned first = (unsigned)op->args[A_CLOSE_FROM_FIRST];
	if (syscall(SYS_close_range, first, ~0u, CLOSE_RANGE_CLOEXEC) == 0) return 0;
	if (errno != EINVAL && errno != ENOSYS) return -errno;
	// CLOSE_RANGE_CLOEXEC is Linux 5.11.
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
	for (unsigned fd = first; fd < limit.rlim_cur && fd <= INT_MAX; fd++) fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

int op_mkdir(struct machine *machine, const struct op *op) {
	int dir = dir_in(machine, op, A_MKDIR_DIR);
	if (mkdirat(dir, text_in(machine, op, A_MKDIR_PATH), (mode_t)op->args[A_MKDIR_MODE]) == 0) {
		undo_note(machine, op, dir, 0);
		return 0;
	}
	return errno == EEXIST ? 0 : -errno;
}

// Below a descriptor of procfs, cgroupfs or sysfs nothing is mounted and no link leads out: where something does, someone
// has put it there to catch the write (CVE-2025-52881).
static int open_below(int dir, const char *path, int flags) {
	if (dir == AT_FDCWD) return openat(dir, path, flags | O_CLOEXEC);
	struct open_how how = {.flags = (uint64_t)flags | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS};
	return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}

// One call: the kernel's control files take each write as a value of its own.
static int write_once(int fd, struct range data) {
	ssize_t written = write(fd, data.at, data.length);
	if (written < 0) return -errno;
	return written == (ssize_t)data.length ? 0 : -EIO;
}

int op_write(struct machine *machine, const struct op *op) {
	struct range data = pieces_in(machine, op, A_WRITE_DATA);
	int fd = open_below(dir_in(machine, op, A_WRITE_DIR), text_in(machine, op, A_WRITE_PATH), O_WRONLY);
	if (fd < 0) return -errno;
	int result = write_once(fd, data);
	close(fd);
	return result;
}

int op_write_fd(struct machine *machine, const struct op *op) {
	return write_once(fd_in(machine, op, A_WRITE_FD_FD), pieces_in(machine, op, A_WRITE_FD_DATA));
}

static int write_all(int fd, struct range data) {
	while (data.length) {
		ssize_t written = write(fd, data.at, data.length);
		if (written < 0) return -errno;
		data.at += written;
		data.length -= (uint32_t)written;
	}
	return 0;
}

int put_file(int dir, const char *path, mode_t mode, struct range data) {
	char aside[PATH_MAX];
	size_t length = strlen(path);
	if (length + sizeof ".tmp" > sizeof aside) return -ENAMETOOLONG;
	memcpy(aside, path, length);
	memcpy(aside + length, ".tmp", sizeof ".tmp");
	unlinkat(dir, aside, 0);  // left by one that was killed
	int fd = openat(dir, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0) return -errno;
	int result = write_all(fd, data);
	if (close(fd) < 0 && result == 0) result = -errno;
	if (result == 0 && renameat(dir, aside, dir, path) < 0) result = -errno;
	if (result < 0) unlinkat(dir, aside, 0);
	return result;
}

int op_put_file(struct machine *machine, const struct op *op) {
	int dir = dir_in(machine, op, A_PUT_FILE_DIR);
	struct range data = pieces_in(machine, op, A_PUT_FILE_DATA);
	int result = put_file(dir, text_in(machine, op, A_PUT_FILE_PATH), (mode_t)op->args[A_PUT_FILE_MODE], data);
	if (result == 0) undo_note(machine, op, dir, 0);
	return result;
}

// Reads a small file whole; its length without trailing white space, or -errno.
static ssize_t read_small(int dir, const char *path, char *buffer, size_t size) {
	int fd = open_below(dir, path, O_RDONLY);
	if (fd < 0) return -errno;
	ssize_t length = read(fd, buffer, size);
	int error = errno;
	close(fd);
	if (length < 0) return -error;
	if ((size_t)length == size) return -EFBIG;
	while (length && strchr(" \n\t", buffer[length - 1])) length--;
	return length;
}

int op_copy_if_empty(struct machine *machine, const struct op *op) {
	char text[4096];
	int dir = dir_in(machine, op, A_COPY_IF_EMPTY_DIR);
	const char *to = text_in(machine, op, A_COPY_IF_EMPTY_TO);
	ssize_t length = read_small(dir, to, text, sizeof text);
	if (length != 0) return length < 0 ? (int)length : 0;
	length = read_small(dir, text_in(machine, op, A_COPY_IF_EMPTY_FROM), text, sizeof text);
	if (length < 0) return (int)length;
	int fd = open_below(dir, to, O_WRONLY);
	if (fd < 0) return -errno;
	int result = outcome(write(fd, text, (size_t)length));
	close(fd);
	return result;
}

int op_unlink(struct machine *machine, const struct op *op) {
	return outcome(unlinkat(dir_in(machine, op, A_UNLINK_DIR), text_in(machine, op, A_UNLINK_PATH), (int)op->args[A_UNLINK_FLAGS]));
}

int op_fchown(struct machine *machine, const struct op *op) {
	// fchownat with an empty path takes O_PATH descriptors too, which fchown(2) does not.
	int fd = fd_in(machine, op, A_FCHOWN_FD);
	return outcome(fchownat(fd, "", (uid_t)op->args[A_FCHOWN_UID], (gid_t)op->args[A_FCHOWN_GID], AT_EMPTY_PATH));
}

int op_check_fs(struct machine *machine, const struct op *op) {
	struct statfs fs;
	struct stat file;
	int fd = fd_in(machine, op, A_CHECK_FS_FD);
	if (fstatfs(fd, &fs) < 0 || fstat(fd, &file) < 0) return -errno;
	if ((uint32_t)fs.f_type != (uint32_t)op->args[A_CHECK_FS_MAGIC]) return -EXDEV;
	return op->args[A_CHECK_FS_INO] == 0 || file.st_ino == (ino_t)op->args[A_CHECK_FS_INO] ? 0 : -EXDEV;
}

int op_refuse_fs(struct machine *machine, const struct op *op) {
	struct statfs fs;
	if (fstatfs(fd_in(machine, op, A_REFUSE_FS_FD), &fs) < 0) return -errno;
	return (uint32_t)fs.f_type == (uint32_t)op->args[A_REFUSE_FS_MAGIC] ? -EXDEV : 0;
}

int op_check_device(struct machine *machine, const struct op *op) {
	struct stat file;
	if (fstat(fd_in(machine, op, A_CHECK_DEVICE_FD), &file) < 0) return -errno;
	dev_t number = makedev((unsigned)op->args[A_CHECK_DEVICE_MAJOR], (unsigned)op->args[A_CHECK_DEVICE_MINOR]);
	return (file.st_mode & S_IFMT) == (mode_t)op->args[A_CHECK_DEVICE_TYPE] && file.st_rdev == number ? 0 : -ENODEV;
}

int op_open_pid(struct machine *machine, const struct op *op) {
	// "/proc/self/fd/<pid>" from its last slash on: the one decimal printer there is.
	char path[FD_PATH_MAX];
	int64_t pid = value_in(machine, op, A_OPEN_PID_PID);
	if (pid <= 0 || pid > INT_MAX) return -ESRCH;
	const char *name = strrchr(fd_path(path, (int)pid), '/') + 1;
	return out_fd(machine, op, A_OPEN_PID_OUT, openat(fd_in(machine, op, A_OPEN_PID_PROC), name, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

int op_lift(struct machine *machine, const struct op *op) {
	int from = fd_in(machine, op, A_LIFT_FD), fd = fcntl(from, F_DUPFD_CLOEXEC, (int)op->args[A_LIFT_LEAST]);
	if (fd < 0) return -errno;
	close(from);
	set_out(machine, op, A_LIFT_FD, fd);
	return 0;
}

int op_dup2(struct machine *machine, const struct op *op) {
	int from = fd_in(machine, op, A_DUP2_FROM), fd = (int)op->args[A_DUP2_FD];
	// What fails from here on must still be heard, and not by whoever reads the descriptor.
	if (fd == machine->report_fd) {
		int report_fd = fcntl(fd, F_DUPFD_CLOEXEC, fd + 1);
		if (report_fd < 0) return -errno;
		machine->report_fd = report_fd;
	}
	if (from == fd) return outcome(fcntl(fd, F_SETFD, 0));  // dup2 of a number onto itself leaves close-on-exec set
	return outcome(dup2(from, fd));
}
