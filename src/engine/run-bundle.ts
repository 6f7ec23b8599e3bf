// What `run` asked for → the bundle that the kernel layer takes.
import { readdirSync, readFileSync } from "node:fs";
import { type ContainerHost, containerConfig } from "../containers/config/container-config.ts";
import { clampRlimits, parseHardLimits } from "../containers/config/rlimits.ts";
import { rootlessMaps } from "../containers/config/rootless-maps.ts";
import type { HostFacts } from "../kernel/probe/host-facts.ts";
import { defaultSeccomp } from "../kernel/seccomp/default.ts";
import type { Bundle } from "../kernel/state/bundle.ts";
import { containerDir } from "../kernel/state/record.ts";
import { allCapabilities, capabilityMask, capabilityNames } from "../kernel/tables/capabilities.ts";
import { writeJson } from "../spec/json/write.ts";
import type { Rlimit, RuntimeConfig } from "../spec/runtime/config.ts";
import type { Engine } from "./engine.ts";
import type { RunRequest } from "./run-request.ts";

const ID_LENGTH = 64;
const SHORT_ID = 12;
/** HOST_NAME_MAX (sethostname(2)). */
const LONGEST_HOSTNAME = 64;

/** docker's: the short form of an id; a name is one by itself. */
function hostnameOf(id: string): string {
  return id.slice(0, id.length === ID_LENGTH ? SHORT_ID : LONGEST_HOSTNAME);
}

/** The bundle of a container with this id, which is only ever in memory: its configuration lies in the state directory. */
export function bundleOf(engine: Engine, { container, seccomp }: RunRequest, id: string): Bundle {
  const facts = engine.runtime.facts();
  const idMaps = rootlessMaps(facts);
  const host: ContainerHost = {
    capabilities: grantable(facts),
    throttledCpus: throttledCpus(),
    ...(idMaps === undefined ? {} : { idMaps }),
  };
  const plain = containerConfig(
    { ...container, hostname: container.hostname ?? hostnameOf(id), rlimits: grantableRlimits(engine, container.rlimits) },
    host,
  );
  const capabilities = plain.process?.capabilities?.bounding ?? [];
  const filter = seccomp === "default" ? { seccomp: defaultSeccomp({ capabilities, arch: facts.arch, kernel: facts.kernel }) } : {};
  const config: RuntimeConfig = { ...plain, linux: { ...plain.linux, ...filter } };
  return { path: containerDir(engine.runtime.root, id), config, text: configText(config), warnings: [] };
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
