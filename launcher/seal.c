// Keeps the launcher's own executable out of a container's reach. A process in the container may open the launcher for
// writing through /proc/<pid>/exe while the launcher is in its pid namespace (CVE-2019-5736). So the launcher executes itself
// again from a detached read-only mount of its file, which costs no memory, or, without the privilege to mount, from a sealed memfd.
//
// Whether this is the sealed image is seen from the executable itself, never believed from the outside; the argument only
// keeps a host where sealing has no effect from looping.
#include "gnu.h"
#include "machine.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u  // Linux 6.3
#endif
enum { ALL_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

static const char SELF[] = "/proc/self/exe";
static const char MARK[] = "sealed";

// A read-only mount whose root is the very file: nobody else can reach that mount to make it writable again, as they could a
// read-only /usr. STATX_ATTR_MOUNT_ROOT: Linux 5.8.
static bool is_own_mount(void) {
	struct statfs fs;
	struct statx file;
	if (statfs(SELF, &fs) != 0 || !(fs.f_flags & MS_RDONLY)) return false;
	if (statx(AT_FDCWD, SELF, 0, STATX_TYPE, &file) != 0) return false;
	return file.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static bool is_sealed_memfd(void) {
	int fd = open(SELF, O_RDONLY | O_CLOEXEC);
	int seals = fd < 0 ? -1 : fcntl(fd, F_GET_SEALS);
	close(fd);
	return seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS;
}

static int own_mount(void) {
	struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
	int fd = open_tree(AT_FDCWD, SELF, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd >= 0 && mount_setattr(fd, "", AT_EMPTY_PATH, &read_only, sizeof read_only) == 0) return fd;
	close(fd);
	return -1;
}

static bool copy_all(int from, int to) {
	ssize_t sent;
	while ((sent = sendfile(to, from, NULL, 1 << 30)) > 0) continue;
	return sent == 0;
}

static int sealed_memfd(void) {
	int from = open(SELF, O_RDONLY | O_CLOEXEC);
	int fd = memfd_create("teu-launcher", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (fd < 0) fd = memfd_create("teu-launcher", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	bool good = from >= 0 && fd >= 0 && copy_all(from, fd) && fcntl(fd, F_ADD_SEALS, ALL_SEALS) == 0;
	close(from);
	if (good) return fd;
	close(fd);
	return -1;
}

bool sealed(int argc, char **argv) {
	if (is_own_mount() || is_sealed_memfd()) return true;
	if (argc > 1 && strcmp(argv[1], MARK) == 0) return false;
	char *again[] = {argv[0], (char *)MARK, NULL};
	int fd = own_mount();
	if (fd >= 0) execveat(fd, "", again, environ, AT_EMPTY_PATH);
	fd = sealed_memfd();
	if (fd >= 0) execveat(fd, "", again, environ, AT_EMPTY_PATH);
	return false;
}
