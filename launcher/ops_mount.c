// Mount ops. Every mount is made detached and put where a descriptor says: no path is walked twice.
#include "gnu.h"
#include "machine.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "path.h"

// A clone of the mount at a descriptor, or -errno.
static int clone_mount(int fd, bool recursive) {
	int tree = open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0));
	return tree < 0 ? -errno : tree;
}

static int attach(int from, int to, unsigned flags) {
	return outcome(move_mount(from, "", to, "", flags | MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

int op_open_tree(struct machine *machine, const struct op *op) {
	unsigned flags = (unsigned)op->args[A_OPEN_TREE_FLAGS] | OPEN_TREE_CLOEXEC;
	int fd = open_tree(dir_in(machine, op, A_OPEN_TREE_DIR), text_in(machine, op, A_OPEN_TREE_PATH), flags);
	return out_fd(machine, op, A_OPEN_TREE_OUT, fd);
}

static int configure(int context, const char *option) {
	char key[256];
	const char *equals = strchr(option, '=');
	if (!equals) return outcome(fsconfig(context, FSCONFIG_SET_FLAG, option, NULL, 0));
	size_t length = (size_t)(equals - option);
	if (length >= sizeof key) return -EINVAL;
	memcpy(key, option, length);
	key[length] = 0;
	return outcome(fsconfig(context, FSCONFIG_SET_STRING, key, equals + 1, 0));
}

// The file system's own words, one message a read: "e overlay: no changes allowed in reconfigure".
static void keep_log(struct machine *machine, int context) {
	char message[256];
	ssize_t length;
	while ((length = read(context, message, sizeof message)) > 0) {
		size_t skip = length > 2 && message[1] == ' ' ? 2 : 0;
		add_text(machine, message + skip, (size_t)length - skip);
	}
}

static int configure_all(struct machine *machine, const struct op *op, int arg, int context) {
	static const char *options[PLAN_MAX_LIST + 1];
	size_t count = plan_list(&machine->plan, op, arg, options);
	for (size_t i = 0; i < count; i++) {
		int result = configure(context, options[i]);
		if (result < 0) return result;
	}
	return 0;
}

static int make_mount(struct machine *machine, const struct op *op, int context, int attr, int out) {
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) return -errno;
	return out_fd(machine, op, out, fsmount(context, FSMOUNT_CLOEXEC, (unsigned)op->args[attr]));
}

int op_fs_mount(struct machine *machine, const struct op *op) {
	int context = fsopen(text_in(machine, op, A_FS_MOUNT_TYPE), FSOPEN_CLOEXEC);
	if (context < 0) return -errno;
	int result = configure_all(machine, op, A_FS_MOUNT_OPTIONS, context);
	if (result == 0) result = make_mount(machine, op, context, A_FS_MOUNT_ATTR, A_FS_MOUNT_OUT);
	if (result < 0) keep_log(machine, context);
	close(context);
	return result;
}

int op_fs_open(struct machine *machine, const struct op *op) {
	return out_fd(machine, op, A_FS_OPEN_OUT, fsopen(text_in(machine, op, A_FS_OPEN_TYPE), FSOPEN_CLOEXEC));
}

int op_fs_set(struct machine *machine, const struct op *op) {
	int context = fd_in(machine, op, A_FS_SET_FS), result = configure_all(machine, op, A_FS_SET_OPTIONS, context);
	if (result < 0) keep_log(machine, context);
	return result;
}

int op_fs_set_fd(struct machine *machine, const struct op *op) {
	int context = fd_in(machine, op, A_FS_SET_FD_FS);
	const char *key = text_in(machine, op, A_FS_SET_FD_KEY);
	int result = outcome(fsconfig(context, FSCONFIG_SET_FD, key, NULL, fd_in(machine, op, A_FS_SET_FD_FD)));
	if (result < 0) keep_log(machine, context);
	return result;
}

int op_fs_make(struct machine *machine, const struct op *op) {
	int context = fd_in(machine, op, A_FS_MAKE_FS), result = make_mount(machine, op, context, A_FS_MAKE_ATTR, A_FS_MAKE_OUT);
	if (result < 0) keep_log(machine, context);
	close(context);
	set_out(machine, op, A_FS_MAKE_FS, -1);
	return result;
}

int op_mount_setattr(struct machine *machine, const struct op *op) {
	struct mount_attr attr = {
		.attr_set = (uint64_t)op->args[A_MOUNT_SETATTR_SET],
		.attr_clr = (uint64_t)op->args[A_MOUNT_SETATTR_CLEAR],
		.propagation = (uint64_t)op->args[A_MOUNT_SETATTR_PROPAGATION],
	};
	int userns = fd_in(machine, op, A_MOUNT_SETATTR_USERNS);
	if (userns >= 0) {
		attr.attr_set |= MOUNT_ATTR_IDMAP;
		attr.userns_fd = (uint64_t)userns;
	}
	const char *path = text_in(machine, op, A_MOUNT_SETATTR_PATH);
	unsigned flags = (unsigned)op->args[A_MOUNT_SETATTR_FLAGS] | (path[0] ? 0 : AT_EMPTY_PATH);
	return outcome(mount_setattr(dir_in(machine, op, A_MOUNT_SETATTR_DIR), path, flags, &attr, sizeof attr));
}

int op_move_mount(struct machine *machine, const struct op *op) {
	int from = fd_in(machine, op, A_MOVE_MOUNT_FROM);
	int result = attach(from, fd_in(machine, op, A_MOVE_MOUNT_TO), (unsigned)op->args[A_MOVE_MOUNT_FLAGS]);
	if (result == 0) undo_note(machine, op, from, 0);
	return result;
}

int op_bind_at(struct machine *machine, const struct op *op) {
	int tree = clone_mount(fd_in(machine, op, A_BIND_AT_FROM), op->args[A_BIND_AT_RECURSIVE] != 0);
	if (tree < 0) return tree;
	int result = attach(tree, fd_in(machine, op, A_BIND_AT_TO), 0);
	if (result == 0 && machine->section == 0) undo_note(machine, op, tree, 0);
	else close(tree);
	return result;
}

int op_remount_legacy(struct machine *machine, const struct op *op) {
	char path[FD_PATH_MAX];
	fd_path(path, fd_in(machine, op, A_REMOUNT_LEGACY_TARGET));
	unsigned long flags = (unsigned long)op->args[A_REMOUNT_LEGACY_FLAGS] | MS_REMOUNT;
	return outcome(mount(NULL, path, NULL, flags, text_in(machine, op, A_REMOUNT_LEGACY_DATA)));
}

int op_umount(struct machine *machine, const struct op *op) {
	return outcome(umount2(text_in(machine, op, A_UMOUNT_PATH), (int)op->args[A_UMOUNT_FLAGS]));
}

int op_pivot_root(struct machine *machine, const struct op *op) {
	int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (old < 0) return -errno;
	int result = outcome(fchdir(fd_in(machine, op, A_PIVOT_ROOT_ROOT)));
	// Both at once: the old root ends up stacked under the new one, and no directory is needed to put it in (pivot_root(2), NOTES).
	if (result == 0) result = outcome(syscall(SYS_pivot_root, ".", "."));
	if (result == 0) result = outcome(fchdir(old));
	// A slave first: else the unmount would travel to the host's mounts.
	if (result == 0) result = outcome(mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL));
	if (result == 0) result = outcome(umount2(".", MNT_DETACH));
	if (result == 0) result = outcome(chdir("/"));
	close(old);
	return result;
}

int op_move_root(struct machine *machine, const struct op *op) {
	if (fchdir(fd_in(machine, op, A_MOVE_ROOT_ROOT)) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0) return -errno;
	return outcome(chroot(".") < 0 ? -1 : chdir("/"));
}

int op_chroot(struct machine *machine, const struct op *op) {
	if (fchdir(fd_in(machine, op, A_CHROOT_ROOT)) < 0 || chroot(".") < 0) return -errno;
	return outcome(chdir("/"));
}

// The first use of a cover attaches it, later ones clone it where it is: before Linux 6.15 only attached mounts can be cloned, and a
// detached one costs a grace period when it is closed.
static int put_cover(struct machine *machine, const struct op *op, int arg, int target) {
	static bool used[PLAN_REGISTERS];
	int cover = fd_in(machine, op, arg);
	int result = used[op->args[arg]] ? -EINVAL : attach(cover, target, 0);
	if (result == 0) used[op->args[arg]] = true;
	if (result != -EINVAL) return result;
	int tree = clone_mount(cover, false);
	if (tree < 0) return tree;
	result = attach(tree, target, 0);
	close(tree);
	return result;
}

int op_mask(struct machine *machine, const struct op *op) {
	struct stat file;
	int target = path_open(fd_in(machine, op, A_MASK_ROOT), text_in(machine, op, A_MASK_PATH), O_PATH, 0, 0);
	if (target < 0) return target;
	int result = outcome(fstat(target, &file));
	if (result == 0) result = put_cover(machine, op, S_ISDIR(file.st_mode) ? A_MASK_DIR : A_MASK_FILE, target);
	close(target);
	return result;
}
