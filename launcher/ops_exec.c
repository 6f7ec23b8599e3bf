// Executes programs: the container's own, and the helpers and hooks before it.
#include "gnu.h"
#include "machine.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGNALS = 64, EXEC_FAILED = 127 };

static const char *argv[PLAN_MAX_LIST + 1], *envp[PLAN_MAX_LIST + 1];

void reset_process(const struct machine *machine) {
	// The raw system call reaches the two signals that glibc keeps for itself. The kernel's struct is four words at most.
	const uint64_t action_default[4] = {0}, none = 0;
	for (int number = 1; number <= SIGNALS; number++) syscall(SYS_rt_sigaction, number, action_default, NULL, sizeof none);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
	umask(machine->umask);
}

int op_exec(struct machine *machine, const struct op *op) {
	static const char *candidates[PLAN_MAX_LIST + 1];
	size_t count = plan_list(&machine->plan, op, A_EXEC_CANDIDATES, candidates);
	int error = ENOENT;
	if (plan_list(&machine->plan, op, A_EXEC_ARGV, argv) == 0) return -EINVAL;
	plan_list(&machine->plan, op, A_EXEC_ENV, envp);
	reset_process(machine);
	for (size_t i = 0; i < count; i++) {
		execve(candidates[i], (char *const *)argv, (char *const *)envp);
		if (errno == EACCES) error = EACCES;
		else if (errno != ENOENT && errno != ENOTDIR) return -errno;
	}
	return -error;
}

// The input of a helper, as a file of its own: unlike a pipe it takes any length without a reader.
static int input_file(struct range data) {
	int fd = memfd_create("stdin", MFD_CLOEXEC);
	if (fd < 0) return -errno;
	while (data.length) {
		ssize_t written = write(fd, data.at, data.length);
		if (written < 0) break;
		data.at += written;
		data.length -= (uint32_t)written;
	}
	int result = data.length == 0 && lseek(fd, 0, SEEK_SET) == 0 ? fd : -errno;
	if (result < 0) close(fd);
	return result;
}

_Noreturn static void become_helper(const struct program *program, int error_pipe) {
	setpgid(0, 0);
	if (program->input > 0) dup2(program->input, 0);
	dup2(2, 1);  // what a helper says is for people, and stdout is the container's
	execve(program->path, (char *const *)program->argv, (char *const *)program->env);
	int error = errno;
	ssize_t written = write(error_pipe, &error, sizeof error);
	(void)written;
	_exit(EXEC_FAILED);
}

// Waits until the process ends, its time is up or the section is interrupted, then reaps it. Sets the wait status.
static int wait_helper(const struct machine *machine, pid_t pid, int pidfd, int timeout, int *status) {
	int result = wait_input(machine, pidfd, timeout);
	// The whole group: a hook that is a script has children.
	if (result < 0) kill(-pid, SIGKILL), kill(pid, SIGKILL);
	if (TEMP_FAILURE_RETRY(waitpid(pid, status, 0)) < 0) return -errno;
	return result;
}

int run_helper(struct machine *machine, const struct program *program) {
	int pidfd = -1, errors[2], status, error = 0;
	struct clone_args args = {.flags = CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD};
	if (pipe2(errors, O_CLOEXEC) < 0) return -errno;
	pid_t pid = clone_process(&args);
	if (pid == 0) {
		reset_process(machine);
		become_helper(program, errors[1]);
	}
	close(errors[1]);
	if (pid < 0) return close(errors[0]), pid;
	// Ends at once when execve worked, as the pipe is close-on-exec.
	ssize_t got = TEMP_FAILURE_RETRY(read(errors[0], &error, sizeof error));
	int result = wait_helper(machine, pid, pidfd, program->timeout, &status);
	close(errors[0]);
	close(pidfd);
	if (got == sizeof error) return -error;
	if (result == 0 && status != 0) result = -ECANCELED;
	if (result == -ECANCELED || result == -ETIMEDOUT) report(machine, REPORT_HELPER, machine->op, status);
	return result;
}

pid_t start_helper(const struct machine *machine, const char *const *words) {
	struct clone_args args = {.exit_signal = SIGCHLD};
	pid_t pid = clone_process(&args);
	if (pid != 0) return pid;
	reset_process(machine);
	setpgid(0, 0);
	execve(words[0], (char *const *)words, environ);
	_exit(EXEC_FAILED);
}

int op_run(struct machine *machine, const struct op *op) {
	char number[FD_PATH_MAX];
	size_t count = plan_list(&machine->plan, op, A_RUN_ARGV, argv);
	int64_t hole = op->args[A_RUN_HOLE];
	plan_list(&machine->plan, op, A_RUN_ENV, envp);
	if (count == 0 || hole >= (int64_t)count) return -EINVAL;
	if (hole >= 0) argv[hole] = strrchr(fd_path(number, fd_in(machine, op, A_RUN_PID)), '/') + 1;
	struct program program = {text_in(machine, op, A_RUN_PATH), argv, envp, 0, (int)op->args[A_RUN_TIMEOUT]};
	program.input = input_file(pieces_in(machine, op, A_RUN_STDIN));
	if (program.input < 0) return program.input;
	int result = run_helper(machine, &program);
	close(program.input);
	return result;
}

int op_report(struct machine *machine, const struct op *op) {
	report(machine, (uint32_t)op->args[A_REPORT_KIND], machine->op, op->args[A_REPORT_VALUE] < 0 ? 0 : value_in(machine, op, A_REPORT_VALUE));
	return 0;
}

int op_raise(struct machine *machine, const struct op *op) {
	(void)machine;
	int number = (int)op->args[A_RAISE_SIGNAL];
	if (kill(getpid(), number) < 0) return -errno;
	// The first process of a pid namespace does not die of its own signals (pid_namespaces(7)).
	_exit(128 + number);
}
