// A test's own engine: data and run directories below /tmp that no other engine on the machine knows, gone when the test ends.
import { chownSync, mkdirSync, mkdtempSync } from "node:fs";
import { basename, join } from "node:path";
import { describeLeftovers, leftovers, sweep } from "./leftovers.ts";
import { newMark } from "./mark.ts";
import type { Account } from "./user.ts";

export interface TestRoots {
  /** Stands in every name below; container ids of the test begin with it (`id`). */
  readonly mark: string;
  /** The directory that holds everything of this test. */
  readonly directory: string;
  /** For `--root`. */
  readonly root: string;
  /** For `--run-root`. */
  readonly runRoot: string;
  /** A container id (and cgroup name) that the sweep finds. */
  id(name: string): string;
  /** A path in the test's directory. */
  path(...parts: readonly string[]): string;
}

export interface RootsOptions {
  /** Whose the directories are; the caller's own by default. */
  readonly owner?: Account;
  /** `refuse` (default): a test that passes but left a process, mount or cgroup behind fails; `sweep`: just removed. */
  readonly leftovers?: "refuse" | "sweep";
}

function makeRoots(owner: Account | undefined): TestRoots {
  const directory = mkdtempSync(`/tmp/${newMark()}-`);
  const mark = basename(directory);
  const roots: TestRoots = {
    mark,
    directory,
    root: join(directory, "root"),
    runRoot: join(directory, "run"),
    id: (name) => `${mark}-${name}`,
    path: (...parts) => join(directory, ...parts),
  };
  for (const path of [roots.root, roots.runRoot]) mkdirSync(path, { mode: 0o700 });
  if (owner !== undefined) for (const path of [directory, roots.root, roots.runRoot]) chownSync(path, owner.uid, owner.gid);
  return roots;
}

/**
 * Runs a test's body with roots of its own and removes everything that bears their mark, however the body ends.
 * @throws Error when the body passed and left something behind (see `RootsOptions.leftovers`).
 */
export async function withRoots<T>(body: (roots: TestRoots) => Promise<T>, options: RootsOptions = {}): Promise<T> {
  const roots = makeRoots(options.owner);
  try {
    const result = await body(roots);
    if (options.leftovers !== "sweep") {
      // The exit of a killed process is seen by others a moment after its parent has seen it.
      for (let tries = 0; tries < 10 && describeLeftovers(leftovers(roots.mark)).length > 0; tries += 1) await Bun.sleep(50);
      const left = describeLeftovers(leftovers(roots.mark));
      if (left.length > 0) throw new Error(`left behind:\n  ${left.join("\n  ")}`);
    }
    return result;
  } finally {
    await sweep(roots.mark, roots.directory);
  }
}
