// The machine that runs a plan: its registers and what all ops share. One process runs one section; clone copies all of
// it, as fork does, except the page that the processes of a plan share.
#ifndef TEU_MACHINE_H
#define TEU_MACHINE_H

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "plan.h"

enum { TEXT_MAX = 1024, HELD_MAX = 4096, EXIT_REFUSED = 125, PLAN_FD = 3, REPORT_FD = 4 };

// What the processes of one plan share (an anonymous shared mapping).
struct shared {
	atomic_bool failed;  // a `failed` record has been written: the host adds none of its own
};

// One op of the host section that is taken back when a later one fails.
struct undo {
	const struct op *op;
	int fd;     // directory, mount or pidfd; AT_FDCWD for none
	pid_t pid;  // UNDO_KILL
};

struct machine {
	struct plan plan;
	int64_t registers[PLAN_REGISTERS];
	struct shared *shared;
	uint32_t section, op;  // what this process is at; `op` counts over all sections
	int report_fd;
	int signals;  // host section: a signalfd(2) for those that interrupt it; -1 elsewhere
	bool reports_alone;  // after acceptStart: nobody else writes this process's failure
	pid_t starter;           // who started the launcher
	char *arguments, *arguments_end;  // of main, as /proc/<pid>/cmdline shows them
	mode_t umask;            // of the caller, put back before anything else is executed
	char text[TEXT_MAX];     // the kernel's extended message about the op that is failing
	size_t text_length;
	uint32_t item;  // which of the things that the op is made of fails, from 1; 0 is not known
	int held[HELD_MAX];  // descriptors that the monitor keeps, and has no use for: a port is somebody's as long as its socket is open
	size_t held_count;
	struct undo undo[PLAN_MAX_UNDO];
	size_t undo_count;
};

// Every op: 0, or a negative errno. Out registers are written on success only.
typedef int op_function(struct machine *machine, const struct op *op);
#define DECLARE(code, name, ...) op_function op_##name;
OP_TABLE(DECLARE)
#undef DECLARE

// 0 or -errno of a system call that gives -1.
static inline int outcome(long result) {
	return result < 0 ? -errno : 0;
}

// A register that an `in` argument names; -1 for an absent `in?`.
static inline int64_t value_in(const struct machine *machine, const struct op *op, int arg) {
	return op->args[arg] < 0 ? -1 : machine->registers[op->args[arg]];
}

static inline int fd_in(const struct machine *machine, const struct op *op, int arg) {
	return (int)value_in(machine, op, arg);
}

// The directory that a `dir` argument names; AT_FDCWD for an absent one.
static inline int dir_in(const struct machine *machine, const struct op *op, int arg) {
	return op->args[arg] < 0 ? AT_FDCWD : (int)machine->registers[op->args[arg]];
}

static inline const char *text_in(const struct machine *machine, const struct op *op, int arg) {
	return plan_str(&machine->plan, op, arg);
}

// Writes an out register; an absent `out?` is passed over.
static inline void set_out(struct machine *machine, const struct op *op, int arg, int64_t value) {
	if (op->args[arg] >= 0) machine->registers[op->args[arg]] = value;
}

// Writes the descriptor that a system call gave into an out register: 0, or -errno.
static inline int out_fd(struct machine *machine, const struct op *op, int arg, long fd) {
	if (fd < 0) return -errno;
	set_out(machine, op, arg, fd);
	return 0;
}

// "/proc/self/fd/<fd>" into `path`, for the system calls that take no descriptor.
enum { FD_PATH_MAX = 32 };
const char *fd_path(char path[FD_PATH_MAX], int fd);

// Makes a file whole or not at all (op putFile): 0 or -errno.
int put_file(int dir, const char *path, mode_t mode, struct range data);

// The bytes of a `pieces` argument, in one buffer that the next call overwrites.
struct range pieces_in(const struct machine *machine, const struct op *op, int arg);

// Runs a section to its end; gives the exit status of the process.
int run_section(struct machine *machine, uint32_t section);

// report.c
void report(struct machine *machine, uint32_t kind, uint32_t op, int64_t value);
void report_text(struct machine *machine);
void add_text(struct machine *machine, const char *text, size_t length);

// undo.c
void undo_note(struct machine *machine, const struct op *op, int fd, pid_t pid);
bool undo_holds(const struct machine *machine, int fd);
void undo_all(struct machine *machine);

// held.c
struct wiring_port;
// Keeps a descriptor for the monitor: 0, or -EMFILE.
int hold_fd(struct machine *machine, int fd);
// Closes the socket that has a port, if there is one.
void release_port(struct machine *machine, const struct wiring_port *port);
// Closes all of them.
void release_held(struct machine *machine);

// interrupt.c
// Host section, once: holds the signals back that would end the launcher. False when the kernel refuses.
bool interrupt_watch(struct machine *machine);
// A process cloned from it: they end this one as they end any.
void interrupt_forget(struct machine *machine);
// Waits until a descriptor can be read, at most `timeout` ms (0: for ever): 0, -ETIMEDOUT, or -EINTR when the section is interrupted.
int wait_input(const struct machine *machine, int fd, int timeout);

// seal.c: makes sure that nobody writes to this executable through /proc/self/exe; does not return when it executes the copy.
bool sealed(int argc, char **argv);

// ops_exec.c: signals, mask and umask as a program expects to find them.
void reset_process(const struct machine *machine);

// A program to run beside the container: a hook, a helper.
struct program {
	const char *path;
	const char *const *argv, *const *env;
	int input;    // becomes its stdin; 0 leaves ours
	int timeout;  // ms; 0: none
};

// Runs a program and waits for it: 0, the errno of execve, -ECANCELED when it did not exit with 0, -ETIMEDOUT when it was
// killed. The last two also leave a `helper` record.
int run_helper(struct machine *machine, const struct program *program);

// Starts a program that nobody waits for here: its pid, or -errno.
pid_t start_helper(const struct machine *machine, const char *const *argv);

// ops_namespace.c: clone3 of a process that goes on here, as fork does: 0 in the child, the pid, or -errno.
struct clone_args;
pid_t clone_process(struct clone_args *args);

#endif
