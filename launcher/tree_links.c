// Files of several names (hard links), known by device and inode. A table of a fixed size in a mapping; open addressing.
#include "gnu.h"
#include "tree.h"

#include <errno.h>
#include <sys/mman.h>

enum { SLOTS = 1 << 22, FULL = SLOTS / 4 * 3 };

struct slot {
	uint64_t device, inode;
	uint32_t number;  // from 1; 0: free
};

static struct slot *slots;
static uint32_t known;

int tree_links_start(void) {
	known = 0;
	slots = mmap(NULL, SLOTS * sizeof *slots, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (slots != MAP_FAILED) return 0;
	slots = NULL;
	return -ENOMEM;
}

void tree_links_end(void) {
	if (slots) munmap(slots, SLOTS * sizeof *slots);
	slots = NULL;
}

int tree_links_meet(uint64_t device, uint64_t inode, uint32_t *number, bool *met) {
	uint64_t hash = (inode ^ device << 40) * 0x9e3779b97f4a7c15;
	for (size_t at = hash >> 42;; at = (at + 1) % SLOTS) {
		struct slot *slot = &slots[at];
		*met = slot->number != 0;
		if (*met && (slot->device != device || slot->inode != inode)) continue;
		if (!*met && known == FULL) return -EOVERFLOW;
		if (!*met) *slot = (struct slot){device, inode, ++known};
		*number = slot->number;
		return 0;
	}
}
