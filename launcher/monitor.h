// What monitor.c and attach.c share: a running container, its terminal, and the clients attached to it.
#ifndef TEU_MONITOR_H
#define TEU_MONITOR_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	CLIENTS_MAX = 8,
	FRAME_HEADER = 8,
	CHUNK = 4096,          // most that is read from the terminal or a client at once
	OUTPUT_MAX = 32768,    // bytes waiting for one client
	STALL_MS = 5000,       // a client that takes nothing for so long is dropped
	FAREWELL_MS = 1000,    // what clients get to take the last output and the status
};

// Streams of frames (docs/plan.md, "Attach protocol").
enum stream { STREAM_INPUT = 0, STREAM_OUTPUT = 1, STREAM_RESIZE = 3, STREAM_END = 4, STREAM_STATUS = 5, STREAM_SIGNAL = 6 };

struct client {
	int fd;  // -1: free
	// From the client: bytes not looked at yet, and the frame they belong to.
	uint8_t input[CHUNK];
	uint32_t input_at, input_end;
	uint8_t header[FRAME_HEADER], payload[4];
	uint32_t header_length, payload_length, remaining;
	bool blocked;  // the terminal takes no more input for now
	// To the client.
	uint8_t output[OUTPUT_MAX];
	uint32_t output_length;
	int64_t stalled_since;  // ms; when it last took something, while output waits
};

struct monitor {
	pid_t pid;
	int pidfd, pty, listener, signals;
	struct client clients[CLIENTS_MAX];
};

int64_t milliseconds(void);

void attach_init(struct monitor *monitor, int first_client);
void attach_accept(struct monitor *monitor);

// Whether every client has room for one more chunk of output.
bool attach_room(const struct monitor *monitor);
// Whether input waits for the terminal.
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

#endif
