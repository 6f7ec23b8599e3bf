// Lines of output to entries of the log, and these to their file or the journal. What cannot be written waits, and with it the container,
// until it can: nothing is lost for want of space.
#include "gnu.h"
#include "log.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "machine.h"
#include "monitor.h"

enum { BATCH = 65536 };

static size_t (*const FORMATS[])(uint8_t *, const struct entry *) = {
	[LOG_JSON] = log_json,
	[LOG_LOCAL] = log_local,
	[LOG_JOURNAL] = log_journal,
};

// One write; false when it has failed.
static bool write_some(struct log *log) {
	const uint8_t *from = log->out + log->out_at;
	uint32_t length = log->out_end - log->out_at;
	ssize_t written = log->driver == LOG_JOURNAL ? send(log->fd, from, length, MSG_DONTWAIT | MSG_NOSIGNAL) : write(log->fd, from, length);
	if (written <= 0) {
		log->error = written < 0 ? errno : EIO;
		return false;
	}
	log->out_at += (uint32_t)written;
	log->size += (uint64_t)written;
	return true;
}

// A journal that was started again has a new socket behind its path.
static void reconnect(struct log *log) {
	int fd = journal_connect(log->name);
	if (fd < 0) return;
	if (dup2(fd, log->fd) >= 0) fcntl(log->fd, F_SETFD, FD_CLOEXEC);
	close(fd);
}

bool log_flush(struct log *log) {
	if (log->retry_at) return log->out_at == log->out_end;
	while (log->out_at < log->out_end) {
		if (write_some(log)) continue;
		if (log->driver == LOG_JOURNAL && log->error != EAGAIN) reconnect(log);
		log->retry_at = milliseconds() + (log->error == EAGAIN ? LOG_RETRY_MS / 20 : LOG_RETRY_MS);
		return false;
	}
	log->out_at = log->out_end = 0;
	return true;
}

bool log_retry(struct log *log) {
	if (!log->retry_at || milliseconds() < log->retry_at) return false;
	log->retry_at = 0;
	return log_flush(log);
}

int log_due(const struct log *log) {
	if (!log->retry_at) return -1;
	int64_t left = log->retry_at - milliseconds();
	return left > 0 ? (int)left : 0;
}

// Puts one entry behind those that wait; false when there is no room for it.
static bool add(struct machine *machine, struct log *log, const struct entry *entry) {
	bool full = log->out_end - log->out_at >= BATCH || LOG_OUT_MAX - log->out_end < LOG_ENTRY_MAX || log->driver == LOG_JOURNAL;
	bool rotate = log->max_size && log->size + (log->out_end - log->out_at) >= log->rotate_at;
	if (log->out_end && (full || rotate) && !log_flush(log)) return false;
	if (rotate) log_rotate(machine, log);
	log->out_end += (uint32_t)FORMATS[log->driver](log->out + log->out_end, entry);
	return true;
}

uint32_t log_feed(struct machine *machine, struct log *log, int stream, const uint8_t *bytes, uint32_t length) {
	struct line *line = &log->lines[stream];
	struct entry entry = {.error = stream == 1, .fields = log->fields};
	uint32_t at = 0;
	if (log->driver == LOG_NONE) return length;
	clock_gettime(CLOCK_REALTIME, &entry.time);
	while (at < length) {
		const uint8_t *end = memchr(bytes + at, '\n', length - at);
		uint32_t take = (uint32_t)((end ? end : bytes + length) - (bytes + at)), room = LOG_LINE_MAX - line->length;
		bool whole = end && take <= room;
		if (take > room) take = room;
		entry.whole = whole;
		if (whole && line->length == 0) {
			entry.bytes = bytes + at;
			entry.length = take;
			if (!add(machine, log, &entry)) break;
		} else {
			// A character is not cut in two.
			uint32_t kept = 0;
			memcpy(line->bytes + line->length, bytes + at, take);
			entry.bytes = line->bytes;
			entry.length = line->length + take;
			bool cut = !whole && entry.length == LOG_LINE_MAX;
			if (cut) entry.length -= kept = cut_character(line->bytes, LOG_LINE_MAX);
			if ((whole || cut) && !add(machine, log, &entry)) break;
			line->length += take;
			if (whole) line->length = 0;
			if (cut) memmove(line->bytes, line->bytes + entry.length, line->length = kept);
		}
		at += take + whole;
	}
	log_flush(log);
	return at;
}

bool log_finish(struct machine *machine, struct log *log) {
	if (log->driver == LOG_NONE) return true;
	for (int stream = 0; stream < 2; stream++) {
		struct line *line = &log->lines[stream];
		struct entry entry = {line->bytes, line->length, stream == 1, false, {0}, log->fields};
		if (line->length == 0) continue;
		clock_gettime(CLOCK_REALTIME, &entry.time);
		if (!add(machine, log, &entry)) return false;
		line->length = 0;
	}
	return log_flush(log);
}
