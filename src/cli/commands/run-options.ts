// What the flags of `run` make of a container. Every problem of a command line is collected, so that people see all of them at once.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { parseSize } from "../../base/units.ts";
import { parseId } from "../../containers/config/accounts.ts";
import { parseCapability } from "../../containers/config/capability-change.ts";
import { parseRlimit } from "../../containers/config/rlimits.ts";
import type { DocumentOptions } from "../../containers/document/document.ts";
import { parseContainerName } from "../../containers/state/names.ts";
import type { AskedMounts } from "../../engine/volumes/complete.ts";
import { parseSignal } from "../../kernel/tables/signals.ts";
import type { Resources, Rlimit } from "../../spec/runtime/config.ts";
import type { CliContext } from "../command.ts";
import { parseDetachKeys } from "../terminal/detach-keys.ts";
import { Problems } from "./flag-problems.ts";
import { storageOf } from "./run/storage.ts";
import type { RunFlagValues } from "./run-flags.ts";
import { annotationsOf, environmentOf, labelsOf } from "./run-values.ts";

/** Everything that the flags say by themselves; what an image has a say in is still apart. */
export interface FlagOptions {
  readonly container: Omit<DocumentOptions, "args" | "env" | "cwd" | "readonlyRoot">;
  readonly network: "none" | "host";
  readonly storage: AskedMounts;
  /** `--rootfs`, absolute. */
  readonly rootfs?: string;
  /** `NAME=VALUE`, or `NAME` to have none. */
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly groupAdd: readonly string[];
  readonly readonlyRoot: boolean;
}

/**
 * Reads the flags.
 * @throws InvalidInputError with everything that is wrong with their values
 */
export function readRunFlags(flags: RunFlagValues, { env }: Pick<CliContext, "env">): FlagOptions {
  const problems = new Problems();
  checkPlainFlags(flags, problems);
  const capDrop = problems.takeEach("--cap-drop", flags["cap-drop"], parseCapability);
  const capAdd = problems.takeEach("--cap-add", flags["cap-add"], parseCapability);
  const rootfs = flags.rootfs === undefined ? undefined : rootfsOf(flags.rootfs, problems);
  const annotations = annotationsOf(flags, problems);
  const options: FlagOptions = {
    container: {
      terminal: flags.tty === true,
      ...(flags.hostname === undefined ? {} : { hostname: flags.hostname }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      resources: resourcesOf(flags, problems),
      rlimits: rlimitsOf(flags, problems),
      capAdd: flags.privileged === true ? ["ALL"] : capAdd,
      capDrop,
    },
    network: flags.network === "host" ? "host" : "none",
    storage: storageOf(flags, problems),
    ...(rootfs === undefined ? {} : { rootfs }),
    env: environmentOf(flags, env, problems),
    labels: labelsOf(flags, problems),
    groupAdd: flags["group-add"] ?? [],
    readonlyRoot: flags["read-only"] === true,
  };
  problems.conclude();
  return options;
}

/** Flags whose text goes on as it is. */
function checkPlainFlags(flags: RunFlagValues, problems: Problems): void {
  const { name, hostname, workdir, network, privileged } = flags;
  if (name !== undefined) problems.take("--name", () => parseContainerName(name));
  if (hostname !== undefined && !/^[A-Za-z0-9_.-]{1,64}$/.test(hostname))
    problems.refuse("--hostname", `${JSON.stringify(hostname)} is not a host name: at most 64 letters, digits, - and .`); // HOST_NAME_MAX
  if (workdir !== undefined && !workdir.startsWith("/")) problems.refuse("--workdir", `${workdir} is not an absolute path`);
  if (network !== undefined && network !== "none" && network !== "host")
    problems.refuse("--network", `${network} is neither none nor host`);
  const signal = flags["stop-signal"];
  if (signal !== undefined && parseSignal(signal) === undefined) problems.refuse("--stop-signal", `${JSON.stringify(signal)} is no signal`);
  if (flags.init === true) problems.refuse("--init", "is not supported by this build: the program is process 1 of its container");
  checkUser(flags.user, problems);
  for (const option of flags["security-opt"] ?? [])
    if (option !== "seccomp=unconfined") problems.refuse("--security-opt", `${option} is not supported by this build`);
  if (privileged === true && (flags["cap-drop"]?.length ?? 0) > 0)
    problems.refuse("--privileged", "gives all capabilities and does not go with --cap-drop");
  const keys = flags["detach-keys"];
  if (keys !== undefined) problems.take("--detach-keys", () => parseDetachKeys(keys));
}

function rootfsOf(text: string, problems: Problems): string {
  const rootfs = resolve(text);
  if (text === "") problems.refuse("--rootfs", "must not be empty"); // an unset variable of a script, not the working directory
  const stats = statSync(rootfs, { throwIfNoEntry: false });
  if (stats === undefined) problems.refuse("--rootfs", `${rootfs} does not exist`);
  else if (!stats.isDirectory()) problems.refuse("--rootfs", `${rootfs} is not a directory`);
  return rootfs;
}

/** Numbers that no process can have; names are looked up in the root file system. */
function checkUser(text: string | undefined, problems: Problems): void {
  const parts = (text ?? "0").split(":");
  const number = (part: string) => /^-?\d+$/.test(part) && parseId(part) === undefined;
  if (parts.length > 2 || parts.includes("") || parts.some(number))
    problems.refuse("--user", `${JSON.stringify(text)} is not USER or USER:GROUP, each a name or a number`);
}

/** The last of a type counts, as in docker. */
function rlimitsOf(flags: RunFlagValues, problems: Problems): Rlimit[] {
  const all = problems.takeEach("--ulimit", flags.ulimit, parseRlimit);
  return [...new Map(all.map((limit) => [limit.type, limit])).values()];
}

/** CFS period that docker's --cpus counts in: microseconds. */
const CPU_PERIOD = 100_000;
/** The kernel takes no quota below a millisecond (cpu.cfs_quota_us, cpu.max). */
const LEAST_CPUS = 0.01;
/** docker's: with less a container is as likely as not killed before its program runs. */
const LEAST_MEMORY = 6 * 1024 ** 2;

/** 0 is docker's way to say that there is no limit. */
function resourcesOf(flags: RunFlagValues, problems: Problems): Resources {
  const cpu = { ...quotaOf(flags.cpus, problems), ...cpusetOf(flags["cpuset-cpus"], problems) };
  const memory = memoryOf(flags.memory, problems);
  const pids = pidsOf(flags["pids-limit"], problems);
  return {
    ...(memory === 0 ? {} : { memory: { limit: memory } }),
    ...(Object.keys(cpu).length === 0 ? {} : { cpu }),
    ...(pids === 0 ? {} : { pids: { limit: pids } }),
  };
}

function quotaOf(text: string | undefined, problems: Problems): Resources["cpu"] {
  const cpus = Number(text ?? 0);
  if (cpus === 0 && text !== "") return {};
  if (!(cpus >= LEAST_CPUS && Number.isFinite(cpus)))
    problems.refuse("--cpus", `${JSON.stringify(text)} is not a number of at least ${LEAST_CPUS}`);
  return { quota: Math.round(cpus * CPU_PERIOD), period: CPU_PERIOD };
}

function cpusetOf(text: string | undefined, problems: Problems): Resources["cpu"] {
  if (text === undefined) return {};
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) problems.refuse("--cpuset-cpus", `${JSON.stringify(text)} is not a list such as 0-3,7`);
  return { cpus: text };
}

function memoryOf(text: string | undefined, problems: Problems): number {
  const bytes = text === undefined ? 0 : (problems.take("--memory", () => parseSize(text)) ?? 0);
  if (bytes > 0 && bytes < LEAST_MEMORY) problems.refuse("--memory", `${text} is less than a container needs, 6m`);
  return bytes;
}

function pidsOf(text: string | undefined, problems: Problems): number {
  if (text !== undefined && !/^(-1|\d{1,9})$/.test(text))
    problems.refuse("--pids-limit", `${JSON.stringify(text)} is neither a number nor -1`);
  return Number(text ?? 0);
}
