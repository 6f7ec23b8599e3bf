// What `run` asked for → the bundle that the kernel layer takes.
import { readdirSync, readFileSync } from "node:fs";
import { plainUser } from "../containers/config/accounts.ts";
import { type ContainerHost, containerConfig } from "../containers/config/container-config.ts";
import { clampRlimits, parseHardLimits } from "../containers/config/rlimits.ts";
import { rootlessMaps } from "../containers/config/rootless-maps.ts";
import type { HostFacts } from "../kernel/probe/host-facts.ts";
import { defaultSeccomp } from "../kernel/seccomp/default.ts";
import type { Bundle } from "../kernel/state/bundle.ts";
import { containerDir } from "../kernel/state/record.ts";
import type { IdMaps } from "../kernel/state/side-plan.ts";
import { allCapabilities, capabilityMask, capabilityNames } from "../kernel/tables/capabilities.ts";
import { writeJson } from "../spec/json/write.ts";
import type { Mount, Rlimit, RuntimeConfig } from "../spec/runtime/config.ts";
import type { Engine } from "./engine.ts";
import { hostnameOf } from "./hostname.ts";
import type { RunImage, RunRequest } from "./run-request.ts";

/** The bundle of a container with this id, which is only ever in memory: its configuration lies in the state directory. */
export async function bundleOf(engine: Engine, request: RunRequest, id: string): Promise<Bundle> {
  const { container, seccomp } = request;
  const facts = engine.runtime.facts();
  const idMaps = rootlessMaps(facts);
  const host: ContainerHost = {
    rootless: facts.rootless,
    capabilities: grantable(facts),
    throttledCpus: throttledCpus(),
    ...(idMaps === undefined ? {} : { idMaps }),
  };
  const image = request.image === undefined ? undefined : await imageParts(engine, request.image, { id, remove: request.remove });
  const plain = containerConfig(
    {
      ...container,
      user: await userOf(engine, request, idMaps),
      hostname: container.hostname ?? hostnameOf(id),
      rlimits: grantableRlimits(engine, container.rlimits),
      ...(image === undefined ? {} : { volumes: image.volumes, files: image.files }),
    },
    host,
  );
  const capabilities = plain.process?.capabilities?.bounding ?? [];
  const filter = seccomp === "default" ? { seccomp: defaultSeccomp({ capabilities, arch: facts.arch, kernel: facts.kernel }) } : {};
  const cgroup = engine.cgroupParent === undefined ? {} : { cgroupsPath: `${engine.cgroupParent}/${id}` };
  const config: RuntimeConfig = { ...plain, linux: { ...plain.linux, ...cgroup, ...filter } };
  return {
    path: containerDir(engine.runtime.root, id),
    config,
    text: configText(config),
    warnings: [],
    ...(image === undefined ? {} : { rootMount: image.rootMount, making: image.making }),
  };
}

async function imageParts(engine: Engine, image: RunImage, container: { readonly id: string; readonly remove: boolean }) {
  const { ownMounts, rootMountOf } = await import("./run-image.ts");
  return { ...ownMounts(engine, image, container.id), rootMount: rootMountOf(engine, image, container) };
}

/** Numbers of a directory's container are taken as they are; all else, and an image's, is looked up. */
async function userOf(engine: Engine, { user, image, container }: RunRequest, maps: IdMaps | undefined) {
  const plain = image === undefined ? plainUser(user) : undefined;
  if (plain !== undefined) return plain;
  const [{ lookUpUser }, { readImageFiles }, { readRootFiles }] = await Promise.all([
    import("./accounts.ts"),
    import("./run-image.ts"),
    import("../kernel/state/read-files.ts"),
  ]);
  if (image !== undefined) {
    const read = (paths: readonly string[], most: number) => readImageFiles(engine, image, { paths, most, maps });
    return lookUpUser(engine.runtime, user, { read, layers: image.layers });
  }
  const root: Mount = { destination: "/", type: "bind", source: container.rootfs };
  return lookUpUser(engine.runtime, user, { read: (paths, most) => readRootFiles(engine.runtime, { root, paths, most, maps }) });
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
