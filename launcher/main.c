// teu-launcher: carries out a launch plan (docs/plan.md). Descriptor 3 is the plan, descriptor 4 the report. It has no policy and
// parses no text: what a container is was computed by src/kernel/compile, and is a list of system calls by now.
#include "gnu.h"
#include "machine.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct machine machine;

// Reads the whole plan into memory of its own: whoever still holds descriptor 3 cannot change what has been checked.
static const uint8_t *read_plan(size_t *length) {
	uint8_t *bytes = mmap(NULL, PLAN_MAX_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (bytes == MAP_FAILED) return NULL;
	ssize_t got;
	*length = 0;
	// A file from its start, wherever the writer left the offset; a pipe as it comes.
	do {
		got = pread(PLAN_FD, bytes + *length, PLAN_MAX_BYTES - *length, (off_t)*length);
		if (got < 0 && errno == ESPIPE) got = read(PLAN_FD, bytes + *length, PLAN_MAX_BYTES - *length);
		if (got > 0) *length += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0 || *length == 0 || *length == PLAN_MAX_BYTES) return NULL;
	size_t used = (*length + 65535) & ~(size_t)65535;  // the largest page of arm64
	munmap(bytes + used, PLAN_MAX_BYTES - used);
	mprotect(bytes, used, PROT_READ);
	return bytes;
}

static int refuse(uint32_t fault, uint32_t op) {
	report(&machine, REPORT_REFUSED, op, fault);
	return EXIT_REFUSED;
}

static int usage(void) {
	static const char text[] = "usage: teu-launcher 3<plan 4>>report (it is started by teu, not by hand)\n";
	ssize_t written = write(2, text, sizeof text - 1);
	(void)written;
	return EXIT_REFUSED;
}

int main(int argc, char **argv) {
	if (fcntl(PLAN_FD, F_GETFD) < 0 || fcntl(REPORT_FD, F_GETFD) < 0) return usage();
	machine.report_fd = REPORT_FD;
	machine.starter = getppid();
	if (argc > 0) machine.arguments = argv[0], machine.arguments_end = argv[argc - 1] + strlen(argv[argc - 1]) + 1;
	if (!sealed(argc, argv)) return refuse(PLAN_FAULT_UNSEALED, 0);
	fcntl(PLAN_FD, F_SETFD, FD_CLOEXEC);
	fcntl(REPORT_FD, F_SETFD, FD_CLOEXEC);
	prctl(PR_SET_NAME, "teu-launcher");
	// Nothing that shares a pid namespace with us may ptrace us or open /proc/<pid>/{exe,fd}. Without root the id maps of a child
	// can only be written while it is dumpable; there op_setns does it, before any process of a container can see this one.
	if (geteuid() == 0) prctl(PR_SET_DUMPABLE, 0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);  // a caller that ignores it would have our children reaped before we see how they ended
	machine.umask = umask(0);  // modes of a plan are exact

	size_t length;
	const uint8_t *bytes = read_plan(&length);
	if (!bytes) return refuse(PLAN_FAULT_UNREADABLE, 0);
	close(PLAN_FD);
	struct fault fault = plan_check(&machine.plan, bytes, length);
	if (fault.code) return refuse(fault.code, fault.op);

	machine.shared = mmap(NULL, sizeof *machine.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (machine.shared == MAP_FAILED) return refuse(PLAN_FAULT_UNREADABLE, 0);
	if (!interrupt_watch(&machine)) return refuse(PLAN_FAULT_UNREADABLE, 0);
	memset(machine.registers, 0xff, sizeof machine.registers);
	return run_section(&machine, 0);
}
