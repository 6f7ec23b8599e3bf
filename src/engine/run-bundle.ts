// What `run` asked for → the bundle that the kernel layer takes.
import { readFileSync } from "node:fs";
import { plainUser } from "../containers/config/accounts.ts";
import { containerConfig } from "../containers/config/container-config.ts";
import type { UserNamespaceMode } from "../containers/config/isolation.ts";
import { clampRlimits, parseHardLimits, restoredRlimit } from "../containers/config/rlimits.ts";
import { type DefaultSeccompContext, defaultSeccomp } from "../kernel/seccomp/default.ts";
import type { Bundle } from "../kernel/state/bundle.ts";
import { containerDir } from "../kernel/state/record.ts";
import type { IdMaps } from "../kernel/state/side-plan.ts";
import { capabilityMask } from "../kernel/tables/capabilities.ts";
import { writeJson } from "../spec/json/write.ts";
import type { Mount, Rlimit, RuntimeConfig, Seccomp } from "../spec/runtime/config.ts";
import type { Engine } from "./engine.ts";
import { containerHost } from "./host/container-host.ts";
import { hostnameOf } from "./hostname.ts";
import type { RunImage, RunRequest } from "./run-request.ts";

/** The bundle of a container with this id, which is only ever in memory: its configuration lies in the state directory. */
export async function bundleOf(engine: Engine, request: RunRequest, id: string): Promise<Bundle> {
  const { container, seccomp } = request;
  const facts = engine.runtime.facts();
  const host = await containerHost(engine, { options: container, network: request.network, maps: await mapsOf(engine, container.userns) });
  const image = request.image === undefined ? undefined : await imageParts(engine, request.image, { id, remove: request.remove });
  const plain = containerConfig(
    {
      ...container,
      user: await userOf(engine, request, facts.rootless ? host.idMaps : undefined),
      hostname:
        container.uts === "host" ? readFileSync("/proc/sys/kernel/hostname", "utf8").trim() : (container.hostname ?? hostnameOf(id)),
      rlimits: grantableRlimits(engine, container.rlimits),
      ...(image === undefined ? {} : { volumes: image.volumes, files: image.files }),
    },
    host,
  );
  const capabilities = plain.process?.capabilities?.bounding ?? [];
  const filter = await filterOf(seccomp, { capabilities, arch: facts.arch, kernel: facts.kernel });
  const { cdiDevices } = container;
  const whole = cdiDevices === undefined ? plain : await (await import("./host/cdi-devices.ts")).withCdiDevices(plain, cdiDevices);
  const parent = container.cgroupParent ?? engine.cgroupParent;
  const cgroup = parent === undefined ? {} : { cgroupsPath: `${parent}/${id}` };
  const config: RuntimeConfig = { ...whole, linux: { ...whole.linux, ...cgroup, ...filter } };
  return {
    path: containerDir(engine.runtime.root, id),
    config,
    text: configText(config),
    warnings: [],
    ...(image === undefined ? {} : { rootMount: image.rootMount, making: image.making }),
  };
}

async function mapsOf(engine: Engine, mode: UserNamespaceMode | undefined): Promise<IdMaps | undefined> {
  return mode === undefined ? undefined : (await import("./host/user-ids.ts")).chosenMaps(engine, mode);
}

/** The filter as the kernel layer takes it. */
async function filterOf(seccomp: RunRequest["seccomp"], target: DefaultSeccompContext): Promise<{ readonly seccomp?: Seccomp }> {
  if (seccomp === "unconfined") return {};
  if (seccomp === "default") return { seccomp: defaultSeccomp(target) };
  const { seccompProfile } = await import("../containers/config/seccomp-profile.ts");
  return { seccomp: seccompProfile(seccomp.profile, target) };
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
