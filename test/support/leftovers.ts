// Finds and removes what bears a mark: processes, mounts, cgroups, the directory. Found first by `leftovers`, so that a test can refuse
// what the product left; then swept, whatever the test's outcome.
import { readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync, writeFileSync } from "node:fs";

export interface Leftovers {
  readonly processes: readonly { readonly pid: number; readonly command: string }[];
  /** Mount points, innermost last. */
  readonly mounts: readonly string[];
  /** Cgroup directories, parents first. */
  readonly cgroups: readonly string[];
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** Mount points and types of this mount namespace; octal escapes resolved (proc_pid_mountinfo(5)). */
function mountTable(): readonly { readonly path: string; readonly type: string }[] {
  return read("/proc/self/mountinfo")
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [before = "", after = ""] = line.split(" - ");
      const path = before.split(" ")[4] ?? "";
      return {
        path: path.replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))),
        type: after.split(" ")[0] ?? "",
      };
    });
}

function cgroupsBelow(directory: string, mark: string, inside: boolean): string[] {
  let entries: readonly string[] = [];
  try {
    entries = readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    // Gone meanwhile.
  }
  return entries.flatMap((name) => {
    const path = `${directory}/${name}`;
    const ours = inside || name.includes(mark);
    return [...(ours ? [path] : []), ...cgroupsBelow(path, mark, ours)];
  });
}

function cgroupsOf(mark: string): readonly string[] {
  return mountTable()
    .filter(({ type }) => type === "cgroup" || type === "cgroup2")
    .flatMap(({ path }) => cgroupsBelow(path, mark, false));
}

/** Those that bear the mark themselves, and their children: a monitor is known by its directory, the container's process by its monitor. */
function processesOf(mark: string, cgroups: readonly string[]): Leftovers["processes"] {
  const inCgroups = new Set(cgroups.flatMap((path) => read(`${path}/cgroup.procs`).split("\n").filter(Boolean).map(Number)));
  const all = readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
    const seen = [command, link(`/proc/${pid}/exe`), link(`/proc/${pid}/cwd`), link(`/proc/${pid}/root`)];
    const marked = inCgroups.has(pid) || seen.some((text) => text.includes(mark));
    return [{ pid, command, marked, parent: parentOf(pid) }];
  });
  const found = new Set(all.filter(({ marked }) => marked).map(({ pid }) => pid));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return all.filter(({ pid }) => found.has(pid)).map(({ pid, command }) => ({ pid, command }));
}

/** proc_pid_stat(5): the fourth field, after the command's closing parenthesis. */
function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}

/** Everything on the machine that bears the mark now. Not a thing left: the test's own cgroup, the parent of its containers', when it is empty. */
export function leftovers(mark: string): Leftovers {
  const all = cgroupsOf(mark);
  const cgroups = all.filter((path) => !path.endsWith(`/${mark}`) || all.some((other) => other.startsWith(`${path}/`)));
  return {
    processes: processesOf(mark, cgroups),
    mounts: mountTable().flatMap(({ path }) => (path.includes(mark) ? [path] : [])),
    cgroups,
  };
}

/** One line a thing, for an error. */
export function describeLeftovers(left: Leftovers): readonly string[] {
  return [
    ...left.processes.map(({ pid, command }) => `process ${pid}: ${command}`),
    ...left.mounts.map((path) => `mount ${path}`),
    ...left.cgroups.map((path) => `cgroup ${path}`),
  ];
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // What cannot be removed yet is tried again, and the leak check names what stays.
  }
}

/** Kills, unmounts and removes all that bears the mark, and `directory` with it. Parts that resist are tried again for two seconds. */
export async function sweep(mark: string, directory: string): Promise<void> {
  for (let tries = 0; tries < 20; tries += 1) {
    const left = leftovers(mark);
    if (describeLeftovers(left).length === 0) break;
    for (const path of left.cgroups) {
      // A frozen process does not die: v1 freezer, then v2.
      attempt(() => writeFileSync(`${path}/freezer.state`, "THAWED", { flag: "r+" }));
      attempt(() => writeFileSync(`${path}/cgroup.freeze`, "0", { flag: "r+" }));
    }
    for (const { pid } of left.processes) attempt(() => process.kill(pid, "SIGKILL"));
    for (const path of left.mounts.toReversed()) Bun.spawnSync(["umount", "--lazy", path], { stderr: "ignore" });
    for (const path of left.cgroups.toReversed()) attempt(() => rmdirSync(path));
    await Bun.sleep(tries === 0 ? 5 : 100);
  }
  for (const path of cgroupsOf(mark).toReversed()) attempt(() => rmdirSync(path));
  attempt(() => rmSync(directory, { recursive: true, force: true }));
}
