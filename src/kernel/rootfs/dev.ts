// What the container's /dev holds besides devices: runtime-spec 1.3 config-linux.md, "Default Devices", and runtime-linux.md, "Dev symbolic links".
import { type Op, op, type Register } from "../plan/plan.ts";
import { FS_MAGIC, OPEN_COMMON, S_IF } from "../tables/open-flags.ts";
import type { RootfsContext } from "./context.ts";

const LINKS = [
  { path: "/dev/fd", target: "/proc/self/fd" },
  { path: "/dev/stdin", target: "/proc/self/fd/0" },
  { path: "/dev/stdout", target: "/proc/self/fd/1" },
  { path: "/dev/stderr", target: "/proc/self/fd/2" },
  { path: "/dev/core", target: "/proc/kcore" },
] as const;

/** The links that programs expect in /dev; what an image has there already stays. */
export function devSymlinkOps({ root }: RootfsContext): Op[] {
  return LINKS.map(({ path, target }) => op("symlink", { root, target, path }, { from: "default devices", subject: path }));
}

/**
 * /dev/ptmx leads to the container's own devpts: a node 5:2 that an image brought would open terminals of whatever instance the
 * kernel finds, so it is taken away first. EBUSY: something was mounted there on purpose.
 */
export function ptmxOps({ registers, root }: RootfsContext): Op[] {
  const policy = { from: "default devices", subject: "/dev/ptmx" };
  const dev = registers.named("dev");
  return [
    // By descriptor: unlinkat(2) on a path would follow a link at /dev out of the container.
    op("openIn", { root, path: "/dev", flags: OPEN_COMMON.O_PATH, mode: 0, resolve: 0, out: dev }, policy),
    op("unlink", { dir: dev, path: "ptmx", flags: 0 }, { ...policy, tolerate: ["ENOENT", "EBUSY"] }),
    op("close", { fd: dev }, policy),
    op("symlink", { root, target: "pts/ptmx", path: "/dev/ptmx" }, policy),
  ];
}

/**
 * Puts the container's terminal on /dev/console. `slave` is the descriptor of its pty's inner side: no name in /dev/pts, which the
 * container's other processes could swap, is opened (CVE-2025-52565).
 */
export function consoleOps(slave: Register, { registers, root }: RootfsContext): Op[] {
  const policy = { from: "process.terminal", subject: "/dev/console" };
  const target = registers.named("target");
  return [
    op("makeIn", { root, path: "/dev/console", mode: S_IF.REG | 0o620, out: target }, policy),
    op("refuseFs", { fd: target, magic: FS_MAGIC.proc }, policy),
    op("bindAt", { from: slave, to: target, recursive: 0 }, policy),
    op("close", { fd: target }, policy),
  ];
}
