// The guest's first file system, a cpio archive in the `newc` form (Linux Documentation/driver-api/early-userspace/buffer-format.rst):
// busybox, the driver modules and the script that switches to the disk.

interface Entry {
  readonly path: string;
  /** File type and permissions, as in st_mode. */
  readonly mode: number;
  readonly data?: Uint8Array;
}

const DIRECTORY = 0o040755;
const PROGRAM = 0o100755;
const FILE = 0o100644;
const TRAILER: Entry = { path: "TRAILER!!!", mode: 0 };

const padding = (length: number) => Buffer.alloc(-length & 3);

function encodeEntry(entry: Entry, inode: number): Buffer {
  const name = Buffer.from(`${entry.path}\0`);
  const data = entry.data ?? new Uint8Array(0);
  // biome-ignore format: the thirteen fields in the order of the form
  const fields = [inode, entry.mode, /* uid */ 0, /* gid */ 0, /* links */ 1, /* mtime */ 0, data.length, /* device */ 0, 0, /* of a node */ 0, 0, name.length, /* checksum */ 0];
  const head = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`);
  return Buffer.concat([head, name, padding(head.length + name.length), data, padding(data.length)]);
}

/** The archive for the kernel: `/init`, `/bin/busybox` and `/modules/` with its load order. */
export function initramfs(parts: {
  readonly init: Uint8Array;
  readonly busybox: Uint8Array;
  readonly modules: readonly { readonly name: string; readonly data: Uint8Array }[];
}): Buffer {
  const entries: Entry[] = [
    ...["bin", "dev", "proc", "root", "modules"].map((path) => ({ path, mode: DIRECTORY })),
    { path: "init", mode: PROGRAM, data: parts.init },
    { path: "bin/busybox", mode: PROGRAM, data: parts.busybox },
    { path: "modules/order", mode: FILE, data: Buffer.from(parts.modules.map((module) => `${module.name}\n`).join("")) },
    ...parts.modules.map((module) => ({ path: `modules/${module.name}`, mode: FILE, data: module.data })),
    TRAILER,
  ];
  return Buffer.concat(entries.map((entry, index) => encodeEntry(entry, index + 1)));
}
