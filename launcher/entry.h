// A directory's entries as getdents64(2) gives them.
#ifndef TEU_ENTRY_H
#define TEU_ENTRY_H

#include <stdint.h>

struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t length;
	uint8_t type;
	char name[];
};

#endif
