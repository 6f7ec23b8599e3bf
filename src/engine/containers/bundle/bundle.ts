// The document of a container → the bundle that the kernel layer takes.
import { readFileSync } from "node:fs";
import { plainUser } from "../../../containers/config/accounts.ts";
import { containerConfig } from "../../../containers/config/container-config.ts";
import { asksForNames } from "../../../containers/config/network-files.ts";
import { clampRlimits, parseHardLimits, restoredRlimit } from "../../../containers/config/rlimits.ts";
import { rootlessMaps } from "../../../containers/config/rootless-maps.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { isMadeByCni } from "../../../containers/document/network.ts";
import { DEFAULT_CGROUP_PARENT } from "../../../kernel/cgroup/layout.ts";
import type { HostFacts } from "../../../kernel/probe/host-facts.ts";
import { type DefaultSeccompContext, defaultSeccomp } from "../../../kernel/seccomp/default.ts";
import type { Bundle } from "../../../kernel/state/bundle.ts";
import { containerDir } from "../../../kernel/state/record.ts";
import type { IdMaps } from "../../../kernel/state/side-plan.ts";
import { capabilityMask } from "../../../kernel/tables/capabilities.ts";
import { writeJson } from "../../../spec/json/write.ts";
import type { Mount, Rlimit, RuntimeConfig, Seccomp } from "../../../spec/runtime/config.ts";
import type { Engine } from "../../engine.ts";
import { cniNamespace } from "../../networks/cni/namespace.ts";
import type { MountFacts } from "../../volumes/mounts.ts";
import { containerHost } from "./container-host.ts";
import { hostnameOf } from "./hostname.ts";
import type { OwnMounts } from "./image-root.ts";

/** What one start of a container has beside its document. */
export interface StartFacts {
  /** The container's, or a stand-in of it. */
  readonly id: string;
  /** Size of the window that shows its terminal. */
  readonly consoleSize?: { readonly height: number; readonly width: number };
}

/** Whose network namespace each mode means. */
const NAMESPACES = { none: "none", host: "host", networks: "own", private: "own", container: "joined", namespace: "joined" } as const;

/** The bundle of a container, which is only ever in memory: its configuration lies in the state directory. */
export async function bundleOf(engine: Engine, document: ContainerDocument, { id, consoleSize }: StartFacts): Promise<Bundle> {
  const { options, seccomp, network } = document;
  const facts = engine.runtime.facts();
  const parent = options.cgroupParent ?? document.birth.cgroupParent;
  const found = await containerHost(engine, { options, network: network.mode, maps: document.birth.userns });
  const systemd = options.systemd ? systemdCgroup(facts, `${parent ?? DEFAULT_CGROUP_PARENT}/${id}`) : undefined;
  const cni = isMadeByCni(network.mode) ? { joined: { ...found.joined, network: cniNamespace(engine, id) } } : {};
  const host = { ...found, ...cni, ...(systemd === undefined ? {} : { systemdCgroup: systemd }) };
  const own = await ownParts(engine, document, id);
  const user = await userOf(engine, document, host.idMaps);
  const asked = document.mounts.length === 0 ? undefined : await askedMounts(engine, document, { user, idMaps: host.idMaps });
  const plain = containerConfig(
    {
      ...options,
      rootfs: rootfsOf(document),
      user,
      hostname: hostnameOf({ id, options }),
      network: isMadeByCni(network.mode) ? "joined" : NAMESPACES[network.mode.kind],
      mounts: asked?.mounts ?? [],
      ...(asked?.rootfsPropagation === undefined ? {} : { rootfsPropagation: asked.rootfsPropagation }),
      rlimits: grantableRlimits(engine, options.rlimits),
      ...(consoleSize === undefined ? {} : { consoleSize }),
      ...(own.files === undefined ? {} : { files: own.files }),
    },
    host,
  );
  const capabilities = plain.process?.capabilities?.bounding ?? [];
  const filter = await filterOf(seccomp, { capabilities, arch: facts.arch, kernel: facts.kernel });
  const { cdiDevices } = options;
  const whole = cdiDevices === undefined ? plain : await (await import("./cdi-devices.ts")).withCdiDevices(plain, cdiDevices);
  const cgroup = parent === undefined ? {} : { cgroupsPath: `${parent}/${id}` };
  const hooks = network.mode.kind === "private" ? (await import("../../networks/rootless/private.ts")).privateHooks(engine, document) : {};
  const config: RuntimeConfig = { ...whole, ...hooks, linux: { ...whole.linux, ...cgroup, ...filter } };
  return {
    path: containerDir(engine.runtime.root, id),
    config,
    text: configText(config),
    warnings: [],
    ...(own.rootMount === undefined ? {} : { rootMount: own.rootMount }),
    making: { ...own.making, ...asked?.making, ...(systemd === undefined ? {} : { [systemd]: "directory" }) },
  };
}

async function askedMounts(engine: Engine, document: ContainerDocument, facts: MountFacts) {
  return (await import("../../volumes/mounts.ts")).volumeMounts(engine, document, facts);
}

/** Of an image it is only where its root is attached. */
function rootfsOf({ root }: ContainerDocument): string {
  return root.kind === "image" ? (root.layers.at(-1) ?? "") : root.path;
}

/** Where the container's cgroup will be in the hierarchy of cgroup v1 that systemd keeps its own groups in. */
function systemdCgroup({ cgroup, rootless }: HostFacts, path: string): string | undefined {
  const hierarchy = cgroup.v1.find(({ controllers }) => controllers.includes("name=systemd"));
  return hierarchy === undefined || rootless || !path.startsWith("/") ? undefined : `${hierarchy.mountpoint}${path}`;
}

/** The filter as the kernel layer takes it. */
async function filterOf(seccomp: ContainerDocument["seccomp"], target: DefaultSeccompContext): Promise<{ readonly seccomp?: Seccomp }> {
  if (seccomp === "unconfined") return {};
  if (seccomp === "default") return { seccomp: defaultSeccomp(target) };
  const { seccompProfile } = await import("../../../containers/config/seccomp-profile.ts");
  return { seccomp: seccompProfile(seccomp.profile, target) };
}

/** What of the container is in its own directory: of one of a directory, nothing that it did not ask for. */
async function ownParts(
  engine: Engine,
  document: ContainerDocument,
  id: string,
): Promise<Partial<OwnMounts> & { readonly rootMount?: Mount }> {
  const { root, network, life } = document;
  if (root.kind === "directory")
    return asksForNames(network) ? (await import("./image-root.ts")).networkFiles(engine, { id, network }) : {};
  const { networkFiles, rootMountOf } = await import("./image-root.ts");
  return { ...networkFiles(engine, { id, network }), rootMount: rootMountOf(engine, root, { id, remove: life.remove }) };
}

/** Numbers of a directory's container are taken as they are; all else, and an image's, is looked up. */
async function userOf(engine: Engine, { user, root }: ContainerDocument, maps: IdMaps | undefined) {
  const plain = root.kind === "directory" ? plainUser(user) : undefined;
  if (plain !== undefined) return plain;
  const [{ lookUpUser }, { readImageFiles }, { readRootFiles }] = await Promise.all([
    import("./accounts.ts"),
    import("./image-root.ts"),
    import("../../../kernel/state/read-files.ts"),
  ]);
  if (root.kind === "image") {
    // Layers have the owners that every container of this caller sees, whatever ids this one has.
    const own = rootlessMaps(engine.runtime.facts());
    const read = (paths: readonly string[], most: number) => readImageFiles(engine, root, { paths, most, maps: own });
    return lookUpUser(engine.runtime, user, { read, layers: root.layers });
  }
  const mount: Mount = { destination: "/", type: "bind", source: root.path };
  const read = (paths: readonly string[], most: number) =>
    readRootFiles(engine.runtime, { root: mount, paths, most, maps: engine.runtime.facts().rootless ? maps : undefined });
  return lookUpUser(engine.runtime, user, { read });
}

/** Raising a hard limit takes CAP_SYS_RESOURCE in the initial user namespace (getrlimit(2)). */
function grantableRlimits({ runtime }: Engine, asked: readonly Rlimit[]): readonly Rlimit[] {
  if (asked.length === 0) return asked;
  const { rootless, capabilities } = runtime.facts();
  const mayRaise = !rootless && (capabilities.effective & capabilityMask(["CAP_SYS_RESOURCE"])) !== 0n;
  const wanted = asked.map(restoredRlimit);
  if (mayRaise) return wanted;
  const { rlimits, warnings } = clampRlimits(wanted, parseHardLimits(readFileSync("/proc/self/limits", "utf8")));
  for (const warning of warnings) runtime.warn(warning);
  return rlimits;
}

/** Limits are the only integers that may need all 64 bits; the plain way is ten times as fast. */
function configText(config: RuntimeConfig): string {
  return config.process?.rlimits === undefined ? JSON.stringify(config) : writeJson(config);
}
