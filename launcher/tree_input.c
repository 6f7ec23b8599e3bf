// The stream of records that op writeTree reads: large reads into one buffer, from which whole records are looked at in place.
#include "gnu.h"
#include "tree.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static uint8_t buffer[TREE_BUFFER];
static size_t at, end;
static int input;

void tree_input_start(int fd) {
	input = fd;
	at = end = 0;
}

// Reads once, behind what is there: the number of bytes, 0 at the end, or -errno.
static ssize_t fill(void) {
	if (at == end) at = end = 0;
	else if (end == sizeof buffer) {
		memmove(buffer, buffer + at, end - at);
		end -= at;
		at = 0;
	}
	ssize_t got = TEMP_FAILURE_RETRY(read(input, buffer + end, sizeof buffer - end));
	if (got < 0) return -errno;
	end += (size_t)got;
	return got;
}

const uint8_t *tree_input_peek(size_t length, int *error) {
	while (end - at < length) {
		if (sizeof buffer - at < length) {
			memmove(buffer, buffer + at, end - at);
			end -= at;
			at = 0;
		}
		ssize_t got = fill();
		if (got > 0) continue;
		*error = (int)got;
		return NULL;
	}
	return buffer + at;
}

void tree_input_skip(size_t length) {
	at += length;
}

ssize_t tree_input_take(size_t length, const uint8_t **bytes) {
	if (at == end) {
		ssize_t got = fill();
		if (got <= 0) return got;
	}
	size_t there = end - at;
	if (there > length) there = length;
	*bytes = buffer + at;
	at += there;
	return (ssize_t)there;
}
