// Unix sockets: attach and start listeners, console and seccomp sockets, and the hand-shake of `start`.
#include "gnu.h"
#include "machine.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 16, START = 'S' };

// The address of `name` in a directory: through its descriptor, as sun_path holds 108 bytes and paths of people do not fit.
static int address_in(struct sockaddr_un *address, int dir, const char *name) {
	memset(address, 0, sizeof *address);
	address->sun_family = AF_UNIX;
	fd_path(address->sun_path, dir);
	size_t at = strlen(address->sun_path), length = strlen(name);
	if (at + 1 + length >= sizeof address->sun_path) return -ENAMETOOLONG;
	address->sun_path[at] = '/';
	memcpy(address->sun_path + at + 1, name, length + 1);
	return 0;
}

int op_listen(struct machine *machine, const struct op *op) {
	struct sockaddr_un address;
	int dir = fd_in(machine, op, A_LISTEN_DIR);
	int result = address_in(&address, dir, text_in(machine, op, A_LISTEN_NAME));
	if (result < 0) return result;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) return -errno;
	// The socket file takes its mode from the umask, at once: a chmod after bind would leave it open for a moment.
	mode_t before = umask(0177);
	result = outcome(bind(fd, (const struct sockaddr *)&address, sizeof address));
	umask(before);
	if (result == 0) {
		undo_note(machine, op, dir, 0);
		result = outcome(listen(fd, BACKLOG));
	}
	if (result < 0) {
		close(fd);
		return result;
	}
	set_out(machine, op, A_LISTEN_OUT, fd);
	return 0;
}

// The directory part of a path, opened, and where its last part starts.
static int open_parent(const char *path, const char **name) {
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	*name = slash ? slash + 1 : path;
	size_t length = slash ? (size_t)(slash - path) + 1 : 0;
	if (length >= sizeof parent) return -ENAMETOOLONG;
	memcpy(parent, path, length);
	parent[length] = 0;
	int fd = open(length ? parent : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int op_connect(struct machine *machine, const struct op *op) {
	struct sockaddr_un address;
	const char *name;
	int dir = open_parent(text_in(machine, op, A_CONNECT_PATH), &name);
	if (dir < 0) return dir;
	int result = address_in(&address, dir, name);
	int fd = result < 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (result == 0 && fd < 0) result = -errno;
	if (result == 0) result = outcome(connect(fd, (const struct sockaddr *)&address, sizeof address));
	close(dir);
	if (result < 0) {
		close(fd);
		return result;
	}
	set_out(machine, op, A_CONNECT_OUT, fd);
	return 0;
}

int op_accept_start(struct machine *machine, const struct op *op) {
	for (;;) {
		int peer = TEMP_FAILURE_RETRY(accept4(fd_in(machine, op, A_ACCEPT_START_LISTENER), NULL, NULL, SOCK_CLOEXEC));
		if (peer < 0) return -errno;
		char byte = 0;
		if (TEMP_FAILURE_RETRY(read(peer, &byte, 1)) == 1 && byte == START) {
			if (machine->report_fd != peer) close(machine->report_fd);
			machine->report_fd = peer;
			machine->reports_alone = true;
			return 0;
		}
		close(peer);
	}
}
