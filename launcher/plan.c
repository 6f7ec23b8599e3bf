// Decodes and checks a launch plan (docs/plan.md, "Wire form"). The check walks OP_TABLE's argument kinds and is complete
// before the first op runs, so that a bad plan has touched nothing. Pure: no system call, fuzzed by fuzz/decode.c.
#include "gnu.h"
#include "plan.h"

#include <string.h>

_Static_assert(sizeof(struct op) == PLAN_OP_SIZE, "ops are read in place");
_Static_assert(sizeof(struct section) == PLAN_SECTION_SIZE, "sections are read in place");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the wire form is little-endian");

enum { OP_CODES = 256, DECIMAL_MAX = 20 };

static const struct op_shape SHAPES[OP_CODES] = {
#define SHAPE(code, name, undo, ...) [code] = {true, undo, {__VA_ARGS__}},
	OP_TABLE(SHAPE)
#undef SHAPE
};

const struct op_shape *op_shape(uint16_t code) {
	static const struct op_shape unknown = {0};
	return code < OP_CODES ? &SHAPES[code] : &unknown;
}

struct range plan_range(const struct plan *plan, const struct op *op, int arg) {
	uint64_t value = (uint64_t)op->args[arg];
	return (struct range){plan->blob + (uint32_t)value, (uint32_t)(value >> 32)};
}

const char *plan_str(const struct plan *plan, const struct op *op, int arg) {
	return op->args[arg] == -1 ? NULL : (const char *)plan_range(plan, op, arg).at;
}

size_t plan_list(const struct plan *plan, const struct op *op, int arg, const char **strings) {
	struct range range = plan_range(plan, op, arg);
	size_t count = 0;
	for (uint32_t at = 0; at < range.length; at += strlen((const char *)range.at + at) + 1)
		strings[count++] = (const char *)range.at + at;
	strings[count] = NULL;
	return count;
}

static uint32_t word(const uint8_t *at) {
	uint32_t value;
	memcpy(&value, at, sizeof value);
	return value;
}

static size_t decimal(int64_t value, uint8_t *out) {
	uint8_t digits[DECIMAL_MAX];
	size_t count = 0, length = 0;
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	do
		digits[count++] = (uint8_t)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0) out[length++] = '-';
	while (count) out[length++] = digits[--count];
	return length;
}

size_t plan_pieces(const struct plan *plan, const struct op *op, int arg, const int64_t *registers, uint8_t *out) {
	struct range range = plan_range(plan, op, arg);
	size_t length = 0;
	for (uint32_t at = 0; at < range.length;) {
		uint32_t kind = word(range.at + at), n = word(range.at + at + 4);
		at += 8;
		if (kind == PIECE_LITERAL) {
			memcpy(out + length, range.at + at, n);
			length += n;
			at += (n + 3) & ~3u;
		} else if (kind == PIECE_DECIMAL) {
			length += decimal(registers[n], out + length);
		} else {
			uint32_t value = (uint32_t)registers[n];
			memcpy(out + length, &value, sizeof value);
			length += sizeof value;
		}
	}
	return length;
}

static bool sound_list(struct range range) {
	if (range.length == 0) return true;
	if (range.at[range.length - 1] != 0) return false;
	uint32_t count = 0;
	for (uint32_t at = 0; at < range.length; at++) count += range.at[at] == 0;
	return count <= PLAN_MAX_LIST;
}

static bool sound_pieces(struct range range) {
	uint64_t length = 0;
	uint32_t at = 0;
	while (at < range.length) {
		if (range.length - at < 8) return false;
		uint32_t kind = word(range.at + at), n = word(range.at + at + 4);
		at += 8;
		if (kind == PIECE_LITERAL) {
			uint64_t padded = ((uint64_t)n + 3) & ~3ull;
			if (padded > range.length - at) return false;
			at += (uint32_t)padded;
			length += n;
		} else {
			if ((kind != PIECE_DECIMAL && kind != PIECE_U32) || n >= PLAN_REGISTERS) return false;
			length += DECIMAL_MAX;
		}
	}
	return length <= PLAN_MAX_PIECES;
}

static bool sound_register(int64_t value, bool optional) {
	return (value >= 0 && value < PLAN_REGISTERS) || (optional && value == -1);
}

// The fault of one argument, or 0.
static uint32_t check_arg(const struct plan *plan, const struct op *op, int arg, enum arg_kind kind, uint32_t section) {
	int64_t value = op->args[arg];
	switch (kind) {
	case ARG_NONE: return value == 0 ? 0 : PLAN_FAULT_ARGUMENT;
	case ARG_INT: return 0;
	case ARG_IN:
	case ARG_OUT: return sound_register(value, false) ? 0 : PLAN_FAULT_REGISTER;
	case ARG_IN_OPT:
	case ARG_OUT_OPT: return sound_register(value, true) ? 0 : PLAN_FAULT_REGISTER;
	case ARG_SECTION: return value > section && value < plan->section_count ? 0 : PLAN_FAULT_SECTION;
	case ARG_STR_OPT:
		if (value == -1) return 0;
		break;
	default: break;
	}
	uint32_t offset = (uint32_t)(uint64_t)value, length = (uint32_t)((uint64_t)value >> 32);
	if ((uint64_t)offset + length > plan->blob_length) return PLAN_FAULT_RANGE;
	struct range range = {plan->blob + offset, length};
	switch (kind) {
	case ARG_STR:
	case ARG_STR_OPT: return length && memchr(range.at, 0, length) == range.at + length - 1 ? 0 : PLAN_FAULT_STRING;
	case ARG_LIST: return sound_list(range) ? 0 : PLAN_FAULT_STRING;
	case ARG_PIECES: return sound_pieces(range) ? 0 : PLAN_FAULT_PIECES;
	default: return 0;
	}
}

static uint32_t check_op(const struct plan *plan, uint32_t section, uint32_t index) {
	const struct section *in = &plan->sections[section];
	const struct op *op = &plan->ops[index];
	const struct op_shape *shape = op_shape(op->code);
	if (!shape->known) return PLAN_FAULT_OP;
	if (op->flags & ~(OP_FLAG_OPTIONAL | OP_FLAG_FALLBACK | OP_FLAG_IF_SET)) return PLAN_FAULT_FLAGS;
	if ((op->flags & OP_FLAG_FALLBACK) && index == in->first) return PLAN_FAULT_FLAGS;
	// They never return, and what they hold stands in the host section.
	if ((op->code == OP_MONITOR || op->code == OP_GUARD) && (section != 0 || index != in->first + in->count - 1)) return PLAN_FAULT_SECTION;
	for (int arg = 0; arg < PLAN_MAX_ARGS; arg++) {
		uint32_t code = check_arg(plan, op, arg, shape->args[arg], section);
		if (code) return code;
	}
	return 0;
}

static uint32_t check_header(struct plan *plan, const uint8_t *bytes, size_t length) {
	if (length < PLAN_HEADER_SIZE || word(bytes) != PLAN_MAGIC) return PLAN_FAULT_HEADER;
	if ((word(bytes + 4) & 0xffff) != PLAN_VERSION) return PLAN_FAULT_VERSION;
	plan->bytes = bytes;
	plan->flags = (uint16_t)(word(bytes + 4) >> 16);
	plan->length = word(bytes + 8);
	plan->section_count = word(bytes + 12);
	plan->op_count = word(bytes + 16);
	plan->blob_length = word(bytes + 24);
	if (plan->flags & ~PLAN_FLAG_TIMINGS || plan->length != length || word(bytes + 28) != 0) return PLAN_FAULT_HEADER;
	if (plan->section_count == 0 || plan->section_count > PLAN_MAX_SECTIONS) return PLAN_FAULT_SECTION;
	uint64_t ops_at = PLAN_HEADER_SIZE + (uint64_t)plan->section_count * PLAN_SECTION_SIZE;
	uint64_t blob_at = ops_at + (uint64_t)plan->op_count * PLAN_OP_SIZE;
	if (blob_at != word(bytes + 20) || blob_at + plan->blob_length != length) return PLAN_FAULT_HEADER;
	plan->sections = (const struct section *)(const void *)(bytes + PLAN_HEADER_SIZE);
	plan->ops = (const struct op *)(const void *)(bytes + ops_at);
	plan->blob = bytes + blob_at;
	return 0;
}

// Sections lie one after another and cover all ops.
static uint32_t check_sections(const struct plan *plan) {
	uint64_t next = 0;
	for (uint32_t i = 0; i < plan->section_count; i++) {
		if (plan->sections[i].first != next) return PLAN_FAULT_SECTION;
		next += plan->sections[i].count;
		if (next > plan->op_count) return PLAN_FAULT_SECTION;
	}
	return next == plan->op_count ? 0 : PLAN_FAULT_SECTION;
}

struct fault plan_check(struct plan *plan, const uint8_t *bytes, size_t length) {
	struct fault fault = {check_header(plan, bytes, length), 0};
	if (!fault.code) fault.code = check_sections(plan);
	if (fault.code) return fault;
	uint32_t undoable = 0;
	for (uint32_t section = 0; section < plan->section_count; section++) {
		uint32_t first = plan->sections[section].first;
		for (uint32_t index = first; index < first + plan->sections[section].count; index++) {
			uint32_t code = check_op(plan, section, index);
			if (!code && section == 0 && op_shape(plan->ops[index].code)->undo != UNDO_NONE && ++undoable > PLAN_MAX_UNDO)
				code = PLAN_FAULT_SECTION;
			if (code) return (struct fault){code, index};
		}
	}
	return fault;
}
