// The words of `run` and `create` → the container that they ask for. Everything is checked before anything is pulled or made.
import { posix } from "node:path";
import { type ImageDefaults, mergeEnvironment } from "../../containers/config/image-defaults.ts";
import type { ContainerDocument } from "../../containers/document/document.ts";
import { NO_RESTART } from "../../containers/document/life.ts";
import { DEFAULT_LOG } from "../../containers/document/log.ts";
import type { MountRequest } from "../../containers/document/mounts.ts";
import { type ContainerDraft, newId } from "../../engine/containers/draft.ts";
import type { Engine } from "../../engine/engine.ts";
import { HELLO, HELLO_ARGS, helloRootfs } from "../../engine/hello.ts";
import { parseSignal } from "../../kernel/tables/signals.ts";
import { type Invocation, UsageError } from "../command.ts";
import type { RUN_FLAGS, RunFlagValues } from "./run-flags.ts";
import { type FlagOptions, readRunFlags } from "./run-options.ts";
import type { Target } from "./run-target.ts";

/** @throws UsageError, InvalidInputError with everything that is wrong with the flags, and as imageTarget */
export async function draftOf({ flags, args, context }: Pick<Invocation<typeof RUN_FLAGS>, "flags" | "args" | "context">, engine: Engine) {
  const [name] = args;
  if (flags.rootfs === undefined && name === undefined) throw new UsageError("it needs an image, or --rootfs DIR; see teu run --help");
  if (flags.detach === true && (flags.attach ?? []).length > 0) throw new UsageError("--attach and --detach exclude each other");
  const asked = readRunFlags(flags, context);
  return makeDraft(await findTarget({ flags, args, context }, { engine, asked }), flags, asked);
}

async function findTarget(
  { flags, args, context }: Pick<Invocation<typeof RUN_FLAGS>, "flags" | "args" | "context">,
  { engine, asked }: { readonly engine: Engine; readonly asked: FlagOptions },
): Promise<Target> {
  const [name = "", ...words] = args;
  if (asked.rootfs !== undefined) {
    return { root: { kind: "directory", path: asked.rootfs }, made: directoryDefaults(flags, asked, args), remove: false };
  }
  if (name === HELLO) {
    // A demonstration: of one shared read-only directory, so that there is nothing to keep of its container.
    const root = { kind: "directory", path: helloRootfs(engine) } as const;
    return { root, made: directoryDefaults(flags, asked, [...HELLO_ARGS, ...words]), remove: true, readonlyRoot: true };
  }
  return await (await import("./run-image.ts")).imageTarget(engine, context, { name, args: words, flags, asked });
}

/** A directory says nothing of itself. */
function directoryDefaults(flags: RunFlagValues, asked: FlagOptions, args: readonly string[]): ImageDefaults {
  const words = [...(flags.entrypoint === undefined || flags.entrypoint === "" ? [] : [flags.entrypoint]), ...args];
  const stopSignal = flags["stop-signal"];
  return {
    args: words.length === 0 ? ["/bin/sh"] : words,
    env: mergeEnvironment([], asked.env),
    cwd: flags.workdir ?? "/",
    user: flags.user ?? "",
    labels: asked.labels,
    volumes: [],
    exposedPorts: [],
    ...(stopSignal === undefined ? {} : { stopSignal }),
  };
}

function makeDraft(target: Target, flags: RunFlagValues, asked: FlagOptions): ContainerDraft {
  const { root, made, confirm } = target;
  return {
    ...(flags.name === undefined ? {} : { name: flags.name.replace(/^\//, "") }),
    ...(confirm === undefined ? {} : { confirm }),
    root,
    options: {
      ...asked.container,
      args: made.args,
      env: made.env,
      cwd: made.cwd,
      readonlyRoot: target.readonlyRoot === true || asked.readonlyRoot,
    },
    user: { user: made.user, groupAdd: asked.groupAdd },
    seccomp: flags["security-opt"]?.includes("seccomp=unconfined") === true || flags.privileged === true ? "unconfined" : "default",
    stdio: stdioOf(flags),
    mounts: mountsOf(made, asked),
    network: {
      mode: { kind: asked.network },
      exposed: made.exposedPorts,
      dns: [],
      dnsSearch: [],
      dnsOptions: [],
      extraHosts: [],
    },
    life: lifeOf(made, flags, target.remove),
    log: DEFAULT_LOG,
    labels: made.labels,
  };
}

/** docker's: output, and input where it is kept open. */
function stdioOf(flags: RunFlagValues): ContainerDocument["stdio"] {
  const open = flags.interactive === true;
  const streams = ["stdin", "stdout", "stderr"] as const;
  const said = flags.attach?.map((stream) => stream.toLowerCase());
  const attach = streams.filter((stream) => (said === undefined ? stream !== "stdin" || open : said.includes(stream)));
  const keys = flags["detach-keys"];
  return { open, attach: flags.detach === true ? [] : attach, ...(keys === undefined ? {} : { detachKeys: keys }) };
}

function lifeOf(made: ImageDefaults, flags: RunFlagValues, remove: boolean): ContainerDraft["life"] {
  const { stopSignal, healthCheck } = made;
  const stopTimeout = flags["stop-timeout"] ?? made.stopTimeout;
  return {
    remove: remove || flags.rm === true,
    restart: NO_RESTART,
    init: false,
    // An image's word that is no signal is not obeyed, as it would be refused only when it is too late.
    ...(stopSignal === undefined || parseSignal(stopSignal) === undefined ? {} : { stopSignal }),
    ...(stopTimeout === undefined ? {} : { stopTimeout }),
    ...(healthCheck === undefined ? {} : { health: healthCheck }),
  };
}

/** In the order in which they may lie in each other: what was asked for lies in the image's volumes. */
function mountsOf(made: ImageDefaults, { binds, tmpfs, volumes }: FlagOptions): MountRequest[] {
  const taken = new Set([...binds, ...tmpfs].map(({ destination }) => posix.resolve(destination)));
  const own = [...new Set([...made.volumes, ...volumes])].filter((destination) => !taken.has(destination));
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
