// Which runtimes the guests' tests run, and what a host needs for them.
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { BUSYBOX, busyboxTree } from "./busybox.ts";
import type { GuestFiles } from "./disk.ts";

const BIN = fileURLToPath(new URL("../../bin/", import.meta.url));
const TOOLS = ["/usr/bin/qemu-system-x86_64", "/usr/sbin/mke2fs", "/usr/bin/setpriv", BUSYBOX];

/** A runtime's name and the path that it has in the guest. */
export interface Subject {
  readonly name: string;
  readonly program: string;
}

/**
 * The runtimes to test: `bin/teu-runtime`, or those that `list` names by path, comma-separated (`/usr/sbin/runc`,
 * as a control that the cases measure the kernel and not one runtime's habits).
 */
export function subjects(list: string | undefined): readonly Subject[] {
  const programs = list === undefined ? [`${BIN}teu-runtime`] : list.split(",");
  return programs.map((program) => ({ name: basename(program), program }));
}

/** Why guests cannot be had on this host; undefined when they can. */
export function missing(subject: Subject): string | undefined {
  if (process.arch !== "x64") return "QEMU's microvm is an x86-64 machine";
  const absent = [subject.program, ...TOOLS].find((path) => !existsSync(path));
  return absent === undefined ? undefined : `${absent} is missing`;
}

/** The guest's files for a subject: its program, those beside it that it needs, and a busybox root file system for containers. */
export async function subjectFiles(subject: Subject): Promise<GuestFiles> {
  const siblings = subject.program.startsWith(BIN) ? ["teu", "teu-launcher"].map((name) => `${BIN}${name}`) : [];
  const programs = [subject.program, ...siblings].filter((path) => existsSync(path));
  const directories = ["proc", "dev", "sys", "sys/fs/cgroup", "tmp", "etc", "root"].map((path) => `/bundle/rootfs/${path}/.keep`);
  return {
    ...Object.fromEntries(programs.map((path) => [path, { program: path }])),
    ...(await busyboxTree("/bundle/rootfs")),
    ...Object.fromEntries(directories.map((path) => [path, { text: "" }])),
  };
}
