// The directory that the entry at hand goes into. Entries of a tree come directory by directory, so the last one stays open, and most
// entries need no walk at all.
#include "gnu.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "path.h"

static char kept_path[PATH_MAX];
static size_t kept_length;
static int kept = -1;
static bool valid;  // the path still leads to `kept`

void tree_parent_forget(void) {
	valid = false;
}

void tree_parent_keep(const char *path, size_t length, int fd) {
	if (kept >= 0) close(kept);
	memcpy(kept_path, path, length);
	kept_length = length;
	kept = fd;
	valid = true;
}

static int open_directory(int root, const char *path) {
	return path_open(root, path, O_RDONLY | O_DIRECTORY, 0, 0);
}

// Makes the directories of `path` that are missing, root's, 0755, and says which.
static int make_missing(const struct tree_session *session, const char *path) {
	static char prefix[PATH_MAX];
	for (size_t length = strcspn(path, "/");; length += 1 + strcspn(path + length + 1, "/")) {
		memcpy(prefix, path, length);
		prefix[length] = 0;
		int fd = open_directory(session->root, prefix);
		if (fd == -ENOENT) {
			fd = path_make(session->root, prefix, S_IFDIR | 0755);
			if (fd >= 0) tree_answer_path(session, TREE_IMPLIED, 0, prefix, length);
		}
		if (fd < 0) return fd;
		close(fd);
		if (path[length] == 0) return 0;
	}
}

int tree_directory(struct tree_session *session, const char *path, size_t length) {
	static char wanted[PATH_MAX];
	if (length == 0) return session->root;
	if (valid && length == kept_length && memcmp(path, kept_path, length) == 0) return kept;
	memcpy(wanted, path, length);
	wanted[length] = 0;
	int fd = open_directory(session->root, wanted);
	if (fd == -ENOENT) {
		int made = make_missing(session, wanted);
		if (made < 0) return made;
		fd = open_directory(session->root, wanted);
	}
	if (fd >= 0) tree_parent_keep(wanted, length, fd);
	return fd;
}

int tree_parent(struct tree_session *session, const char *path, const char **leaf) {
	const char *slash = strrchr(path, '/');
	*leaf = slash ? slash + 1 : path;
	return tree_directory(session, path, slash ? (size_t)(slash - path) : 0);
}
