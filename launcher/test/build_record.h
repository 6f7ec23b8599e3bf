// Puts tree records together for the unit test and the fuzz target.
#ifndef TEU_BUILD_RECORD_H
#define TEU_BUILD_RECORD_H

#include <string.h>

#include "../tree.h"

struct record_text {
	struct tree_header header;  // without the lengths
	const char *path, *target;
	const struct tree_extent *extents;
	const char *name, *value;  // of one xattr, or null
};

static size_t append(uint8_t *to, size_t at, const void *bytes, size_t length) {
	if (length) memcpy(to + at, bytes, length);
	return at + length;
}

// Writes the record and gives its length.
static size_t build_record(const struct record_text *text, uint8_t *to) {
	struct tree_header header = text->header;
	const char *target = text->target ? text->target : "";
	size_t at = sizeof header;
	header.path_length = (uint32_t)strlen(text->path);
	header.target_length = (uint32_t)strlen(target);
	at = append(to, at, text->path, header.path_length + 1);
	at = append(to, at, target, header.target_length + 1);
	at = append(to, at, text->extents, header.extent_count * sizeof *text->extents);
	if (text->name) {
		const uint32_t lengths[2] = {(uint32_t)strlen(text->name) + 1, (uint32_t)strlen(text->value)};
		size_t before = at;
		at = append(to, at, lengths, sizeof lengths);
		at = append(to, at, text->name, lengths[0]);
		at = append(to, at, text->value, lengths[1]);
		header.xattr_count = 1;
		header.xattr_bytes = (uint32_t)(at - before);
	}
	header.length = (uint32_t)at;
	memcpy(to, &header, sizeof header);
	return at;
}

#endif
