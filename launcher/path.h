// Paths below a root that a container controls: every step is taken from a descriptor, no step leaves the root.
#ifndef TEU_PATH_H
#define TEU_PATH_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

// openat2(2) below `root` as if it were "/", magic links refused; `resolve` adds RESOLVE_* bits. A descriptor or -errno.
int path_open(int root, const char *path, uint64_t flags, mode_t mode, uint64_t resolve);

// Opens `path` below `root` O_PATH after making what is missing: parents as directories of 0755, the last part as `mode` says
// (S_IFDIR|perm, S_IFREG|perm). Symbolic links are followed inside the root, dangling ones too. A descriptor or -errno.
int path_make(int root, const char *path, mode_t mode);

// Opens the directory that holds the last part of `path`, making missing parents, and copies that part's name to `leaf`.
// The last part itself is not looked at. A descriptor or -errno.
int path_parent(int root, const char *path, char leaf[NAME_MAX + 1]);

#endif
