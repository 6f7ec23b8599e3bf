// Session and terminal ops.
#include "gnu.h"
#include "machine.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int op_setsid(struct machine *machine, const struct op *op) {
	(void)machine, (void)op;
	return outcome(setsid());
}

// Both sides come from the very devpts instance: opening a name in /dev/pts could be led elsewhere (CVE-2025-52565).
int op_pty(struct machine *machine, const struct op *op) {
	struct winsize size = {.ws_row = (unsigned short)op->args[A_PTY_ROWS], .ws_col = (unsigned short)op->args[A_PTY_COLS]};
	struct stat file;
	int unlock = 0, slave = -1;
	int master = openat(fd_in(machine, op, A_PTY_DEVPTS), "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (master < 0) return -errno;
	int result = outcome(fstat(master, &file));
	if (result == 0 && (!S_ISCHR(file.st_mode) || file.st_rdev != makedev(5, 2))) result = -ENODEV;
	if (result == 0) result = outcome(ioctl(master, TIOCSPTLCK, &unlock));
	if (result == 0) result = outcome(slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
	if (result == 0 && size.ws_row && size.ws_col) result = outcome(ioctl(slave, TIOCSWINSZ, &size));
	if (result < 0) {
		close(master);
		close(slave);
		return result;
	}
	set_out(machine, op, A_PTY_MASTER, master);
	set_out(machine, op, A_PTY_SLAVE, slave);
	return 0;
}

int op_ctty(struct machine *machine, const struct op *op) {
	int slave = fd_in(machine, op, A_CTTY_SLAVE);
	int result = outcome(ioctl(slave, TIOCSCTTY, 0));
	for (int fd = 0; result == 0 && fd <= 2; fd++) result = outcome(dup2(slave, fd));
	return result;
}
