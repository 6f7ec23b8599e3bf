// Builds a small wiring file for the tests: part 0 holds two ports, part 1 two messages, the second with a place for a descriptor.
#ifndef TEU_BUILD_WIRING_H
#define TEU_BUILD_WIRING_H

#include "../wiring.h"

#include "../ops.gen.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum {
	BUILT_PARTS = 2,
	BUILT_HEAD = WIRING_HEADER + BUILT_PARTS * WIRING_ROW,
	BUILT_PORTS = 2 * WIRING_ENTRY,
	BUILT_MESSAGES = 2 * NLMSG_HDRLEN + 8,
	BUILT_PLACE = 2 * NLMSG_HDRLEN + 4,
	BUILT_LENGTH = BUILT_HEAD + BUILT_PORTS + BUILT_MESSAGES + 4,
};

static void put_words(uint8_t *at, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
	const uint32_t words[] = {a, b, c, d};
	memcpy(at, words, sizeof words);
}

static void build_wiring(uint8_t bytes[BUILT_LENGTH]) {
	const struct wiring_port ports[] = {
		{AF_INET, SOCK_STREAM, IPPROTO_TCP, htons(80), {127, 0, 0, 1}},
		{AF_INET6, SOCK_DGRAM, IPPROTO_UDP, htons(53), {0}},
	};
	const struct nlmsghdr messages[] = {
		{NLMSG_HDRLEN, 16, NLM_F_REQUEST | NLM_F_ACK, 1, 0},
		{NLMSG_HDRLEN + 8, 17, NLM_F_REQUEST, 2, 0},
	};
	memset(bytes, 0, BUILT_LENGTH);
	put_words(bytes, WIRING_MAGIC, BUILT_PARTS, BUILT_LENGTH, 0);
	put_words(bytes + WIRING_HEADER, BUILT_HEAD, BUILT_PORTS, 0, 0);
	put_words(bytes + WIRING_HEADER + WIRING_ROW, BUILT_HEAD + BUILT_PORTS, BUILT_MESSAGES, 1, 0);
	memcpy(bytes + BUILT_HEAD, ports, sizeof ports);
	memcpy(bytes + BUILT_HEAD + BUILT_PORTS, messages, sizeof messages);
	memcpy(bytes + BUILT_LENGTH - 4, &(uint32_t){BUILT_PLACE}, 4);
}

#endif
