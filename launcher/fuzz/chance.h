// Chance from a fixed seed, so that a run is the same on every machine, and what it does to an input of a fuzz target.
#ifndef TEU_FUZZ_CHANCE_H
#define TEU_FUZZ_CHANCE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// xorshift64*: a number below `below`.
static inline uint64_t draw(uint64_t below) {
	static uint64_t state = 0x9e3779b97f4a7c15;
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1d >> 16) % below;
}

// The words that an input's checks are most likely to get wrong, and at most how many changes are made to it at once.
struct changes {
	const uint32_t *bounds;
	size_t bound_count;
	uint64_t most;
};

// Changes a few bits, bytes, words or the length: the length that it then has.
static inline size_t change(const struct changes *how, uint8_t *bytes, size_t length) {
	for (uint64_t left = 1 + draw(how->most); left && length > 4; left--) {
		size_t at = draw(length - 4);
		switch (draw(5)) {
		case 0: bytes[at] ^= (uint8_t)(1u << draw(8)); break;
		case 1: bytes[at] = (uint8_t)draw(256); break;
		case 2: memcpy(bytes + (at & ~(size_t)3), how->bounds + draw(how->bound_count), 4); break;
		case 3: bytes[at & ~(size_t)3] = (uint8_t)(bytes[at & ~(size_t)3] + draw(9) - 4); break;
		default:
			if (draw(16) == 0) length = draw(length) + 1;
		}
	}
	return length;
}

#endif
