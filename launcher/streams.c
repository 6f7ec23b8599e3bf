// The container's output on its way: from its terminal, or its two pipes, to attach clients, to the launcher's own descriptors, to the log.
// A chunk is read only when the one before has been taken by all of them, so each of them may slow the container, and none loses anything.
// Nothing here waits: the monitor hands on signals meanwhile.
#include "gnu.h"
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

// The launcher's descriptors are also its caller's, who would be surprised to find them non-blocking: what may block is opened anew. A regular
// file is not, as its offset is the caller's too.
static void open_tee(struct source *source, int fd) {
	char path[FD_PATH_MAX];
	struct stat st;
	source->tee = -1;
	source->tee_blocks = false;
	if (fd < 0 || fstat(fd, &st) < 0) return;
	if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) {
		source->tee = open(fd_path(path, fd), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		source->tee_blocks = source->tee < 0;
	}
	if (source->tee < 0) source->tee = fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

void streams_open(struct source *source, int fd, bool terminal, int tee) {
	source->fd = fd;
	source->terminal = terminal;
	open_tee(source, fd < 0 ? -1 : tee);
	if (fd >= 0) fcntl(fd, F_SETFL, (terminal ? O_RDWR : O_RDONLY) | O_NONBLOCK);
}

static void close_tee(struct source *source) {
	if (source->tee >= 0) close(source->tee);
	source->tee = -1;
}

static bool is_empty(const struct source *source) {
	return source->end == 0;
}

// Of a container that runs, one chunk at a time; of one that has ended, all that there is room for.
static bool may_read(const struct monitor *monitor, const struct source *source) {
	bool room = monitor->over ? sizeof source->chunk - source->end >= READ_MAX : is_empty(source);
	return source->fd >= 0 && room && attach_room(monitor);
}

static ssize_t write_tee(const struct source *source) {
	const uint8_t *from = source->chunk + source->teed;
	uint32_t length = source->end - source->teed;
	ssize_t sent = send(source->tee, from, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent >= 0 || errno != ENOTSOCK) return sent;
	if (!source->tee_blocks) return write(source->tee, from, length);
	// A pipe that is ready takes so much without blocking.
	struct pollfd ready = {source->tee, POLLOUT, 0};
	if (poll(&ready, 1, 0) > 0) return write(source->tee, from, length < PIPE_BUF ? length : PIPE_BUF);
	errno = EAGAIN;
	return -1;
}

static void copy(const struct monitor *monitor, struct source *source) {
	while (source->tee >= 0 && source->teed < source->end) {
		ssize_t written = write_tee(source);
		if (written > 0) {
			source->teed += (uint32_t)written;
		} else {
			if (written < 0 && errno == EAGAIN) return;
			bool broken = written < 0 && errno == EPIPE && !source->terminal && source->fd >= 0;
			close_tee(source);  // its reader has gone
			// As in any pipeline the program is told so, as long as a command stays with it; alone it goes on for its log.
			if (broken && attended(monitor)) {
				close(source->fd);
				source->fd = -1;
			}
		}
	}
	source->teed = source->end;
}

// Hands on what copy and log have not taken yet.
static void hand_on(struct monitor *monitor, struct source *source) {
	int stream = source != monitor->sources;
	if (source->teed < source->end) copy(monitor, source);
	if (source->logged < source->end)
		source->logged += log_feed(monitor->machine, &monitor->log, stream, source->chunk + source->logged, source->end - source->logged);
	if (source->teed == source->end && source->logged == source->end) source->end = source->teed = source->logged = 0;
	// Whoever reads the copy sees it end with the source.
	if (source->fd < 0 && source->teed == source->end) close_tee(source);
}

static void end(struct monitor *monitor, struct source *source) {
	if (source->terminal) monitor->pty = monitor->input = -1;
	close(source->fd);
	source->fd = -1;
	hand_on(monitor, source);
}

// One chunk; false when there is nothing more for now.
static bool take(struct monitor *monitor, struct source *source) {
	ssize_t got = read(source->fd, source->chunk + source->end, READ_MAX);
	if (got < 0 && (errno == EINTR || (errno == EAGAIN && !(monitor->over && source->terminal)))) return false;
	if (got <= 0) {  // the end of a pipe; EIO: no process has the other side of the terminal open, and we could not hold it
		end(monitor, source);
		return false;
	}
	attach_send(monitor, source == monitor->sources ? STREAM_OUTPUT : STREAM_ERROR, source->chunk + source->end, (uint32_t)got);
	source->end += (uint32_t)got;
	monitor->moved += (uint64_t)got;
	hand_on(monitor, source);
	return true;
}

void streams_poll(const struct monitor *monitor, struct pollfd *set) {
	for (int i = 0; i < SOURCES_MAX; i++) {
		const struct source *source = &monitor->sources[i];
		bool copies = source->tee >= 0 && source->teed < source->end;
		set[2 * i] = (struct pollfd){may_read(monitor, source) ? source->fd : -1, POLLIN, 0};
		set[2 * i + 1] = (struct pollfd){copies ? source->tee : -1, POLLOUT, 0};
	}
}

void streams_serve(struct monitor *monitor, const struct pollfd *set) {
	for (int i = 0; i < SOURCES_MAX; i++) {
		struct source *source = &monitor->sources[i];
		if (set[2 * i + 1].revents) hand_on(monitor, source);
		if (set[2 * i].revents && may_read(monitor, source)) take(monitor, source);
	}
}

void streams_resume(struct monitor *monitor) {
	for (int i = 0; i < SOURCES_MAX; i++) hand_on(monitor, &monitor->sources[i]);
}

void streams_sweep(struct monitor *monitor) {
	for (int i = 0; i < SOURCES_MAX; i++)
		while (may_read(monitor, &monitor->sources[i]) && take(monitor, &monitor->sources[i])) continue;
}

bool streams_unfinished(const struct monitor *monitor) {
	for (int i = 0; i < SOURCES_MAX; i++)
		if (monitor->sources[i].fd >= 0 || monitor->sources[i].logged < monitor->sources[i].end) return true;
	return false;
}

bool streams_waiting(const struct monitor *monitor) {
	for (int i = 0; i < SOURCES_MAX; i++)
		if (monitor->sources[i].tee >= 0 && monitor->sources[i].teed < monitor->sources[i].end) return true;
	return false;
}
