// Hooks (runtime-spec config.md, "POSIX-platform Hooks"): `run` ops with the container's state on stdin.
import type { Hook, HookKind, RuntimeConfig } from "../../spec/runtime/config.ts";
import { type Op, op, type Piece, type Register } from "../plan/plan.ts";

export interface HookContext {
  readonly id: string;
  readonly bundle: string;
  /** Register with the pid of the container's process, in the pid namespace that the hook runs in. */
  readonly pid: Register;
}

/** The status that the state on stdin shows to each kind of hook (runtime-spec runtime.md, "Lifecycle"). */
const STATUS: Readonly<Record<HookKind, string>> = {
  prestart: "creating",
  createRuntime: "creating",
  createContainer: "creating",
  startContainer: "created",
  poststart: "running",
  poststop: "stopped",
};

/** The ops of one kind of hook, in the order listed; `optional` kinds only warn. */
export function hookOps(config: RuntimeConfig, kind: HookKind, context: HookContext): Op[] {
  const hooks = config.hooks?.[kind] ?? [];
  if (hooks.length === 0) return [];
  const stdin = statePieces(config, kind, context);
  return hooks.map((hook, index) =>
    op(
      "run",
      { path: hook.path, argv: hook.args ?? [hook.path], env: hook.env ?? [], stdin, timeout: hookTimeout(hook), hole: -1, pid: undefined },
      { from: `hooks.${kind}[${index}]`, subject: hook.path },
    ),
  );
}

function hookTimeout(hook: Hook): number {
  return hook.timeout === undefined ? 0 : hook.timeout * 1000;
}

function statePieces(config: RuntimeConfig, kind: HookKind, context: HookContext): Piece[] {
  const state = hookState(config, { id: context.id, bundle: context.bundle, status: STATUS[kind] });
  const { pid: hole, ...rest } = { pid: 0, ...state };
  const text = JSON.stringify({ ...rest, pid: hole });
  return [text.slice(0, -"0}".length), { decimal: context.pid }, "}"];
}

/** The state document (runtime.md, "State") that hooks read, without a pid. */
export function hookState(config: RuntimeConfig, state: { readonly id: string; readonly bundle: string; readonly status: string }) {
  return { ociVersion: config.ociVersion, ...state, annotations: config.annotations ?? {} };
}
