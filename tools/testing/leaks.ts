// What a test run leaves on the machine: mounts, cgroups, network interfaces, firewall tables, processes and files that were not
// there before it and bear our mark. Others may work on the same machine meanwhile, so what is not ours is not looked at.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { findProgram } from "./packages.ts";

/** One kind of thing, each instance as one line that a person can find it by. */
export type LeakKind = "mount" | "cgroup" | "interface" | "nft table" | "process" | "file";
export type Snapshot = Readonly<Record<LeakKind, readonly string[]>>;

/** How our things are told from others': pieces of text that stand in their names. */
export interface Marks {
  /** Stands in every root, container id and cgroup name that a test of this run chooses. */
  readonly run: string;
  /** The run's own TMPDIR, its name with the mark: whatever stays in it is ours. */
  readonly temporary: string;
  /** Folder of our executables. */
  readonly bin: string;
}

/** Names that the product gives by itself. In folders for temporary files others' tests may have such names too. */
const PRODUCT = /(^|[\s/"=])teu(?![a-z])/;
const TEMPORARY = /^\/(tmp|var\/tmp|dev\/shm)\//;

function lines(path: string): readonly string[] {
  try {
    return readFileSync(path, "utf8").split("\n").filter(Boolean);
  } catch {
    return [];
  }
}

/** Names in a directory; one that is gone or closed to us has none. */
function entries(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function mounts(): string[] {
  // proc_pid_mountinfo(5): id, parent, major:minor, root, mount point …; the ids differ at every mount, so they are left out.
  return lines("/proc/self/mountinfo").map((line) => line.split(" ").slice(3).join(" "));
}

function cgroups(): string[] {
  const roots = lines("/proc/self/mountinfo").flatMap((line) => {
    const fields = line.split(" ");
    const type = fields[fields.indexOf("-") + 1];
    return (type === "cgroup" || type === "cgroup2") && fields[4] !== undefined ? [fields[4]] : [];
  });
  const found: string[] = [];
  const walk = (directory: string): void => {
    for (const entry of directoriesIn(directory)) {
      found.push(`${directory}/${entry}`);
      walk(`${directory}/${entry}`);
    }
  };
  for (const root of roots) walk(root);
  return found;
}

function directoriesIn(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return [];
  }
}

function nftTables(): string[] {
  const nft = findProgram("nft");
  if (nft === undefined || process.getuid?.() !== 0) return [];
  return Bun.spawnSync([nft, "list", "tables"]).stdout.toString().split("\n").filter(Boolean);
}

function processes(marks: Marks): string[] {
  const found: string[] = [];
  for (const pid of entries("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid || Number(pid) === process.ppid) continue;
    const command = lines(`/proc/${pid}/cmdline`).join(" ").replaceAll("\0", " ").trim();
    let image = "";
    try {
      image = readlinkSync(`/proc/${pid}/exe`);
    } catch {
      // A kernel thread, another user's process, or one that has just ended.
    }
    // The launcher runs from a copy of itself (CVE-2019-5736), whose image has another path; its first argument still tells.
    const ours = image.startsWith(`${marks.bin}/`) || command.startsWith(`${marks.bin}/`) || command.includes(marks.run);
    if (ours) found.push(`${pid} ${image} ${command}`.trim());
  }
  return found;
}

/** All that is on the machine now; processes are already ours alone, the rest is told apart by `leaks`. */
export function snapshot(marks: Marks): Snapshot {
  return {
    mount: mounts(),
    cgroup: cgroups(),
    interface: entries("/sys/class/net").map((name) => `interface ${name}`),
    "nft table": nftTables(),
    process: processes(marks),
    file: ["/tmp", "/run", "/var/tmp", "/dev/shm", marks.temporary].flatMap((folder) => entries(folder).map((name) => `${folder}/${name}`)),
  };
}

/** What is in `after`, was not in `before`, and is ours: `kind: thing` lines. */
export function leaks(before: Snapshot, after: Snapshot, marks: Marks): readonly string[] {
  return (Object.keys(after) as LeakKind[]).flatMap((kind) => {
    const known = new Map<string, number>();
    for (const one of before[kind]) known.set(one, (known.get(one) ?? 0) + 1);
    return after[kind].flatMap((one) => {
      const left = known.get(one) ?? 0;
      known.set(one, left - 1);
      const ours = kind === "process" || one.includes(marks.run) || (PRODUCT.test(one) && !TEMPORARY.test(one));
      return left > 0 || !ours ? [] : [`${kind}: ${one}`];
    });
  });
}
