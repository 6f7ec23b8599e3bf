// Use case `run`: a program in a new container, on an image, on a directory as root file system, or on the embedded image.
import { plainUser } from "../containers/config/accounts.ts";
import type { Compiled } from "../kernel/compile/request.ts";
import { FIRST_EXTRA_FD, type Launched } from "../kernel/launch/launcher.ts";
import type { CreateOptions } from "../kernel/state/create-options.ts";
import type { Prepared } from "../kernel/state/prepared.ts";
import { runContainer } from "../kernel/state/run.ts";
import type { Engine } from "./engine.ts";
import type { RunRequest } from "./run-request.ts";

/** The plan that `run` would carry out. Touches nothing. */
export async function explainRun(engine: Engine, request: RunRequest): Promise<Compiled> {
  const [{ planContainer }, { bundleOf }] = await Promise.all([import("../kernel/state/prepare.ts"), import("./run-bundle.ts")]);
  return planContainer(engine.runtime, await bundleOf(engine, request, request.id), createOptions(request, request.id));
}

/**
 * Runs a container to its end, or until `attend` lets go of it.
 * @returns the exit status of its program.
 */
export function run(engine: Engine, request: RunRequest, attend: (launched: Launched, prepared: Prepared) => void): Promise<number> {
  const { id, image, remove, onExit } = request;
  return runContainer(
    engine.runtime,
    {
      id,
      key: keyOf(engine, request),
      bundle: async (wanted) => (await import("./run-bundle.ts")).bundleOf(engine, request, wanted),
      options: (wanted) => createOptions(request, wanted),
      ...(image === undefined ? {} : { make: async () => (await import("./make-container.ts")).makeContainer(engine, request, image) }),
    },
    { keep: !remove || onExit.length > 0, attend },
  );
}

/** All that decides the plan, but the id. Limits are clamped to those of this process, and the accounts of a directory may change. */
function keyOf(engine: Engine, { container, seccomp, user, image, remove }: RunRequest): readonly string[] | undefined {
  if (container.rlimits.length > 0) return undefined;
  const cgroup = engine.cgroupParent;
  if (image === undefined) return plainUser(user) === undefined ? undefined : [JSON.stringify({ container, seccomp, user, cgroup })];
  const { layers, volumes, copied } = image;
  return [JSON.stringify({ container, seccomp, user, layers, volumes, copied, remove, cgroup, root: engine.root })];
}

function createOptions({ container, interactive, timings, onExit }: RunRequest, id: string): CreateOptions {
  const terminal = container.terminal;
  return {
    id,
    keeper: "monitor",
    monitor: { onExit: onExit.length === 0 ? [] : [...onExit, id], ...(terminal ? { clientFd: FIRST_EXTRA_FD } : {}) },
    ...(terminal ? { console: { kind: "monitor" } } : {}),
    preserveFds: 0,
    noPivot: false,
    noNewKeyring: false,
    stdio: [interactive && !terminal ? "inherit" : "ignore", "inherit", "inherit"],
    timings,
  };
}
