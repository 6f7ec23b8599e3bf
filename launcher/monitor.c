// The monitor: holds a running container's exit status, forwards signals to it, and cleans up after it.
#define _GNU_SOURCE
#include "machine.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

int op_monitor(struct machine *machine, const struct op *op) {
	int pidfd = fd_in(machine, op, A_MONITOR_PIDFD);
	siginfo_t info;
	sigset_t all;
	memset(&all, 0xff, sizeof all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	struct pollfd wait[2] = {{pidfd, POLLIN, 0}, {signalfd(-1, &all, SFD_CLOEXEC), POLLIN, 0}};
	for (;;) {
		poll(wait, 2, -1);
		struct signalfd_siginfo got;
		if ((wait[1].revents & POLLIN) && read(wait[1].fd, &got, sizeof got) == sizeof got && got.ssi_signo != SIGCHLD)
			pidfd_send_signal(pidfd, (int)got.ssi_signo, NULL, 0);
		if (wait[0].revents & POLLIN) break;
	}
	if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0) return -errno;
	int status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
	report(machine, REPORT_EXITED, machine->op, status);
	_exit(info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status);
}
