// What a guest needs for criu(8): the program, those that it calls, and drivers of the kernel that `criu check` asks for.
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { GuestFiles } from "./disk.ts";
import { DEFAULT_CACHE, type ScriptRunner } from "./guest.ts";
import { guestKernel } from "./kernel.ts";
import { must } from "./runtime.ts";

const CRIU = "/usr/sbin/criu";

/** criu saves a tmpfs by GNU tar and gzip, with options that busybox lacks. */
const PROGRAMS = [CRIU, "/bin/tar", "/bin/gzip"] as const;

/** Modules of Debian's cloud kernel, in the order in which they must be loaded; one that a kernel has built in is passed over. */
const MODULES = [
  "lib/libcrc32c.ko",
  "net/netfilter/nfnetlink.ko",
  "net/netfilter/nf_tables.ko",
  "net/unix/unix_diag.ko",
  "net/ipv4/inet_diag.ko",
  "net/ipv4/tcp_diag.ko",
  "net/ipv4/udp_diag.ko",
  "net/ipv4/raw_diag.ko",
  "net/netlink/netlink_diag.ko",
  "net/packet/af_packet_diag.ko",
] as const;

/** Why criu cannot be had in a guest; undefined when it can. */
export function missingCriu(): string | undefined {
  return existsSync(CRIU) ? undefined : `${CRIU} is missing`;
}

/** The guest's files for criu. */
export async function criuFiles(): Promise<GuestFiles> {
  const { image, release } = await guestKernel(DEFAULT_CACHE);
  const kernel = join(image, "../../lib/modules", release, "kernel");
  const modules = MODULES.filter((path) => existsSync(join(kernel, path)));
  return {
    ...Object.fromEntries(PROGRAMS.map((program) => [program, { program }])),
    ...Object.fromEntries(modules.map((path) => [`/modules/${basename(path)}`, { from: join(kernel, path) }])),
    "/modules/order": { text: modules.map((path) => `${basename(path)}\n`).join("") },
  };
}

/** Loads the drivers. */
export async function loadModules(guest: ScriptRunner): Promise<void> {
  await must(guest, "while read -r module; do insmod /modules/$module || exit; done </modules/order");
}
