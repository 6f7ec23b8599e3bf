// Trees of files as a stream of records: what ops writeTree, readTree and removeTree share. The form of the records is told in
// src/kernel/tree/records.ts; the structures here are the same words. All buffers are static, or mappings of a fixed size.
#ifndef TEU_TREE_H
#define TEU_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum tree_kind {
	TREE_END,
	TREE_FILE,
	TREE_DIRECTORY,
	TREE_SYMLINK,
	TREE_HARDLINK,
	TREE_CHAR,
	TREE_BLOCK,
	TREE_FIFO,
	TREE_DATA,
	TREE_SETTLE,
	TREE_WHITEOUT,
	TREE_OPAQUE,
};

enum tree_answer_kind { TREE_FAILED = 1, TREE_WARNED, TREE_IMPLIED };

// What of an entry failed.
enum tree_step { TREE_STEP_MAKE, TREE_STEP_OWNER, TREE_STEP_MODE, TREE_STEP_XATTR, TREE_STEP_TIMES, TREE_STEP_CONTENT };

// Sparse: the extents, maybe none, tell where the data are. Of what readTree tells: the tree below has the path too, a file of the same kind,
// owner, mode and time. Open: the file itself comes by the socket of the session, in place of its data.
enum { TREE_FLAG_SPARSE = 1, TREE_FLAG_BELOW = 2, TREE_FLAG_SAME = 4, TREE_FLAG_OPEN = 8 };
enum { TREE_WRITE_LENIENT = 1, TREE_WRITE_SYNC = 2, TREE_WRITE_KEEP_KINDS = 4 };
enum { TREE_READ_OVERLAY = 1, TREE_READ_ONE_FS = 2, TREE_READ_STAT_ONLY = 4, TREE_READ_ALONE = 8, TREE_READ_NO_KERNEL = 16 };

enum {
	TREE_BUFFER = 1 << 20,
	TREE_RECORD_MAX = 512 << 10,  // of every record but `data`, whose bytes are not counted
	TREE_DATA_HEADER = 8,
	TREE_EXTENTS_MAX = 16384,
	TREE_XATTR_HEADER = 8,
	TREE_XATTR_VALUE_MAX = 65536,  // XATTR_SIZE_MAX
};

// The start of a record. The body follows: path, NUL, target, NUL, extents, xattrs.
struct tree_header {
	uint32_t length;  // of the whole record
	uint8_t kind, flags;  // TREE_FLAG_*
	uint16_t xattr_count;
	uint32_t mode, uid, gid, nanoseconds;
	int64_t seconds;
	uint64_t size;
	uint32_t major, minor;
	uint32_t path_length, target_length, extent_count, xattr_bytes;
	uint32_t inode;  // of what op readTree tells of: a number for each file of several names, from 1; else 0
	uint32_t unused;
};
_Static_assert(sizeof(struct tree_header) == 72, "the record's form");

struct tree_extent {
	uint64_t offset, length;
};

// A record that has passed tree_record_check: its pointers lie in the bytes that were checked.
struct tree_record {
	struct tree_header header;
	const char *path, *target;
	const uint8_t *extents, *xattrs;
};

struct tree_xattr {
	const char *name;
	const uint8_t *value;
	uint32_t size;
};

// The start of an answer; path and the name of an xattr follow, without NUL.
struct tree_answer {
	uint32_t length, kind, error, step, uid, gid, path_length, name_length;
};

// tree_record.c: checks the `length` bytes of one record other than `data`; 0 or -EPROTO.
int tree_record_check(const uint8_t *bytes, size_t length, struct tree_record *record);
struct tree_extent tree_extent_at(const struct tree_record *record, uint32_t index);
// The xattr at offset `*at`, which moves on to the next.
struct tree_xattr tree_xattr_next(const struct tree_record *record, uint32_t *at);

// tree_input.c: the stream of records, through one static buffer.
void tree_input_start(int fd);
// The next `length` bytes (at most TREE_RECORD_MAX) without taking them: null with *error -errno, or 0 at the end of the stream.
const uint8_t *tree_input_peek(size_t length, int *error);
void tree_input_skip(size_t length);
// Takes at most `length` bytes, at least one: their number, 0 at the end of the stream, or -errno.
ssize_t tree_input_take(size_t length, const uint8_t **bytes);

// What both sessions know: where answers go, and what to blame.
struct tree_session {
	int root;     // O_RDONLY
	int answers;  // -1 for none
	bool lenient;
	bool keeps_kinds;
	int exchange;  // the socket that gives open files, or -1
	enum tree_step step;  // of the record at hand, for the answer when it fails
};

// tree_answer.c
void tree_answer(const struct tree_session *session, enum tree_answer_kind kind, int error, const struct tree_record *record,
	const char *name);
void tree_answer_path(const struct tree_session *session, enum tree_answer_kind kind, int error, const char *path, size_t length);

// tree_parent.c: the directory `path` of `length` bytes below the root, made where it is missing; it stays open until the next call that
// asks for another one. A descriptor or -errno.
int tree_directory(struct tree_session *session, const char *path, size_t length);
// The same for the directory that holds the last part of `path`; `leaf` then points to that part.
int tree_parent(struct tree_session *session, const char *path, const char **leaf);
// Takes over `fd` as the directory `path`, for the entries that likely follow.
void tree_parent_keep(const char *path, size_t length, int fd);
// After something was taken away the paths of before may lead elsewhere: later entries look again. What is open stays so until then.
void tree_parent_forget(void);

// tree_attributes.c: owner, mode, xattrs, times, in the order that none of them undoes another: 0 or -errno.
int tree_attributes_fd(struct tree_session *session, const struct tree_record *record, int fd);
// The same for what is not opened: symbolic links, devices, pipes.
int tree_attributes_at(struct tree_session *session, const struct tree_record *record, int dir, const char *leaf);
int tree_xattrs_fd(struct tree_session *session, const struct tree_record *record, int fd);
int tree_times_fd(const struct tree_record *record, int fd);

// tree_entry.c: makes what the record says, a file without its content: 0 or -errno. Of a file the open descriptor.
int tree_entry(struct tree_session *session, const struct tree_record *record);

// tree_remove.c: removes a name and all below it; missing is success: 0 or -errno.
int tree_remove(int dir, const char *name);

// tree_output.c: the stream that readTree writes, through one static buffer.
void tree_output_start(int fd);
// Room for a record of at most TREE_RECORD_MAX bytes, or null with *error -errno. tree_output_add then counts what was written there.
uint8_t *tree_output_room(int *error);
void tree_output_add(size_t length);
// Room for content: its size in *room.
uint8_t *tree_output_data_room(size_t *room, int *error);
void tree_output_data_add(size_t length);
int tree_output_flush(void);

// tree_names.c: the names of the directories that are being walked, sorted by bytes.
struct tree_names {
	size_t text_start, first, count, next;
};
int tree_names_start(void);
void tree_names_end(void);
int tree_names_list(int dir, struct tree_names *names);
const char *tree_names_next(struct tree_names *names);
void tree_names_drop(const struct tree_names *names);

// tree_emit.c: writes the records of one file of a tree.
struct statx;
struct tree_source {
	int dir;           // that holds it
	const char *name;  // in `dir`
	const char *path;  // below the root
	size_t path_length;
	int fd;            // open, or -1
	int below;         // the root of the tree to compare with, or -1
	int exchange;      // the socket that takes open files, or -1
	const struct statx *file;
	unsigned flags;    // TREE_READ_*
};
// Writes the entry of `kind` and, in overlay mode, what it means there: 0 or -errno.
int tree_emit(const struct tree_source *source, enum tree_kind kind);
// tree_links.c: the number of a file of several names, and whether it was met before; 0 or -errno.
int tree_links_start(void);
void tree_links_end(void);
int tree_links_meet(uint64_t device, uint64_t inode, uint32_t *number, bool *met);
// tree_content.c: the extents of an open file into `extents`, TREE_EXTENTS_MAX long; their number, or -errno.
int tree_extents(int fd, uint64_t size, struct tree_extent *extents);
// The content of these extents: 0 or -errno.
int tree_content(int fd, const struct tree_extent *extents, uint32_t count);

// tree_exchange.c: sends an open file, or takes one, without waiting: 0, the descriptor, or -errno.
int tree_hand_over(int socket, int fd);
int tree_take_over(int socket);
// Copies a range to the same place in another file, as far as there is anything: 0 or -errno.
int tree_copy_range(int from, int to, uint64_t offset, uint64_t length);

#endif
