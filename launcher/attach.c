// Attach clients of the monitor (docs/plan.md, "Attach protocol"): frames in, frames out, one bounded buffer a client each way.
//
// Slow clients: while one has no room for a chunk, no output is read, so the container waits as it would
// for a slow screen; but one that takes nothing for STALL_MS is dropped, so it never waits for ever.
#include "gnu.h"

#include "monitor.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

int64_t milliseconds(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void drop(struct client *client) {
	close(client->fd);
	client->fd = -1;
}

static bool add(struct monitor *monitor, int fd) {
	for (struct client *client = monitor->clients; client < monitor->clients + CLIENTS_MAX; client++) {
		if (client->fd >= 0) continue;
		client->fd = fd;
		client->input_at = client->input_end = client->header_length = client->output_length = 0;
		client->blocked = false;
		return true;
	}
	return false;
}

void attach_init(struct monitor *monitor, int first_client) {
	for (int i = 0; i < CLIENTS_MAX; i++) monitor->clients[i].fd = -1;
	if (first_client >= 0) add(monitor, first_client);
}

void attach_accept(struct monitor *monitor) {
	int fd = accept4(monitor->listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0 && !add(monitor, fd)) close(fd);
}

bool attach_room(const struct monitor *monitor) {
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (monitor->clients[i].fd >= 0 && monitor->clients[i].output_length + FRAME_HEADER + READ_MAX > OUTPUT_MAX) return false;
	return true;
}

bool attach_alone(const struct monitor *monitor) {
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (monitor->clients[i].fd >= 0) return false;
	return true;
}

bool attach_blocked(const struct monitor *monitor) {
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (monitor->clients[i].fd >= 0 && monitor->clients[i].blocked) return true;
	return false;
}

bool attach_waiting(const struct monitor *monitor) {
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (monitor->clients[i].fd >= 0 && monitor->clients[i].output_length) return true;
	return false;
}

static void flush(struct client *client) {
	ssize_t sent = send(client->fd, client->output, client->output_length, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0) {
		if (errno != EAGAIN) drop(client);
		return;
	}
	client->output_length -= (uint32_t)sent;
	memmove(client->output, client->output + sent, client->output_length);
	client->stalled_since = milliseconds();
}

static void send_to(struct client *client, enum stream stream, const uint8_t *bytes, uint32_t length) {
	const uint8_t header[FRAME_HEADER] = {
		stream, 0, 0, 0, (uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length,
	};
	if (client->output_length + FRAME_HEADER + length > OUTPUT_MAX) return drop(client);
	if (client->output_length == 0) client->stalled_since = milliseconds();
	memcpy(client->output + client->output_length, header, FRAME_HEADER);
	memcpy(client->output + client->output_length + FRAME_HEADER, bytes, length);
	client->output_length += FRAME_HEADER + length;
	flush(client);
}

void attach_send(struct monitor *monitor, enum stream stream, const uint8_t *bytes, uint32_t length) {
	for (struct client *client = monitor->clients; client < monitor->clients + CLIENTS_MAX; client++)
		if (client->fd >= 0) send_to(client, stream, bytes, length);
}

// Length of the payload that a control frame must have; input may have any.
static bool sound_frame(uint8_t stream, uint32_t length) {
	switch (stream) {
	case STREAM_INPUT: return true;
	case STREAM_RESIZE: return length == 4;
	case STREAM_END: return length == 0;
	case STREAM_SIGNAL: return length == 1;
	case STREAM_RELEASE: return length == WIRING_ENTRY;
	default: return false;
	}
}

// End of input is the end of a pipe; on a terminal it is a character, where lines are read (termios(3)).
static void end_input(struct monitor *monitor) {
	struct termios modes;
	if (monitor->pty < 0 && monitor->input >= 0) {
		close(monitor->input);
		monitor->input = -1;
	}
	if (monitor->pty < 0 || ioctl(monitor->pty, TCGETS, &modes) < 0 || !(modes.c_lflag & ICANON)) return;
	ssize_t written = write(monitor->pty, &modes.c_cc[VEOF], 1);
	(void)written;
}

// The answer is the same frame: whoever asked knows then that the port is free.
static void release(struct monitor *monitor, struct client *client) {
	struct wiring_port port;
	if (wiring_port(client->payload, WIRING_ENTRY, 0, &port) < 0) return drop(client);
	release_port(monitor->machine, &port);
	send_to(client, STREAM_RELEASE, client->payload, WIRING_ENTRY);
}

static void act(struct monitor *monitor, struct client *client) {
	const uint8_t *payload = client->payload;
	if (client->header[0] == STREAM_RESIZE && monitor->pty >= 0) {
		struct winsize size = {
			.ws_row = (unsigned short)(payload[0] << 8 | payload[1]),
			.ws_col = (unsigned short)(payload[2] << 8 | payload[3]),
		};
		ioctl(monitor->pty, TIOCSWINSZ, &size);
	} else if (client->header[0] == STREAM_SIGNAL) {
		pidfd_send_signal(monitor->pidfd, payload[0], NULL, 0);
	} else if (client->header[0] == STREAM_END) {
		end_input(monitor);
	} else if (client->header[0] == STREAM_RELEASE) {
		release(monitor, client);
	}
}

// Takes bytes of the current frame's payload; how many, 0 when the container takes no more for now.
static uint32_t take_payload(const struct monitor *monitor, struct client *client, const uint8_t *bytes, uint32_t length) {
	if (client->header[0] == STREAM_INPUT) {
		if (monitor->input < 0) return length;
		ssize_t written = write(monitor->input, bytes, length);
		if (written < 0) return errno == EAGAIN ? 0 : length;  // nobody has the other side open: there is no reader
		return (uint32_t)written;
	}
	memcpy(client->payload + client->payload_length, bytes, length);
	client->payload_length += length;
	return length;
}

// Works through what was read; false when the client does not speak the protocol.
static bool take_frames(struct monitor *monitor, struct client *client) {
	client->blocked = false;
	for (;;) {
		uint32_t have = client->input_end - client->input_at;
		const uint8_t *bytes = client->input + client->input_at;
		uint32_t want = client->header_length < FRAME_HEADER ? FRAME_HEADER - client->header_length : client->remaining;
		uint32_t length = have < want ? have : want;
		if (client->header_length < FRAME_HEADER) {
			if (length == 0) return true;
			memcpy(client->header + client->header_length, bytes, length);
			client->header_length += length;
			client->input_at += length;
			if (client->header_length < FRAME_HEADER) return true;
			const uint8_t *h = client->header;
			client->remaining = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];
			client->payload_length = 0;
			if (!sound_frame(h[0], client->remaining)) return false;
			continue;
		}
		uint32_t taken = length ? take_payload(monitor, client, bytes, length) : 0;
		client->input_at += taken;
		client->remaining -= taken;
		if (client->remaining == 0) {
			act(monitor, client);
			if (client->fd < 0) return true;
			client->header_length = 0;
		} else if (taken == 0) {
			client->blocked = length != 0;
			return true;
		}
	}
}

static void receive(struct monitor *monitor, struct client *client) {
	ssize_t got = recv(client->fd, client->input, sizeof client->input, MSG_DONTWAIT);
	if (got < 0 && errno == EAGAIN) return;
	if (got <= 0) return drop(client);
	client->input_at = 0;
	client->input_end = (uint32_t)got;
	if (!take_frames(monitor, client)) drop(client);
}

void attach_resume(struct monitor *monitor) {
	for (struct client *client = monitor->clients; client < monitor->clients + CLIENTS_MAX; client++)
		if (client->fd >= 0 && client->blocked && !take_frames(monitor, client)) drop(client);
}

void attach_poll(const struct monitor *monitor, struct pollfd *set, bool input) {
	for (int i = 0; i < CLIENTS_MAX; i++) {
		const struct client *client = &monitor->clients[i];
		short events = client->output_length ? POLLOUT : 0;
		if (input && !client->blocked) events |= POLLIN;
		set[i] = (struct pollfd){client->fd, events, 0};
	}
}

void attach_serve(struct monitor *monitor, const struct pollfd *set) {
	for (int i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &monitor->clients[i];
		if (client->fd < 0 || client->fd != set[i].fd) continue;
		if (set[i].revents & POLLOUT) flush(client);
		if (client->fd >= 0 && set[i].revents & POLLIN) receive(monitor, client);
		// Gone, while nothing was wanted of it.
		else if (client->fd >= 0 && set[i].revents & (POLLHUP | POLLERR)) drop(client);
	}
}

int attach_expire(struct monitor *monitor) {
	int64_t now = 0, next = -1;
	for (struct client *client = monitor->clients; client < monitor->clients + CLIENTS_MAX; client++) {
		if (client->fd < 0 || client->output_length == 0) continue;
		if (!now) now = milliseconds();
		int64_t left = client->stalled_since + STALL_MS - now;
		if (left <= 0) drop(client);
		else if (next < 0 || left < next) next = left;
	}
	return (int)next;
}
