// What the files of the monitor share: a running container, its terminal or streams, its log, and the clients attached to it.
#ifndef TEU_MONITOR_H
#define TEU_MONITOR_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "log.h"
#include "machine.h"
#include "wiring.h"

enum {
	CLIENTS_MAX = 8,
	SOURCES_MAX = 2,
	FRAME_HEADER = 8,
	CHUNK = 4096,          // most that is read from a client at once
	READ_MAX = 16384,      // most that is read of the container's output at once
	LAST_MAX = 65536,      // what a pipe holds: so much of a container that has ended can wait for a slow reader, and its end is told
	OUTPUT_MAX = 65536,    // bytes waiting for one client
	STALL_MS = 5000,       // a client that takes nothing for so long is dropped
	FAREWELL_MS = 1000,    // what clients get to take the last output and the status; what others get who hold the container's pipes open
	DRAIN_MS = 10000,      // the longest that the last output may take, where others go on writing, or the log cannot be written
};

// Streams of frames (docs/plan.md, "Attach protocol").
enum stream {
	STREAM_INPUT = 0,
	STREAM_OUTPUT = 1,
	STREAM_ERROR = 2,
	STREAM_RESIZE = 3,
	STREAM_END = 4,
	STREAM_STATUS = 5,
	STREAM_SIGNAL = 6,
	STREAM_RELEASE = 7,
};

struct client {
	int fd;  // -1: free
	// From the client: bytes not looked at yet, and the frame they belong to.
	uint8_t input[CHUNK];
	uint32_t input_at, input_end;
	uint8_t header[FRAME_HEADER], payload[WIRING_ENTRY];  // of a control frame, the longest
	uint32_t header_length, payload_length, remaining;
	bool blocked;  // the container takes no more input for now
	// To the client.
	uint8_t output[OUTPUT_MAX];
	uint32_t output_length;
	int64_t stalled_since;  // ms; when it last took something, while output waits
};

// Output of the container: of its terminal, or of one of its pipes.
struct source {
	int fd;           // -1: none, or at its end
	bool terminal;
	int tee;          // the launcher's own descriptor that it is copied to; -1: none, or its reader has gone
	bool tee_blocks;  // that may block: it could not be opened anew
	// What was read, up to `end`; of it `teed` has been copied, `logged` has been logged.
	uint32_t end, teed, logged;
	uint8_t chunk[READ_MAX + LAST_MAX + READ_MAX];
};

struct monitor {
	struct machine *machine;
	pid_t pid;
	pid_t starter;  // the command that stays with the container; 0: none
	int pidfd, pty, input, listener, signals;  // input: the terminal, or a pipe to the container's standard input
	bool over;                                 // the container has ended
	uint64_t moved;                            // bytes of output so far: whether there is progress
	struct source sources[SOURCES_MAX];
	struct client clients[CLIENTS_MAX];
	struct log log;
};

// Whether that command is still there.
bool attended(const struct monitor *monitor);
int64_t milliseconds(void);
// The sooner of two times from now, in ms; -1 is never.
int sooner(int a, int b);

void attach_init(struct monitor *monitor, int first_client);
void attach_accept(struct monitor *monitor);

// Whether every client has room for one more chunk of output.
bool attach_room(const struct monitor *monitor);
// Whether input waits for the container.
// No client is there.
bool attach_alone(const struct monitor *monitor);
bool attach_blocked(const struct monitor *monitor);
// Hands a frame to every client; those without room for it are dropped.
void attach_send(struct monitor *monitor, enum stream stream, const uint8_t *bytes, uint32_t length);
// Tries blocked input again.
void attach_resume(struct monitor *monitor);

// One entry of a poll set a client, in order: `input` false leaves only waiting output.
void attach_poll(const struct monitor *monitor, struct pollfd *set, bool input);
void attach_serve(struct monitor *monitor, const struct pollfd *set);
// Drops clients that have stalled; gives the ms until the next one would, or -1.
int attach_expire(struct monitor *monitor);
// Whether output waits for any client.
bool attach_waiting(const struct monitor *monitor);

// streams.c
// The descriptors of one source, before any other call: where it is read, and which of the launcher's own it is copied to (-1: none).
void streams_open(struct source *source, int fd, bool terminal, int tee);
// Two entries of a poll set a source: itself, and its copy.
void streams_poll(const struct monitor *monitor, struct pollfd *set);
void streams_serve(struct monitor *monitor, const struct pollfd *set);
// Reads whatever is there to be read, and can be kept, without waiting.
void streams_sweep(struct monitor *monitor);
// Hands on what has been read and not yet taken: after the log has recovered.
void streams_resume(struct monitor *monitor);
// Whether any source may still give something, or has something that the log wants.
bool streams_unfinished(const struct monitor *monitor);
// Whether something waits to be copied.
bool streams_waiting(const struct monitor *monitor);

#endif
