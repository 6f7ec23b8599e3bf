// Use case `run`: a program in a new container, on a directory as root file system or the embedded image.
import { readdirSync, readFileSync } from "node:fs";
import { type ContainerHost, type ContainerOptions, containerConfig } from "../containers/config/container-config.ts";
import { clampRlimits, parseHardLimits } from "../containers/config/rlimits.ts";
import { rootlessMaps } from "../containers/config/rootless-maps.ts";
import type { Compiled } from "../kernel/compile/request.ts";
import { FIRST_EXTRA_FD, type Launched } from "../kernel/launch/launcher.ts";
import type { HostFacts } from "../kernel/probe/host-facts.ts";
import { defaultSeccomp } from "../kernel/seccomp/default.ts";
import type { Bundle } from "../kernel/state/bundle.ts";
import { type CreateOptions, planContainer } from "../kernel/state/create.ts";
import { containerDir } from "../kernel/state/record.ts";
import { runContainer } from "../kernel/state/run.ts";
import { allCapabilities, capabilityMask, capabilityNames } from "../kernel/tables/capabilities.ts";
import { writeJson } from "../spec/json/write.ts";
import type { Rlimit, RuntimeConfig } from "../spec/runtime/config.ts";
import type { Engine } from "./engine.ts";

export interface RunRequest {
  readonly id: string;
  readonly container: ContainerOptions;
  /** Load the engines' default filter. */
  readonly seccomp: "default" | "unconfined";
  readonly interactive: boolean;
  /** Delete the container when it has ended. */
  readonly remove: boolean;
  readonly timings: boolean;
  /** Executed by the monitor at the end of a container whose terminal may have been left. */
  readonly onExit: readonly string[];
}

/** The plan that `run` would carry out. Touches nothing. */
export function explainRun(engine: Engine, request: RunRequest): Compiled {
  return planContainer(engine.runtime, bundleOf(engine, request), createOptions(request));
}

/**
 * Runs a container to its end, or until `attend` lets go of it.
 * @returns the exit status of its program.
 */
export function run(engine: Engine, request: RunRequest, attend: (launched: Launched, plan: Compiled) => void): Promise<number> {
  return runContainer(engine.runtime, bundleOf(engine, request), {
    options: createOptions(request),
    keep: !request.remove || request.onExit.length > 0,
    attend,
  });
}

function createOptions({ id, container, interactive, timings, onExit }: RunRequest): CreateOptions {
  const terminal = container.terminal;
  return {
    id,
    keeper: "monitor",
    monitor: { onExit, ...(terminal ? { clientFd: FIRST_EXTRA_FD } : {}) },
    ...(terminal ? { console: { kind: "monitor" } } : {}),
    preserveFds: 0,
    noPivot: false,
    noNewKeyring: false,
    stdio: [interactive && !terminal ? "inherit" : "ignore", "inherit", "inherit"],
    timings,
  };
}

function bundleOf(engine: Engine, { id, container, seccomp }: RunRequest): Bundle {
  const facts = engine.runtime.facts();
  const idMaps = rootlessMaps(facts);
  const host: ContainerHost = {
    capabilities: grantable(facts),
    throttledCpus: throttledCpus(),
    ...(idMaps === undefined ? {} : { idMaps }),
  };
  const plain = containerConfig({ ...container, rlimits: grantableRlimits(engine, container.rlimits) }, host);
  const capabilities = plain.process?.capabilities?.bounding ?? [];
  const filter = seccomp === "default" ? { seccomp: defaultSeccomp({ capabilities, arch: facts.arch, kernel: facts.kernel }) } : {};
  const config: RuntimeConfig = { ...plain, linux: { ...plain.linux, ...filter } };
  return { path: containerDir(engine.runtime.root, id), config, text: configText(config) };
}

/** A container in a user namespace of its own has every capability there (user_namespaces(7)), any other at most its caller's. */
function grantable({ rootless, capabilities: { bounding, last } }: HostFacts): ReadonlySet<string> {
  return new Set(capabilityNames(rootless ? allCapabilities(last) : bounding & allCapabilities(last)));
}

/** Raising a hard limit takes CAP_SYS_RESOURCE in the initial user namespace (getrlimit(2)). */
function grantableRlimits({ runtime }: Engine, asked: readonly Rlimit[]): readonly Rlimit[] {
  if (asked.length === 0) return asked;
  const { rootless, capabilities } = runtime.facts();
  const mayRaise = !rootless && (capabilities.effective & capabilityMask(["CAP_SYS_RESOURCE"])) !== 0n;
  if (mayRaise) return asked;
  const { rlimits, warnings } = clampRlimits(asked, parseHardLimits(readFileSync("/proc/self/limits", "utf8")));
  for (const warning of warnings) runtime.warn(warning);
  return rlimits;
}

/** Limits are the only integers that may need all 64 bits; the plain way is ten times as fast. */
function configText(config: RuntimeConfig): string {
  return config.process?.rlimits === undefined ? JSON.stringify(config) : writeJson(config);
}

const CPU_DIRECTORY = "/sys/devices/system/cpu";

/** CPUs whose thermal_throttle directory tells of the load of others. */
function throttledCpus(): number[] {
  const cpus = readdirSync(CPU_DIRECTORY).flatMap((name) => /^cpu(\d+)$/.exec(name)?.[1] ?? []);
  return cpus.filter((number) => readdirSync(`${CPU_DIRECTORY}/cpu${number}`).includes("thermal_throttle")).map(Number);
}
