// A host section can be interrupted. A signal that would end the launcher while nobody is its monitor yet is held back; where the launcher waits,
// it ends the waiting with EINTR instead, so that the section fails as by any other error and takes back what it did. Between two
// waits a section takes microseconds, and `monitor` hands on what came too late for one.
#include "gnu.h"
#include "machine.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int ENDING[] = {SIGINT, SIGTERM, SIGHUP};

// Whoever started us without the signal (nohup(1), a shell's background) still wants it so. The raw system call: main.c says why.
static bool ignored(int number) {
	struct {
		__sighandler_t handler;
		uint64_t rest[3];
	} action = {SIG_DFL, {0}};
	syscall(SYS_rt_sigaction, number, NULL, &action, sizeof(uint64_t));
	return action.handler == SIG_IGN;
}

bool interrupt_watch(struct machine *machine) {
	uint64_t mask = 0;
	sigset_t set = {0};
	for (size_t i = 0; i < sizeof ENDING / sizeof *ENDING; i++)
		if (!ignored(ENDING[i])) mask |= UINT64_C(1) << (ENDING[i] - 1);
	memcpy(&set, &mask, sizeof mask);
	machine->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return machine->signals >= 0 && sigprocmask(SIG_BLOCK, &set, NULL) == 0;
}

void interrupt_forget(struct machine *machine) {
	const sigset_t none = {0};
	signal(SIGHUP, SIG_IGN);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(machine->signals);
	machine->signals = -1;
}

int wait_input(const struct machine *machine, int fd, int timeout) {
	struct pollfd set[] = {{fd, POLLIN, 0}, {machine->signals, POLLIN, 0}};
	int ready = TEMP_FAILURE_RETRY(poll(set, 2, timeout > 0 ? timeout : -1));
	if (ready < 0) return -errno;
	if (ready == 0) return -ETIMEDOUT;
	return set[0].revents ? 0 : -EINTR;
}
