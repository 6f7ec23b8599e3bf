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

// Opens the directory `name` in `dir`, which is the path `prefix` of `length` bytes below the root; made where it is missing.
static int step(const struct tree_session *session, int dir, const char *name, const char *prefix, size_t length) {
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0) return fd;
	if (errno == ENOENT) {
		if (mkdirat(dir, name, 0755) < 0) return -errno;
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0) return -errno;
		// A set-group-id directory hands its group and that bit down. Whoever may not give files away keeps what is.
		if (fchown(fd, 0, 0) == 0) fchmod(fd, 0755);
	} else {
		// A link: it is followed as the root has it, and what it leads to may be missing too.
		if (errno != ENOTDIR && errno != ELOOP) return -errno;
		fd = open_directory(session->root, prefix);
		if (fd != -ENOENT) return fd;
		int made = path_make(session->root, prefix, S_IFDIR | 0755);
		if (made < 0) return made;
		close(made);
		fd = open_directory(session->root, prefix);
		if (fd < 0) return fd;
	}
	tree_answer_path(session, TREE_IMPLIED, 0, prefix, length);
	return fd;
}

// Opens `path` part by part, makes the directories that are missing, root's, 0755, and says which.
static int make_missing(const struct tree_session *session, const char *path) {
	static char prefix[PATH_MAX];
	int dir = fcntl(session->root, F_DUPFD_CLOEXEC, 0);
	if (dir < 0) return -errno;
	for (size_t start = 0;;) {
		size_t length = start + strcspn(path + start, "/");
		memcpy(prefix, path, length);
		prefix[length] = 0;
		int next = step(session, dir, prefix + start, prefix, length);
		close(dir);
		if (next < 0 || path[length] == 0) return next;
		dir = next;
		start = length + 1;
	}
}

int tree_directory(struct tree_session *session, const char *path, size_t length) {
	static char wanted[PATH_MAX];
	if (length == 0) return session->root;
	if (valid && length == kept_length && memcmp(path, kept_path, length) == 0) return kept;
	memcpy(wanted, path, length);
	wanted[length] = 0;
	int fd = open_directory(session->root, wanted);
	if (fd == -ENOENT) fd = make_missing(session, wanted);
	if (fd >= 0) tree_parent_keep(wanted, length, fd);
	return fd;
}

int tree_parent(struct tree_session *session, const char *path, const char **leaf) {
	const char *slash = strrchr(path, '/');
	*leaf = slash ? slash + 1 : path;
	return tree_directory(session, path, slash ? (size_t)(slash - path) : 0);
}
