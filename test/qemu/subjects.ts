// Which runtimes the guests' tests run, and what a host needs for them.
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { BUSYBOX, busyboxTree } from "./busybox.ts";
import type { GuestFiles } from "./disk.ts";

const BIN = fileURLToPath(new URL("../../bin/", import.meta.url));
const TOOLS = ["/usr/bin/qemu-system-x86_64", "/usr/sbin/mke2fs", "/usr/bin/setpriv", BUSYBOX];

/** Where subjects lie in the guest, whose /tmp and /run are its own: the repository may lie anywhere on the host. */
const GUEST_BIN = "/opt/subject/";

export interface Subject {
  readonly name: string;
  /** Path on the host. */
  readonly source: string;
  /** Path in the guest. */
  readonly program: string;
}

/**
 * The runtimes to test: `bin/teu-runtime`, or those that `list` names by path, comma-separated (`/usr/sbin/runc`,
 * as a control that the cases measure the kernel and not one runtime's habits).
 */
export function subjects(list: string | undefined): readonly Subject[] {
  const programs = list === undefined ? [`${BIN}teu-runtime`] : list.split(",");
  return programs.map((source) => ({ name: basename(source), source, program: `${GUEST_BIN}${basename(source)}` }));
}

/** Why guests cannot be had on this host; undefined when they can. */
export function missing(subject: Pick<Subject, "source">): string | undefined {
  if (process.arch !== "x64") return "QEMU's microvm is an x86-64 machine";
  const absent = [subject.source, ...TOOLS].find((path) => !existsSync(path));
  return absent === undefined ? undefined : `${absent} is missing`;
}

/** The guest's files for a subject: its program, those beside it that it needs, and a busybox root file system for containers. */
export async function subjectFiles(subject: Subject): Promise<GuestFiles> {
  const siblings = subject.source.startsWith(BIN) ? ["teu", "teu-launcher"].map((name) => `${BIN}${name}`) : [];
  const programs = [subject.source, ...siblings].filter((path) => existsSync(path));
  const directories = ["proc", "dev", "sys", "sys/fs/cgroup", "tmp", "etc", "root"].map((path) => `/bundle/rootfs/${path}/.keep`);
  return {
    ...Object.fromEntries(programs.map((path) => [`${GUEST_BIN}${basename(path)}`, { program: path }])),
    ...(await busyboxTree("/bundle/rootfs")),
    ...Object.fromEntries(directories.map((path) => [path, { text: "" }])),
  };
}
