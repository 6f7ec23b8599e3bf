// Takes back what a host section did before it failed: processes, directories, files, mounts, in reverse order.
#include "gnu.h"
#include "machine.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RMDIR_TRIES = 100, RMDIR_PAUSE_NS = 5000000 };

// plan_check has counted the undoable ops of section 0: there is always room.
void undo_note(struct machine *machine, const struct op *op, int fd, pid_t pid) {
	if (machine->section == 0) machine->undo[machine->undo_count++] = (struct undo){op, fd, pid};
}

// A descriptor that an entry needs stays open when the plan closes its register.
bool undo_holds(const struct machine *machine, int fd) {
	for (size_t i = 0; i < machine->undo_count; i++)
		if (machine->undo[i].fd == fd) return true;
	return false;
}

// The kernel empties a cgroup some time after its last process was reaped: EBUSY is worth half a second.
static void remove_directory(int dir, const char *path) {
	const struct timespec pause = {0, RMDIR_PAUSE_NS};
	for (int tries = 0; tries < RMDIR_TRIES; tries++) {
		if (unlinkat(dir, path, AT_REMOVEDIR) == 0 || errno != EBUSY) return;
		nanosleep(&pause, NULL);
	}
}

static void kill_process(const struct undo *undo) {
	siginfo_t info;
	pidfd_send_signal(undo->fd, SIGKILL, NULL, 0);
	waitid(P_PIDFD, (id_t)undo->fd, &info, WEXITED);
}

// The path argument of each undoable op.
static const char *path_of(const struct machine *machine, const struct op *op) {
	int arg = op->code == OP_MKDIR ? A_MKDIR_PATH : op->code == OP_PUT_FILE ? A_PUT_FILE_PATH : A_LISTEN_NAME;
	return text_in(machine, op, arg);
}

void undo_all(struct machine *machine) {
	while (machine->undo_count) {
		const struct undo *undo = &machine->undo[--machine->undo_count];
		switch (op_shape(undo->op->code)->undo) {
		case UNDO_KILL: kill_process(undo); break;
		case UNDO_RMDIR: remove_directory(undo->fd, path_of(machine, undo->op)); break;
		case UNDO_UNLINK: unlinkat(undo->fd, path_of(machine, undo->op), 0); break;
		case UNDO_UMOUNT: {
			char path[FD_PATH_MAX];
			umount2(fd_path(path, undo->fd), MNT_DETACH);
			break;
		}
		case UNDO_NONE: break;
		}
	}
}
