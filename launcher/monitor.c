// The monitor: what the launcher becomes once the container runs. It holds the terminal and the exit status, forwards signals,
// serves attach clients (attach.c), and cleans up after the container. It outlives every other process of ours, so it holds
// little: no descriptor but its own, no memory but static buffers, at most 1 MiB.
#include "gnu.h"

#include "machine.h"
#include "monitor.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct monitor monitor;

// Not for the container: the monitor's own (SIGCHLD, SIGPIPE), and those of job control, which mean the caller's terminal.
static bool forwarded(uint32_t number) {
	switch (number) {
	case SIGCHLD:
	case SIGPIPE:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU: return false;
	case SIGWINCH: return monitor.pty < 0;
	default: return true;
	}
}

static void forward_signal(void) {
	struct signalfd_siginfo got;
	if (read(monitor.signals, &got, sizeof got) != sizeof got) return;
	if (forwarded(got.ssi_signo)) pidfd_send_signal(monitor.pidfd, (int)got.ssi_signo, NULL, 0);
}

// Reaps whatever ended; true when the container did.
static bool reap(int *status) {
	int ended;
	pid_t pid;
	bool over = false;
	while ((pid = waitpid(-1, &ended, WNOHANG)) > 0) {
		if (pid != monitor.pid) continue;
		*status = ended;
		over = true;
	}
	return over;
}

// One chunk from the terminal to the clients (to nobody, when there are none: the container must not wait for a reader).
// False when there is nothing more for now.
static bool pump(void) {
	uint8_t chunk[CHUNK];
	ssize_t got = read(monitor.pty, chunk, sizeof chunk);
	if (got > 0) attach_send(&monitor, STREAM_OUTPUT, chunk, (uint32_t)got);
	if (got < 0 && errno == EIO) {  // no process has the other side open, and we could not hold it
		close(monitor.pty);
		monitor.pty = -1;
	}
	return got > 0;
}

static int watch(void) {
	enum { SIGNALS, PROCESS, PTY, LISTENER, FIRST_CLIENT };
	struct pollfd set[FIRST_CLIENT + CLIENTS_MAX];
	int status = 0;
	for (;;) {
		int timeout = attach_expire(&monitor);
		short pty_events = (attach_room(&monitor) ? POLLIN : 0) | (attach_blocked(&monitor) ? POLLOUT : 0);
		set[SIGNALS] = (struct pollfd){monitor.signals, POLLIN, 0};
		set[PROCESS] = (struct pollfd){monitor.pidfd, POLLIN, 0};
		set[PTY] = (struct pollfd){pty_events ? monitor.pty : -1, pty_events, 0};
		set[LISTENER] = (struct pollfd){monitor.listener, POLLIN, 0};
		attach_poll(&monitor, set + FIRST_CLIENT, true);
		if (poll(set, sizeof set / sizeof *set, timeout) <= 0) continue;
		if (set[SIGNALS].revents) forward_signal();
		if (set[PTY].revents & POLLOUT) attach_resume(&monitor);
		if (set[PTY].revents & (POLLIN | POLLHUP)) pump();
		if (set[LISTENER].revents & POLLIN) attach_accept(&monitor);
		attach_serve(&monitor, set + FIRST_CLIENT);
		if ((set[SIGNALS].revents || set[PROCESS].revents) && reap(&status)) return status;
	}
}

// Gives clients until `deadline` to take what waits for them, or, with `room`, only until there is room for more.
static void flush_clients(int64_t deadline, bool room) {
	struct pollfd set[CLIENTS_MAX];
	while (room ? !attach_room(&monitor) : attach_waiting(&monitor)) {
		int64_t left = deadline - milliseconds();
		if (left <= 0) return;
		attach_poll(&monitor, set, false);
		if (poll(set, CLIENTS_MAX, (int)left) > 0) attach_serve(&monitor, set);
	}
}

// "exited 3", "signaled 9", "signaled 11 core": one line, for whoever finds the container dead.
static uint32_t describe(int status, char text[64]) {
	char number[FD_PATH_MAX];
	const char *kind = WIFSIGNALED(status) ? "signaled " : "exited ";
	strcpy(text, kind);
	strcpy(text + strlen(text), strrchr(fd_path(number, WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)), '/') + 1);
	strcpy(text + strlen(text), WIFSIGNALED(status) && WCOREDUMP(status) ? " core\n" : "\n");
	return (uint32_t)strlen(text);
}

static void finish(struct machine *machine, const struct op *op, int status, int dir) {
	static const char *arguments[PLAN_MAX_LIST + 1];
	char text[64];
	int64_t deadline = milliseconds() + FAREWELL_MS;
	// The last output first. Where the container had no pid namespace, others may go on writing: hence the deadline.
	while (monitor.pty >= 0 && milliseconds() < deadline && pump()) flush_clients(deadline, true);
	uint32_t length = describe(status, text);
	if (dir >= 0) put_file(dir, "exit", 0644, (struct range){(const uint8_t *)text, length});
	report(machine, REPORT_EXITED, machine->op, status);
	const uint8_t frame[4] = {(uint8_t)(status >> 24), (uint8_t)(status >> 16), (uint8_t)(status >> 8), (uint8_t)status};
	attach_send(&monitor, STREAM_STATUS, frame, sizeof frame);
	flush_clients(deadline, false);
	if (plan_list(&machine->plan, op, A_MONITOR_ON_EXIT, arguments))
		run_helper(machine, &(struct program){arguments[0], arguments, (const char *const *)environ, 0, 0});
}

// Closes every descriptor but those in `keep` (unset ones are -1), and points 0, 1 and 2 at /dev/null: whoever reads the
// container's output sees it end when the container ends.
static void close_others(const int *keep, size_t count) {
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		if (null != fd) dup2(null, fd);
	for (unsigned from = 3; from != 0;) {
		unsigned next = 0;  // the lowest to keep from here on
		for (size_t i = 0; i < count; i++)
			if (keep[i] >= (int)from && (!next || (unsigned)keep[i] < next)) next = (unsigned)keep[i];
		if (next != from) syscall(SYS_close_range, from, next ? next - 1 : ~0u, 0);
		from = next ? next + 1 : 0;
	}
}

int op_monitor(struct machine *machine, const struct op *op) {
	sigset_t all;
	siginfo_t info;
	// Only a child's end can be waited for.
	if (waitid(P_PIDFD, (id_t)fd_in(machine, op, A_MONITOR_PIDFD), &info, WEXITED | WNOHANG | WNOWAIT) < 0) return -errno;
	memset(&all, 0xff, sizeof all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0) return -errno;
	machine->signals = -1;  // closed with the others
	monitor.signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (monitor.signals < 0) return -errno;
	monitor.pid = (pid_t)value_in(machine, op, A_MONITOR_PID);
	monitor.pidfd = fd_in(machine, op, A_MONITOR_PIDFD);
	monitor.pty = fd_in(machine, op, A_MONITOR_PTY);
	monitor.listener = fd_in(machine, op, A_MONITOR_LISTENER);
	int client = fd_in(machine, op, A_MONITOR_CLIENT), dir = fd_in(machine, op, A_MONITOR_DIR), slave = -1;
	if (monitor.listener >= 0) fcntl(monitor.listener, F_SETFL, O_NONBLOCK);
	if (monitor.pty >= 0) {
		fcntl(monitor.pty, F_SETFL, O_RDWR | O_NONBLOCK);
		// While the container has closed its terminal, and may open it again, reading would fail without end: hold the other side.
		slave = ioctl(monitor.pty, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	}
	const int keep[] = {monitor.signals, monitor.pidfd, monitor.pty, monitor.listener, client, dir, slave, machine->report_fd};
	close_others(keep, sizeof keep / sizeof *keep);
	attach_init(&monitor, client);
	int status = watch();
	finish(machine, op, status, dir);
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}
