// The process that `exec` runs: the container's own with what was asked for. Pure.
import type { ContainerUser } from "../../../containers/config/accounts.ts";
import type { CapabilitySets, Process, User } from "../../../spec/runtime/config.ts";

export interface ExecAsk {
  readonly args: readonly string[];
  /** `NAME=VALUE`, or `NAME` to take it away. */
  readonly env: readonly string[];
  /** `USER[:GROUP]`, names or numbers; the container's own where it is not given. */
  readonly user?: string;
  /** Absolute. */
  readonly workdir?: string;
  readonly privileged: boolean;
  readonly terminal: boolean;
  readonly interactive: boolean;
  /** Size of the caller's window, where it has one. */
  readonly consoleSize?: { readonly height: number; readonly width: number };
}

export interface ExecFacts {
  /** Of `ask.user`, looked up in the container. */
  readonly user: ContainerUser | undefined;
  /** What the container's environment was asked to be, its image's included: the rest of its process's is the engine's. */
  readonly env: readonly string[];
  /** Names of the capabilities that can be given. */
  readonly capabilities: readonly string[];
  /** Only one group is mapped: the kernel then lets nobody set any others (user_namespaces(7)). */
  readonly oneGroup: boolean;
}

/** @param own the container's own process */
export function execProcess(own: Process | undefined, ask: ExecAsk, facts: ExecFacts): Process {
  const { consoleSize: _size, terminal: _terminal, apparmorProfile, ...base } = own ?? { cwd: "/" };
  const user = facts.user === undefined ? base.user : userOf(facts.user, facts.oneGroup);
  return {
    ...base,
    ...(user === undefined ? {} : { user }),
    ...(apparmorProfile === undefined || ask.privileged ? {} : { apparmorProfile }),
    ...(ask.privileged ? { capabilities: capabilitiesOf(facts.capabilities, user?.uid ?? 0) } : {}),
    args: ask.args,
    cwd: ask.workdir ?? base.cwd,
    env: environmentOf(base.env ?? [], ask, facts),
    terminal: ask.terminal,
    ...(ask.consoleSize === undefined || !ask.terminal ? {} : { consoleSize: ask.consoleSize }),
  };
}

/** The first group is one of the others too (CVE-2022-36109), as in the container's own process. */
function userOf({ uid, gid, additionalGids }: ContainerUser, oneGroup: boolean): User {
  return { uid, gid, ...(oneGroup ? {} : { additionalGids: [gid, ...additionalGids] }) };
}

/** A user other than root starts without effective capabilities, as execve(2) would leave it. */
function capabilitiesOf(names: readonly string[], uid: number): CapabilitySets {
  return uid === 0 ? { bounding: names, effective: names, permitted: names } : { bounding: names };
}

/** docker's: TERM is there with a terminal, HOME is the user's, unless the container was asked for others. */
function environmentOf(own: readonly string[], ask: ExecAsk, { user, env }: ExecFacts): string[] {
  const asked = new Set(env.map(nameOf));
  const engines = own.filter((entry) => asked.has(nameOf(entry)) || nameOf(entry) !== "TERM");
  const all = [
    ...engines,
    ...(ask.terminal && !asked.has("TERM") ? ["TERM=xterm"] : []),
    ...(user === undefined || asked.has("HOME") ? [] : [`HOME=${user.home ?? (user.uid === 0 ? "/root" : "/")}`]),
    ...ask.env,
  ];
  const names = all.map(nameOf);
  return all.filter((entry, index) => entry.includes("=") && names.lastIndexOf(names[index] ?? "") === index);
}

function nameOf(entry: string): string {
  return entry.split("=", 1)[0] ?? "";
}
