// The words of `run` and `create` → the container that they ask for. Everything is checked before anything is pulled or made.
import { type ImageDefaults, mergeEnvironment } from "../../containers/config/image-defaults.ts";
import type { ContainerDocument } from "../../containers/document/document.ts";
import { NO_RESTART } from "../../containers/document/life.ts";
import { DEFAULT_LOG } from "../../containers/document/log.ts";
import type { ContainerDraft } from "../../engine/containers/draft.ts";
import type { Engine } from "../../engine/engine.ts";
import { HELLO, HELLO_ARGS, helloRootfs } from "../../engine/hello.ts";
import { parseSignal } from "../../kernel/tables/signals.ts";
import { type Invocation, UsageError } from "../command.ts";
import type { RUN_FLAGS, RunFlagValues } from "./run-flags.ts";
import { type FlagOptions, readRunFlags } from "./run-options.ts";
import type { Target } from "./run-target.ts";

/** @throws UsageError, InvalidInputError with everything that is wrong with the flags, and as imageTarget */
export async function draftOf(
  { flags, args, context }: Pick<Invocation<typeof RUN_FLAGS>, "flags" | "args" | "context">,
  engine: Engine,
): Promise<ContainerDraft> {
  const [name] = args;
  if (flags.rootfs === undefined && name === undefined) throw new UsageError("it needs an image, or --rootfs DIR; see teu run --help");
  if (flags.detach === true && (flags.attach ?? []).length > 0) throw new UsageError("--attach and --detach exclude each other");
  const asked = readRunFlags(flags, context);
  const target = await findTarget({ flags, args, context }, { engine, asked });
  const { storage } = asked;
  const isPlain = storage.mounts.length === 0 && storage.volumesFrom.length === 0 && target.made.volumes.length === 0;
  const mounts = isPlain
    ? []
    : await (await import("../../engine/volumes/complete.ts")).completeMounts(engine, storage, target.made.volumes);
  return { ...makeDraft(target, flags, asked), mounts };
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

function makeDraft(target: Target, flags: RunFlagValues, asked: FlagOptions): Omit<ContainerDraft, "mounts"> {
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
