// Ops on descriptors 0, 1 and 2: they belong to the container's user, so that it can open /dev/stderr anew, and none is a file of the host's
// that happens to be everybody's.
#include "gnu.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "machine.h"

static bool is_null_device(const struct stat *st) {
	return S_ISCHR(st->st_mode) && major(st->st_rdev) == 1 && minor(st->st_rdev) == 3;
}

int op_own_stdio(struct machine *machine, const struct op *op) {
	(void)machine;
	uid_t uid = (uid_t)op->args[A_OWN_STDIO_UID];
	for (int fd = 0; fd <= 2; fd++) {
		struct stat st;
		if (fstat(fd, &st) < 0) continue;  // closed by the caller
		// Everybody's /dev/null stays root's: it is the host's own node.
		if (st.st_uid == uid || is_null_device(&st)) continue;
		if (fchownat(fd, "", uid, (gid_t)-1, AT_EMPTY_PATH) < 0 && errno != EINVAL && errno != EPERM && errno != EROFS) return -errno;
	}
	return 0;
}

int op_pipe(struct machine *machine, const struct op *op) {
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
	set_out(machine, op, A_PIPE_READ, ends[0]);
	set_out(machine, op, A_PIPE_WRITE, ends[1]);
	return 0;
}

int op_give_stdio(struct machine *machine, const struct op *op) {
	static const int args[] = {A_GIVE_STDIO_STDIN, A_GIVE_STDIO_STDOUT, A_GIVE_STDIO_STDERR};
	for (int fd = 0; fd <= 2; fd++) {
		int from = fd_in(machine, op, args[fd]);
		if (from < 0 || from == fd) continue;
		if (dup2(from, fd) < 0) return -errno;
		close(from);
		set_out(machine, op, args[fd], -1);
	}
	return 0;
}

int op_reopen_null(struct machine *machine, const struct op *op) {
	char path[FD_PATH_MAX];
	// "self/fd/<null>": the prefix "/proc/" is the descriptor's part.
	const char *below = fd_path(path, fd_in(machine, op, A_REOPEN_NULL_NULL)) + strlen("/proc/");
	for (int fd = 0; fd <= 2; fd++) {
		struct stat st;
		if (fstat(fd, &st) < 0 || !is_null_device(&st)) continue;
		int null = openat(fd_in(machine, op, A_REOPEN_NULL_PROC), below, O_RDWR | O_CLOEXEC);
		if (null < 0) return -errno;
		int result = outcome(dup2(null, fd));
		close(null);
		if (result < 0) return result;
	}
	return 0;
}
