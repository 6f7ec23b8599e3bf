// The small guest: a root file system of busybox alone (Debian's busybox-static), with the mounts of a cgroup v2 host.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { GuestFiles } from "./disk.ts";

const run = promisify(execFile);

/** Host path of the static busybox that guests and their containers are made of. */
export const BUSYBOX = "/usr/bin/busybox";

/** Host path of a file in test/qemu/guest/. */
export const guestPart = (name: string): string => fileURLToPath(new URL(`guest/${name}`, import.meta.url));

const ACCOUNTS = {
  "/etc/passwd": { text: "root:x:0:0:root:/root:/bin/sh\ntester:x:1000:1000:tester:/home/tester:/bin/sh\n" },
  "/etc/group": { text: "root:x:0:\ntty:x:5:\ntester:x:1000:\n" },
  "/etc/subuid": { text: "tester:100000:65536\n" },
  "/etc/subgid": { text: "tester:100000:65536\n" },
} as const satisfies GuestFiles;

const DIRECTORIES = ["/proc", "/sys", "/dev", "/tmp", "/run", "/root", "/var/lib", "/home/tester"];

/** Busybox below `prefix` with a link for each of its applets. */
export async function busyboxTree(prefix: string): Promise<GuestFiles> {
  const { stdout } = await run(BUSYBOX, ["--list"]);
  const applets = stdout.split("\n").filter((name) => name !== "" && name !== "busybox");
  const links = applets.map((name) => [`${prefix}/bin/${name}`, { link: "/bin/busybox" }] as const);
  return { [`${prefix}/bin/busybox`]: { from: BUSYBOX }, ...Object.fromEntries(links) };
}

/** Every file of the small guest; PID 1 is `/bin/init`. */
export async function busyboxHost(): Promise<GuestFiles> {
  return {
    ...(await busyboxTree("")),
    ...ACCOUNTS,
    ...Object.fromEntries(DIRECTORIES.map((path) => [`${path}/.keep`, { text: "" }])),
    "/etc/inittab": { from: guestPart("inittab") },
    "/guest/mounts": { from: guestPart("mounts") },
    "/guest/agent": { from: guestPart("agent") },
  };
}
