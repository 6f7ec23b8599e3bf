// Process 1 of a container that asks for one (--init): the launcher itself, which costs no file in the container and no memory of
// its own. It is confined as the program is: the op stands at the end of the section, after everything has been given up.
#include "gnu.h"
#include "machine.h"

#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGSET_BYTES = 8, DESCRIPTORS = 1024 };

// Not for the program: those that tell this process of itself, or of a terminal in whose background it is.
static bool forwarded(uint32_t number) {
	switch (number) {
	case SIGCHLD:
	case SIGFPE:
	case SIGILL:
	case SIGSEGV:
	case SIGBUS:
	case SIGABRT:
	case SIGTRAP:
	case SIGSYS:
	case SIGTTIN:
	case SIGTTOU: return false;
	default: return true;
	}
}

// The exit status of the program, once it has ended; -1 before. Whatever else has ended is gone after it.
static int reap(pid_t program) {
	int status, result = -1;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == program) result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return result;
}

// All signals are blocked: process 1 gets none that it does not ask for (pid_namespaces(7)), and a blocked one is kept until it is read. By a
// descriptor, not by sigtimedwait(2), which unblocks them while it waits: who looks into /proc/1/status sees that none is in vain.
_Noreturn static void serve(pid_t program) {
	const uint64_t all = ~UINT64_C(0);
	struct signalfd_siginfo got;
	int fd = (int)syscall(SYS_signalfd4, -1, &all, SIGSET_BYTES, SFD_CLOEXEC);
	for (;;) {
		ssize_t length = read(fd, &got, sizeof got);
		if (length == sizeof got && forwarded(got.ssi_signo)) kill(program, (int)got.ssi_signo);
		int status = reap(program);
		if (status >= 0) _exit(status);
		if (length < 0 && errno != EINTR) _exit(EXIT_REFUSED);  // a filter of the container's forbids it
	}
}

// What people of the container see of this process is its name, not where the launcher lies on the host.
static void hide(const struct machine *machine) {
	static const char name[] = "teu-init";
	size_t length = machine->arguments_end > machine->arguments ? (size_t)(machine->arguments_end - machine->arguments) : 0;
	prctl(PR_SET_NAME, name);
	if (length < sizeof name) return;
	memset(machine->arguments, 0, length);
	memcpy(machine->arguments, name, sizeof name);
}

int op_init(struct machine *machine, const struct op *op) {
	(void)op;
	const uint64_t all = ~UINT64_C(0);
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, SIGSET_BYTES) < 0) return -errno;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);  // where it is not process 1
	// Not clone3: filters that look at the flags of clone(2) refuse it, as they cannot see its own.
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid < 0) return -errno;
	if (pid == 0) {
		setpgid(0, 0);
		pid_t group = getpid();
		ioctl(0, TIOCSPGRP, &group);  // where 0 is the terminal; SIGTTOU is blocked until exec
		return 0;
	}
	hide(machine);
	// Its own descriptors end here: the channel's, or nobody would see that the program is executed. The streams stay, /proc/1/fd/1 is in use.
	// A filter may be older than close_range(2).
	if (syscall(SYS_close_range, 3, ~0u, 0) < 0)
		for (int fd = 3; fd < DESCRIPTORS; fd++) close(fd);
	munmap((void *)machine->plan.bytes, machine->plan.length);
	// As a program that was executed: who may look into it is decided by its ids, and without root whoever joins the container has to.
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	serve((pid_t)pid);
}
