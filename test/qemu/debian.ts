// The systemd guest: a minimal Debian with systemd as PID 1 and its bus, bootstrapped once with mmdebstrap and kept in the cache.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { guestPart } from "./busybox.ts";
import type { GuestFiles } from "./disk.ts";

const run = promisify(execFile);

const PACKAGES = ["systemd", "systemd-sysv", "dbus", "iproute2"];
const UNUSED = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*"];

/** Units that cost boot time under emulation and that no test needs; the drivers are loaded before systemd starts. */
const MASKED = [
  "systemd-udevd.service",
  "systemd-udev-trigger.service",
  "systemd-udevd-control.socket",
  "systemd-udevd-kernel.socket",
  "systemd-timesyncd.service",
  "systemd-update-utmp.service",
  "systemd-update-utmp-runlevel.service",
  "systemd-random-seed.service",
  "systemd-sysctl.service",
  "systemd-binfmt.service",
  "systemd-pstore.service",
  "getty.target",
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
  "modprobe@.service",
];

export const SYSTEMD = "/lib/systemd/systemd";

/** This host's Debian release: its programs find their libraries' versions in the same one. */
async function suite(): Promise<string> {
  const release = await readFile("/etc/os-release", "utf8");
  const name = /^VERSION_CODENAME=(\w+)/m.exec(release)?.[1];
  if (name === undefined) throw new Error("bootstrap a Debian guest: /etc/os-release names no release");
  return name;
}

/** The directory of the bootstrapped Debian in `cache`; made when missing, whole or not at all. Needs root. */
export async function debianBase(cache: string): Promise<string> {
  const release = await suite();
  const recipe = createHash("sha256")
    .update(JSON.stringify([release, PACKAGES, UNUSED]))
    .digest("hex")
    .slice(0, 12);
  const base = join(cache, `debian-${recipe}`);
  if (existsSync(base)) return base;
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "bootstrap-"));
  try {
    const excluded = UNUSED.map((path) => `--dpkgopt=path-exclude=${path}`);
    await run("mmdebstrap", ["--quiet", "--variant=minbase", `--include=${PACKAGES.join(",")}`, ...excluded, release, join(work, "root")]);
    await rename(join(work, "root"), base).catch((error) => {
      if (!existsSync(base)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return base;
}

/** What is laid over the bootstrapped Debian: the agent as a service, masked units, an identity so that this is no first boot. */
export function debianFiles(): GuestFiles {
  return {
    ...Object.fromEntries(MASKED.map((unit) => [`/etc/systemd/system/${unit}`, { link: "/dev/null" }])),
    "/etc/machine-id": { text: `${"7e".repeat(16)}\n` },
    "/etc/hostname": { text: "guest\n" },
    "/guest/agent": { from: guestPart("agent") },
    "/etc/systemd/system/agent.service": { from: guestPart("agent.service") },
    "/etc/systemd/system/multi-user.target.wants/agent.service": { link: "../agent.service" },
  };
}
