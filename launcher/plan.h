// A launch plan in memory: its wire form (docs/plan.md), the check that comes before the first op, and the accessors of
// arguments. Whatever an accessor returns has passed plan_check: ops never look at bounds again.
#ifndef TEU_PLAN_H
#define TEU_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ops.gen.h"

enum {
	PLAN_MAX_BYTES = 16 << 20,
	PLAN_MAX_SECTIONS = 64,
	PLAN_MAX_LIST = 32768,      // strings in one list: argv and envp are static arrays of this size
	PLAN_MAX_PIECES = 1 << 20,  // bytes that one `pieces` argument may come to
	PLAN_MAX_UNDO = 512,        // undoable ops in section 0
};

struct section {
	uint32_t first, count;
};

struct op {
	uint16_t code, flags;
	uint8_t tolerate[4];
	int64_t args[PLAN_MAX_ARGS];
};

struct plan {
	const uint8_t *bytes;
	uint32_t length;
	uint16_t flags;
	uint32_t section_count, op_count;
	const struct section *sections;
	const struct op *ops;
	const uint8_t *blob;
	uint32_t blob_length;
};

// What the op table says of a code: filled from OP_TABLE.
struct op_shape {
	bool known;
	enum undo_kind undo;
	enum arg_kind args[PLAN_MAX_ARGS];
};

// The refusal of a plan: a PLAN_FAULT_* number (0: sound) and the op it was found in.
struct fault {
	uint32_t code, op;
};

// The shape of an op code; an unknown code has `known` false.
const struct op_shape *op_shape(uint16_t code);

// Checks a whole plan and fills `plan` with pointers into `bytes`, which must be eight-byte aligned and outlive it.
struct fault plan_check(struct plan *plan, const uint8_t *bytes, size_t length);

// A range of the blob: offset in the low half of the argument, length in the high half.
struct range {
	const uint8_t *at;
	uint32_t length;
};

struct range plan_range(const struct plan *plan, const struct op *op, int arg);

// Text of a `str` argument, or null for an absent `str?`.
const char *plan_str(const struct plan *plan, const struct op *op, int arg);

// Writes the strings of a `list` argument and a closing null into `strings`, PLAN_MAX_LIST + 1 long; returns their number.
size_t plan_list(const struct plan *plan, const struct op *op, int arg, const char **strings);

// Puts a `pieces` argument together into `out`, PLAN_MAX_PIECES long; returns its length.
size_t plan_pieces(const struct plan *plan, const struct op *op, int arg, const int64_t *registers, uint8_t *out);

#endif
