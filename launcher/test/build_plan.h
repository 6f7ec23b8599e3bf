// Writes plans by hand, for tests: a header, one section, ops and a blob, each of which a test may spoil.
#ifndef TEU_BUILD_PLAN_H
#define TEU_BUILD_PLAN_H

#include "../plan.h"

enum { BUILT_MAX = 4096, BUILT_OPS = 4, BUILT_BLOB = 1024 };

struct built {
	_Alignas(8) uint8_t bytes[BUILT_MAX];
	size_t length;
	struct op ops[BUILT_OPS];
	uint32_t op_count;
	uint8_t blob[BUILT_BLOB];
	uint32_t blob_length;
};

// Appends to the blob; the argument value of the range.
int64_t built_range(struct built *built, const void *bytes, uint32_t length);
// Appends an op with no arguments set.
struct op *built_op(struct built *built, uint16_t code);
// Lays header, section, ops and blob out in `bytes`.
void built_finish(struct built *built);

#endif
