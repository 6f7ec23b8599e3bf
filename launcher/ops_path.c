// Ops on paths inside a root file system, and the working directory.
#include "gnu.h"
#include "machine.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "path.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452  // Linux 6.6
#endif

int op_make_in(struct machine *machine, const struct op *op) {
	mode_t mode = (mode_t)op->args[A_MAKE_IN_MODE];
	if (!S_ISDIR(mode) && !S_ISREG(mode)) return -EINVAL;
	int fd = path_make(fd_in(machine, op, A_MAKE_IN_ROOT), text_in(machine, op, A_MAKE_IN_PATH), mode);
	if (fd < 0) return fd;
	set_out(machine, op, A_MAKE_IN_OUT, fd);
	return 0;
}

int op_make_like(struct machine *machine, const struct op *op) {
	struct stat file;
	if (fstat(fd_in(machine, op, A_MAKE_LIKE_LIKE), &file) < 0) return -errno;
	mode_t mode = S_ISDIR(file.st_mode) ? S_IFDIR | 0755 : S_IFREG | 0644;
	int fd = path_make(fd_in(machine, op, A_MAKE_LIKE_ROOT), text_in(machine, op, A_MAKE_LIKE_PATH), mode);
	if (fd < 0) return fd;
	set_out(machine, op, A_MAKE_LIKE_OUT, fd);
	return 0;
}

// The node is opened before its owner and mode are set, so that a link put in its place meanwhile is not followed.
static int own_node(int dir, const char *leaf, const struct op *op) {
	struct stat file;
	mode_t mode = (mode_t)op->args[A_MKNOD_MODE];
	dev_t number = makedev((unsigned)op->args[A_MKNOD_MAJOR], (unsigned)op->args[A_MKNOD_MINOR]);
	int fd = openat(dir, leaf, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) return -errno;
	int result = outcome(fstat(fd, &file));
	bool device = S_ISCHR(mode) || S_ISBLK(mode);
	if (result == 0 && ((file.st_mode & S_IFMT) != (mode & S_IFMT) || (device && file.st_rdev != number))) result = -EEXIST;
	if (result == 0) result = outcome(fchownat(fd, "", (uid_t)op->args[A_MKNOD_UID], (gid_t)op->args[A_MKNOD_GID], AT_EMPTY_PATH));
	char path[FD_PATH_MAX];
	// Before fchmodat2(2) the descriptor is named through procfs. After chown, which clears set-id bits.
	if (result == 0 && (file.st_mode & 07777) != (mode & 07777)) {
		result = outcome(syscall(SYS_fchmodat2, fd, "", mode & 07777, AT_EMPTY_PATH));
		if (result == -ENOSYS) result = outcome(chmod(fd_path(path, fd), mode & 07777));
	}
	close(fd);
	return result;
}

int op_mknod(struct machine *machine, const struct op *op) {
	char leaf[NAME_MAX + 1];
	int dir = path_parent(fd_in(machine, op, A_MKNOD_ROOT), text_in(machine, op, A_MKNOD_PATH), leaf);
	if (dir < 0) return dir;
	dev_t number = makedev((unsigned)op->args[A_MKNOD_MAJOR], (unsigned)op->args[A_MKNOD_MINOR]);
	int result = outcome(mknodat(dir, leaf, (mode_t)op->args[A_MKNOD_MODE], number));
	if (result == 0 || result == -EEXIST) result = own_node(dir, leaf, op);
	close(dir);
	return result;
}

int op_symlink(struct machine *machine, const struct op *op) {
	char leaf[NAME_MAX + 1];
	int dir = path_parent(fd_in(machine, op, A_SYMLINK_ROOT), text_in(machine, op, A_SYMLINK_PATH), leaf);
	if (dir < 0) return dir;
	int result = outcome(symlinkat(text_in(machine, op, A_SYMLINK_TARGET), dir, leaf));
	close(dir);
	return result == -EEXIST ? 0 : result;
}

// Makes the working directory below "/", as the other runtimes do for one that the image lacks.
static int make_directory(const char *path) {
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) return -errno;
	int fd = path_make(root, path, S_IFDIR | 0755);
	close(root);
	if (fd < 0) return fd;
	close(fd);
	return 0;
}

int op_chdir(struct machine *machine, const struct op *op) {
	char cwd[PATH_MAX];
	const char *path = text_in(machine, op, A_CHDIR_PATH);
	int result = outcome(chdir(path));
	if (result == -ENOENT && op->args[A_CHDIR_CREATE]) {
		result = make_directory(path);
		if (result == 0) result = outcome(chdir(path));
	}
	if (result < 0) return result;
	// The system call, not the library: it gives "(unreachable)/..." for a directory of another root, which a path such as
	// /proc/self/fd/7 leads to (CVE-2024-21626).
	if (syscall(SYS_getcwd, cwd, sizeof cwd) < 0) return -errno;
	return cwd[0] == '/' ? 0 : -ENOENT;
}

// A file of a root file system for TypeScript to read: what it is, is seen before it is opened.
int op_read_out(struct machine *machine, const struct op *op) {
	struct stat file;
	char name[FD_PATH_MAX];
	int path = path_open(fd_in(machine, op, A_READ_OUT_ROOT), text_in(machine, op, A_READ_OUT_PATH), O_PATH, 0, 0);
	if (path < 0) return path;
	int result = outcome(fstat(path, &file)), from = -1;
	if (result == 0 && !S_ISREG(file.st_mode)) result = -EINVAL;
	if (result == 0 && file.st_size > op->args[A_READ_OUT_MOST]) result = -EFBIG;
	if (result == 0) result = outcome(from = open(fd_path(name, path), O_RDONLY | O_CLOEXEC));
	off_t left = file.st_size;  // what it grows by meanwhile is not read
	while (result == 0 && left > 0) {
		ssize_t sent = sendfile(fd_in(machine, op, A_READ_OUT_TO), from, NULL, (size_t)left);
		if (sent == 0) break;
		if (sent < 0) result = -errno;
		else left -= sent;
	}
	if (from >= 0) close(from);
	close(path);
	return result;
}

int op_fchdir(struct machine *machine, const struct op *op) {
	return outcome(fchdir(fd_in(machine, op, A_FCHDIR_FD)));
}
