// Ends a container whose record cannot be read. What belongs to it is found by what cannot be anybody else's: processes that work in its state
// directory, their child that the launcher wrote down, and the cgroup that its configuration names.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { killAll } from "../cgroup/control/kill.ts";
import { removeCgroups } from "../cgroup/control/remove.ts";
import { cgroupLayout } from "../cgroup/layout.ts";
import { cgroupPaths } from "../cgroup/plan.ts";
import type { RuntimeContext } from "./context.ts";
import { containerDir, readPid, removeContainerDir } from "./record.ts";
import { workersIn } from "./workers.ts";

export function dropDamaged(context: RuntimeContext, id: string): void {
  const dir = containerDir(context.root, id);
  const workers = workersIn(dir);
  const pid = readPid(dir);
  if (pid !== undefined && workers.includes(parentOf(pid))) kill(pid);
  const cgroups = cgroupPaths(cgroupLayout({ id, path: cgroupOf(dir), facts: context.facts() }));
  if (Object.values(cgroups).every((directory) => directory.endsWith(`/${id}`))) {
    killAll(cgroups);
    removeCgroups(cgroups);
  }
  for (const worker of workers) kill(worker);
  removeContainerDir(context.root, id);
}

/** 0 where there is no such process. */
function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Undefined where the configuration names none, or is damaged too: then the container has the default one. */
function cgroupOf(dir: string): string | undefined {
  try {
    const config: unknown = JSON.parse(readFileSync(join(dir, "config.json"), "utf8"));
    const linux = fieldOf(config, "linux");
    const path = fieldOf(linux, "cgroupsPath");
    return typeof path === "string" ? path : undefined;
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? new Map<string, unknown>(Object.entries(value)).get(name) : undefined;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has just ended
  }
}
