// A wiring file (docs/plan.md, "Wiring"): what a container's networks are made of, in numbered parts. Whoever wrote it, what comes out of
// these functions lies within the bytes that were given. Pure: no system call, fuzzed by fuzz/wiring.c.
#ifndef TEU_WIRING_H
#define TEU_WIRING_H

#include <stddef.h>
#include <stdint.h>

enum {
	WIRING_MAX_PARTS = 16,
	WIRING_MAX_BYTES = 1 << 20,  // of one part
	WIRING_MAX_PLACES = 1024,
	WIRING_HEADER = 16,
	WIRING_ROW = 16,
	WIRING_HEAD_MAX = WIRING_HEADER + WIRING_MAX_PARTS * WIRING_ROW,
	WIRING_ENTRY = 24,  // of a port to be held
};

// Where a part lies in the file: its bytes, and behind them the places, u32 each, where the namespace's descriptor goes.
struct wiring_part {
	uint32_t offset, length, places;
};

// Finds a part in the file's first bytes. 0, -EINVAL for a part that it does not have, -EBADMSG for what is no wiring file.
int wiring_find(const uint8_t *head, size_t length, uint32_t number, struct wiring_part *part);

// Puts a descriptor at every place; `bytes` is the part with its places behind it. 0 or -EBADMSG; -EINVAL for places without a descriptor.
int wiring_patch(uint8_t *bytes, const struct wiring_part *part, int fd);

// Whether bytes are netlink messages one after another, numbered from 1; counts those that ask for an acknowledgement. 0 or -EBADMSG.
int wiring_messages(const uint8_t *bytes, uint32_t length, uint32_t *acks);

// A port to be held: the numbers of socket(2), address and port in network order.
struct wiring_port {
	uint16_t family, type, protocol, port;
	uint8_t address[16];
};

// An entry of a part of ports. 0 or -EBADMSG.
int wiring_port(const uint8_t *bytes, uint32_t length, uint32_t index, struct wiring_port *port);

#endif
