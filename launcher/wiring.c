// Reads a wiring file (docs/plan.md, "Wiring"): nothing in it is believed before it is checked.
#include "gnu.h"
#include "wiring.h"

#include "ops.gen.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

_Static_assert(sizeof(struct wiring_port) == WIRING_ENTRY, "entries are copied whole");

static uint32_t word(const uint8_t *at) {
	uint32_t value;
	memcpy(&value, at, sizeof value);
	return value;
}

int wiring_find(const uint8_t *head, size_t length, uint32_t number, struct wiring_part *part) {
	if (length < WIRING_HEADER || word(head) != WIRING_MAGIC || word(head + 12) != 0) return -EBADMSG;
	uint32_t parts = word(head + 4), total = word(head + 8);
	if (parts > WIRING_MAX_PARTS || length < WIRING_HEADER + (size_t)parts * WIRING_ROW) return -EBADMSG;
	if (number >= parts) return -EINVAL;
	const uint8_t *row = head + WIRING_HEADER + (size_t)number * WIRING_ROW;
	*part = (struct wiring_part){word(row), word(row + 4), word(row + 8)};
	if (part->length > WIRING_MAX_BYTES || part->places > WIRING_MAX_PLACES || word(row + 12) != 0) return -EBADMSG;
	if (part->offset % 4 || part->length % 4) return -EBADMSG;
	return (uint64_t)part->offset + part->length + (uint64_t)part->places * 4 <= total ? 0 : -EBADMSG;
}

int wiring_patch(uint8_t *bytes, const struct wiring_part *part, int fd) {
	if (part->places && fd < 0) return -EINVAL;
	for (uint32_t i = 0; i < part->places; i++) {
		uint32_t place = word(bytes + part->length + (size_t)i * 4), value = (uint32_t)fd;
		if (place % 4 || part->length < 4 || place > part->length - 4) return -EBADMSG;
		memcpy(bytes + place, &value, sizeof value);
	}
	return 0;
}

int wiring_messages(const uint8_t *bytes, uint32_t length, uint32_t *acks) {
	struct nlmsghdr header;
	*acks = 0;
	for (uint32_t at = 0, number = 1; at < length; number++) {
		if (length - at < sizeof header) return -EBADMSG;
		memcpy(&header, bytes + at, sizeof header);
		if (header.nlmsg_len < sizeof header || header.nlmsg_len > length - at || header.nlmsg_len % 4) return -EBADMSG;
		if (header.nlmsg_seq != number || !(header.nlmsg_flags & NLM_F_REQUEST)) return -EBADMSG;
		if (header.nlmsg_flags & NLM_F_ACK) ++*acks;
		at += header.nlmsg_len;
	}
	return 0;
}

int wiring_port(const uint8_t *bytes, uint32_t length, uint32_t index, struct wiring_port *port) {
	if (length % WIRING_ENTRY || index >= length / WIRING_ENTRY) return -EBADMSG;
	memcpy(port, bytes + (size_t)index * WIRING_ENTRY, sizeof *port);
	if (port->family != AF_INET && port->family != AF_INET6) return -EBADMSG;
	if (port->type == SOCK_STREAM && (port->protocol == IPPROTO_TCP || port->protocol == IPPROTO_SCTP)) return 0;
	return port->type == SOCK_DGRAM && port->protocol == IPPROTO_UDP ? 0 : -EBADMSG;
}
