// The content of a file that op readTree meets: where it has data (lseek(2), SEEK_DATA), and the data themselves.
#include "gnu.h"
#include "machine.h"
#include "tree.h"

#include <string.h>
#include <unistd.h>

int tree_extents(int fd, uint64_t size, struct tree_extent *extents) {
	uint32_t count = 0;
	uint64_t at = 0;
	while (at < size) {
		off_t data = lseek(fd, (off_t)at, SEEK_DATA);
		if (data < 0 && errno == EINVAL) data = 0, at = size;  // a file system that does not tell
		if (data < 0 && errno != ENXIO) return -errno;
		if (data < 0 || (uint64_t)data >= size) break;
		off_t hole = at < size ? lseek(fd, data, SEEK_HOLE) : (off_t)size;
		if (hole < 0) return -errno;
		// Too many to name: the rest is one, its holes read as zeros.
		bool last = count == TREE_EXTENTS_MAX - 1 || (uint64_t)hole > size;
		at = last ? size : (uint64_t)hole;
		extents[count++] = (struct tree_extent){(uint64_t)data, at - (uint64_t)data};
	}
	return (int)count;
}

// A file that has become shorter meanwhile ends in zeros, as tar(1) does it: its length has been told.
static int range(int fd, uint64_t at, uint64_t length) {
	bool ended = false;
	while (length > 0) {
		size_t room;
		int error;
		uint8_t *to = tree_output_data_room(&room, &error);
		if (!to) return error;
		if (room > length) room = (size_t)length;
		ssize_t got = ended ? 0 : TEMP_FAILURE_RETRY(pread(fd, to, room, (off_t)at));
		if (got < 0) return -errno;
		if (got == 0) {
			ended = true;
			memset(to, 0, room);
			got = (ssize_t)room;
		}
		tree_output_data_add((size_t)got);
		at += (uint64_t)got;
		length -= (uint64_t)got;
	}
	return 0;
}

int tree_content(int fd, const struct tree_extent *extents, uint32_t count) {
	for (uint32_t i = 0; i < count; i++) {
		int result = range(fd, extents[i].offset, extents[i].length);
		if (result < 0) return result;
	}
	return 0;
}
