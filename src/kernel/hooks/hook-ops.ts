// Hooks (runtime-spec config.md, "POSIX-platform Hooks"): `run` ops with the container's state on stdin.
import type { Hook, HookKind, RuntimeConfig } from "../../spec/runtime/config.ts";
import { type Op, op, type Piece } from "../plan/plan.ts";

export interface HookContext {
  readonly id: string;
  readonly bundle: string;
  /** The pid of the container's process as the hook's pid namespace counts it: in decimal, or the register that will hold it. */
  readonly pid: Piece;
}

/**
 * The status that the state on stdin shows to each kind of hook. runtime.md, "State": `creating` is step 2 of the life cycle, hooks begin at
 * step 3.
 */
const STATUS: Readonly<Record<HookKind, string>> = {
  prestart: "created",
  createRuntime: "created",
  createContainer: "created",
  startContainer: "created",
  poststart: "running",
  poststop: "stopped",
};

/** The ops of one kind of hook, in the order listed. */
export function hookOps(config: RuntimeConfig, kind: HookKind, context: HookContext): Op[] {
  const hooks = config.hooks?.[kind] ?? [];
  if (hooks.length === 0) return [];
  const stdin = statePieces(config, kind, context);
  return hooks.map((hook, index) =>
    op(
      "run",
      { path: hook.path, argv: hook.args ?? [hook.path], env: hook.env ?? [], stdin, timeout: hookTimeout(hook), hole: -1, pid: undefined },
      { from: `hooks.${kind}[${index}]`, subject: hook.path, ...(isFatal(kind, config.ociVersion) ? {} : { optional: true }) },
    ),
  );
}

/**
 * Whether a hook that fails ends the container (runtime.md, "Lifecycle"). Never poststop; poststart since version 1.3 of the specification:
 * before, a warning was to be all, so a configuration gets the rule of the version that it was written for.
 */
function isFatal(kind: HookKind, ociVersion: string): boolean {
  if (kind === "poststop") return false;
  if (kind !== "poststart") return true;
  const [major = 0, minor = 0] = ociVersion.split(".").map(Number);
  return major > 1 || (major === 1 && minor >= 3);
}

function hookTimeout(hook: Hook): number {
  return hook.timeout === undefined ? 0 : hook.timeout * 1000;
}

function statePieces(config: RuntimeConfig, kind: HookKind, { id, bundle, pid }: HookContext): Piece[] {
  const state = JSON.stringify(hookState(config, { id, bundle, status: STATUS[kind] }));
  return [`${state.slice(0, -1)},"pid":`, pid, "}"];
}

/** The state document (runtime.md, "State") that hooks read, without a pid. */
export function hookState(config: RuntimeConfig, state: { readonly id: string; readonly bundle: string; readonly status: string }) {
  return { ociVersion: config.ociVersion, ...state, annotations: config.annotations ?? {} };
}
