// The monitor's log: lines of output as entries of a file, or of the journal (docs/plan.md, "Logs").
#ifndef TEU_LOG_H
#define TEU_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "plan.h"

enum {
	LOG_LINE_MAX = 16384,          // a longer line is several entries, as docker cuts it
	LOG_FIELDS_MAX = 8192,
	LOG_ENTRY_MAX = 6 * LOG_LINE_MAX + LOG_FIELDS_MAX + 512,  // a byte may become \u00xx
	LOG_OUT_MAX = LOG_ENTRY_MAX + LOG_ENTRY_MAX / 2,
	LOG_RETRY_MS = 1000,
	LOG_FILES_MAX = 1000,
};

enum log_driver { LOG_NONE = 0, LOG_JSON = 1, LOG_LOCAL = 2, LOG_JOURNAL = 3 };

// A line of one stream that is not complete yet.
struct line {
	uint8_t bytes[LOG_LINE_MAX];
	uint32_t length;
};

struct log {
	enum log_driver driver;
	int fd, dir;
	const char *name;
	uint64_t size, max_size, rotate_at;
	int max_files;
	struct range fields;
	const char *const *on_rotate;  // the words of what is executed after a rotation, if any
	pid_t packer;                  // it, while it runs
	struct line lines[2];
	// Entries that are not written yet.
	uint8_t out[LOG_OUT_MAX];
	uint32_t out_at, out_end;
	int64_t retry_at;  // ms; when writing is tried again after a failure, 0: it has not failed
	int error;         // of that failure
};

// One entry, as formats see it.
struct entry {
	const uint8_t *bytes;
	uint32_t length;
	bool error;      // of standard error
	bool whole;      // ends a line
	struct timespec time;
	struct range fields;
};

// log_format.c: each writes at most LOG_ENTRY_MAX bytes; gives how many.
size_t log_json(uint8_t *out, const struct entry *entry);
size_t log_local(uint8_t *out, const struct entry *entry);
size_t log_journal(uint8_t *out, const struct entry *entry);
// How many bytes at the end of a text are the beginning of a character: 0 to 3.
uint32_t cut_character(const uint8_t *bytes, uint32_t length);

// log.c
struct machine;
// Takes bytes of a stream; gives how many, fewer when they cannot be written for now.
uint32_t log_feed(struct machine *machine, struct log *log, int stream, const uint8_t *bytes, uint32_t length);
// Ends lines that have no end; false while they cannot be written.
bool log_finish(struct machine *machine, struct log *log);
// Tries again what has failed; false when it fails again, or is not due.
bool log_retry(struct log *log);
// The ms until that is due, or -1.
int log_due(const struct log *log);
// Writes what waits: false when something is left.
bool log_flush(struct log *log);

// log_file.c
// Opens the file `name` in `dir`, or the journal's socket at `name`: 0, or -errno.
int log_start(struct log *log, enum log_driver driver);
// Starts a new file, where the old one is full. The old one must have been written whole.
void log_rotate(struct machine *machine, struct log *log);
// A socket that datagrams to this path are sent on, or -errno.
int journal_connect(const char *path);

#endif
