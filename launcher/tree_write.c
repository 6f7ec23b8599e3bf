// Op writeTree: carries out a stream of records below a root. A file's content follows its record; all other records stand alone.
#include "gnu.h"
#include "machine.h"
#include "tree.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "path.h"

// The file whose content is coming.
struct open_file {
	struct tree_record record;  // lies in `pending`
	int fd;
	uint32_t extent;     // at which we are
	uint64_t at, until;  // of that extent, or of all
	uint64_t left;       // bytes still to come
};

static uint8_t pending[TREE_RECORD_MAX];

static int write_all(int fd, const uint8_t *bytes, size_t length, uint64_t at) {
	while (length > 0) {
		ssize_t written = TEMP_FAILURE_RETRY(pwrite(fd, bytes, length, (off_t)at));
		if (written < 0) return -errno;
		if (written == 0) return -EIO;
		bytes += written;
		length -= (size_t)written;
		at += (uint64_t)written;
	}
	return 0;
}

// Puts bytes where the extents say.
static int put_content(struct open_file *file, const uint8_t *bytes, size_t length) {
	while (length > 0) {
		if (file->at == file->until) {
			struct tree_extent extent = tree_extent_at(&file->record, ++file->extent);
			file->at = extent.offset;
			file->until = extent.offset + extent.length;
		}
		size_t part = length < file->until - file->at ? length : (size_t)(file->until - file->at);
		int result = write_all(file->fd, bytes, part, file->at);
		if (result < 0) return result;
		file->at += part;
		file->left -= part;
		bytes += part;
		length -= part;
	}
	return 0;
}

// Takes `data` records until the file is whole.
static int take_content(struct open_file *file) {
	while (file->left > 0) {
		int error;
		uint32_t length;
		const uint8_t *start = tree_input_peek(TREE_DATA_HEADER, &error);
		if (!start) return error < 0 ? error : -EPROTO;
		memcpy(&length, start, sizeof length);
		if (start[4] != TREE_DATA || length <= TREE_DATA_HEADER) return -EPROTO;
		tree_input_skip(TREE_DATA_HEADER);
		length -= TREE_DATA_HEADER;
		if (length > file->left) return -EPROTO;
		while (length > 0) {
			const uint8_t *bytes;
			ssize_t got = tree_input_take(length, &bytes);
			if (got <= 0) return got < 0 ? (int)got : -EPROTO;
			int result = put_content(file, bytes, (size_t)got);
			if (result < 0) return result;
			length -= (uint32_t)got;
		}
	}
	return 0;
}

// Where the content goes: the extents, or all of the file.
static void plan_content(struct open_file *file) {
	const struct tree_header *header = &file->record.header;
	bool sparse = header->flags & TREE_FLAG_SPARSE;
	file->left = file->until = sparse ? 0 : header->size;
	file->extent = UINT32_MAX;  // the one before the first
	for (uint32_t i = 0; i < header->extent_count; i++) file->left += tree_extent_at(&file->record, i).length;
}

// Copies what the extents say from the file that comes open.
static int take_open(const struct tree_session *session, const struct open_file *file) {
	const struct tree_header *header = &file->record.header;
	int from = session->exchange < 0 ? -EPROTO : tree_take_over(session->exchange), result = 0;
	if (from < 0) return from;
	if (!(header->flags & TREE_FLAG_SPARSE)) result = tree_copy_range(from, file->fd, 0, header->size);
	for (uint32_t i = 0; result == 0 && i < header->extent_count; i++) {
		struct tree_extent extent = tree_extent_at(&file->record, i);
		result = tree_copy_range(from, file->fd, extent.offset, extent.length);
	}
	close(from);
	return result;
}

static int write_file(struct tree_session *session, struct tree_record *record) {
	struct open_file file = {.record = *record, .fd = tree_entry(session, record)};
	if (file.fd < 0) return file.fd;
	session->step = TREE_STEP_CONTENT;
	const struct tree_header *header = &record->header;
	plan_content(&file);
	bool open = header->flags & TREE_FLAG_OPEN;
	int result = open ? take_open(session, &file) : take_content(&file);
	// A hole at the end, or nothing but a hole; a file that became shorter on the way ends in zeros.
	if (result == 0 && (open || file.until < header->size)) result = outcome(ftruncate(file.fd, (off_t)header->size));
	if (result == 0) result = tree_attributes_fd(session, record, file.fd);
	close(file.fd);
	return result;
}

// Times, and xattrs that new names would take over, of a directory that is complete now. One that was replaced meanwhile needs none.
static int settle(struct tree_session *session, const struct tree_record *record) {
	const char *path = record->header.path_length ? record->path : ".";
	int fd = path_open(session->root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, 0);
	if (fd < 0) return fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP ? 0 : fd;
	int result = tree_xattrs_fd(session, record, fd);
	session->step = TREE_STEP_TIMES;
	if (result == 0) result = tree_times_fd(record, fd);
	close(fd);
	return result;
}

// overlayfs.rst, "whiteouts and opaque directories": the xattr is in the record, since its name depends on the mount.
static int make_opaque(struct tree_session *session, const struct tree_record *record) {
	int fd = tree_directory(session, record->path, record->header.path_length);
	return fd < 0 ? fd : tree_xattrs_fd(session, record, fd);
}

static int write_record(struct tree_session *session, struct tree_record *record) {
	session->step = TREE_STEP_MAKE;
	switch (record->header.kind) {
	case TREE_FILE: return write_file(session, record);
	case TREE_SETTLE: return settle(session, record);
	case TREE_OPAQUE: return make_opaque(session, record);
	default: return tree_entry(session, record);
	}
}

// Takes the next record; its bytes stay where they are until the next one is taken, while content goes through the input's buffer.
static int take_record(struct tree_record *record) {
	int error;
	uint32_t length;
	const uint8_t *bytes = tree_input_peek(sizeof length, &error);
	if (!bytes) return error < 0 ? error : -EPROTO;  // without an END nobody knows that this is all
	memcpy(&length, bytes, sizeof length);
	if (length < sizeof record->header || length > TREE_RECORD_MAX) return -EPROTO;
	bytes = tree_input_peek(length, &error);
	if (!bytes) return error < 0 ? error : -EPROTO;
	memcpy(pending, bytes, length);
	tree_input_skip(length);
	return tree_record_check(pending, length, record);
}

int op_write_tree(struct machine *machine, const struct op *op) {
	int flags = (int)op->args[A_WRITE_TREE_FLAGS];
	struct tree_session session = {.answers = fd_in(machine, op, A_WRITE_TREE_ANSWERS), .lenient = flags & TREE_WRITE_LENIENT,
		.keeps_kinds = flags & TREE_WRITE_KEEP_KINDS,
		.exchange = fd_in(machine, op, A_WRITE_TREE_EXCHANGE)};
	struct tree_record record;
	session.root = openat(fd_in(machine, op, A_WRITE_TREE_ROOT), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (session.root < 0) return -errno;
	tree_input_start(fd_in(machine, op, A_WRITE_TREE_FROM));
	int result;
	while ((result = take_record(&record)) == 0 && record.header.kind != TREE_END) {
		result = write_record(&session, &record);
		if (result == 0) continue;
		tree_answer(&session, TREE_FAILED, -result, &record, NULL);
		break;
	}
	if (result == 0 && (flags & TREE_WRITE_SYNC)) result = outcome(syncfs(session.root));
	tree_parent_forget();
	close(session.root);
	return result;
}
