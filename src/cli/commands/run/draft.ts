// The words of `run` and `create` → the container that they ask for. Everything is checked before anything is pulled or made.
import { posix } from "node:path";
import type { MountRequest } from "../../../containers/document/mounts.ts";
import { type ContainerDraft, newId } from "../../../engine/containers/draft.ts";
import type { Engine } from "../../../engine/engine.ts";
import { HELLO, HELLO_ARGS, helloRootfs } from "../../../engine/hello.ts";
import type { ExecutionConfig } from "../../../spec/image/image-config.ts";
import { type Invocation, UsageError } from "../../command.ts";
import { documentParts } from "./document.ts";
import type { RUN_FLAGS } from "./flags.ts";
import { type FlagOptions, readRunFlags } from "./options.ts";

/** What is to run: an image, a directory, or the embedded image. */
export interface Target extends Pick<ContainerDraft, "root" | "confirm"> {
  /** What the image says; nothing of a directory. */
  readonly image?: ExecutionConfig;
  /** The words after it. */
  readonly args: readonly string[];
  /** A demonstration: of one shared read-only directory, so that there is nothing to keep of its container. */
  readonly demo: boolean;
}

type Call = Pick<Invocation<typeof RUN_FLAGS>, "flags" | "args" | "context" | "words">;

/** @throws UsageError, InvalidInputError with everything that is wrong with the flags, and as imageTarget */
export async function draftOf(call: Call, engine: Engine): Promise<ContainerDraft> {
  const { flags, args, context, words: command } = call;
  if (flags.rootfs === undefined && args.length === 0) throw new UsageError("it needs an image, or --rootfs DIR; see teu run --help");
  const asked = readRunFlags(flags, context);
  const { root, confirm, image, args: words, demo } = await findTarget(call, engine, asked);
  const { uid, gid } = engine.runtime.facts();
  const made = documentParts(asked, flags, { args: words, caller: { uid, gid }, ...(image === undefined ? {} : { image }) });
  const { imageVolumes, ...parts } = asked.namesContainers ? await withIds(engine, made) : made;
  return {
    ...(flags.name === undefined ? {} : { name: flags.name.replace(/^\//, "") }),
    ...(confirm === undefined ? {} : { confirm }),
    command,
    root,
    ...parts,
    ...(demo ? { options: { ...parts.options, readonlyRoot: true }, life: { ...parts.life, remove: true } } : {}),
    mounts: mountsOf(imageVolumes, asked),
  };
}

async function withIds(engine: Engine, parts: ReturnType<typeof documentParts>): Promise<ReturnType<typeof documentParts>> {
  const [{ withContainerIds }, { findContainer }] = await Promise.all([
    import("./references.ts"),
    import("../../../engine/containers/find.ts"),
  ]);
  return withContainerIds(parts, (text) => findContainer(engine, text).id);
}

async function findTarget({ flags, args, context }: Call, engine: Engine, asked: FlagOptions): Promise<Target> {
  const [name = "", ...words] = args;
  if (asked.rootfs !== undefined) return { root: { kind: "directory", path: asked.rootfs }, args, demo: false };
  if (name === HELLO) return { root: { kind: "directory", path: helloRootfs(engine) }, args: [...HELLO_ARGS, ...words], demo: true };
  return await (await import("./image-target.ts")).imageTarget(engine, context, { name, args: words, flags });
}

/** In the order in which they may lie in each other: what was asked for lies in the image's volumes. */
function mountsOf(imageVolumes: readonly string[], { binds, tmpfs, volumes }: FlagOptions): MountRequest[] {
  const taken = new Set([...binds, ...tmpfs].map(({ destination }) => posix.resolve(destination)));
  const own = [...new Set([...imageVolumes, ...volumes])].filter((destination) => !taken.has(destination));
  return [
    ...own.map((destination): MountRequest => {
      const plain = { readonly: false, copy: true, readonlyRecursive: false, driverOptions: {}, labels: {}, options: [] };
      return { kind: "volume", name: newId(), anonymous: true, destination, from: `--volume ${destination}`, ...plain };
    }),
    ...tmpfs.map((mount): MountRequest => ({ kind: "tmpfs", readonly: false, from: `--tmpfs ${mount.destination}`, ...mount })),
    ...binds.map((bind): MountRequest => {
      const plain = { create: false, recursive: true, readonlyRecursive: false, idmap: false, options: [] };
      return { kind: "bind", from: `--volume ${bind.source}:${bind.destination}`, ...plain, ...bind };
    }),
  ];
}
