// One command killed at its first, second, third … system call of a kind, by strace(1): the moments that random kills seldom hit, such as
// between a rename and the row that tells of it.
import { expect } from "bun:test";
import { rmSync } from "node:fs";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { storeAt } from "./fixtures/images.ts";
import { commandOf, expectEmptyAfterPrune, finish, promised, start } from "./fixtures/processes.ts";

const { test } = requires("strace");

/** Each kind, and at every how manieth call to kill. */
const CALLS: readonly (readonly [call: string, step: number])[] = [
  ["rename", 2],
  ["fsync", 4],
  ["unlink", 2],
  ["rmdir,unlinkat", 2],
  ["pwrite64", 60],
];

for (const [call, step] of CALLS) {
  test(
    `a command killed at ${call} leaves a sound store, and the same command then succeeds`,
    () =>
      withRoots(async ({ root }) => {
        for (let at = 1; ; at += step) {
          rmSync(root, { recursive: true, force: true });
          const inject = ["-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${call}:signal=KILL:when=${at}`];
          const child = Bun.spawnSync(["strace", ...inject, ...commandOf("cycle.ts", root)]);
          const output = child.stdout.toString();
          if (output.includes("done")) return expect(at).toBeGreaterThan(step);

          const store = storeAt(root);
          expect({ at, problems: (await store.check()).problems }).toEqual({ at, problems: [] });
          const lost = [...promised(output)].filter((name) => store.names.find(name) === undefined);
          expect({ at, lost }).toEqual({ at, lost: [] });
          await finish(start("cycle.ts", root));
          await expectEmptyAfterPrune(store, root);
          store.close();
        }
      }),
    120_000,
  );
}
