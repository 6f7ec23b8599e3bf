import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync } from "node:fs";
import { isOpen } from "./executables.ts";
import { requires } from "./requires.ts";
import { withRoots } from "./roots.ts";
import { teu, teuRuntime } from "./teu.ts";
import { tester } from "./user.ts";

describe("a folder's reach", () => {
  test("ends where a folder above it is closed", () =>
    withRoots(async (roots) => {
      const inner = roots.path("closed", "inner");
      mkdirSync(inner, { recursive: true });
      expect(isOpen(inner)).toBe(true);
      chmodSync(roots.path("closed"), 0o700);
      expect(isOpen(inner)).toBe(false);
    }));
});

describe("the built program", () => {
  test("runs, and so does the runtime by its own name", async () => {
    expect((await teu(["version"])).status).toBe(0);
    expect((await teuRuntime(["--version"])).stdout).toStartWith("teu-runtime version ");
  });
  requires("tester").test("runs as an ordinary user", async () => {
    const user = tester();
    await withRoots(async (roots) => expect(await teu(["version"], { user, roots })).toMatchObject({ status: 0, stderr: "" }), {
      owner: user,
    });
  });
});
