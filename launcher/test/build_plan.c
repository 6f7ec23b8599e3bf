// See build_plan.h.
#include "build_plan.h"

#include <string.h>

int64_t built_range(struct built *built, const void *bytes, uint32_t length) {
	uint32_t at = built->blob_length;
	if (length) memcpy(built->blob + at, bytes, length);
	built->blob_length = (at + length + 3) & ~3u;
	return (int64_t)((uint64_t)length << 32 | at);
}

struct op *built_op(struct built *built, uint16_t code) {
	struct op *op = &built->ops[built->op_count++];
	*op = (struct op){.code = code};
	return op;
}

void built_finish(struct built *built) {
	uint32_t ops_at = PLAN_HEADER_SIZE + PLAN_SECTION_SIZE, blob_at = ops_at + built->op_count * PLAN_OP_SIZE;
	const uint32_t header[8] = {PLAN_MAGIC, PLAN_VERSION, blob_at + built->blob_length, 1, built->op_count, blob_at, built->blob_length, 0};
	const struct section section = {0, built->op_count};
	memcpy(built->bytes, header, sizeof header);
	memcpy(built->bytes + PLAN_HEADER_SIZE, &section, sizeof section);
	memcpy(built->bytes + ops_at, built->ops, built->op_count * sizeof(struct op));
	memcpy(built->bytes + blob_at, built->blob, built->blob_length);
	built->length = blob_at + built->blob_length;
}
