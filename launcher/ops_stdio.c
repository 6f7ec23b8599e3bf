// Op ownStdio: descriptors 0, 1 and 2 belong to the container's user, so that it can open /dev/stderr anew.
#include "gnu.h"
#include <fcntl.h>
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
