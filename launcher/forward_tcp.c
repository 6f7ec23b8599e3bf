// Connections of the forwarder: two sockets, and a pipe each way that the kernel moves pages through (splice(2)). A descriptor tells once that it
// can be read or written again (EPOLLET), and then everything that moves is moved.
#include "gnu.h"
#include "forward.h"
#include "machine.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STREAMS = 16384, CHUNK = 65536, ROUNDS = 32, ACCEPTS = 32, NONE = UINT32_MAX };

// One way of a connection.
struct way {
	int pipe[2];
	uint32_t held;         // bytes in the pipe
	bool ended, told;      // the sender has ended; the receiver knows
};

struct stream {
	int ends[2];         // the host's side, the container's
	struct way ways[2];  // from that end to the other
	bool live, over, waiting;
	uint32_t next;  // of the free ones, of those that are over, or of those that wait for their turn: never of two
};

static struct stream streams[STREAMS];
static uint32_t used;  // places that were ever taken
static uint32_t free_list = NONE, over_list = NONE, turn_list = NONE;

static void close_all(struct stream *stream) {
	for (int i = 0; i < 2; i++) {
		if (stream->ends[i] >= 0) close(stream->ends[i]);
		for (int j = 0; j < 2; j++)
			if (stream->ways[i].pipe[j] >= 0) close(stream->ways[i].pipe[j]);
	}
}

// Its place is given away only after all events that may speak of it have been looked at.
static void finish(uint32_t index) {
	struct stream *stream = streams + index;
	if (stream->over) return;
	stream->over = true;
	if (stream->waiting) return;  // its turn comes: then
	stream->next = over_list;
	over_list = index;
}

// Both sides see that it broke, not that it ended.
static void abandon(uint32_t index) {
	const struct linger now = {1, 0};
	for (int i = 0; i < 2; i++) setsockopt(streams[index].ends[i], SOL_SOCKET, SO_LINGER, &now, sizeof now);
	finish(index);
}

// Moves something from a socket to a descriptor: true when anything was moved. `failed` is set when the connection has broken.
static bool fill(struct way *way, int from, bool *failed) {
	if (way->ended) return false;
	long got = syscall(SYS_splice, from, NULL, way->pipe[1], NULL, CHUNK, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (got > 0) way->held += (uint32_t)got;
	else if (got == 0) way->ended = true;
	else if (errno != EAGAIN && errno != EINTR) *failed = true;
	return got > 0;
}

static bool drain(struct way *way, int to, bool *failed) {
	if (way->held == 0) return false;
	long put = syscall(SYS_splice, way->pipe[0], NULL, to, NULL, way->held, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (put > 0) way->held -= (uint32_t)put;
	else if (put < 0 && errno != EAGAIN && errno != EINTR) *failed = true;
	return put > 0;
}

// True when there may be more to move: its turn comes again after others'.
static bool pump(struct stream *stream, int from, bool *failed) {
	struct way *way = stream->ways + from;
	for (int round = 0; round < ROUNDS; round++) {
		bool moved = fill(way, stream->ends[from], failed);
		moved |= drain(way, stream->ends[!from], failed);
		if (*failed) return false;
		if (way->ended && way->held == 0) {
			if (!way->told) (void)!syscall(SYS_shutdown, stream->ends[!from], SHUT_WR);
			way->told = true;
			return false;
		}
		if (!moved) return false;
	}
	return true;
}

static void move(uint32_t index) {
	struct stream *stream = streams + index;
	bool failed = false, more = false;
	for (int from = 0; from < 2 && !failed; from++) more |= pump(stream, from, &failed);
	if (failed) abandon(index);
	else if (stream->ways[0].told && stream->ways[1].told) finish(index);
	else if (more && !stream->waiting) {
		stream->waiting = true;
		stream->next = turn_list;
		turn_list = index;
	}
}

void stream_event(uint32_t index, uint32_t events) {
	(void)events;  // splice(2) says what an event was about
	if (streams[index].live && !streams[index].over) move(index);
}

// Those whose turn it is again. EPOLL_CTL_MOD has the descriptors tell once more, so that everybody else's events come between.
void stream_resume(const struct forwarder *forwarder) {
	uint32_t index = turn_list;
	turn_list = NONE;
	while (index != NONE) {
		struct stream *stream = streams + index;
		uint32_t next = stream->next;
		stream->waiting = false;
		if (stream->over) {
			stream->next = over_list;
			over_list = index;
		} else
			for (int i = 0; i < 2; i++) {
				struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.u64 = (uint64_t)ABOUT_STREAM << 32 | index}};
				syscall(SYS_epoll_ctl, forwarder->events, EPOLL_CTL_MOD, stream->ends[i], &event);
			}
		index = next;
	}
}

bool stream_sweep(void) {
	bool any = over_list != NONE;
	while (over_list != NONE) {
		uint32_t index = over_list;
		over_list = streams[index].next;
		close_all(streams + index);
		streams[index].live = false;
		streams[index].next = free_list;
		free_list = index;
	}
	return any;
}

static uint32_t take_place(void) {
	if (free_list == NONE) return used < STREAMS ? used++ : NONE;
	uint32_t index = free_list;
	free_list = streams[index].next;
	return index;
}

// 0, or -errno: then nothing is left of it but its place.
static int open_stream(const struct forwarder *forwarder, const struct port *port, const union endpoint *peer, uint32_t index) {
	const int on = 1;
	struct stream *stream = streams + index;
	int result = 0;
	stream->ends[1] = dial(port, peer);
	if (stream->ends[1] < 0) return stream->ends[1];
	for (int i = 0; i < 2 && result == 0; i++) {
		setsockopt(stream->ends[i], SOL_TCP, TCP_NODELAY, &on, sizeof on);
		// A peer that has gone without a word must not keep its descriptors for ever.
		setsockopt(stream->ends[i], SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
		result = outcome(pipe2(stream->ways[i].pipe, O_CLOEXEC | O_NONBLOCK));
	}
	for (int i = 0; i < 2 && result == 0; i++)
		result = watch(forwarder, stream->ends[i], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, ABOUT_STREAM, index);
	return result;
}

void stream_accept(struct forwarder *forwarder, const struct port *port) {
	for (int i = 0; i < ACCEPTS && !forwarder->paused; i++) {
		union endpoint peer;
		socklen_t size = sizeof peer;
		uint32_t index = take_place();
		int fd = index == NONE ? -1 : accept4(port->fd, &peer.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (index == NONE || (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))) {
			pause_ports(forwarder, true);
		}
		if (index == NONE) return;
		struct stream *stream = streams + index;
		*stream = (struct stream){.ends = {fd, -1}, .ways = {{.pipe = {-1, -1}}, {.pipe = {-1, -1}}}, .live = fd >= 0, .next = NONE};
		if (fd < 0) {
			int error = errno;
			stream->next = free_list;
			free_list = index;
			if (error == EAGAIN || forwarder->paused) return;
			continue;  // that one has gone already
		}
		int result = open_stream(forwarder, port, &peer, index);
		if (result < 0) abandon(index);
		if (result == -EMFILE || result == -ENFILE) pause_ports(forwarder, true);
	}
}
