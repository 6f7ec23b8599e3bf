// Bundle and options → a plan, ready to be launched. This is what a cached plan spares: it loads the whole compiler.
import { TeuError } from "../../base/errors.ts";
import type { Process } from "../../spec/runtime/config.ts";
import { readDelegateFiles } from "../cgroup/control/delegate.ts";
import { compileCreate } from "../compile/create.ts";
import type { Compiled } from "../compile/request.ts";
import { FIRST_EXTRA_FD } from "../launch/launcher.ts";
import { encodePlan } from "../plan/encode.ts";
import { cachedProgram } from "../seccomp/cache.ts";
import { type Bundle, rootfsOf } from "./bundle.ts";
import type { RuntimeContext } from "./context.ts";
import { type CreateOptions, networkRequest } from "./create-options.ts";
import { HOST_LOOK, type HostLook } from "./host-look.ts";
import { readLinks } from "./links.ts";
import { probeMounts } from "./mount-probe.ts";
import type { Prepared } from "./prepared.ts";
import { readSchemata } from "./rdt.ts";
import { containerDir } from "./record.ts";

/** Compiles and encodes. @throws as planContainer does */
export function prepare(context: RuntimeContext, bundle: Bundle, options: CreateOptions, look: HostLook = HOST_LOOK): Prepared {
  const compiled = planContainer(context, bundle, options, look);
  const { config } = bundle;
  return {
    facts: {
      ociVersion: config.ociVersion,
      bundle: bundle.path,
      rootfs: rootfsOf(bundle),
      annotations: config.annotations ?? {},
      cgroups: compiled.cgroups,
      ...(compiled.unit === undefined ? {} : { unit: compiled.unit }),
      ...(compiled.rdtGroup === undefined ? {} : { rdtGroup: compiled.rdtGroup }),
      ...(bundle.rootMount === undefined ? {} : { layered: true }),
      warnings: [...bundle.warnings, ...compiled.warnings],
      poststop: (config.hooks?.poststop ?? []).length > 0,
    },
    text: bundle.text,
    encoded: encodePlan(compiled.plan, { timings: options.timings === true }),
    source: () => Promise.resolve({ config, compiled }),
  };
}

/** The plan of a container, and what it was made of. Changes nothing on the host. */
export function planContainer(context: RuntimeContext, bundle: Bundle, options: CreateOptions, look: HostLook = HOST_LOOK): Compiled {
  const { config, rootMount, making = {} } = bundle;
  const { wiring: _wiring, within: _within, ...asked } = options;
  const facts = context.facts();
  checkConsole(config.process, options);
  const profile = config.linux?.seccomp;
  const seccomp =
    profile === undefined ? {} : { seccomp: { profile, program: cachedProgram(profile, facts.arch, { dir: context.cacheDir }) } };
  return compileCreate({
    ...asked,
    ...networkRequest(options),
    config,
    bundle: bundle.path,
    rootfs: rootfsOf(bundle),
    ...(rootMount === undefined ? {} : { rootMount }),
    facts,
    stateDir: containerDir(context.root, options.id),
    firstPreserved: FIRST_EXTRA_FD,
    ...seccomp,
    ...probeMounts(config, { rootfs: rootfsOf(bundle), noPivot: options.noPivot, look }),
    ...readLinks(context, config.linux?.netDevices),
    clamp: context.clamp,
    ...(context.systemd === undefined ? {} : { cgroupPlanner: context.systemd.planCgroup }),
    sourceKind: (path) => making[path] ?? look.sourceKind(path),
    delegateFiles: readDelegateFiles,
    schemataOf: readSchemata,
  });
}

/** runc's rules: a terminal that nobody here serves needs a socket to go to, and a socket needs a terminal. */
export function checkConsole(process: Process | undefined, { console, keeper }: Pick<CreateOptions, "console" | "keeper">): void {
  const terminal = process?.terminal === true;
  if (terminal && console === undefined) {
    throw new TeuError(
      "invalid",
      `process.terminal: a terminal without --console-socket has nowhere to go${keeper === "monitor" ? "" : " when nobody stays"}`,
    );
  }
  if (!terminal && console?.kind === "socket") throw new TeuError("invalid", "--console-socket is given, but process.terminal is not set");
}
