// Makes the kernel layer's context from global flags and environment.
import { lstatSync, mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { readCgroupFacts } from "../../kernel/probe/cgroup-read.ts";
import { readHostFacts } from "../../kernel/probe/facts.ts";
import type { HostFacts } from "../../kernel/probe/host-facts.ts";
import type { RuntimeContext, SystemdDriver } from "../../kernel/state/context.ts";
import type { CliContext } from "../command.ts";

/**
 * Where running state lies: `$TEU_RUN_ROOT`, else /run/teu, without root below `$XDG_RUNTIME_DIR` or, where a login gave none, /tmp.
 * @throws TeuError `denied` when somebody else made that directory in /tmp
 */
export function defaultRunRoot({ env }: CliContext): string {
  const uid = process.geteuid?.() ?? 0;
  if (env.TEU_RUN_ROOT !== undefined && env.TEU_RUN_ROOT !== "") return resolve(env.TEU_RUN_ROOT);
  if (uid === 0) return "/run/teu";
  return env.XDG_RUNTIME_DIR === undefined || env.XDG_RUNTIME_DIR === ""
    ? ownDirectory(`/tmp/teu-${uid}`, uid)
    : join(env.XDG_RUNTIME_DIR, "teu");
}

/** Anybody can make a directory in /tmp; what lies below ours is taken for our own: plans, filters, root file systems. */
function ownDirectory(path: string, uid: number): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const stats = lstatSync(path);
  if (stats.isDirectory() && stats.uid === uid && (stats.mode & 0o022) === 0) return path;
  throw new TeuError("denied", `use ${path} for running state: somebody else can write to it: set XDG_RUNTIME_DIR or TEU_RUN_ROOT`);
}

export interface RuntimeSettings {
  /** Directory of the containers' state; below the run root when not given. */
  readonly root: string | undefined;
  readonly runRoot: string;
  /** Given when systemd is to make the cgroups. */
  readonly systemd?: SystemdDriver;
  readonly clamp: boolean;
  warn(message: string): void;
}

export function runtimeContext(settings: RuntimeSettings, context: CliContext): RuntimeContext {
  let facts: HostFacts | undefined;
  return {
    root: settings.root ?? join(settings.runRoot, "containers"),
    launcher: join(context.home, "teu-launcher"),
    cacheDir: join(settings.runRoot, "cache"),
    build: buildOf(context.self),
    ...(settings.systemd === undefined ? {} : { systemd: settings.systemd }),
    clamp: settings.clamp,
    facts: () => {
      facts ??= readHostFacts({ cgroup: readCgroupFacts });
      return facts;
    },
    now: () => new Date(),
    warn: settings.warn,
  };
}

/** The executable as it lies there: a rebuilt one is another. */
function buildOf(executable: string): string {
  const { ino, size, mtimeMs } = statSync(executable);
  return `${ino}-${size}-${mtimeMs}`;
}
