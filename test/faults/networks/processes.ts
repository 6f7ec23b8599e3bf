// Which processes of an engine's networks there are, to be killed.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestRoots } from "../../support/roots.ts";
import { processesOf } from "../containers/processes.ts";

export type Victim = "monitor" | "supervisor" | "name server" | "watcher" | "exited" | "holder" | "uplink" | "forwarder";

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // gone meanwhile
  }
}

const commandOf = (pid: number): string => read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
/** proc_pid_stat(5): behind the command's closing parenthesis. */
const parentOf = (pid: number): number => Number(read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ")[1]);

function withCommand(...parts: readonly string[]): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parts.every((part) => commandOf(pid).includes(part)));
}

function recorded({ runRoot }: TestRoots, who: "holder" | "uplink"): number[] {
  const text = read(join(runRoot, "rootless", "network.json"));
  const pid = text === "" ? undefined : (JSON.parse(text) as Readonly<Record<string, { readonly pid: number } | undefined>>)[who]?.pid;
  return pid === undefined ? [] : [pid];
}

function forwarders({ runRoot }: TestRoots): number[] {
  const directory = join(runRoot, "rootless", "ports");
  const files = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(".pid")) : [];
  return files.map((name) => Number(read(join(directory, name)))).filter((pid) => read(`/proc/${pid}/comm`) === "teu-ports\n");
}

const nameServers = ({ root }: TestRoots): number[] => withCommand("internal dns ", root);

const FIND: Readonly<Record<Victim, (roots: TestRoots) => readonly number[]>> = {
  monitor: ({ mark }) => processesOf(mark, "monitor").map(({ pid }) => pid),
  supervisor: ({ mark }) => processesOf(mark, "supervisor").map(({ pid }) => pid),
  "name server": nameServers,
  watcher: (roots) =>
    nameServers(roots)
      .map(parentOf)
      .filter((pid) => read(`/proc/${pid}/comm`) === "teu-launcher\n"),
  exited: ({ mark }) => withCommand("internal exited", mark),
  holder: (roots) => recorded(roots, "holder").filter((pid) => read(`/proc/${pid}/comm`) === "teu-networks\n"),
  uplink: (roots) => recorded(roots, "uplink"),
  forwarder: forwarders,
};

export const pidsOf = (roots: TestRoots, victim: Victim): readonly number[] => FIND[victim](roots);

/** One of them, chosen by a number; nobody where there is none. @returns whether one was there */
export function killOne(roots: TestRoots, victim: Victim, random: (bound: number) => number): boolean {
  const pids = pidsOf(roots, victim);
  const pid = pids[random(Math.max(pids.length, 1))];
  if (pid === undefined) return false;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    return false; // it has just ended by itself
  }
  return true;
}
