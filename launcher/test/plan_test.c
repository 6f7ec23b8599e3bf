// Decoding, checking and the accessors of plan.c. Plans lie at the very end of their memory, so that ASan sees a read beyond.
#include "build_plan.h"
#include "check.h"

#include <stdlib.h>

static uint32_t fault_of(const struct built *built, size_t length) {
	uint8_t *exact = malloc(length ? length : 1);
	struct plan plan;
	memcpy(exact, built->bytes, length);
	uint32_t code = plan_check(&plan, exact, length).code;
	free(exact);
	return code;
}

static struct built sample(void) {
	struct built built = {0};
	struct op *op = built_op(&built, OP_MKDIR);
	op->args[A_MKDIR_DIR] = -1;
	op->args[A_MKDIR_PATH] = built_range(&built, "/a", 3);
	op = built_op(&built, OP_EXEC);
	op->args[A_EXEC_CANDIDATES] = built_range(&built, "/x\0/yy", 7);
	op->args[A_EXEC_ARGV] = built_range(&built, "", 1);
	op->args[A_EXEC_ENV] = built_range(&built, NULL, 0);
	built_finish(&built);
	return built;
}

static void test_sound(void) {
	struct built built = sample();
	struct plan plan;
	const char *strings[8];
	CHECK(plan_check(&plan, built.bytes, built.length).code == 0);
	CHECK(plan.op_count == 2 && plan.section_count == 1);
	CHECK(strcmp(plan_str(&plan, &plan.ops[0], A_MKDIR_PATH), "/a") == 0);
	CHECK(plan_list(&plan, &plan.ops[1], A_EXEC_CANDIDATES, strings) == 2);
	CHECK(strcmp(strings[0], "/x") == 0 && strcmp(strings[1], "/yy") == 0 && strings[2] == NULL);
	CHECK(plan_list(&plan, &plan.ops[1], A_EXEC_ARGV, strings) == 1 && strings[0][0] == 0);
	CHECK(plan_list(&plan, &plan.ops[1], A_EXEC_ENV, strings) == 0 && strings[0] == NULL);
}

static void test_cut_short(void) {
	struct built built = sample();
	for (size_t length = 0; length < built.length; length++) CHECK(fault_of(&built, length) == PLAN_FAULT_HEADER);
}

// Every argument kind at its bounds, by op and argument.
static void test_arguments(void) {
	const struct {
		uint16_t code;
		int arg;
		int64_t value;
		uint32_t fault;
	} rows[] = {
		{OP_CLOSE, A_CLOSE_FD, 0, 0},
		{OP_CLOSE, A_CLOSE_FD, PLAN_REGISTERS - 1, 0},
		{OP_CLOSE, A_CLOSE_FD, PLAN_REGISTERS, PLAN_FAULT_REGISTER},
		{OP_CLOSE, A_CLOSE_FD, -1, PLAN_FAULT_REGISTER},
		{OP_REPORT, A_REPORT_VALUE, -1, 0},
		{OP_REPORT, A_REPORT_VALUE, -2, PLAN_FAULT_REGISTER},
		{OP_GET_PID, A_GET_PID_OUT, 256, PLAN_FAULT_REGISTER},
		{OP_GET_PID, 1, 1, PLAN_FAULT_ARGUMENT},
		{OP_SETSID, 0, -1, PLAN_FAULT_ARGUMENT},
		{OP_UMASK, A_UMASK_MASK, INT64_MIN, 0},
		{OP_HOSTNAME, A_HOSTNAME_NAME, 0, PLAN_FAULT_STRING},
		{OP_HOSTNAME, A_HOSTNAME_NAME, -1, PLAN_FAULT_RANGE},
		{OP_HOSTNAME, A_HOSTNAME_NAME, (int64_t)1 << 32 | 0xffffffff, PLAN_FAULT_RANGE},
		{OP_HOSTNAME, A_HOSTNAME_NAME, (int64_t)0x7fffffff << 32 | 0, PLAN_FAULT_RANGE},
		{OP_SETGROUPS, A_SETGROUPS_GIDS, 0, 0},
		{OP_SETGROUPS, A_SETGROUPS_GIDS, 1, PLAN_FAULT_RANGE},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct built built = {0};
		built_op(&built, rows[i].code)->args[rows[i].arg] = rows[i].value;
		built_finish(&built);
		CHECK(fault_of(&built, built.length) == rows[i].fault);
	}
}

static uint32_t list_fault(const char *bytes, uint32_t length) {
	struct built built = {0};
	struct op *op = built_op(&built, OP_FS_MOUNT);
	op->args[A_FS_MOUNT_OPTIONS] = built_range(&built, bytes, length);
	op->args[A_FS_MOUNT_TYPE] = built_range(&built, "t", 2);
	built_finish(&built);
	return fault_of(&built, built.length);
}

static void test_lists(void) {
	CHECK(list_fault("", 0) == 0);
	CHECK(list_fault("a\0b", 4) == 0);
	CHECK(list_fault("a\0b", 3) == PLAN_FAULT_STRING);
	CHECK(list_fault("\0\0", 2) == 0);
}

// A plan with one op that takes `pieces`.
static struct built pieces_plan(const uint32_t *words, uint32_t count) {
	struct built built = {0};
	struct op *op = built_op(&built, OP_NETLINK);
	op->args[A_NETLINK_MESSAGES] = built_range(&built, words, count * 4);
	built_finish(&built);
	return built;
}

static void test_pieces(void) {
	static uint8_t out[PLAN_MAX_PIECES];
	int64_t registers[PLAN_REGISTERS] = {[3] = -9223372036854775807 - 1, [255] = 0x1234567890};
	const uint32_t words[] = {PIECE_LITERAL, 3, 0x00636261, PIECE_DECIMAL, 3, PIECE_U32, 255, PIECE_LITERAL, 0, PIECE_DECIMAL, 0};
	struct built built = pieces_plan(words, sizeof words / 4);
	struct plan plan;
	CHECK(plan_check(&plan, built.bytes, built.length).code == 0);
	size_t length = plan_pieces(&plan, &plan.ops[0], A_NETLINK_MESSAGES, registers, out);
	CHECK(length == 3 + 20 + 4 + 1);
	CHECK(memcmp(out, "abc-9223372036854775808\x90\x78\x56\x34" "0", length) == 0);

	const struct {
		uint32_t words[4], count;
	} wrong[] = {
		{{PIECE_LITERAL}, 1},
		{{PIECE_LITERAL, 5, 0}, 3},
		{{PIECE_LITERAL, 0xffffffff, 0}, 3},
		{{PIECE_LITERAL, 0xfffffffd, 0}, 3},
		{{PIECE_DECIMAL, PLAN_REGISTERS}, 2},
		{{PIECE_U32, 0xffffffff}, 2},
		{{3, 0}, 2},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		built = pieces_plan(wrong[i].words, wrong[i].count);
		CHECK(fault_of(&built, built.length) == PLAN_FAULT_PIECES);
	}
}

static void test_flags_and_places(void) {
	struct built built = sample();
	built.ops[1].flags = OP_FLAG_FALLBACK;
	built_finish(&built);
	CHECK(fault_of(&built, built.length) == 0);
	built.ops[0].flags = OP_FLAG_FALLBACK;
	built_finish(&built);
	CHECK(fault_of(&built, built.length) == PLAN_FAULT_FLAGS);
	built.ops[0].flags = 8;
	built_finish(&built);
	CHECK(fault_of(&built, built.length) == PLAN_FAULT_FLAGS);
	built.ops[0].flags = 0;
	for (uint32_t code = 0; code <= 0xffff; code++) {
		if (op_shape((uint16_t)code)->known) continue;
		built.ops[0].code = (uint16_t)code;
		built_finish(&built);
		if (fault_of(&built, built.length) != PLAN_FAULT_OP) CHECK(!"an unknown code was taken");
	}
	built = (struct built){0};
	built_op(&built, OP_CLONE)->args[A_CLONE_SECTION] = 0;
	built_finish(&built);
	CHECK(fault_of(&built, built.length) == PLAN_FAULT_SECTION);
}

int main(void) {
	test_sound();
	test_cut_short();
	test_arguments();
	test_lists();
	test_pieces();
	test_flags_and_places();
	return finish();
}
