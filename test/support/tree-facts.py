"""Prints what a tree is, one line of JSON a name in the order of the names, for trees that other programs made to be compared:
type, mode, owner, time in nanoseconds, size and digest, target, device, extended attributes, and the names of one and the same file.

tree-facts.py DIRECTORY    names and targets are bytes, as Latin-1; of a file that is larger than what it has on disk, that too
"""

import hashlib
import json
import os
import stat
import sys

TYPES = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "symlink",
    stat.S_IFIFO: "fifo",
    stat.S_IFCHR: "char",
    stat.S_IFBLK: "block",
    stat.S_IFSOCK: "socket",
}


def text(name):
    return name.decode("latin-1")


def digest(path):
    hashed = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            hashed.update(chunk)
    return hashed.hexdigest()


def attributes(path):
    names = os.listxattr(path, follow_symlinks=False)
    # What overlayfs keeps for itself is no part of the tree.
    kept = [name for name in names if not name.startswith(("trusted.overlay.", "user.overlay."))]
    return {name: os.getxattr(path, name, follow_symlinks=False).hex() for name in sorted(kept)}


def walk(path, name):
    """Each name of the tree, the root's being empty."""
    yield path, name
    if stat.S_ISDIR(os.lstat(path).st_mode):
        for base in sorted(os.listdir(path)):
            yield from walk(os.path.join(path, base), os.path.join(name, base))


def main(root):
    firsts = {}
    for path, name in walk(os.fsencode(root), b""):
        info = os.lstat(path)
        kind = TYPES[stat.S_IFMT(info.st_mode)]
        facts = {"name": text(name), "type": kind, "uid": info.st_uid, "gid": info.st_gid, "mtime": str(info.st_mtime_ns)}
        if kind == "symlink":
            facts["target"] = text(os.readlink(path))
        else:
            facts["mode"] = oct(stat.S_IMODE(info.st_mode))[2:]
        if kind in ("char", "block"):
            facts["device"] = f"{os.major(info.st_rdev)}:{os.minor(info.st_rdev)}"
        if kind == "file":
            facts.update(size=info.st_size, sha256=digest(path))
            if info.st_blocks * 512 < info.st_size:
                facts["allocated"] = info.st_blocks * 512
        if kind != "directory":
            first = firsts.setdefault((info.st_dev, info.st_ino), name)
            if first != name:
                facts["same"] = text(first)
        if found := attributes(path):
            facts["xattrs"] = found
        print(json.dumps(facts, sort_keys=True))


main(sys.argv[1])
