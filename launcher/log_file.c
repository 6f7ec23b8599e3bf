// The files of the log: opened, and rotated by renames: `name` -> `name`.1 -> `name`.2 …, of which some have been packed (`.gz`) by the
// program that is started after a rotation. It is the only one beside the monitor that renames here, so the monitor knows when it is at work.
#include "gnu.h"
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "machine.h"

enum { OPEN_FLAGS = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, MODE = 0640, SLOWEST = 2 };

static int open_file(struct log *log) {
	struct stat st;
	uint8_t last = '\n';
	int fd = openat(log->dir, log->name, OPEN_FLAGS, MODE);
	if (fd < 0) return -errno;
	int result = fstat(fd, &st) < 0 ? -errno : !S_ISREG(st.st_mode) ? -EINVAL : 0;
	if (result < 0) {
		close(fd);
		return result;
	}
	// An entry that a crash has torn ends here: the next one begins on a line of its own.
	if (st.st_size && pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n') {
		log->out[0] = '\n';
		log->out_end = 1;
	}
	log->fd = fd;
	log->size = (uint64_t)st.st_size;
	log->rotate_at = log->max_size;
	return 0;
}

int journal_connect(const char *path) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(path);
	if (length >= sizeof address.sun_path) return -ENAMETOOLONG;
	memcpy(address.sun_path, path, length + 1);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) return fd;
	int error = errno;
	close(fd);
	return -error;
}

// "<name>.<number><suffix>", for numbers of at most LOG_FILES_MAX.
static const char *numbered(char path[NAME_MAX + 1], const struct log *log, int number, const char *suffix) {
	char digits[FD_PATH_MAX];
	const char *decimal = strrchr(fd_path(digits, number), '/') + 1;
	size_t at = strlen(log->name);
	memcpy(path, log->name, at);
	path[at++] = '.';
	strcpy(path + at, decimal);
	strcpy(path + at + strlen(decimal), suffix);
	return path;
}

static void move_file(const struct log *log, int from, const char *suffix) {
	char old[NAME_MAX + 1], new[NAME_MAX + 1];
	renameat(log->dir, numbered(old, log, from, suffix), log->dir, numbered(new, log, from + 1, suffix));
}

// Every file gets the next number, and the last one goes.
static bool shift(const struct log *log) {
	char path[NAME_MAX + 1];
	unlinkat(log->dir, numbered(path, log, log->max_files - 1, ""), 0);
	unlinkat(log->dir, numbered(path, log, log->max_files - 1, ".gz"), 0);
	for (int number = log->max_files - 2; number >= 1; number--) {
		move_file(log, number, "");
		move_file(log, number, ".gz");
	}
	return renameat(log->dir, log->name, log->dir, numbered(path, log, 1, "")) == 0;
}

// The program that packs what was rotated is slower than the container: it is waited for while the file grows to twice its size, then
// ended, before a file that it is at has another number. It leaves the file that it was at as it was.
static bool packing(struct log *log) {
	int status;
	if (log->packer <= 0) return false;
	if (waitpid(log->packer, &status, WNOHANG) == 0) {
		if (log->size < SLOWEST * log->max_size) return true;
		kill(log->packer, SIGKILL);
		waitpid(log->packer, &status, 0);
	}
	log->packer = 0;
	return false;
}

void log_rotate(struct machine *machine, struct log *log) {
	int old = log->fd;
	if (packing(log)) return;
	log->rotate_at = log->size + log->max_size;  // where it fails, a file's length later it is tried again
	if (log->max_files < 2) {
		if (ftruncate(log->fd, 0) == 0) log->size = 0, log->rotate_at = log->max_size;
		return;
	}
	if (!shift(log)) return;
	int result = open_file(log);
	if (result < 0) {
		char path[NAME_MAX + 1];
		renameat(log->dir, numbered(path, log, 1, ""), log->dir, log->name);
		return;
	}
	close(old);
	if (log->on_rotate && log->on_rotate[0]) log->packer = start_helper(machine, log->on_rotate);
}

int log_start(struct log *log, enum log_driver driver) {
	enum { LONGEST = NAME_MAX - sizeof ".1000.gz" };
	if (driver == LOG_JOURNAL) {
		log->fd = journal_connect(log->name);
		return log->fd < 0 ? log->fd : 0;
	}
	return strlen(log->name) > LONGEST ? -ENAMETOOLONG : open_file(log);
}
