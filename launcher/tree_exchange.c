// Large contents between two sessions: instead of bytes in the stream the file itself goes, open, through a socket that both have, and the
// kernel copies it from one to the other. Whoever reads never waits: what the socket does not take goes as bytes.
#include "gnu.h"
#include "machine.h"
#include "tree.h"

#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
};

int tree_hand_over(int socket, int fd) {
	char byte = 0;
	union control control = {.header = {.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	struct iovec data = {&byte, 1};
	const struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	return outcome(TEMP_FAILURE_RETRY(sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL)));
}

int tree_take_over(int socket) {
	char byte;
	int fd;
	union control control;
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	// The file was sent before its record was: it is there.
	ssize_t got = TEMP_FAILURE_RETRY(recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
	if (got < 0) return -errno;
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof fd)) return -EPROTO;
	memcpy(&fd, CMSG_DATA(header), sizeof fd);
	return fd;
}

// Between file systems that know nothing of each other: page by page, from the cache.
static int send_range(int from, int to, off_t at, uint64_t length) {
	if (lseek(to, at, SEEK_SET) < 0) return -errno;
	while (length > 0) {
		ssize_t sent = sendfile(to, from, &at, length);
		if (sent < 0 && errno != EINTR) return -errno;
		if (sent == 0) return 0;
		if (sent > 0) length -= (uint64_t)sent;
	}
	return 0;
}

int tree_copy_range(int from, int to, uint64_t offset, uint64_t length) {
	off_t in = (off_t)offset, out = in;
	while (length > 0) {
		ssize_t copied = copy_file_range(from, &in, to, &out, length, 0);
		if (copied == 0) return 0;  // it has become shorter meanwhile
		if (copied > 0) length -= (uint64_t)copied;
		else if (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS) return send_range(from, to, in, length);
		else if (errno != EINTR) return -errno;
	}
	return 0;
}
