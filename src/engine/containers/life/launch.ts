// The document of a container → its launch. On the way of every run: what only some of them need is loaded by those.
import { existsSync } from "node:fs";
import { plainUser } from "../../../containers/config/accounts.ts";
import { isFoundAtStart } from "../../../containers/config/isolation.ts";
import { asksForNames } from "../../../containers/config/network-files.ts";
import { rootlessMaps } from "../../../containers/config/rootless-maps.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import type { MountRequest } from "../../../containers/document/mounts.ts";
import { monitorLog } from "../../../containers/logs/monitor-log.ts";
import type { Compiled, MonitorStreams } from "../../../kernel/compile/request.ts";
import { FIRST_EXTRA_FD } from "../../../kernel/launch/launcher.ts";
import type { Wiring } from "../../../kernel/netlink/wiring/wiring.ts";
import type { CreateOptions } from "../../../kernel/state/create-options.ts";
import type { NamespaceHolder } from "../../../kernel/state/networks/open-namespaces.ts";
import { type PreparedRun, prepareRun } from "../../../kernel/state/prepare-run.ts";
import { type Begun, beginRun } from "../../../kernel/state/run.ts";
import type { Engine } from "../../engine.ts";
import type { Claimed } from "../../networks/claims/claim.ts";
import type { StartFacts } from "../bundle/bundle.ts";
import { containerPaths } from "../state/directory.ts";

/** What of one start is not the container's, but of the command that starts it. */
export interface Attendance {
  /** Which streams go to this command's own; undefined where it does not stay with the container. */
  readonly attach?: ContainerDocument["stdio"]["attach"];
  readonly timings?: boolean;
  readonly consoleSize?: StartFacts["consoleSize"];
  /** Waits for whoever is at what this start is about to use; undefined for a container that is new. */
  readonly clear?: () => Promise<void>;
}

/** A container ready to be launched. Nothing is touched yet. */
export interface PreparedLaunch {
  readonly run: PreparedRun;
  readonly options: CreateOptions;
  /** Of a container with networks: the options' wiring, which is known when the launcher is about to be started. */
  readonly wired?: Wiring;
}

/** @throws as prepareRun */
export async function prepareLaunch(engine: Engine, document: ContainerDocument, attendance: Attendance): Promise<PreparedLaunch> {
  const wired = wiredOf(engine, document);
  const options = (id: string) => createOptions(engine, document, { id, attendance, wired });
  const { consoleSize } = attendance;
  const bundle = async (id: string) =>
    (await import("../bundle/bundle.ts")).bundleOf(engine, document, { id, ...(consoleSize === undefined ? {} : { consoleSize }) });
  const run = await prepareRun(engine.runtime, { id: document.id, key: keyOf(engine, document, attendance), bundle, options });
  const prepared = { run, options: options(document.id) };
  if (wired === undefined) return prepared;
  // What is wired stands in no plan, but in the sentences of errors: for those the plan is made again.
  const source = async () => {
    const { prepare } = await import("../../../kernel/state/prepare.ts");
    return prepare(engine.runtime, await bundle(document.id), options(document.id)).source();
  };
  return { ...prepared, run: { ...run, prepared: { ...run.prepared, source } }, wired };
}

/**
 * @param claimed what it has of its networks; claimed once the running state is this start's, where that was not done with its row
 * @throws as launchContainer, readySources and attach
 */
export async function launchPrepared(
  engine: Engine,
  { run, options, wired }: PreparedLaunch,
  { document, claimed }: { readonly document: ContainerDocument; readonly claimed?: Claimed | undefined },
): Promise<Begun> {
  if (document.mounts.some(({ kind }) => kind === "bind")) (await import("../../volumes/sources.ts")).readySources(document);
  if (wired === undefined) return await beginRun(engine.runtime, run, options);
  const { attach } = await import("../../networks/containers/attach.ts");
  const clear = async () => {
    await options.clear?.();
    const { wiring, within } = await attach(engine, document, claimed);
    Object.assign(wired, wiring);
    Object.assign(options.within ?? {}, within);
  };
  return await beginRun(engine.runtime, run, { ...options, clear });
}

/** The plan that a start would carry out. Touches nothing. */
export async function explainLaunch(engine: Engine, document: ContainerDocument, attendance: Attendance): Promise<Compiled> {
  const [{ planContainer }, { bundleOf }] = await Promise.all([import("../../../kernel/state/prepare.ts"), import("../bundle/bundle.ts")]);
  const { id } = document;
  const usual = wiredOf(engine, document);
  const wired = usual && { ...usual, ...(await import("../../networks/containers/explain.ts")).toldWiring(document) };
  return planContainer(
    engine.runtime,
    await bundleOf(engine, document, { id }),
    createOptions(engine, document, { id, attendance, wired }),
  );
}

function wiredOf({ self, runRoot, root, runtime }: Engine, { network }: ContainerDocument): Wiring | undefined {
  if (network.mode.kind !== "networks") return undefined;
  // Nobody else is where an ordinary user's networks are: what was made there is there.
  const remake = runtime.facts().rootless ? {} : { remake: [self, "internal", "firewall", runRoot, root] };
  return { host: [], firewall: [], inside: [], hold: [], ...remake };
}

/** Where an ordinary user's networks are: the process is known when the launcher is about to be started, the maps are the same always. */
function withinOf({ runtime }: Engine): { readonly within?: NamespaceHolder } {
  const maps = rootlessMaps(runtime.facts());
  return maps === undefined ? {} : { within: { pid: 0, start: "", maps } };
}

/** All that decides the plan, but the id. Limits are clamped to those of this process, and the accounts of a directory may change. */
function keyOf(engine: Engine, document: ContainerDocument, { consoleSize }: Attendance): readonly string[] | undefined {
  const { root, options, user, seccomp, mounts, network, life, birth } = document;
  if (options.rlimits.length > 0 || isFoundAtStart(options, network.mode)) return undefined;
  if (root.kind === "directory" && plainUser(user) === undefined) return undefined;
  if (mounts.some(dependsOnMore)) return undefined;
  const { remove, init } = life;
  const cgroup = birth.cgroupParent;
  return [
    JSON.stringify({ root, options, consoleSize, user, seccomp, mounts, network: networkKey(network), remove, init, cgroup }),
    engine.root,
  ];
}

/** Its shape alone: which networks they are, and what its files say of them, is not in the plan. */
function networkKey(network: ContainerDocument["network"]): readonly unknown[] {
  const { mode, ports } = network;
  // The hook of a private one is in the plan.
  return [mode.kind, asksForNames(network), ...(mode.kind === "private" ? [mode, ports] : [])];
}

/** Where a volume's files are, and who owns a source whose ids are mapped, is found out at each start. */
function dependsOnMore(mount: MountRequest): boolean {
  return mount.kind === "volume" || (mount.kind === "bind" && mount.idmap);
}

interface CreateRequest {
  readonly id: string;
  readonly attendance: Attendance;
  readonly wired: Wiring | undefined;
}

function createOptions(
  engine: Engine,
  document: ContainerDocument,
  { id, attendance: { attach, timings, clear }, wired }: CreateRequest,
): CreateOptions {
  const { terminal } = document.options;
  const given = (stream: "stdin" | "stdout" | "stderr") => (attach?.includes(stream) === true ? "inherit" : "ignore");
  const detached = attach === undefined;
  return {
    id,
    keeper: "monitor",
    monitor: {
      onExit: [engine.self, "internal", "exited", engine.runRoot, engine.root, id],
      attended: !detached,
      streams: streamsOf(engine, document, { id, attach }),
      ...(terminal && !detached ? { clientFd: FIRST_EXTRA_FD } : {}),
    },
    ...(terminal ? { console: { kind: "monitor" } } : {}),
    ...(document.life.init ? { init: true } : {}),
    preserveFds: 0,
    noPivot: false,
    noNewKeyring: false,
    stdio: [terminal || !document.stdio.open ? "ignore" : given("stdin"), given("stdout"), given("stderr")],
    detached,
    timings: timings === true,
    ...(wired === undefined ? {} : { wiring: wired, ...withinOf(engine) }),
    clear: async () => {
      await clear?.();
      if (existsSync(containerPaths(engine.root, id).filesLock)) await (await import("../files/lock.ts")).filesFree(engine, id);
    },
  };
}

function streamsOf(
  engine: Engine,
  document: ContainerDocument,
  { id, attach = [] }: { readonly id: string; readonly attach: Attendance["attach"] },
): MonitorStreams {
  const { options, stdio } = document;
  const log = monitorLog(document, id, { path: containerPaths(engine.root, id).log, self: engine.self });
  const stdin = !stdio.open ? "none" : attach.includes("stdin") && !options.terminal ? "given" : "held";
  const tee = options.terminal ? [] : attach.filter((stream) => stream !== "stdin");
  return { stdin, tee, ...(log === undefined ? {} : { log }) };
}
