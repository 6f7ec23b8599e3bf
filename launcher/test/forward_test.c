// The forwarder's tables (forward_tcp.c, forward_udp.c) before a kernel that is made here: descriptors run out, connections break and end at any moment,
// senders of datagrams come faster than they go. What it must see to: no descriptor is closed twice or kept, no more is taken out of a pipe than is in it,
// and what somebody has sent goes to nobody else's socket. From a fixed seed.
#include "../gnu.h"

#include "../forward.h"
#include "../fuzz/chance.h"
#include "check.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>

enum { MOST_FDS = 12000, PORT_FD = 1, ROUNDS = 3000, PEERS = 9000, MOST_FLOWS = 4096 };

static struct descriptor {
	bool open;
	int other;       // of a pipe: the end that is read
	size_t held;     // what is in it
	uint32_t index;  // of the stream or flow that it was watched for
	int watched;     // for what, or -1
	union endpoint peer;
} fds[MOST_FDS];
static int lowest = PORT_FD + 1, limit = MOST_FDS;
static unsigned open_fds, wrong;
static bool ending, eager;  // eager: nobody has to wait

static int fail(int error) {
	errno = error;
	return -1;
}

static int take_fd(void) {
	if (!ending && draw(50) == 0) return fail(EMFILE);
	while (lowest < limit && fds[lowest].open) lowest++;
	if (lowest == limit) return fail(EMFILE);
	fds[lowest] = (struct descriptor){.open = true, .watched = -1};
	open_fds++;
	return lowest;
}

static bool is_open(int fd) {
	bool good = fd > PORT_FD && fd < MOST_FDS && fds[fd].open;
	wrong += !good;
	return good;
}

int __wrap_close(int fd) {
	if (!is_open(fd)) return fail(EBADF);
	fds[fd].open = false;
	open_fds--;
	if (fd < lowest) lowest = fd;
	return 0;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size) {
	(void)fd, (void)level, (void)name, (void)value, (void)size;
	return 0;
}

int __wrap_pipe2(int ends[2], int flags) {
	(void)flags;
	int in = take_fd(), out = in < 0 ? -1 : take_fd();
	if (out < 0) {
		if (in >= 0) __wrap_close(in);
		return fail(EMFILE);
	}
	fds[out].other = in;
	ends[0] = in;
	ends[1] = out;
	return 0;
}

int __wrap_accept4(int fd, struct sockaddr *peer, socklen_t *size, int flags) {
	(void)fd, (void)peer, (void)size, (void)flags;
	static const int errors[] = {EAGAIN, EAGAIN, ECONNABORTED, ENOBUFS};
	return ending || draw(3) == 0 ? fail(ending ? EAGAIN : errors[draw(4)]) : take_fd();
}

static long splice_some(int from, int to, size_t most) {
	if (!is_open(from) || !is_open(to)) return fail(EBADF);
	if (draw(ending ? 2 : 2000) == 0) return fail(EPIPE);
	if (draw(eager ? 400 : 3) == 0) return fail(EAGAIN);
	if (fds[to].other) { // into a pipe
		if (ending || draw(1000) == 0) return 0;
		size_t moved = 1 + draw(most);
		fds[fds[to].other].held += moved;
		return (long)moved;
	}
	wrong += most > fds[from].held;
	size_t moved = 1 + draw(most);
	fds[from].held -= moved;
	return (long)moved;
}

long __wrap_syscall(long number, ...) {
	va_list list;
	va_start(list, number);
	long a[6];
	for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_splice) return splice_some((int)a[0], (int)a[2], (size_t)a[4]);
	if (number == SYS_shutdown) return is_open((int)a[0]) ? 0 : -1;
	if (number == SYS_epoll_ctl) return is_open((int)a[2]) ? 0 : -1;
	abort();
}

// What forward.c has.
socklen_t endpoint_size(const union endpoint *endpoint) {
	return endpoint->any.sa_family == AF_INET ? sizeof endpoint->v4 : sizeof endpoint->v6;
}

int dial(const struct port *port, const union endpoint *peer) {
	int fd = take_fd();
	if (fd < 0) return -errno;
	if (port->protocol == IPPROTO_UDP) fds[fd].peer = *peer;
	return fd;
}

int watch(const struct forwarder *from, int fd, uint32_t events, enum subject subject, uint32_t index) {
	(void)from, (void)events;
	if (!is_open(fd)) return -EBADF;
	if (!ending && draw(60) == 0) return -ENOSPC;
	fds[fd].watched = (int)subject;
	fds[fd].index = index;
	return 0;
}

void pause_ports(struct forwarder *from, bool paused) {
	from->paused = paused;
}

static struct forwarder forwarder = {.ports = {{PORT_FD, IPPROTO_TCP, {{0}}}, {PORT_FD, IPPROTO_UDP, {{0}}}}, .port_count = 2};

static void some_events(enum subject subject) {
	eager = draw(8) == 0;
	for (int i = 0; i < 60; i++) {
		const struct descriptor *one = fds + draw(eager ? 32 : MOST_FDS);
		if (!one->open || one->watched != (int)subject) continue;
		if (subject == ABOUT_STREAM) stream_event(one->index, EPOLLIN);
		else flow_answer(&forwarder, one->index);
	}
}

static void test_streams(void) {
	unsigned most = 0;
	for (int round = 0; round < ROUNDS || open_fds > 0; round++) {
		ending = round >= ROUNDS;
		if (round > ROUNDS * 4) break;
		stream_accept(&forwarder, forwarder.ports);
		some_events(ABOUT_STREAM);
		stream_resume(&forwarder);
		stream_sweep();
		if (draw(4) == 0) forwarder.paused = false;
		if (open_fds > most) most = open_fds;
	}
	CHECK(most > MOST_FDS / 12);
	CHECK(open_fds == 0);
	CHECK(wrong == 0);
	ending = false;
}

static time_t now = 1000;
static int left;                 // datagrams that wait
static unsigned handed_on;
static union endpoint sender;    // of the last
static char sent[8];

int __wrap_clock_gettime(clockid_t clock, struct timespec *time) {
	(void)clock;
	*time = (struct timespec){now, 0};
	return 0;
}

static void be_somebody(void) {
	memset(&sender, 0, sizeof sender);
	uint32_t who = (uint32_t)draw(PEERS);
	if (who % 2) {
		sender.v6.sin6_family = AF_INET6;
		sender.v6.sin6_port = (in_port_t)(who >> 4);
		sender.v6.sin6_addr.s6_addr[15] = (uint8_t)(who & 15);
	} else {
		sender.v4.sin_family = AF_INET;
		sender.v4.sin_port = (in_port_t)(who >> 4);
		sender.v4.sin_addr.s_addr = who & 15;
	}
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags) {
	(void)fd, (void)flags;
	if (left-- <= 0) return fail(EAGAIN);
	be_somebody();
	memcpy(message->msg_name, &sender, endpoint_size(&sender));
	memcpy(message->msg_iov->iov_base, sent, sizeof sent);
	bool v6 = sender.any.sa_family == AF_INET6;
	struct in6_pktinfo six = {.ipi6_ifindex = 7};
	struct in_pktinfo four = {.ipi_ifindex = 7, .ipi_addr.s_addr = 9};
	size_t size = v6 ? sizeof six : sizeof four;
	struct cmsghdr *header = message->msg_control;
	*header = (struct cmsghdr){.cmsg_len = CMSG_LEN(size), .cmsg_level = v6 ? SOL_IPV6 : SOL_IP, .cmsg_type = v6 ? IPV6_PKTINFO : IP_PKTINFO};
	memcpy(CMSG_DATA(header), v6 ? (void *)&six : (void *)&four, size);
	message->msg_controllen = CMSG_SPACE(size);
	return (ssize_t)draw(sizeof sent + 1);
}

ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags) {
	(void)bytes, (void)flags;
	if (!is_open(fd)) return fail(EBADF);
	handed_on++;
	wrong += memcmp(&fds[fd].peer, &sender, endpoint_size(&sender)) != 0;
	return draw(20) == 0 ? fail(ECONNREFUSED) : (ssize_t)length;
}

static int answering;

ssize_t __wrap_recv(int fd, void *bytes, size_t length, int flags) {
	(void)flags;
	if (!is_open(fd) || draw(2)) return fail(EAGAIN);
	answering = fd;
	size_t got = draw(length < 100 ? length : 100);
	memset(bytes, 1, got);
	return (ssize_t)got;
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags) {
	(void)flags;
	const union endpoint *to = message->msg_name;
	wrong += fd != PORT_FD || message->msg_namelen != endpoint_size(to) || memcmp(to, &fds[answering].peer, message->msg_namelen) != 0;
	return (ssize_t)message->msg_iov->iov_len;
}

static void test_flows(void) {
	unsigned most = 0;
	for (int round = 0; round < ROUNDS; round++) {
		left = (int)draw(100);
		flow_receive(&forwarder, 1);
		if (draw(10) == 0) some_events(ABOUT_FLOW);
		if (draw(100) == 0) now += (time_t)draw(50);
		flow_expire();
		if (open_fds > most) most = open_fds;
	}
	CHECK(most == MOST_FLOWS || most == MOST_FLOWS + 1);
	now += 1000;
	flow_expire();
	CHECK(open_fds == 0);
	CHECK(wrong == 0);
}

// Who comes when descriptors have run out is served all the same.
static void test_scarce_flows(void) {
	unsigned came = 0;
	limit = 100;
	handed_on = 0;
	for (int round = 0; round < ROUNDS; round++, now++) {
		came += (unsigned)(left = 1);
		flow_receive(&forwarder, 1);
	}
	CHECK(handed_on > came / 10 * 9);
	now += 1000;
	flow_expire();
	CHECK(open_fds == 0);
	CHECK(wrong == 0);
}

int main(void) {
	test_streams();
	test_flows();
	test_scarce_flows();
	return finish();
}
