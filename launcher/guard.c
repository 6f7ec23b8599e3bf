// Ops guard and passSockets: a server of ours that was killed is started again, and what it listened on stays open meanwhile. Clients notice a
// pause, as what they send waits in the sockets' queues. Nothing of what comes in is read here.
#include "gnu.h"
#include "machine.h"

#include <linux/sched.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAIRS_MAX = 240, FD_MAX = 4096, SOON_MS = 1000, PAUSE_MS = 50, LONGEST_PAUSE_MS = 3000 };

// One address and port: the socket for datagrams, and the one that listens for connections.
struct pair {
	int datagram, stream;
};

static struct pair pairs[PAIRS_MAX];
static size_t pair_count;

struct address {
	struct sockaddr_in6 text;  // the longer of the two
	socklen_t size;
};

static int option_of(int fd, int option) {
	int value = -1;
	socklen_t size = sizeof value;
	return syscall(SYS_getsockopt, fd, SOL_SOCKET, option, &value, &size) < 0 ? -1 : value;
}

static bool address_of(int fd, long call, struct address *address) {
	memset(address, 0, sizeof *address);
	address->size = sizeof address->text;
	return syscall(call, fd, &address->text, &address->size) == 0;
}

// SOCK_DGRAM or SOCK_STREAM of a socket that anybody on the network may send to; 0 for anything else.
static int listens(int fd) {
	struct address peer;
	int domain = option_of(fd, SO_DOMAIN), type = option_of(fd, SO_TYPE);
	if (domain != AF_INET && domain != AF_INET6) return 0;
	if (type == SOCK_STREAM) return option_of(fd, SO_ACCEPTCONN) == 1 ? type : 0;
	return type == SOCK_DGRAM && !address_of(fd, SYS_getpeername, &peer) ? type : 0;
}

static void close_pairs(const struct pair *from, size_t count) {
	for (size_t i = 0; i < count; i++) {
		if (from[i].datagram >= 0) close(from[i].datagram);
		if (from[i].stream >= 0) close(from[i].stream);
	}
}

static void find_partner(struct pair *found, size_t count, int stream) {
	struct address wanted, other;
	if (!address_of(stream, SYS_getsockname, &wanted)) return;
	for (size_t i = 0; i < count; i++) {
		if (found[i].stream >= 0 || !address_of(found[i].datagram, SYS_getsockname, &other)) continue;
		if (other.size != wanted.size || memcmp(&other.text, &wanted.text, sizeof wanted.text) != 0) continue;
		found[i].stream = stream;
		return;
	}
	close(stream);
}

// Takes the server's sockets as they are now, and lets go of those that it has closed. Of a server that dies meanwhile, what was held stays.
static void take_sockets(int pidfd) {
	static struct pair found[PAIRS_MAX];
	static int streams[PAIRS_MAX];
	size_t count = 0, stream_count = 0;
	for (int number = 3; number < FD_MAX; number++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
		if (fd < 0 && errno == EBADF) continue;
		if (fd < 0) break;
		int type = listens(fd);
		if (type == SOCK_DGRAM && count < PAIRS_MAX) found[count++] = (struct pair){fd, -1};
		else if (type == SOCK_STREAM && stream_count < PAIRS_MAX) streams[stream_count++] = fd;
		else close(fd);
	}
	for (size_t i = 0; i < stream_count; i++) find_partner(found, count, streams[i]);
	struct pollfd dead = {pidfd, POLLIN, 0};
	if (poll(&dead, 1, 0) != 0) {
		close_pairs(found, count);
		return;
	}
	close_pairs(pairs, pair_count);
	memcpy(pairs, found, sizeof *found * count);
	pair_count = count;
}

int op_pass_sockets(struct machine *machine, const struct op *op) {
	(void)machine;
	int next = (int)op->args[A_PASS_SOCKETS_FROM];
	for (size_t i = 0; i < pair_count; i++) {
		if (pairs[i].datagram < 0 || pairs[i].stream < 0) continue;
		if (dup2(pairs[i].datagram, next) < 0 || dup2(pairs[i].stream, next + 1) < 0) return -errno;
		next += 2;
	}
	return 0;
}

static int64_t now_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Until the server has ended; its wait status.
static int accompany(int pidfd, int asks) {
	for (;;) {
		struct pollfd set[] = {{pidfd, POLLIN, 0}, {asks, POLLIN, 0}};
		char byte;
		int status;
		if (poll(set, 2, -1) < 0) continue;
		if (set[1].revents & POLLIN && recv(asks, &byte, 1, MSG_DONTWAIT) > 0) {
			take_sockets(pidfd);
			(void)!send(asks, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
		}
		if (!set[0].revents) continue;
		siginfo_t info = {0};
		if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0) return 0;
		status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
		return status;
	}
}

int op_guard(struct machine *machine, const struct op *op) {
	int pidfd = fd_in(machine, op, A_GUARD_PIDFD), asks = fd_in(machine, op, A_GUARD_ASKS), pause = 0;
	interrupt_forget(machine);
	machine->undo_count = 0;
	for (;;) {
		int64_t began = now_ms();
		int status = accompany(pidfd, asks);
		close(pidfd);
		if (WIFEXITED(status) || WTERMSIG(status) == op->args[A_GUARD_UNLESS]) _exit(0);
		// One that a message kills whenever it comes must not keep the machine busy.
		pause = now_ms() - began > SOON_MS ? 0 : pause == 0 ? PAUSE_MS : pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
		if (pause > PAUSE_MS) poll(NULL, 0, pause);
		struct clone_args args = {.flags = CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD};
		pid_t pid = clone_process(&args);
		if (pid < 0) _exit(EXIT_REFUSED);
		if (pid == 0) _exit(run_section(machine, (uint32_t)op->args[A_GUARD_SECTION]));
	}
}
