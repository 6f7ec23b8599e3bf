// Sends netlink messages, which src/kernel/netlink encodes, and checks or keeps the kernel's answers (netlink(7)); holds ports (ip(7)).
// What stands in a container's wiring file is checked by wiring.c.
#include "gnu.h"

#include "machine.h"
#include "wiring.h"

#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { BUFFER = 1 << 20, ANSWER_SECONDS = 10, FEW_PORTS = 256 };

static int open_socket(int protocol) {
	const int on = 1, size = BUFFER;
	const struct timeval patience = {ANSWER_SECONDS, 0};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (fd < 0) return -errno;
	// Extended text, and without a copy of the message before it. Kernels that lack either just answer shorter.
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
	// Answers that there is no room for are dropped: of a batch's errors the first is there, which is the one that is told.
	setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof on);
	// Without CAP_NET_ADMIN over the host's limits the plain option does what it can.
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	// A plan that counts one acknowledgement too many must not wait for ever.
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return fd;
}

static int send_all(int fd, struct range messages) {
	ssize_t sent = send(fd, messages.at, messages.length, 0);
	return sent < 0 ? -errno : (size_t)sent == messages.length ? 0 : -EIO;
}

// Keeps the text of NLMSGERR_ATTR_MSG, which follows an error in attributes of its own, from byte `at` of the message.
static void keep_text(struct machine *machine, const struct nlmsghdr *header, size_t at) {
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS)) return;
	while (at + sizeof(struct nlattr) <= header->nlmsg_len) {
		const struct nlattr *attribute = (const void *)((const char *)header + at);
		if (attribute->nla_len < sizeof *attribute || at + attribute->nla_len > header->nlmsg_len) return;
		size_t length = attribute->nla_len - sizeof *attribute;
		if ((attribute->nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG && length > 1)
			add_text(machine, (const char *)(attribute + 1), length - 1);
		at += NLA_ALIGN(attribute->nla_len);
	}
}

static _Alignas(struct nlmsghdr) char datagram[65536];

// Reads one datagram: its length, or -errno.
static ssize_t receive(int fd) {
	ssize_t got = TEMP_FAILURE_RETRY(recv(fd, datagram, sizeof datagram, MSG_TRUNC));
	if (got < 0) return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if ((size_t)got > sizeof datagram) return -EMSGSIZE;
	return got == 0 ? -EPROTO : got;
}

// What a message of type NLMSG_ERROR says: 0 when it is an acknowledgement.
static int error_of(struct machine *machine, const struct nlmsghdr *header) {
	if (header->nlmsg_len < NLMSG_HDRLEN + sizeof(struct nlmsgerr)) return -EPROTO;
	const struct nlmsgerr *error = NLMSG_DATA(header);
	if (error->error) {
		size_t copy = header->nlmsg_flags & NLM_F_CAPPED ? 0 : NLMSG_ALIGN(error->msg.nlmsg_len) - NLMSG_HDRLEN;
		keep_text(machine, header, NLMSG_HDRLEN + sizeof *error + copy);
		machine->item = error->msg.nlmsg_seq;
	}
	return error->error;
}

// What a message of type NLMSG_DONE says: 0, or the error that a dump has ended with before it was complete.
static int end_of(struct machine *machine, const struct nlmsghdr *header) {
	if (header->nlmsg_len < NLMSG_LENGTH(sizeof(int))) return 0;
	const int *error = NLMSG_DATA(header);
	if (*error >= 0) return 0;
	keep_text(machine, header, NLMSG_LENGTH(sizeof *error));
	return *error;
}

// Counts the acknowledgements of one datagram down. 0, or the first error in it.
static int read_answers(struct machine *machine, int fd, int64_t *acks) {
	ssize_t got = receive(fd);
	if (got < 0) return (int)got;
	const struct nlmsghdr *header = (const void *)datagram;
	for (; NLMSG_OK(header, got); header = NLMSG_NEXT(header, got)) {
		if (header->nlmsg_type != NLMSG_ERROR) continue;
		int error = error_of(machine, header);
		if (error) return error;
		--*acks;
	}
	return 0;
}

// Sends messages and waits for so many acknowledgements.
static int exchange(struct machine *machine, int fd, struct range messages, int64_t acks) {
	int result = send_all(fd, messages);
	while (result == 0 && acks > 0) result = read_answers(machine, fd, &acks);
	return result;
}

// Appends the messages of one datagram to a file. 1 when the dump is complete, 0 when more is to come, or an error.
static int keep_dump(struct machine *machine, int fd, int to) {
	ssize_t got = receive(fd);
	if (got < 0) return (int)got;
	const struct nlmsghdr *header = (const void *)datagram;
	for (; NLMSG_OK(header, got); header = NLMSG_NEXT(header, got)) {
		if (header->nlmsg_flags & NLM_F_DUMP_INTR) return -EINTR;
		// The acknowledgement of a request for one object comes without NLMSG_DONE.
		if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) {
			int error = header->nlmsg_type == NLMSG_DONE ? end_of(machine, header) : error_of(machine, header);
			return error ? error : 1;
		}
		size_t length = NLMSG_ALIGN(header->nlmsg_len);
		ssize_t written = write(to, header, length);
		if (written < 0) return -errno;
		if ((size_t)written != length) return -ENOSPC;
	}
	return 0;
}

int op_netlink(struct machine *machine, const struct op *op) {
	struct range messages = pieces_in(machine, op, A_NETLINK_MESSAGES);
	int64_t acks = op->args[A_NETLINK_ACKS];
	int fd = open_socket((int)op->args[A_NETLINK_PROTOCOL]);
	if (fd < 0) return fd;
	int result = exchange(machine, fd, messages, acks);
	close(fd);
	return result;
}

static int dump_once(struct machine *machine, const struct op *op, int to) {
	struct range request = pieces_in(machine, op, A_NETLINK_DUMP_REQUEST);
	int fd = open_socket((int)op->args[A_NETLINK_DUMP_PROTOCOL]);
	if (fd < 0) return fd;
	int result = send_all(fd, request);
	while (result == 0) result = keep_dump(machine, fd, to);
	close(fd);
	return result < 0 ? result : 0;
}

// A table that others change meanwhile is asked for again, and what came of it so far taken back.
int op_netlink_dump(struct machine *machine, const struct op *op) {
	enum { TRIES = 100 };
	int to = fd_in(machine, op, A_NETLINK_DUMP_TO);
	off_t from = lseek(to, 0, SEEK_CUR);
	int result = from < 0 ? -errno : dump_once(machine, op, to);
	for (int tries = 1; result == -EINTR && tries < TRIES; tries++) {
		if (ftruncate(to, from) < 0 || lseek(to, from, SEEK_SET) < 0) return -errno;
		result = dump_once(machine, op, to);
	}
	return result;
}

// One part of a wiring file, and the places behind it: most that is read at once.
static _Alignas(struct nlmsghdr) uint8_t part_bytes[WIRING_MAX_BYTES + WIRING_MAX_PLACES * 4];

// Reads a part into `part_bytes`: 0 or -errno. A file that is shorter than it says is EBADMSG.
static int read_part(int file, int64_t number, struct wiring_part *part) {
	uint8_t head[WIRING_HEAD_MAX];
	ssize_t got = pread(file, head, sizeof head, 0);
	if (got < 0) return -errno;
	if (number < 0 || number >= WIRING_MAX_PARTS) return -EINVAL;
	int result = wiring_find(head, (size_t)got, (uint32_t)number, part);
	if (result < 0) return result;
	size_t length = part->length + (size_t)part->places * 4;
	got = pread(file, part_bytes, length, part->offset);
	return got < 0 ? -errno : (size_t)got == length ? 0 : -EBADMSG;
}

// The kernel goes on behind a message of rtnetlink that it refuses: so each is sent when the one before has been taken.
static int exchange_each(struct machine *machine, int fd, struct range messages) {
	int result = 0;
	for (uint32_t at = 0; result == 0 && at < messages.length;) {
		const struct nlmsghdr *header = (const void *)(messages.at + at);
		result = exchange(machine, fd, (struct range){messages.at + at, header->nlmsg_len}, (header->nlmsg_flags & NLM_F_ACK) != 0);
		at += header->nlmsg_len;
	}
	return result;
}

int op_netlink_part(struct machine *machine, const struct op *op) {
	struct wiring_part part;
	uint32_t acks;
	int protocol = (int)op->args[A_NETLINK_PART_PROTOCOL];
	int result = read_part(fd_in(machine, op, A_NETLINK_PART_FILE), op->args[A_NETLINK_PART_PART], &part);
	if (result == 0) result = wiring_patch(part_bytes, &part, fd_in(machine, op, A_NETLINK_PART_NAMESPACE));
	if (result == 0) result = wiring_messages(part_bytes, part.length, &acks);
	if (result < 0 || part.length == 0) return result;
	int fd = open_socket(protocol);
	if (fd < 0) return fd;
	struct range messages = {part_bytes, part.length};
	result = protocol == NETLINK_ROUTE ? exchange_each(machine, fd, messages) : exchange(machine, fd, messages, acks);
	close(fd);
	return result;
}

// What a server has just ended keeps its port for a minute (TIME_WAIT) from everybody but those with SO_REUSEADDR, who would then share it with
// others of the kind. Who has listened, be it for a moment, shares it with nobody any more.
static int bind_beside_ended(int fd, const struct sockaddr *address, socklen_t size) {
	const int on = 1, off = 0;
	int result = outcome(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
	if (result == 0) result = outcome(bind(fd, address, size));
	if (result == 0) result = outcome(listen(fd, 0));
	if (result == 0) result = outcome(syscall(SYS_shutdown, fd, SHUT_RDWR));
	return result == 0 ? outcome(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &off, sizeof off)) : result;
}

// A socket that has the port and does nothing with it: its descriptor, or -errno.
static int hold_port(const struct wiring_port *port) {
	const int on = 1;
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = port->port};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = port->port};
	memcpy(&v4.sin_addr, port->address, sizeof v4.sin_addr);
	memcpy(&v6.sin6_addr, port->address, sizeof v6.sin6_addr);
	bool six = port->family == AF_INET6;
	int fd = socket(port->family, port->type | SOCK_CLOEXEC, port->protocol);
	if (fd < 0) return -errno;
	int result = six ? outcome(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on)) : 0;
	const struct sockaddr *address = six ? (const void *)&v6 : (const void *)&v4;
	socklen_t size = six ? sizeof v6 : sizeof v4;
	if (result == 0) result = outcome(bind(fd, address, size));
	if (result == -EADDRINUSE && port->protocol == IPPROTO_TCP) result = bind_beside_ended(fd, address, size);
	if (result == 0) return fd;
	close(fd);
	return result;
}

// The usual limit of a session is 1024, which a range of ports comes to. The container's process, made before, keeps its own.
static void raise_descriptors(void) {
	struct rlimit64 limit;
	if (syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) < 0) return;
	limit.rlim_cur = limit.rlim_max;
	syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
}

// The container's process was made before and has none of them.
int op_hold_ports(struct machine *machine, const struct op *op) {
	struct wiring_part part;
	struct wiring_port port;
	int result = read_part(fd_in(machine, op, A_HOLD_PORTS_FILE), op->args[A_HOLD_PORTS_PART], &part);
	if (result < 0) return result;
	if (part.length % WIRING_ENTRY || part.places) return -EBADMSG;
	if (part.length / WIRING_ENTRY > FEW_PORTS) raise_descriptors();
	for (uint32_t i = 0; i < part.length / WIRING_ENTRY; i++) {
		machine->item = i + 1;
		result = wiring_port(part_bytes, part.length, i, &port);
		if (result < 0) return result;
		int fd = hold_port(&port);
		// Without the protocol in the kernel nobody else gets the port, either.
		if (fd == -EPROTONOSUPPORT || fd == -ESOCKTNOSUPPORT || fd == -EAFNOSUPPORT) continue;
		if (fd < 0) return fd;
		result = hold_fd(machine, fd);
		if (result < 0) return result;
	}
	machine->item = 0;
	return 0;
}
