// Writes the record of one file that op readTree meets, with its xattrs, and the content after it.
#include "gnu.h"
#include "machine.h"
#include "tree.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "path.h"

enum { NAMES_SIZE = 65536 };  // XATTR_LIST_MAX

static const char OPAQUE[] = "overlay.opaque";

// The part after "trusted." or "user." of an xattr that is overlayfs's own (overlayfs.rst), else null.
static const char *overlay_xattr(const char *name) {
	const char *dot = strchr(name, '.');
	size_t length = dot ? (size_t)(dot - name) : 0;
	bool space = (length == 7 && memcmp(name, "trusted", 7) == 0) || (length == 4 && memcmp(name, "user", 4) == 0);
	return space && strlen(dot) > 9 && memcmp(dot, ".overlay.", 9) == 0 ? dot + 1 : NULL;
}

// "/proc/self/fd/<directory>/<name>": a file that must not be opened (a pipe, a device) or cannot be (a link).
static const char *by_name(const struct tree_source *source, char path[FD_PATH_MAX + NAME_MAX + 2]) {
	size_t length = strlen(fd_path(path, source->dir));
	path[length] = '/';
	strcpy(path + length + 1, source->name);
	return path;
}

static ssize_t list_xattrs(const struct tree_source *source, char names[NAMES_SIZE]) {
	char path[FD_PATH_MAX + NAME_MAX + 2];
	ssize_t length = source->fd >= 0 ? flistxattr(source->fd, names, NAMES_SIZE) : llistxattr(by_name(source, path), names, NAMES_SIZE);
	if (length >= 0) return length;
	return errno == EOPNOTSUPP ? 0 : -errno;
}

static ssize_t get_xattr(const struct tree_source *source, const char *name, void *to, size_t room) {
	char path[FD_PATH_MAX + NAME_MAX + 2];
	ssize_t size = source->fd >= 0 ? fgetxattr(source->fd, name, to, room) : lgetxattr(by_name(source, path), name, to, room);
	return size < 0 ? -errno : size;
}

// Appends the xattrs to the record at `to`, whose header counts them. Sets `opaque` for a directory that hides what is below it.
static int add_xattrs(const struct tree_source *source, uint8_t *to, struct tree_header *header, bool *opaque) {
	static char names[NAMES_SIZE];
	ssize_t length = list_xattrs(source, names);
	if (length < 0) return (int)length;
	for (const char *name = names; name < names + length; name += strlen(name) + 1) {
		uint32_t lengths[2] = {(uint32_t)strlen(name) + 1, 0};
		size_t left = TREE_RECORD_MAX - header->length;
		if (left < TREE_XATTR_HEADER + lengths[0]) return -E2BIG;
		uint8_t *at = to + header->length, *value = at + TREE_XATTR_HEADER + lengths[0];
		left -= TREE_XATTR_HEADER + lengths[0];
		ssize_t size = get_xattr(source, name, value, left < TREE_XATTR_VALUE_MAX ? left : TREE_XATTR_VALUE_MAX);
		if (size == -ENODATA) continue;
		if (size < 0) return size == -ERANGE ? -E2BIG : (int)size;
		const char *overlay = source->flags & TREE_READ_OVERLAY ? overlay_xattr(name) : NULL;
		if (overlay) {
			if (strcmp(overlay, OPAQUE) == 0 && size == 1 && *value == 'y') *opaque = true;
			continue;
		}
		lengths[1] = (uint32_t)size;
		memcpy(at, lengths, sizeof lengths);
		memcpy(at + TREE_XATTR_HEADER, name, lengths[0]);
		uint32_t grown = TREE_XATTR_HEADER + lengths[0] + lengths[1];
		header->xattr_count++;
		header->xattr_bytes += grown;
		header->length += grown;
	}
	return 0;
}

static void fill_header(struct tree_header *header, const struct statx *file) {
	header->mode = file->stx_mode & 07777;
	header->uid = file->stx_uid;
	header->gid = file->stx_gid;
	header->seconds = file->stx_mtime.tv_sec;
	header->nanoseconds = file->stx_mtime.tv_nsec;
}

static void add_bytes(uint8_t *to, struct tree_header *header, const void *bytes, size_t length) {
	memcpy(to + header->length, bytes, length);
	header->length += (uint32_t)length;
}

// A record of a path and nothing else.
static int emit_mark(const struct tree_source *source, enum tree_kind kind) {
	struct tree_header header = {.kind = (uint8_t)kind, .length = sizeof header, .path_length = (uint32_t)source->path_length};
	int error;
	uint8_t *to = tree_output_room(&error);
	if (!to) return error;
	add_bytes(to, &header, source->path, source->path_length);
	add_bytes(to, &header, "\0", 2);
	memcpy(to, &header, sizeof header);
	tree_output_add(header.length);
	return 0;
}

// What the tree below has at the same path: TREE_FLAG_*.
static uint8_t compare(const struct tree_source *source) {
	struct statx there;
	const struct statx *file = source->file;
	const char *path = source->path_length ? source->path : ".";
	int fd = path_open(source->below, path, O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS);
	if (fd < 0) return 0;
	int result = statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &there);
	close(fd);
	bool same = result == 0 && there.stx_mode == file->stx_mode && there.stx_uid == file->stx_uid && there.stx_gid == file->stx_gid &&
		there.stx_mtime.tv_sec == file->stx_mtime.tv_sec && there.stx_mtime.tv_nsec == file->stx_mtime.tv_nsec;
	return TREE_FLAG_BELOW | (same ? TREE_FLAG_SAME : 0);
}

// What differs by the kind: target, device, size. The extents of a file are in `extents`, their number returned.
static int describe(const struct tree_source *source, struct tree_header *header, char target[PATH_MAX], struct tree_extent *extents) {
	const struct statx *file = source->file;
	if (header->kind == TREE_SYMLINK) {
		ssize_t length = readlinkat(source->dir, source->name, target, PATH_MAX);
		if (length < 0) return -errno;
		if (length == PATH_MAX) return -ENAMETOOLONG;
		header->target_length = (uint32_t)length;
	}
	if (header->kind == TREE_CHAR || header->kind == TREE_BLOCK) {
		header->major = file->stx_rdev_major;
		header->minor = file->stx_rdev_minor;
	}
	if (header->kind != TREE_DIRECTORY && file->stx_nlink > 1) {
		bool met;
		uint64_t device = (uint64_t)file->stx_dev_major << 32 | file->stx_dev_minor;
		int result = tree_links_meet(device, file->stx_ino, &header->inode, &met);
		if (result < 0) return result;
		if (met) header->kind = TREE_HARDLINK;
	}
	if (header->kind != TREE_FILE) return 0;
	header->size = file->stx_size;
	if (source->flags & TREE_READ_STAT_ONLY) return 0;
	// Fewer blocks than bytes: holes, or a file system that compresses.
	if (file->stx_blocks * 512 >= file->stx_size) {
		extents[0] = (struct tree_extent){0, file->stx_size};
		return file->stx_size > 0;
	}
	header->flags = TREE_FLAG_SPARSE;
	return tree_extents(source->fd, file->stx_size, extents);
}

enum { LARGE = 128 << 10 };  // from here on an open file is less work than its bytes

// Hands a large file over; false where its content goes into the stream.
static bool goes_open(const struct tree_source *source, const struct tree_header *header) {
	if (source->exchange < 0 || header->kind != TREE_FILE || header->size < LARGE) return false;
	return tree_hand_over(source->exchange, source->fd) == 0;
}

int tree_emit(const struct tree_source *source, enum tree_kind kind) {
	static struct tree_extent extents[TREE_EXTENTS_MAX];
	static char target[PATH_MAX];
	struct tree_header header = {.kind = (uint8_t)kind, .length = sizeof header, .path_length = (uint32_t)source->path_length};
	if (kind == TREE_WHITEOUT) return emit_mark(source, kind);
	fill_header(&header, source->file);
	int count = describe(source, &header, target, extents), error;
	if (count < 0) return count;
	if (source->below >= 0) header.flags |= compare(source);
	if (goes_open(source, &header)) header.flags |= TREE_FLAG_OPEN;
	bool opaque = false;
	uint8_t *to = tree_output_room(&error);
	if (!to) return error;
	header.extent_count = header.flags & TREE_FLAG_SPARSE ? (uint32_t)count : 0;
	add_bytes(to, &header, source->path, source->path_length);
	add_bytes(to, &header, "", 1);
	add_bytes(to, &header, target, header.target_length);
	add_bytes(to, &header, "", 1);
	add_bytes(to, &header, extents, header.extent_count * sizeof *extents);
	int result = header.kind == TREE_HARDLINK ? 0 : add_xattrs(source, to, &header, &opaque);
	if (result < 0) return result;
	memcpy(to, &header, sizeof header);
	tree_output_add(header.length);
	if (opaque && kind == TREE_DIRECTORY) return emit_mark(source, TREE_OPAQUE);
	return header.kind == TREE_FILE && !(header.flags & TREE_FLAG_OPEN) ? tree_content(source->fd, extents, (uint32_t)count) : 0;
}
