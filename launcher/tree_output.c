// The stream of records that op readTree writes: gathered in one buffer, written in large pieces. Content is read straight into it.
#include "gnu.h"
#include "tree.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { CONTENT_MIN = 128 << 10 };  // less room than this is not worth a read(2)

static uint8_t buffer[TREE_BUFFER];
static size_t end;
static int output;

void tree_output_start(int fd) {
	output = fd;
	end = 0;
}

int tree_output_flush(void) {
	for (size_t at = 0; at < end;) {
		ssize_t written = TEMP_FAILURE_RETRY(write(output, buffer + at, end - at));
		if (written < 0) return -errno;
		at += (size_t)written;
	}
	end = 0;
	return 0;
}

uint8_t *tree_output_room(int *error) {
	*error = sizeof buffer - end < TREE_RECORD_MAX ? tree_output_flush() : 0;
	return *error < 0 ? NULL : buffer + end;
}

void tree_output_add(size_t length) {
	end += length;
}

uint8_t *tree_output_data_room(size_t *room, int *error) {
	*error = sizeof buffer - end < CONTENT_MIN ? tree_output_flush() : 0;
	if (*error < 0) return NULL;
	*room = sizeof buffer - end - TREE_DATA_HEADER;
	return buffer + end + TREE_DATA_HEADER;
}

void tree_output_data_add(size_t length) {
	const uint32_t header[TREE_DATA_HEADER / sizeof(uint32_t)] = {(uint32_t)(TREE_DATA_HEADER + length), TREE_DATA};
	memcpy(buffer + end, header, sizeof header);
	end += TREE_DATA_HEADER + length;
}
