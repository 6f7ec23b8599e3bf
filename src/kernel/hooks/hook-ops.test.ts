import { describe, expect, test } from "bun:test";
import type { Hook, HookKind, RuntimeConfig } from "../../spec/runtime/config.ts";
import { HOOK_KINDS } from "../../spec/runtime/names.ts";
import type { Op, Register } from "../plan/plan.ts";
import { hookOps, hookState } from "./hook-ops.ts";

const register = 4 as Register;
const context = { id: "box", bundle: "/bundle", pid: { decimal: register } };

function config(hooks: Partial<Record<HookKind, readonly Hook[]>>, annotations?: Record<string, string>): RuntimeConfig {
  return { ociVersion: "1.3.0", root: { path: "rootfs" }, hooks, ...(annotations === undefined ? {} : { annotations }) };
}

/** The text on a hook's stdin, with 77 for the pid that is known only when it runs. */
function stdin(op: Op | undefined): string {
  const pieces = op?.args.stdin;
  if (!Array.isArray(pieces)) return "";
  return pieces.map((piece: unknown) => (typeof piece === "string" ? piece : "77")).join("");
}

describe("a hook", () => {
  test("runs its path with its own arguments and environment, and nothing of ours", () => {
    const [op] = hookOps(config({ prestart: [{ path: "/h", args: ["name", "a"], env: ["K=v"] }] }), "prestart", context);
    expect(op).toMatchObject({
      name: "run",
      args: { path: "/h", argv: ["name", "a"], env: ["K=v"], timeout: 0, hole: -1 },
      from: "hooks.prestart[0]",
      subject: "/h",
    });
  });

  test("without arguments has its path as the only one, and no environment", () => {
    const [op] = hookOps(config({ prestart: [{ path: "/h" }] }), "prestart", context);
    expect(op?.args).toMatchObject({ argv: ["/h"], env: [] });
  });

  test("has its timeout in milliseconds", () => {
    expect(hookOps(config({ poststart: [{ path: "/h", timeout: 3 }] }), "poststart", context)[0]?.args.timeout).toBe(3000);
  });

  test("comes in the order listed, each named by its place", () => {
    const ops = hookOps(config({ createRuntime: [{ path: "/a" }, { path: "/b" }], poststop: [{ path: "/c" }] }), "createRuntime", context);
    expect(ops.map(({ from, subject }) => `${from} ${subject}`)).toEqual(["hooks.createRuntime[0] /a", "hooks.createRuntime[1] /b"]);
  });

  test("of a kind that the configuration has not is none", () => {
    expect(hookOps(config({}), "prestart", context)).toEqual([]);
    expect(hookOps({ ociVersion: "1.3.0", root: { path: "r" } }, "prestart", context)).toEqual([]);
  });
});

describe("the state on stdin", () => {
  const hooks = Object.fromEntries(HOOK_KINDS.map((kind) => [kind, [{ path: "/h" }]]));

  // biome-ignore format: table
  const STATUS: Readonly<Record<HookKind, string>> = {
    prestart: "created", createRuntime: "created", createContainer: "created", startContainer: "created", poststart: "running", poststop: "stopped",
  };
  for (const kind of HOOK_KINDS) {
    test(`of ${kind} says ${STATUS[kind]}, and the pid of when it runs`, () => {
      const [op] = hookOps(config(hooks), kind, context);
      expect(JSON.parse(stdin(op))).toEqual({
        ociVersion: "1.3.0",
        id: "box",
        bundle: "/bundle",
        status: STATUS[kind],
        annotations: {},
        pid: 77,
      });
      expect(op?.args.stdin).toContainEqual({ decimal: register });
    });
  }

  test("is JSON whatever the annotations and names hold", () => {
    const annotations = { 'a"b': "}\n\\", "": "ö" };
    const [op] = hookOps(config(hooks, annotations), "prestart", { ...context, id: 'x"', bundle: "/ö}" });
    expect(JSON.parse(stdin(op))).toMatchObject({ annotations, id: 'x"', bundle: "/ö}" });
  });

  test("is the same document without a pid", () => {
    expect(hookState(config({}, { k: "v" }), { id: "a", bundle: "/b", status: "stopped" })).toEqual({
      ociVersion: "1.3.0",
      id: "a",
      bundle: "/b",
      status: "stopped",
      annotations: { k: "v" },
    });
  });
});
