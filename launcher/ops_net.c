// Sends netlink messages, which src/kernel/netlink encodes, and checks or keeps the kernel's answers (netlink(7)).
#include "gnu.h"

#include "machine.h"

#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { BUFFER = 1 << 20, ANSWER_SECONDS = 10 };

static int open_socket(int protocol) {
	const int on = 1, size = BUFFER;
	const struct timeval patience = {ANSWER_SECONDS, 0};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (fd < 0) return -errno;
	// Extended text, and without a copy of the message before it. Kernels that lack either just answer shorter.
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
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

// Keeps the text of NLMSGERR_ATTR_MSG, which follows the error in attributes of its own.
static void keep_text(struct machine *machine, const struct nlmsghdr *header) {
	size_t at = NLMSG_HDRLEN + sizeof(struct nlmsgerr);
	const struct nlmsgerr *error = NLMSG_DATA(header);
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS)) return;
	if (!(header->nlmsg_flags & NLM_F_CAPPED)) at += NLMSG_ALIGN(error->msg.nlmsg_len) - NLMSG_HDRLEN;
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
	ssize_t got = TEMP_FAILURE_RETRY(recv(fd, datagram, sizeof datagram, 0));
	if (got < 0) return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return got == 0 ? -EPROTO : got;
}

// What a message of type NLMSG_ERROR says: 0 when it is an acknowledgement.
static int error_of(struct machine *machine, const struct nlmsghdr *header) {
	if (header->nlmsg_len < NLMSG_HDRLEN + sizeof(struct nlmsgerr)) return -EPROTO;
	const struct nlmsgerr *error = NLMSG_DATA(header);
	if (error->error) keep_text(machine, header);
	return error->error;
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

// Appends the messages of one datagram to a file. 1 when the dump is complete, 0 when more is to come, or an error.
static int keep_dump(struct machine *machine, int fd, int to) {
	ssize_t got = receive(fd);
	if (got < 0) return (int)got;
	const struct nlmsghdr *header = (const void *)datagram;
	for (; NLMSG_OK(header, got); header = NLMSG_NEXT(header, got)) {
		if (header->nlmsg_flags & NLM_F_DUMP_INTR) return -EINTR;
		if (header->nlmsg_type == NLMSG_DONE) return 1;
		if (header->nlmsg_type == NLMSG_ERROR) return error_of(machine, header);
		ssize_t written = write(to, header, NLMSG_ALIGN(header->nlmsg_len));
		if (written < 0) return -errno;
	}
	return 0;
}

int op_netlink(struct machine *machine, const struct op *op) {
	struct range messages = pieces_in(machine, op, A_NETLINK_MESSAGES);
	int64_t acks = op->args[A_NETLINK_ACKS];
	int fd = open_socket((int)op->args[A_NETLINK_PROTOCOL]);
	if (fd < 0) return fd;
	int result = send_all(fd, messages);
	while (result == 0 && acks > 0) result = read_answers(machine, fd, &acks);
	close(fd);
	return result;
}

int op_netlink_dump(struct machine *machine, const struct op *op) {
	struct range request = pieces_in(machine, op, A_NETLINK_DUMP_REQUEST);
	int fd = open_socket((int)op->args[A_NETLINK_DUMP_PROTOCOL]);
	if (fd < 0) return fd;
	int result = send_all(fd, request);
	while (result == 0) result = keep_dump(machine, fd, fd_in(machine, op, A_NETLINK_DUMP_TO));
	close(fd);
	return result < 0 ? result : 0;
}
