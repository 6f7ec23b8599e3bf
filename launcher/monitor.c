// The monitor: what the launcher becomes once the container runs. It holds the terminal or the streams (streams.c), the log (log.c) and the exit
// status, forwards signals, serves attach clients (attach.c), and cleans up after the container. It outlives every other process of ours, so it holds
// little: no descriptor but its own, no memory but static buffers, at most 1 MiB.
#include "gnu.h"

#include "machine.h"
#include "monitor.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct monitor monitor;

// What op monitorStreams said.
static struct {
	int input, outputs[SOURCES_MAX], tees[SOURCES_MAX];
} configured = {-1, {-1, -1}, {-1, -1}};

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

int sooner(int a, int b) {
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

// Waits for something to do, at most `limit` ms (-1: for ever), and does it. Of a container that has ended, only the last output is left to
// do. True when it ended, with its wait status.
static bool turn(int limit, int *status) {
	enum { SIGNALS, PROCESS, LISTENER, INPUT, STREAMS, FIRST_CLIENT = STREAMS + 2 * SOURCES_MAX };
	struct pollfd set[FIRST_CLIENT + CLIENTS_MAX];
	bool lives = !monitor.over;
	int timeout = sooner(limit, sooner(attach_expire(&monitor), log_due(&monitor.log)));
	set[SIGNALS] = (struct pollfd){lives ? monitor.signals : -1, POLLIN, 0};
	set[PROCESS] = (struct pollfd){lives ? monitor.pidfd : -1, POLLIN, 0};
	set[LISTENER] = (struct pollfd){lives ? monitor.listener : -1, POLLIN, 0};
	set[INPUT] = (struct pollfd){lives && attach_blocked(&monitor) ? monitor.input : -1, POLLOUT, 0};
	streams_poll(&monitor, set + STREAMS);
	attach_poll(&monitor, set + FIRST_CLIENT, lives);
	int ready = poll(set, sizeof set / sizeof *set, timeout);
	if (log_retry(&monitor.log)) streams_resume(&monitor);
	if (ready <= 0) return false;
	if (set[SIGNALS].revents) forward_signal();
	if (set[INPUT].revents) attach_resume(&monitor);
	streams_serve(&monitor, set + STREAMS);
	if (set[LISTENER].revents & POLLIN) attach_accept(&monitor);
	attach_serve(&monitor, set + FIRST_CLIENT);
	return (set[SIGNALS].revents || set[PROCESS].revents) && reap(status);
}

// The last output. Who ended with the container has closed its pipes. Where others hold them open, as without a pid namespace they may, what
// comes within a moment is taken. And a log that cannot be written is tried again for a while.
static int drain(void) {
	int64_t now = milliseconds(), latest = now + DRAIN_MS, quiet = now + FAREWELL_MS;
	for (;;) {
		uint64_t before = monitor.moved;
		streams_sweep(&monitor);
		if (!streams_unfinished(&monitor) && log_finish(monitor.machine, &monitor.log)) return 0;
		now = milliseconds();
		if (monitor.moved != before || monitor.log.retry_at) quiet = now + FAREWELL_MS;
		int64_t left = (quiet < latest ? quiet : latest) - now;
		if (left <= 0) break;
		turn((int)left, NULL);
	}
	return log_finish(monitor.machine, &monitor.log) ? 0 : monitor.log.error;
}

// Gives clients until `deadline` to take what waits for them.
static void flush_clients(int64_t deadline) {
	while (attach_waiting(&monitor)) {
		int64_t left = deadline - milliseconds();
		if (left <= 0) return;
		turn((int)left, NULL);
	}
}

// The program that packs a file that was rotated gets a moment; it can be started again with the next container.
static void end_packer(void) {
	struct pollfd set = {monitor.log.packer > 0 ? pidfd_open(monitor.log.packer, 0) : -1, POLLIN, 0};
	if (set.fd < 0) return;
	if (poll(&set, 1, FAREWELL_MS) <= 0) pidfd_send_signal(set.fd, SIGKILL, NULL, 0);
	close(set.fd);
}

bool attended(const struct monitor *m) {
	return m->starter != 0 && getppid() == m->starter;
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
	monitor.over = true;
	if (monitor.input >= 0 && monitor.pty < 0) close(monitor.input);
	int lost = drain();
	// Whoever knows that the container has ended finds its ports free: it may be started again at once.
	release_held(machine);
	uint32_t length = describe(status, text);
	if (dir >= 0) put_file(dir, "exit", 0644, (struct range){(const uint8_t *)text, length});
	if (lost) report(machine, REPORT_WARNED, machine->op, lost);
	report(machine, REPORT_EXITED, machine->op, status);
	const uint8_t frame[4] = {(uint8_t)(status >> 24), (uint8_t)(status >> 16), (uint8_t)(status >> 8), (uint8_t)status};
	attach_send(&monitor, STREAM_STATUS, frame, sizeof frame);
	flush_clients(milliseconds() + FAREWELL_MS);
	// Others know by now that the container has ended; who reads its output may take all the time there is.
	while (streams_waiting(&monitor)) turn(-1, NULL);
	end_packer();
	if (attended(&monitor)) return;
	if (plan_list(&machine->plan, op, A_MONITOR_ON_EXIT, arguments))
		run_helper(machine, &(struct program){arguments[0], arguments, (const char *const *)environ, 0, 0});
}

// The lowest descriptor to keep from `from` on; 0: none.
static unsigned next_kept(const int *keep, size_t count, unsigned from) {
	unsigned next = 0;
	for (size_t i = 0; i < count; i++)
		if (keep[i] >= (int)from && (!next || (unsigned)keep[i] < next)) next = (unsigned)keep[i];
	return next;
}

// Closes every descriptor but those in `keep` (unset ones are -1) and those that are held, and points 0, 1 and 2 at /dev/null: whoever
// reads the container's output sees it end when the container ends.
static void close_others(const struct machine *machine, const int *keep, size_t count) {
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		if (null != fd) dup2(null, fd);
	for (unsigned from = 3; from != 0;) {
		unsigned next = next_kept(keep, count, from), held = next_kept(machine->held, machine->held_count, from);
		if (held && (!next || held < next)) next = held;
		if (next != from) syscall(SYS_close_range, from, next ? next - 1 : ~0u, 0);
		from = next ? next + 1 : 0;
	}
}

int op_keep(struct machine *machine, const struct op *op) {
	return hold_fd(machine, fd_in(machine, op, A_KEEP_FD));
}

int op_hold(struct machine *machine, const struct op *op) {
	int result = outcome(prctl(PR_SET_NAME, text_in(machine, op, A_HOLD_NAME)));
	if (result < 0) return result;
	result = outcome(chdir("/"));
	if (result < 0) return result;
	machine->held_count = 0;
	close_others(machine, NULL, 0);
	for (;;) poll(NULL, 0, -1);
}

int op_monitor_streams(struct machine *machine, const struct op *op) {
	static const int args[SOURCES_MAX] = {A_MONITOR_STREAMS_STDOUT, A_MONITOR_STREAMS_STDERR};
	configured.input = fd_in(machine, op, A_MONITOR_STREAMS_STDIN);
	for (int i = 0; i < SOURCES_MAX; i++) {
		configured.outputs[i] = fd_in(machine, op, args[i]);
		configured.tees[i] = op->args[A_MONITOR_STREAMS_TEE] >> i & 1 ? i + 1 : -1;
	}
	return 0;
}

int op_monitor_log(struct machine *machine, const struct op *op) {
	static const char *on_rotate[PLAN_MAX_LIST + 1];
	struct log *log = &monitor.log;
	int64_t driver = op->args[A_MONITOR_LOG_DRIVER], files = op->args[A_MONITOR_LOG_MAX_FILES];
	if (driver < LOG_JSON || driver > LOG_JOURNAL || files < 1 || files > LOG_FILES_MAX) return -EINVAL;
	log->dir = fd_in(machine, op, A_MONITOR_LOG_DIR);
	log->name = text_in(machine, op, A_MONITOR_LOG_NAME);
	log->max_size = driver == LOG_JOURNAL ? 0 : (uint64_t)op->args[A_MONITOR_LOG_MAX_SIZE];
	log->max_files = (int)files;
	log->fields = plan_range(&machine->plan, op, A_MONITOR_LOG_FIELDS);
	if (log->fields.length > LOG_FIELDS_MAX) return -E2BIG;
	plan_list(&machine->plan, op, A_MONITOR_LOG_ON_ROTATE, on_rotate);
	log->on_rotate = on_rotate;
	int result = log_start(log, (enum log_driver)driver);
	if (result == 0) log->driver = (enum log_driver)driver;
	return result;
}

// Where the container's output comes from: its terminal, or the pipes of monitorStreams.
static int open_streams(void) {
	int slave = -1;
	if (monitor.pty >= 0) {
		// While the container has closed its terminal, and may open it again, reading would fail without end: hold the other side.
		slave = ioctl(monitor.pty, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
		monitor.input = monitor.pty;
	} else if ((monitor.input = configured.input) >= 0) {
		fcntl(monitor.input, F_SETFL, O_WRONLY | O_NONBLOCK);
	}
	streams_open(&monitor.sources[0], monitor.pty >= 0 ? monitor.pty : configured.outputs[0], monitor.pty >= 0, configured.tees[0]);
	streams_open(&monitor.sources[1], monitor.pty >= 0 ? -1 : configured.outputs[1], false, configured.tees[1]);
	return slave;
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
	monitor.machine = machine;
	monitor.pid = (pid_t)value_in(machine, op, A_MONITOR_PID);
	monitor.starter = op->args[A_MONITOR_ATTENDED] ? machine->starter : 0;
	monitor.pidfd = fd_in(machine, op, A_MONITOR_PIDFD);
	monitor.pty = fd_in(machine, op, A_MONITOR_PTY);
	monitor.listener = fd_in(machine, op, A_MONITOR_LISTENER);
	int client = fd_in(machine, op, A_MONITOR_CLIENT), dir = fd_in(machine, op, A_MONITOR_DIR), slave = open_streams(), status = 0;
	if (monitor.listener >= 0) fcntl(monitor.listener, F_SETFL, O_NONBLOCK);
	const struct source *out = &monitor.sources[0], *err = &monitor.sources[1];
	const struct log *log = &monitor.log;
	const int keep[] = {
		monitor.signals, monitor.pidfd, monitor.pty, monitor.input, monitor.listener, client, dir, slave, machine->report_fd,
		out->fd, out->tee, err->fd, err->tee, log->driver ? log->fd : -1, log->driver ? log->dir : -1,
	};
	close_others(machine, keep, sizeof keep / sizeof *keep);
	attach_init(&monitor, client);
	while (!turn(-1, &status)) continue;
	finish(machine, op, status, dir);
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}
