// What `run` launches: a cached plan where there is one for the same input, else what the compiler makes of it.
import { dropKept } from "../../base/kept-file.ts";
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import type { Bundle } from "./bundle.ts";
import type { RuntimeContext } from "./context.ts";
import type { CreateOptions } from "./create-options.ts";
import { recordingLook, stillHolds } from "./host-look.ts";
import { digestOf, readTemplate, standInFor, storeTemplate } from "./plan-cache.ts";
import type { Prepared } from "./prepared.ts";

/** A container to run, as functions of its id: a plan may be wanted for a stand-in of it. */
export interface RunSource {
  readonly id: string;
  /** Everything but the id that decides bundle and options; undefined where that cannot be said. */
  readonly key: readonly string[] | undefined;
  bundle(id: string): Bundle | Promise<Bundle>;
  options(id: string): CreateOptions;
}

/** A container to run, prepared; `failed` is told when it could not be started. */
export interface PreparedRun {
  readonly prepared: Prepared;
  failed(): void;
}

/** @throws as `prepare` does */
export async function prepareRun(context: RuntimeContext, source: RunSource): Promise<PreparedRun> {
  const options = source.options(source.id);
  const compile = async () => (await import("./prepare.ts")).prepare(context, await source.bundle(source.id), options);
  if (source.key === undefined || !isCacheable(context, options)) return { prepared: await compile(), failed: () => undefined };
  const key = keyOf(context, source, source.key);
  const { cacheDir: dir } = context;
  const known = readTemplate(dir, key, { id: source.id, holds: stillHolds });
  if (known !== undefined) {
    return { prepared: { ...known, source: async () => (await compile()).source() }, failed: () => dropKept(dir, key) };
  }
  return { prepared: await compileAndStore(context, source, key), failed: () => dropKept(dir, key) };
}

/** Paths and descriptors of one call make a plan that no other call has. */
function isCacheable({ systemd }: RuntimeContext, options: CreateOptions): boolean {
  const { pidFile, console, preserveFds, noPivot, timings } = options;
  return systemd === undefined && pidFile === undefined && console?.kind !== "socket" && preserveFds === 0 && !noPivot && timings !== true;
}

/** Everything that a plan is made from: this build, the host, the caller's paths, and what is to run. */
function keyOf(context: RuntimeContext, source: RunSource, own: readonly string[]): string {
  const { wiring, within, ...others } = source.options(standInFor(source.id));
  const options = JSON.stringify({ ...others, wired: wiring !== undefined, within: within?.maps });
  return digestOf([context.build, context.root, hostKey(context.facts()), options, ...own]);
}

function hostKey({ arch, uid, gid, rootless, capabilities, cgroup, subordinate }: HostFacts): string {
  const sets = [capabilities.bounding, capabilities.effective].map(String);
  return JSON.stringify([arch, uid, gid, rootless, sets, cgroup, rootless ? subordinate : null]);
}

async function compileAndStore(context: RuntimeContext, source: RunSource, key: string): Promise<Prepared> {
  const { prepare } = await import("./prepare.ts");
  const { look, lookups } = recordingLook();
  const bundle = await source.bundle(source.id);
  const real = prepare(context, bundle, source.options(source.id), look);
  if (isSelfContained(bundle.config)) {
    const standIn = standInFor(source.id);
    const template = prepare(context, await source.bundle(standIn), source.options(standIn));
    storeTemplate(context.cacheDir, key, {
      template,
      real,
      id: source.id,
      lookups: { ...lookups, sources: { ...lookups.sources, [real.facts.rootfs]: "directory" } },
    });
  }
  return real;
}

/** Interfaces, propagation, and a /dev that the configuration does not bring depend on more of the host than is looked up again. */
function isSelfContained({ linux, mounts = [] }: RuntimeConfig): boolean {
  return (
    linux?.netDevices === undefined &&
    linux?.rootfsPropagation === undefined &&
    linux?.intelRdt === undefined &&
    mounts.some(({ destination }) => destination === "/dev")
  );
}
