// The words of `run` and `create` → the container that they ask for. Everything is checked before anything is pulled or made.
import { existsSync } from "node:fs";
import type { NetworkSettings } from "../../../containers/document/network.ts";
import type { ContainerDraft } from "../../../engine/containers/life/draft.ts";
import type { Engine } from "../../../engine/engine.ts";
import { HELLO, HELLO_ARGS, helloRootfs } from "../../../engine/roots/hello.ts";
import { DEFAULT_NETWORK } from "../../../network/model/network.ts";
import { type Invocation, UsageError } from "../../command.ts";
import { WRONG_CALL } from "../../flag-values.ts";
import { documentParts } from "./document.ts";
import type { RUN_FLAGS } from "./flags.ts";
import { type FlagOptions, readRunFlags } from "./options.ts";
import type { Target } from "./target.ts";

type Call = Pick<Invocation<typeof RUN_FLAGS>, "flags" | "args" | "context" | "words">;

/** @throws UsageError, InvalidInputError with everything that is wrong with the flags, and as imageTarget */
export async function draftOf(what: "run" | "create", call: Call, engine: Engine): Promise<ContainerDraft> {
  const { flags, args, context, words: command } = call;
  if (flags.rootfs === undefined && args.length === 0)
    throw new UsageError(`${what} needs an image, or --rootfs DIR; see teu ${what} --help`, WRONG_CALL);
  const asked = readRunFlags(flags, { env: context.env, network: await usualNetwork(call, engine) });
  const { root, confirm, image, args: words, demo } = await findTarget(call, engine, asked);
  const { uid, gid } = engine.runtime.facts();
  const made = documentParts(asked, flags, { args: words, caller: { uid, gid }, ...(image === undefined ? {} : { image }) });
  await checkFilter(engine, made);
  if (made.network.mode.kind === "host" && (flags.publish !== undefined || flags["publish-all"] === true))
    engine.runtime.warn("Published ports are discarded when using host network mode");
  const { imageVolumes, ...parts } = asked.namesContainers ? await withIds(engine, made) : made;
  return {
    ...(flags.name === undefined || flags.name === "" ? {} : { name: flags.name.replace(/^\//, "") }),
    ...(confirm === undefined ? {} : { confirm }),
    command,
    root,
    ...parts,
    network: await networkIds(engine, parts.network),
    ...(demo ? { options: { ...parts.options, readonlyRoot: true }, life: { ...parts.life, remove: true } } : {}),
    mounts: await mountsOf(engine, asked, imageVolumes),
  };
}

/** What `--network` is where it is not given: `$TEU_NETWORK`, else the configuration's word. The demonstration needs none. */
async function usualNetwork({ flags, args, context }: Call, { configFile }: Engine): Promise<string> {
  const { TEU_NETWORK: said = "" } = context.env;
  if (said !== "") return said;
  if (flags.rootfs === undefined && args[0] === HELLO) return "none";
  if (flags.network !== undefined || !existsSync(configFile)) return DEFAULT_NETWORK;
  const { readConfiguration } = await import("../../../engine/configuration.ts");
  return (await readConfiguration(configFile)).network.default ?? DEFAULT_NETWORK;
}

async function networkIds(engine: Engine, network: NetworkSettings): Promise<NetworkSettings> {
  if (network.mode.kind !== "networks") return network;
  const { withNetworkIds } = await import("../../../engine/networks/containers/attachments.ts");
  return { ...network, mode: { kind: "networks", attachments: await withNetworkIds(engine, network.mode.attachments) } };
}

/** A profile that is none is refused before there is a container that could never start. */
async function checkFilter(engine: Engine, { seccomp }: Pick<ContainerDraft, "seccomp">): Promise<void> {
  if (typeof seccomp !== "object") return;
  const { seccompProfile } = await import("../../../containers/config/seccomp-profile.ts");
  seccompProfile(seccomp.profile, { ...engine.runtime.facts(), capabilities: [] });
}

async function withIds(engine: Engine, parts: ReturnType<typeof documentParts>): Promise<ReturnType<typeof documentParts>> {
  const [{ withContainerIds }, { findContainer }, { hostnameOf }] = await Promise.all([
    import("./references.ts"),
    import("../../../engine/containers/find.ts"),
    import("../../../engine/containers/bundle/hostname.ts"),
  ]);
  return withContainerIds(parts, (text) => {
    const { id, document } = findContainer(engine, text);
    return { id, hostname: hostnameOf(document) };
  });
}

async function findTarget({ flags, args, context }: Call, engine: Engine, asked: FlagOptions): Promise<Target> {
  const [name = "", ...words] = args;
  if (asked.rootfs !== undefined) return { root: { kind: "directory", path: asked.rootfs }, args, demo: false };
  if (name === HELLO) return { root: { kind: "directory", path: helloRootfs(engine) }, args: [...HELLO_ARGS, ...words], demo: true };
  return await (await import("./image-target.ts")).imageTarget(engine, context, { name, args: words, flags });
}

async function mountsOf(engine: Engine, { storage }: FlagOptions, imageVolumes: readonly string[]): Promise<ContainerDraft["mounts"]> {
  if (storage.mounts.length === 0 && storage.volumesFrom.length === 0 && imageVolumes.length === 0) return [];
  return await (await import("../../../engine/volumes/complete.ts")).completeMounts(engine, storage, imageVolumes);
}
