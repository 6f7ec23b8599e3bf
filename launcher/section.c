// Runs the ops of a section one after another and decides how each one ends (docs/plan.md, "How an op ends").
#include "gnu.h"
#include "machine.h"

#include <time.h>
#include <unistd.h>

static op_function *const FUNCTIONS[256] = {
#define ROW(code, name, ...) [code] = op_##name,
	OP_TABLE(ROW)
#undef ROW
};

struct range pieces_in(const struct machine *machine, const struct op *op, int arg) {
	static uint8_t buffer[PLAN_MAX_PIECES];
	return (struct range){buffer, (uint32_t)plan_pieces(&machine->plan, op, arg, machine->registers, buffer)};
}

// Whether every register that the op names as `in` has a value. A named register counts even where `in?` could be left out:
// a directory that failed to open must not turn into AT_FDCWD.
static bool registers_set(const struct machine *machine, const struct op *op, const struct op_shape *shape) {
	for (int arg = 0; arg < PLAN_MAX_ARGS; arg++) {
		bool in = shape->args[arg] == ARG_IN || shape->args[arg] == ARG_IN_OPT;
		if (in && op->args[arg] >= 0 && machine->registers[op->args[arg]] == -1) return false;
	}
	return true;
}

static void unset_outs(struct machine *machine, const struct op *op, const struct op_shape *shape) {
	for (int arg = 0; arg < PLAN_MAX_ARGS; arg++)
		if (shape->args[arg] == ARG_OUT || shape->args[arg] == ARG_OUT_OPT) set_out(machine, op, arg, -1);
}

static bool tolerated(const struct op *op, int error) {
	for (size_t i = 0; i < sizeof op->tolerate; i++)
		if (op->tolerate[i] && op->tolerate[i] == error) return true;
	return false;
}

static int64_t nanoseconds(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int run_op(struct machine *machine, const struct op *op) {
	if (!(machine->plan.flags & PLAN_FLAG_TIMINGS)) return FUNCTIONS[op->code](machine, op);
	uint32_t index = machine->op;
	int64_t before = nanoseconds();
	int result = FUNCTIONS[op->code](machine, op);
	report(machine, REPORT_TIME, index, nanoseconds() - before);
	return result;
}

// One plan writes one `failed` record, the first: when a child fails, the host, which sees its channel end, stays silent.
static int fail(struct machine *machine, int error) {
	bool first = !atomic_load(&machine->shared->failed);
	atomic_store(&machine->shared->failed, true);
	if (first || machine->reports_alone) {
		report_text(machine);
		report(machine, REPORT_FAILED, machine->op, error);
	}
	if (machine->section == 0) undo_all(machine);
	return EXIT_REFUSED;
}

int run_section(struct machine *machine, uint32_t section) {
	struct section ops = machine->plan.sections[section];
	bool fell = false;  // the nearest op without `fallback` failed and was tolerated
	machine->section = section;
	for (uint32_t index = ops.first; index < ops.first + ops.count; index++) {
		const struct op *op = &machine->plan.ops[index];
		const struct op_shape *shape = op_shape(op->code);
		bool fallback = op->flags & OP_FLAG_FALLBACK;
		machine->op = index;
		machine->text_length = 0;
		machine->item = 0;
		if (fallback && !fell) continue;
		if (!fallback) fell = false;
		bool set = registers_set(machine, op, shape);
		if (!set && (op->flags & OP_FLAG_IF_SET)) continue;
		int error = set ? -run_op(machine, op) : EBADF;
		if (error == 0) continue;
		if (!tolerated(op, error)) {
			if (!(op->flags & OP_FLAG_OPTIONAL)) return fail(machine, error);
			report_text(machine);
			report(machine, REPORT_WARNED, index, error);
		}
		unset_outs(machine, op, shape);
		if (!fallback) fell = true;
	}
	return 0;
}
