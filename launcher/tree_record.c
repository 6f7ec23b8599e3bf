// Checks one record of a tree before anything of it is used. Pure: the fuzz target runs this on whatever bytes.
#include "gnu.h"
#include "tree.h"

#include <errno.h>
#include <string.h>

// A path relative to the root: no empty part, no "." and no "..".
static bool clean_path(const char *path) {
	if (*path == 0) return true;
	for (const char *part = path;; part++) {
		size_t length = strcspn(part, "/");
		if (length == 0 || (part[0] == '.' && (length == 1 || (length == 2 && part[1] == '.')))) return false;
		part += length;
		if (*part == 0) return true;
	}
}

static bool text_sound(const uint8_t *text, size_t length) {
	return text[length] == 0 && !memchr(text, 0, length);
}

// In order, apart, inside of the file.
static bool extents_sound(const struct tree_record *record) {
	uint64_t end = 0;
	for (uint32_t i = 0; i < record->header.extent_count; i++) {
		struct tree_extent extent = tree_extent_at(record, i);
		if (extent.offset < end || extent.length == 0 || extent.offset > record->header.size) return false;
		if (extent.length > record->header.size - extent.offset) return false;
		end = extent.offset + extent.length;
	}
	return true;
}

static bool xattrs_sound(const struct tree_record *record) {
	uint32_t at = 0, total = record->header.xattr_bytes;
	for (uint16_t i = 0; i < record->header.xattr_count; i++) {
		uint32_t lengths[2];  // name with its NUL, value
		if (total - at < TREE_XATTR_HEADER) return false;
		memcpy(lengths, record->xattrs + at, sizeof lengths);
		at += TREE_XATTR_HEADER;
		if (lengths[0] < 2 || lengths[0] > total - at || !text_sound(record->xattrs + at, lengths[0] - 1)) return false;
		at += lengths[0];
		if (lengths[1] > TREE_XATTR_VALUE_MAX || lengths[1] > total - at) return false;
		at += lengths[1];
	}
	return at == total;
}

static bool values_sound(const struct tree_header *header) {
	if (header->kind > TREE_OPAQUE || header->kind == TREE_DATA || (header->flags & ~(TREE_FLAG_SPARSE | TREE_FLAG_OPEN))) return false;
	if (header->mode > 07777 || header->nanoseconds > 999999999 || header->size > INT64_MAX) return false;
	if (header->extent_count > 0 && !(header->flags & TREE_FLAG_SPARSE)) return false;
	return header->kind == TREE_FILE || (header->size == 0 && header->flags == 0);
}

static bool names_sound(const struct tree_record *record) {
	const struct tree_header *header = &record->header;
	bool below = header->path_length > 0;
	if (!clean_path(record->path)) return false;
	switch (header->kind) {
	case TREE_END: return !below;
	case TREE_DIRECTORY:
	case TREE_SETTLE:
	case TREE_OPAQUE: return header->target_length == 0;
	case TREE_SYMLINK: return below && header->target_length > 0;
	case TREE_HARDLINK: return below && header->target_length > 0 && clean_path(record->target);
	default: return below && header->target_length == 0;
	}
}

int tree_record_check(const uint8_t *bytes, size_t length, struct tree_record *record) {
	struct tree_header *header = &record->header;
	if (length < sizeof *header || length > TREE_RECORD_MAX) return -EPROTO;
	memcpy(header, bytes, sizeof *header);
	if (header->path_length >= PATH_MAX || header->target_length >= PATH_MAX) return -EPROTO;
	if (header->extent_count > TREE_EXTENTS_MAX || header->xattr_bytes > TREE_RECORD_MAX) return -EPROTO;
	// No sum here can overflow: every term has just been bounded.
	size_t want = sizeof *header + header->path_length + 1 + header->target_length + 1 +
		header->extent_count * sizeof(struct tree_extent) + header->xattr_bytes;
	if (header->length != length || want != length || !values_sound(header)) return -EPROTO;
	const uint8_t *path = bytes + sizeof *header, *target = path + header->path_length + 1;
	if (!text_sound(path, header->path_length) || !text_sound(target, header->target_length)) return -EPROTO;
	record->path = (const char *)path;
	record->target = (const char *)target;
	record->extents = target + header->target_length + 1;
	record->xattrs = record->extents + header->extent_count * sizeof(struct tree_extent);
	return names_sound(record) && extents_sound(record) && xattrs_sound(record) ? 0 : -EPROTO;
}

struct tree_extent tree_extent_at(const struct tree_record *record, uint32_t index) {
	struct tree_extent extent;
	memcpy(&extent, record->extents + index * sizeof extent, sizeof extent);
	return extent;
}

struct tree_xattr tree_xattr_next(const struct tree_record *record, uint32_t *at) {
	uint32_t lengths[2];
	memcpy(lengths, record->xattrs + *at, sizeof lengths);
	const uint8_t *name = record->xattrs + *at + TREE_XATTR_HEADER;
	*at += TREE_XATTR_HEADER + lengths[0] + lengths[1];
	return (struct tree_xattr){(const char *)name, name + lengths[0], lengths[1]};
}
