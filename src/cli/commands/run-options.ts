// The flags of `run`, and what they make of a container.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidInputError, type Problem } from "../../base/errors.ts";
import { parseSize } from "../../base/units.ts";
import type { Bind, ContainerOptions } from "../../containers/config/container-config.ts";
import type { Resources } from "../../spec/runtime/config.ts";
import type { Flags, FlagValues } from "../command.ts";

// biome-ignore format: table
export const RUN_FLAGS = {
  "cap-add":      { type: "string", multiple: true, value: "NAME", summary: "Give a capability, or ALL" },
  "cap-drop":     { type: "string", multiple: true, value: "NAME", summary: "Take a capability away, or ALL" },
  cpus:           { type: "string", value: "N", summary: "CPU time, in CPUs (1.5)" },
  "cpuset-cpus":  { type: "string", value: "LIST", summary: "CPUs to run on (0-3,7)" },
  "detach-keys":  { type: "string", value: "KEYS", summary: "Keys that leave the terminal and let the container run (ctrl-p,ctrl-q)" },
  env:            { type: "string", short: "e", multiple: true, value: "NAME=VALUE", summary: "Set an environment variable" },
  explain:        { type: "boolean", summary: "Print the launch plan, an op a line, and run nothing" },
  hostname:       { type: "string", short: "h", value: "NAME", summary: "The container's host name" },
  interactive:    { type: "boolean", short: "i", summary: "Keep standard input open" },
  json:           { type: "boolean", summary: "Print --explain as JSON" },
  memory:         { type: "string", short: "m", value: "SIZE", summary: "Memory limit (64m, 1g)" },
  name:           { type: "string", value: "NAME", summary: "The container's name" },
  network:        { type: "string", value: "MODE", summary: "none (loopback only, the default) or host" },
  "pids-limit":   { type: "string", value: "N", summary: "Most processes; -1 is no limit" },
  privileged:     { type: "boolean", summary: "All capabilities and no system call filter; masks and cgroups stay" },
  "read-only":    { type: "boolean", summary: "Mount the root file system read-only" },
  rm:             { type: "boolean", summary: "Delete the container when it has ended" },
  rootfs:         { type: "string", value: "DIR", summary: "The directory to use as root file system" },
  "security-opt": { type: "string", multiple: true, value: "OPTION", summary: "seccomp=unconfined: no system call filter" },
  "sig-proxy":    { type: "boolean", summary: "Hand signals on to the container (true; --sig-proxy=false keeps them)" },
  timings:        { type: "boolean", summary: "Print what each phase and the slowest ops took, when it has ended" },
  tty:            { type: "boolean", short: "t", summary: "Give the container a terminal" },
  user:           { type: "string", short: "u", value: "UID[:GID]", summary: "Who the program runs as, in numbers" },
  volume:         { type: "string", short: "v", multiple: true, value: "SRC:DST[:ro]", summary: "Bind-mount a file or directory" },
  workdir:        { type: "string", short: "w", value: "DIR", summary: "The program's working directory" },
} as const satisfies Flags;

type RunFlagValues = FlagValues<typeof RUN_FLAGS>;

const SHORT_ID = 12;

export interface RunTarget {
  readonly id: string;
  readonly rootfs: string;
  readonly args: readonly string[];
  readonly readonlyRoot: boolean;
}

/**
 * The container that the flags describe.
 * @throws InvalidInputError with everything that is wrong with their values
 */
export function containerOptions(flags: RunFlagValues, target: RunTarget): ContainerOptions {
  const problems: Problem[] = [];
  const refuse = (field: string, message: string) => problems.push({ field, message });
  if (flags.privileged === true && (flags["cap-drop"]?.length ?? 0) > 0)
    refuse("--privileged", "gives all capabilities and does not go with --cap-drop");
  for (const option of flags["security-opt"] ?? [])
    if (option !== "seccomp=unconfined") refuse("--security-opt", `${option} is not supported by this build`);
  if (!["none", "host", undefined].includes(flags.network)) refuse("--network", `${flags.network} is neither none nor host`);
  for (const entry of flags.env ?? []) if (!/^[^=]+=/s.test(entry)) refuse("--env", `${JSON.stringify(entry)} is not NAME=VALUE`);
  const options: ContainerOptions = {
    rootfs: resolve(target.rootfs),
    args: target.args.length === 0 ? ["/bin/sh"] : target.args,
    terminal: flags.tty === true,
    hostname: flags.hostname ?? target.id.slice(0, SHORT_ID),
    env: flags.env ?? [],
    cwd: flags.workdir ?? "/",
    user: parseUser(flags.user, refuse),
    readonlyRoot: target.readonlyRoot || flags["read-only"] === true,
    network: flags.network === "host" ? "host" : "none",
    binds: (flags.volume ?? []).flatMap((text) => parseBind(text, refuse)),
    resources: resourcesOf(flags, refuse),
    capAdd: flags.privileged === true ? ["ALL"] : (flags["cap-add"] ?? []),
    capDrop: flags["cap-drop"] ?? [],
  };
  if (!options.cwd.startsWith("/")) refuse("--workdir", `${options.cwd} is not an absolute path`);
  if (problems.length > 0) throw new InvalidInputError("the command line", problems);
  return options;
}

type Refuse = (field: string, message: string) => void;

function parseUser(text: string | undefined, refuse: Refuse): { readonly uid: number; readonly gid: number } {
  const match = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text ?? "0");
  if (match === null) refuse("--user", `${JSON.stringify(text)} is not UID or UID:GID in numbers`);
  return { uid: Number(match?.[1] ?? 0), gid: Number(match?.[2] ?? 0) };
}

function parseBind(text: string, refuse: Refuse): Bind[] {
  const [source = "", destination = "", mode = "rw", ...more] = text.split(":");
  if (!destination.startsWith("/") || more.length > 0 || !["ro", "rw"].includes(mode)) {
    refuse("--volume", `${JSON.stringify(text)} is not SRC:DST or SRC:DST:ro with an absolute DST`);
    return [];
  }
  if (!existsSync(resolve(source))) refuse("--volume", `${resolve(source)} does not exist`);
  return [{ source: resolve(source), destination, readonly: mode === "ro" }];
}

/** CFS period that docker's --cpus counts in: microseconds. */
const CPU_PERIOD = 100_000;

function resourcesOf(flags: RunFlagValues, refuse: Refuse): Resources {
  const cpus = flags.cpus === undefined ? undefined : Number(flags.cpus);
  if (cpus !== undefined && !(cpus > 0)) refuse("--cpus", `${JSON.stringify(flags.cpus)} is not a number above 0`);
  const pids = flags["pids-limit"];
  if (pids !== undefined && !/^(-1|\d{1,9})$/.test(pids)) refuse("--pids-limit", `${JSON.stringify(pids)} is not a number`);
  const cpu = {
    ...(cpus === undefined ? {} : { quota: Math.round(cpus * CPU_PERIOD), period: CPU_PERIOD }),
    ...(flags["cpuset-cpus"] === undefined ? {} : { cpus: flags["cpuset-cpus"] }),
  };
  return {
    ...(flags.memory === undefined ? {} : { memory: { limit: parseSize(flags.memory, "--memory") } }),
    ...(Object.keys(cpu).length === 0 ? {} : { cpu }),
    ...(pids === undefined ? {} : { pids: { limit: Number(pids) } }),
  };
}
