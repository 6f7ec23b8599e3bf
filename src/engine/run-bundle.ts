// The document of a container → the bundle that the kernel layer takes.
import { readdirSync, readFileSync } from "node:fs";
import { plainUser } from "../containers/config/accounts.ts";
import { type ContainerHost, containerConfig } from "../containers/config/container-config.ts";
import { clampRlimits, parseHardLimits } from "../containers/config/rlimits.ts";
import { rootlessMaps } from "../containers/config/rootless-maps.ts";
import type { ContainerDocument, ImageRoot } from "../containers/document/document.ts";
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
import type { MountFacts } from "./volumes/mounts.ts";

/** What one start of a container has beside its document. */
export interface StartFacts {
  /** The container's, or a stand-in of it. */
  readonly id: string;
  /** Size of the window that shows its terminal. */
  readonly consoleSize?: { readonly height: number; readonly width: number };
}

/** The bundle of a container, which is only ever in memory: its configuration lies in the state directory. */
export async function bundleOf(engine: Engine, document: ContainerDocument, { id, consoleSize }: StartFacts): Promise<Bundle> {
  const { options, seccomp, network } = document;
  const facts = engine.runtime.facts();
  const idMaps = rootlessMaps(facts);
  const host: ContainerHost = {
    capabilities: grantable(facts),
    throttledCpus: throttledCpus(),
    ...(idMaps === undefined ? {} : { idMaps }),
  };
  const image = document.root.kind === "image" ? await imageParts(engine, document, { id, image: document.root }) : undefined;
  const user = await userOf(engine, document, idMaps);
  const asked = document.mounts.length === 0 ? undefined : await askedMounts(engine, document, { user, idMaps });
  const plain = containerConfig(
    {
      ...options,
      rootfs: rootfsOf(document),
      user,
      hostname: hostnameOf({ id, options }),
      network: network.mode.kind === "host" ? "host" : "none",
      mounts: asked?.mounts ?? [],
      ...(asked?.rootfsPropagation === undefined ? {} : { rootfsPropagation: asked.rootfsPropagation }),
      rlimits: grantableRlimits(engine, options.rlimits),
      ...(consoleSize === undefined ? {} : { consoleSize }),
      ...(image === undefined ? {} : { files: image.files }),
    },
    host,
  );
  const capabilities = plain.process?.capabilities?.bounding ?? [];
  const filter = seccomp === "default" ? { seccomp: defaultSeccomp({ capabilities, arch: facts.arch, kernel: facts.kernel }) } : {};
  const parent = document.birth.cgroupParent;
  const cgroup = parent === undefined ? {} : { cgroupsPath: `${parent}/${id}` };
  const config: RuntimeConfig = { ...plain, linux: { ...plain.linux, ...cgroup, ...filter } };
  return {
    path: containerDir(engine.runtime.root, id),
    config,
    text: configText(config),
    warnings: [],
    ...(image === undefined ? {} : { rootMount: image.rootMount }),
    making: { ...image?.making, ...asked?.making },
  };
}

async function askedMounts(engine: Engine, document: ContainerDocument, facts: MountFacts) {
  return (await import("./volumes/mounts.ts")).volumeMounts(engine, document, facts);
}

/** Of an image it is only where its root is attached. */
function rootfsOf({ root }: ContainerDocument): string {
  return root.kind === "image" ? (root.layers.at(-1) ?? "") : root.path;
}

async function imageParts(engine: Engine, document: ContainerDocument, { id, image }: { readonly id: string; readonly image: ImageRoot }) {
  const { ownMounts, rootMountOf } = await import("./run-image.ts");
  return { ...ownMounts(engine, id), rootMount: rootMountOf(engine, image, { id, remove: document.life.remove }) };
}

/** Numbers of a directory's container are taken as they are; all else, and an image's, is looked up. */
async function userOf(engine: Engine, { user, root }: ContainerDocument, maps: IdMaps | undefined) {
  const plain = root.kind === "directory" ? plainUser(user) : undefined;
  if (plain !== undefined) return plain;
  const [{ lookUpUser }, { readImageFiles }, { readRootFiles }] = await Promise.all([
    import("./accounts.ts"),
    import("./run-image.ts"),
    import("../kernel/state/read-files.ts"),
  ]);
  if (root.kind === "image") {
    const read = (paths: readonly string[], most: number) => readImageFiles(engine, root, { paths, most, maps });
    return lookUpUser(engine.runtime, user, { read, layers: root.layers });
  }
  const mount: Mount = { destination: "/", type: "bind", source: root.path };
  const read = (paths: readonly string[], most: number) => readRootFiles(engine.runtime, { root: mount, paths, most, maps });
  return lookUpUser(engine.runtime, user, { read });
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
