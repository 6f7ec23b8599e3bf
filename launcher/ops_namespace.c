// Ops that make processes, enter namespaces, and let the processes of a plan wait for each other.
#include "gnu.h"
#include "machine.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AWAIT_EXEC = 255 };

// glibc's setns(2), unshare(2): <sched.h> and <linux/sched.h> both define the CLONE_* numbers.
int setns(int fd, int types);
int unshare(int flags);

pid_t clone_process(struct clone_args *args) {
	// Not glibc's fork: its handlers and locks know nothing of CLONE_NEW*, and there is one thread only.
	long pid = syscall(SYS_clone3, args, sizeof *args);
	return pid < 0 ? -errno : (pid_t)pid;
}

int op_clone(struct machine *machine, const struct op *op) {
	int pidfd = -1, cgroup = fd_in(machine, op, A_CLONE_CGROUP);
	uint64_t flags = (uint64_t)op->args[A_CLONE_FLAGS];
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
		.pidfd = (uintptr_t)&pidfd,
		// With CLONE_PARENT the signal is that of the caller's own end, and clone3 takes only 0.
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
		.cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0,
	};
	pid_t pid = clone_process(&args);
	if (pid < 0) return pid;
	if (pid == 0) {
		machine->undo_count = 0;
		if (machine->signals >= 0) interrupt_forget(machine);
		_exit(run_section(machine, (uint32_t)op->args[A_CLONE_SECTION]));
	}
	set_out(machine, op, A_CLONE_PID, pid);
	set_out(machine, op, A_CLONE_PIDFD, pidfd);
	undo_note(machine, op, pidfd, pid);
	if (op->args[A_CLONE_PIDFD] < 0 && machine->section != 0) close(pidfd);
	return 0;
}

int op_setns(struct machine *machine, const struct op *op) {
	// Before processes of a container can see this one (main.c says why not always from the start).
	if (prctl(PR_SET_DUMPABLE, 0) < 0) return -errno;
	return outcome(setns(fd_in(machine, op, A_SETNS_FD), (int)op->args[A_SETNS_TYPES]));
}

int op_unshare(struct machine *machine, const struct op *op) {
	(void)machine;
	return outcome(unshare((int)op->args[A_UNSHARE_FLAGS]));
}

// What no process is in any more is found by what lies in it.
int op_outer_user(struct machine *machine, const struct op *op) {
	struct stat own, above;
	int home = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	int result = home < 0 ? -errno : outcome(fstat(home, &own));
	if (home >= 0) close(home);
	int fd = fcntl(fd_in(machine, op, A_OUTER_USER_FD), F_DUPFD_CLOEXEC, 0);
	if (fd < 0) return -errno;
	while (result == 0) {
		int parent = ioctl(fd, NS_GET_PARENT);
		result = parent < 0 ? -errno : outcome(fstat(parent, &above));
		if (result == 0 && above.st_dev == own.st_dev && above.st_ino == own.st_ino) {
			close(parent);
			set_out(machine, op, A_OUTER_USER_OUT, fd);
			return 0;
		}
		close(fd);
		fd = parent;
	}
	if (fd >= 0) close(fd);
	return result;
}

int op_channel(struct machine *machine, const struct op *op) {
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) return -errno;
	set_out(machine, op, A_CHANNEL_A, ends[0]);
	set_out(machine, op, A_CHANNEL_B, ends[1]);
	return 0;
}

// The peer of a channel is gone: its process died, and has said why.
static int peer_gone(int error) {
	return error == EPIPE || error == ECONNRESET ? -ECHILD : -error;
}

static int send_bytes(int channel, const void *bytes, size_t length) {
	ssize_t sent = send(channel, bytes, length, MSG_NOSIGNAL);
	return sent < 0 ? peer_gone(errno) : 0;
}

// One message: its length, 0 for the end of file, or -errno.
static ssize_t receive(const struct machine *machine, int channel, struct msghdr *message) {
	int result = wait_input(machine, channel, 0);
	if (result < 0) return result;
	for (;;) {
		ssize_t got = recvmsg(channel, message, MSG_CMSG_CLOEXEC);
		if (got >= 0) return got;
		// A peer that ended without reading everything: said once, and before what it sent, which comes now.
		if (errno != EINTR && errno != ECONNRESET) return -errno;
	}
}

static ssize_t receive_bytes(const struct machine *machine, int channel, void *bytes, size_t length) {
	struct iovec part = {bytes, length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	return receive(machine, channel, &message);
}

int op_signal(struct machine *machine, const struct op *op) {
	uint8_t number = (uint8_t)op->args[A_SIGNAL_NUMBER];
	return send_bytes(fd_in(machine, op, A_SIGNAL_CHANNEL), &number, 1);
}

int op_await(struct machine *machine, const struct op *op) {
	uint8_t number;
	ssize_t got = receive_bytes(machine, fd_in(machine, op, A_AWAIT_CHANNEL), &number, 1);
	if (got < 0) return (int)got;
	if (op->args[A_AWAIT_NUMBER] == AWAIT_EXEC)
		// execve closed the peer's end, or the peer failed before it came so far.
		return got ? -EPROTO : atomic_load(&machine->shared->failed) ? -ECHILD : 0;
	if (got == 0) return -ECHILD;
	return number == op->args[A_AWAIT_NUMBER] ? 0 : -EPROTO;
}

int op_send_fd(struct machine *machine, const struct op *op) {
	struct range data = pieces_in(machine, op, A_SEND_FD_DATA);
	int fd = fd_in(machine, op, A_SEND_FD_FD);
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	// At least a byte: a stream socket carries no descriptor without one (unix(7)).
	struct iovec part = {data.length ? (void *)data.at : "", data.length ? data.length : 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.bytes};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
	ssize_t sent = sendmsg(fd_in(machine, op, A_SEND_FD_CHANNEL), &message, MSG_NOSIGNAL);
	if (sent < 0) return peer_gone(errno);
	return (size_t)sent == part.iov_len ? 0 : -EIO;
}

int op_recv_fd(struct machine *machine, const struct op *op) {
	char data[256];
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec part = {data, sizeof data};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.bytes};
	ssize_t got = receive(machine, fd_in(machine, op, A_RECV_FD_CHANNEL), &message);
	if (got <= 0) return got ? (int)got : -ECHILD;
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int fd;
	if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof fd)) return -EPROTO;
	memcpy(&fd, CMSG_DATA(header), sizeof fd);
	set_out(machine, op, A_RECV_FD_OUT, fd);
	return 0;
}

int op_send_value(struct machine *machine, const struct op *op) {
	int64_t value = value_in(machine, op, A_SEND_VALUE_VALUE);
	return send_bytes(fd_in(machine, op, A_SEND_VALUE_CHANNEL), &value, sizeof value);
}

int op_recv_value(struct machine *machine, const struct op *op) {
	int64_t value;
	ssize_t got = receive_bytes(machine, fd_in(machine, op, A_RECV_VALUE_CHANNEL), &value, sizeof value);
	if (got <= 0) return got ? (int)got : -ECHILD;
	if (got != sizeof value) return -EPROTO;
	set_out(machine, op, A_RECV_VALUE_OUT, value);
	return 0;
}

int op_pidfd_open(struct machine *machine, const struct op *op) {
	pid_t pid = (pid_t)value_in(machine, op, A_PIDFD_OPEN_PID);
	int fd = pidfd_open(pid, 0);
	if (fd < 0) return -errno;
	set_out(machine, op, A_PIDFD_OPEN_OUT, fd);
	// Taken back only when it is a child of this process: one that a joining child cloned with CLONE_PARENT.
	siginfo_t info;
	if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG | WNOWAIT) == 0) undo_note(machine, op, fd, pid);
	return 0;
}

int op_reap(struct machine *machine, const struct op *op) {
	int status;
	pid_t pid = TEMP_FAILURE_RETRY(waitpid((pid_t)value_in(machine, op, A_REAP_PID), &status, 0));
	if (pid < 0) return -errno;
	return status == 0 ? 0 : -ECHILD;
}

int op_get_pid(struct machine *machine, const struct op *op) {
	set_out(machine, op, A_GET_PID_OUT, getpid());
	return 0;
}
