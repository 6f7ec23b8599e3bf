// What wiring.c takes and refuses. Parts lie at the very end of their memory, so that ASan sees a read beyond.
#include "../gnu.h"

#include "build_wiring.h"
#include "check.h"

#include <errno.h>
#include <stdlib.h>

static int find(const uint8_t *bytes, size_t length, uint32_t number, struct wiring_part *part) {
	uint8_t *exact = malloc(length ? length : 1);
	memcpy(exact, bytes, length);
	int result = wiring_find(exact, length, number, part);
	free(exact);
	return result;
}

static void test_find(void) {
	uint8_t bytes[BUILT_LENGTH];
	struct wiring_part part;
	build_wiring(bytes);
	CHECK(find(bytes, BUILT_HEAD, 0, &part) == 0 && part.offset == BUILT_HEAD && part.length == BUILT_PORTS && part.places == 0);
	CHECK(find(bytes, BUILT_LENGTH, 1, &part) == 0 && part.length == BUILT_MESSAGES && part.places == 1);
	CHECK(find(bytes, BUILT_HEAD, 2, &part) == -EINVAL);
	CHECK(find(bytes, BUILT_HEAD, UINT32_MAX, &part) == -EINVAL);
	size_t refused = 0;
	for (size_t length = 0; length < BUILT_HEAD; length++) refused += find(bytes, length, 0, &part) == -EBADMSG;
	CHECK(refused == BUILT_HEAD);
}

// Each word of the header and of a part's row, out of bounds.
static void test_bounds(void) {
	static const struct {
		size_t at;
		uint32_t value;
	} rows[] = {
		{0, 0},
		{4, WIRING_MAX_PARTS + 1},
		{4, UINT32_MAX},
		{8, BUILT_LENGTH - 1},
		{12, 1},
		{WIRING_HEADER + WIRING_ROW, BUILT_HEAD + 2},
		{WIRING_HEADER + WIRING_ROW, UINT32_MAX - 3},
		{WIRING_HEADER + WIRING_ROW + 4, WIRING_MAX_BYTES + 4},
		{WIRING_HEADER + WIRING_ROW + 4, BUILT_MESSAGES + 4},
		{WIRING_HEADER + WIRING_ROW + 4, BUILT_MESSAGES + 2},
		{WIRING_HEADER + WIRING_ROW + 8, WIRING_MAX_PLACES + 1},
		{WIRING_HEADER + WIRING_ROW + 8, 2},
		{WIRING_HEADER + WIRING_ROW + 12, 1},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t bytes[BUILT_LENGTH];
		struct wiring_part part;
		build_wiring(bytes);
		memcpy(bytes + rows[i].at, &rows[i].value, 4);
		CHECK(find(bytes, BUILT_LENGTH, 1, &part) == -EBADMSG);
	}
}

static void test_patch(void) {
	uint8_t bytes[BUILT_LENGTH];
	struct wiring_part part;
	uint32_t value;
	build_wiring(bytes);
	uint8_t *at = bytes + BUILT_HEAD + BUILT_PORTS;
	CHECK(wiring_find(bytes, sizeof bytes, 1, &part) == 0 && wiring_patch(at, &part, 7) == 0);
	memcpy(&value, at + BUILT_PLACE, sizeof value);
	CHECK(value == 7);
	CHECK(wiring_patch(at, &part, -1) == -EINVAL);
	const uint32_t beyond[] = {BUILT_MESSAGES - 3, BUILT_MESSAGES, UINT32_MAX - 3, 2};
	for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
		memcpy(at + part.length, &beyond[i], 4);
		CHECK(wiring_patch(at, &part, 7) == -EBADMSG);
	}
	part.places = 0;
	CHECK(wiring_patch(at, &part, -1) == 0);
	CHECK(wiring_patch(at, &(struct wiring_part){0, 0, 1}, 7) == -EBADMSG);
}

static void test_messages(void) {
	uint8_t bytes[BUILT_LENGTH];
	uint32_t acks = 9;
	build_wiring(bytes);
	const uint8_t *at = bytes + BUILT_HEAD + BUILT_PORTS;
	CHECK(wiring_messages(at, BUILT_MESSAGES, &acks) == 0 && acks == 1);
	CHECK(wiring_messages(at, 0, &acks) == 0 && acks == 0);
	uint32_t refused = 0;
	for (uint32_t length = 1; length < BUILT_MESSAGES; length++) {
		uint8_t *exact = malloc(length);
		memcpy(exact, at, length);
		refused += wiring_messages(exact, length, &acks) == -EBADMSG;
		free(exact);
	}
	CHECK(refused == BUILT_MESSAGES - 2);  // all but the first message alone
	struct nlmsghdr second;
	memcpy(&second, at + NLMSG_HDRLEN, sizeof second);
	struct nlmsghdr changes[] = {second, second, second, second, second};
	changes[0].nlmsg_len = NLMSG_HDRLEN - 4;
	changes[1].nlmsg_len = UINT32_MAX;
	changes[2].nlmsg_len = NLMSG_HDRLEN + 6;
	changes[3].nlmsg_seq = 1;
	changes[4].nlmsg_flags = 0;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		memcpy(bytes + BUILT_HEAD + BUILT_PORTS + NLMSG_HDRLEN, &changes[i], sizeof second);
		CHECK(wiring_messages(at, BUILT_MESSAGES, &acks) == -EBADMSG);
	}
}

static void test_ports(void) {
	uint8_t bytes[BUILT_LENGTH];
	struct wiring_port port;
	build_wiring(bytes);
	uint8_t *at = bytes + BUILT_HEAD;
	CHECK(wiring_port(at, BUILT_PORTS, 0, &port) == 0 && port.family == AF_INET && port.port == htons(80) && port.address[0] == 127);
	CHECK(wiring_port(at, BUILT_PORTS, 1, &port) == 0 && port.type == SOCK_DGRAM && port.protocol == IPPROTO_UDP);
	CHECK(wiring_port(at, BUILT_PORTS, 2, &port) == -EBADMSG);
	CHECK(wiring_port(at, BUILT_PORTS - 1, 0, &port) == -EBADMSG);
	static const uint16_t wrong[][3] = {
		{AF_UNIX, SOCK_STREAM, IPPROTO_TCP}, {AF_NETLINK, SOCK_RAW, 0}, {AF_INET, SOCK_RAW, IPPROTO_TCP}, {AF_INET, SOCK_STREAM, IPPROTO_UDP},
		{AF_INET6, SOCK_DGRAM, IPPROTO_TCP},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		memcpy(at, wrong[i], sizeof wrong[i]);
		CHECK(wiring_port(at, BUILT_PORTS, 0, &port) == -EBADMSG);
	}
}

int main(void) {
	test_find();
	test_bounds();
	test_patch();
	test_messages();
	test_ports();
	return finish();
}
