// Op readTree: walks a tree by descriptors and writes a record for all that is in it, directories before what they hold, names sorted by
// bytes. One directory is open at a time; the way back up is "..", and where that leads is checked.
#include "gnu.h"
#include "machine.h"
#include "tree.h"

#include <fcntl.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { DEPTH_MAX = PATH_MAX / 2, RACE_TRIES = 128 };  // a part has a byte and a slash

struct level {
	struct tree_names names;
	size_t path_length;
	dev_t device;
	ino_t inode;
};

struct reader {
	unsigned flags;
	int dir;  // the directory of the last level
	int below, exchange;
	uint64_t mount;
	char path[PATH_MAX];
	size_t path_length;
	int depth;
	struct level levels[DEPTH_MAX];
};

static struct reader reader;

// Goes into the open directory `fd`, whose path is in place.
static int enter(int fd) {
	struct stat file;
	if (reader.depth == DEPTH_MAX) return close(fd), -ENAMETOOLONG;
	struct level *level = &reader.levels[reader.depth++];
	if (reader.dir >= 0) close(reader.dir);
	reader.dir = fd;
	if (fstat(fd, &file) < 0) return -errno;
	level->path_length = reader.path_length;
	level->device = file.st_dev;
	level->inode = file.st_ino;
	return tree_names_list(fd, &level->names);
}

// Leaves the last directory for the one above. Moved meanwhile, it has another one above it, which is not ours to walk.
static int leave(void) {
	struct stat file;
	tree_names_drop(&reader.levels[--reader.depth].names);
	if (reader.depth == 0) return 0;
	const struct level *level = &reader.levels[reader.depth - 1];
	int up = openat(reader.dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (up < 0) return -errno;
	close(reader.dir);
	reader.dir = up;
	if (fstat(up, &file) < 0) return -errno;
	return file.st_dev == level->device && file.st_ino == level->inode ? 0 : -ESTALE;
}

static int look(int dir, const char *name, struct statx *file) {
	int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*name ? 0 : AT_EMPTY_PATH);
	return outcome(statx(dir, name, flags, STATX_BASIC_STATS | STATX_MNT_ID, file));
}

// TREE_END for a socket, which no archive holds.
static enum tree_kind kind_of(const struct statx *file) {
	switch (file->stx_mode & S_IFMT) {
	case S_IFREG: return TREE_FILE;
	case S_IFDIR: return TREE_DIRECTORY;
	case S_IFLNK: return TREE_SYMLINK;
	case S_IFBLK: return TREE_BLOCK;
	case S_IFIFO: return TREE_FIFO;
	case S_IFCHR:
		return reader.flags & TREE_READ_OVERLAY && file->stx_rdev_major == 0 && file->stx_rdev_minor == 0 ? TREE_WHITEOUT : TREE_CHAR;
	default: return TREE_END;
	}
}

// Opens a file or a directory that was just looked at; -ESTALE when it is another one by now.
static int open_same(const char *name, const struct statx *file) {
	struct statx now;
	int type = S_ISDIR(file->stx_mode) ? O_DIRECTORY : O_NONBLOCK;
	int fd = openat(reader.dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | type);
	if (fd < 0) return errno == ELOOP || errno == ENOTDIR ? -ESTALE : -errno;
	if (look(fd, "", &now) == 0 && (now.stx_mode & S_IFMT) == (file->stx_mode & S_IFMT) && now.stx_ino == file->stx_ino) return fd;
	close(fd);
	return -ESTALE;
}

// A file system that the kernel makes up, or a container's /dev, the one tmpfs whose devices count: nothing in it is anybody's to copy.
static bool is_kernels(int fd) {
	static const uint32_t made_up[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC,
		SECURITYFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC, BPF_FS_MAGIC, EFIVARFS_MAGIC, BINFMTFS_MAGIC, 0x19800202 /* mqueue */};
	struct statfs fs;
	if (fstatfs(fd, &fs) < 0) return false;
	if (fs.f_type == TMPFS_MAGIC) return !(fs.f_flags & ST_NODEV);
	for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++)
		if ((uint32_t)fs.f_type == made_up[i]) return true;
	return false;
}

// Whether a directory that was told of is gone into.
static bool is_walked(int fd, bool crosses) {
	if (reader.flags & TREE_READ_ALONE) return false;
	if (!crosses) return true;
	return !(reader.flags & TREE_READ_ONE_FS) && !(reader.flags & TREE_READ_NO_KERNEL && is_kernels(fd));
}

static int read_name(const char *name) {
	struct statx file;
	int result = look(reader.dir, name, &file), fd = -1;
	if (result < 0) return result;
	enum tree_kind kind = kind_of(&file);
	bool crosses = file.stx_mnt_id != reader.mount;
	if (kind == TREE_END || (crosses && kind != TREE_DIRECTORY && reader.flags & TREE_READ_ONE_FS)) return 0;
	bool opens = kind == TREE_DIRECTORY || (kind == TREE_FILE && !(reader.flags & TREE_READ_STAT_ONLY));
	if (opens && (fd = open_same(name, &file)) < 0) return fd;
	const struct tree_source source = {reader.dir, name, reader.path, reader.path_length, fd, reader.below, reader.exchange, &file, reader.flags};
	result = tree_emit(&source, kind);
	if (result == 0 && kind == TREE_DIRECTORY && is_walked(fd, crosses)) return enter(fd);
	if (fd >= 0) close(fd);
	return result;
}

// A name that is given to another file between two looks is looked at again; nothing of it has been told by then.
static int read_settled(const char *name) {
	int result = -ESTALE;
	for (int tries = 0; result == -ESTALE && tries < RACE_TRIES; tries++) result = read_name(name);
	return result;
}

// Puts the name behind the path of its directory.
static int extend(const struct level *level, const char *name) {
	size_t length = level->path_length, added = strlen(name);
	if (length + added + 2 > sizeof reader.path) return -ENAMETOOLONG;
	if (length) reader.path[length++] = '/';
	memcpy(reader.path + length, name, added + 1);
	reader.path_length = length + added;
	return 0;
}

static int read_root(int root) {
	struct statx file;
	int result = look(root, "", &file);
	if (result < 0) return close(root), result;
	reader.mount = file.stx_mnt_id;
	reader.path[0] = 0;
	reader.path_length = 0;
	const struct tree_source source = {root, ".", reader.path, 0, root, reader.below, reader.exchange, &file, reader.flags};
	result = tree_emit(&source, TREE_DIRECTORY);
	return result < 0 || reader.flags & TREE_READ_ALONE ? close(root), result : enter(root);
}

// What has a name in the directory, which itself is not told of.
static int read_named(int dir, const char *name) {
	static const struct level outside;
	struct statx file;
	reader.dir = dir;
	int result = look(dir, "", &file);
	if (result == 0) result = strchr(name, '/') || !*name ? -EINVAL : extend(&outside, name);
	reader.mount = file.stx_mnt_id;
	return result < 0 ? result : read_settled(name);
}

static int walk(void) {
	while (reader.depth > 0) {
		struct level *level = &reader.levels[reader.depth - 1];
		const char *name = tree_names_next(&level->names);
		int result = name ? extend(level, name) : leave();
		if (name && result == 0) result = read_settled(name);
		// What has gone since the directory was listed was not there.
		if (result < 0 && !(name && result == -ENOENT)) return result;
	}
	return 0;
}

static int finish(void) {
	static const struct tree_header last = {.length = sizeof last + 2, .kind = TREE_END};
	int error;
	uint8_t *to = tree_output_room(&error);
	if (!to) return error;
	memcpy(to, &last, sizeof last);
	memset(to + sizeof last, 0, 2);
	tree_output_add(last.length);
	return tree_output_flush();
}

int op_read_tree(struct machine *machine, const struct op *op) {
	struct tree_session session = {.answers = fd_in(machine, op, A_READ_TREE_ANSWERS), .step = TREE_STEP_CONTENT};
	reader.flags = (unsigned)op->args[A_READ_TREE_FLAGS];
	reader.dir = -1;
	reader.below = fd_in(machine, op, A_READ_TREE_BELOW);
	reader.exchange = fd_in(machine, op, A_READ_TREE_EXCHANGE);
	reader.depth = 0;
	tree_output_start(fd_in(machine, op, A_READ_TREE_TO));
	int root = openat(fd_in(machine, op, A_READ_TREE_ROOT), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) return -errno;
	int result = tree_names_start();
	if (result == 0) result = tree_links_start();
	const char *name = text_in(machine, op, A_READ_TREE_NAME);
	if (result < 0) close(root);
	else result = name ? read_named(root, name) : read_root(root);
	if (result == 0) result = walk();
	if (result == 0) result = finish();
	else tree_answer_path(&session, TREE_FAILED, -result, reader.path, reader.path_length);
	if (reader.dir >= 0) close(reader.dir);
	tree_names_end();
	tree_links_end();
	return result;
}
