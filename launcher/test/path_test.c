// The walks of path.c below a root that is made in a temporary directory. Needs no privilege.
#include "../gnu.h"

#include "../path.h"
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int root;

static mode_t mode_at(const char *path) {
	struct stat file;
	return fstatat(root, path, &file, AT_SYMLINK_NOFOLLOW) == 0 ? file.st_mode : 0;
}

static int made(const char *path, mode_t mode) {
	int fd = path_make(root, path, mode);
	if (fd < 0) return fd;
	close(fd);
	return 0;
}

static void test_make(void) {
	CHECK(made("/a/b/c", S_IFDIR | 0700) == 0 && mode_at("a/b/c") == (S_IFDIR | 0700) && mode_at("a/b") == (S_IFDIR | 0755));
	CHECK(made("a/./b//file", S_IFREG | 0640) == 0 && mode_at("a/b/file") == (S_IFREG | 0640));
	CHECK(made("a/b/file", S_IFDIR | 0700) == 0 && mode_at("a/b/file") == (S_IFREG | 0640));
	CHECK(made("a/b/file/x", S_IFDIR | 0700) == -ENOTDIR);
	CHECK(made("", S_IFDIR | 0700) == 0 && made("/", S_IFDIR | 0700) == 0);
	CHECK(made("../../up/../up/x", S_IFDIR | 0755) == 0 && mode_at("up/x") == (S_IFDIR | 0755));
}

static void test_links(void) {
	char self[64], chain[2][16];
	CHECK(symlinkat("/nowhere/yet", root, "dangling") == 0);
	CHECK(made("dangling/x", S_IFDIR | 0755) == 0 && mode_at("nowhere/yet/x") == (S_IFDIR | 0755));
	CHECK(symlinkat("../../../../../../../../tmp", root, "out") == 0);
	CHECK(made("out/teu-path-test", S_IFDIR | 0755) == 0 && mode_at("tmp/teu-path-test") == (S_IFDIR | 0755));
	CHECK(access("/tmp/teu-path-test", F_OK) < 0);
	CHECK(made("sub", S_IFDIR | 0755) == 0 && symlinkat("/own", root, "sub/own") == 0);
	CHECK(made("sub/own/x", S_IFDIR | 0755) == 0 && mode_at("own/x") == (S_IFDIR | 0755));
	CHECK(symlinkat("loop2", root, "loop1") == 0 && symlinkat("loop1", root, "loop2") == 0);
	CHECK(made("loop1/x", S_IFDIR | 0755) == -ELOOP);
	// Forty links are followed, one more is not (path_resolution(7)).
	for (int i = 0; i < 42; i++) {
		snprintf(chain[0], sizeof chain[0], "l%d", i);
		snprintf(chain[1], sizeof chain[1], i < 41 ? "l%d" : "target", i + 1);
		CHECK(symlinkat(chain[1], root, chain[0]) == 0);
	}
	CHECK(made("l0", S_IFREG | 0600) == -ELOOP);
	CHECK(made("l2", S_IFREG | 0600) == 0 && mode_at("target") == (S_IFREG | 0600));
	snprintf(self, sizeof self, "/proc/%d/root", (int)getpid());
	CHECK(path_open(root, self, O_PATH, 0, 0) == -ENOENT);
}

static void test_lengths(void) {
	static char long_path[2 * PATH_MAX];
	char name[NAME_MAX + 3];
	memset(name, 'n', sizeof name);
	name[NAME_MAX] = 0;
	CHECK(made(name, S_IFREG | 0600) == 0);
	name[NAME_MAX] = 'n';
	name[NAME_MAX + 1] = 0;
	CHECK(made(name, S_IFREG | 0600) == -ENAMETOOLONG);
	for (size_t i = 0; i + 2 < sizeof long_path; i += 2) memcpy(long_path + i, "d/", 2);
	CHECK(made(long_path, S_IFDIR | 0755) == -ENAMETOOLONG);
}

static void test_parent(void) {
	char leaf[NAME_MAX + 1];
	int fd = path_parent(root, "p/q/leaf", leaf);
	CHECK(fd >= 0 && strcmp(leaf, "leaf") == 0 && mode_at("p/q") == (S_IFDIR | 0755) && mode_at("p/q/leaf") == 0);
	close(fd);
	fd = path_parent(root, "leaf/", leaf);
	CHECK(fd >= 0 && strcmp(leaf, "leaf") == 0);
	close(fd);
	CHECK(path_parent(root, "/", leaf) == -EEXIST && path_parent(root, "p/..", leaf) == -EEXIST);
}

int main(void) {
	char directory[] = "/tmp/teu-path-XXXXXX", command[64];
	struct open_how how = {.flags = O_PATH, .resolve = RESOLVE_IN_ROOT};
	umask(0);
	if (!mkdtemp(directory) || (root = open(directory, O_PATH | O_DIRECTORY)) < 0) return 1;
	// Emulators may lack openat2(2): then there is nothing to test here, and that is said.
	if (syscall(SYS_openat2, root, ".", &how, sizeof how) < 0 && errno == ENOSYS) {
		fprintf(stderr, "path_test: no openat2 here, skipped\n");
	} else {
		test_make();
		test_links();
		test_lengths();
		test_parent();
	}
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return system(command) == 0 ? finish() : 1;
}
