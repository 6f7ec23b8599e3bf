// Containers whose launcher, or whose own process, is killed at one op of the plan.

import { op, type Plan, type Section } from "../../src/kernel/plan/plan.ts";
import { readCgroupFacts } from "../../src/kernel/probe/cgroup-read.ts";
import { readHostFacts } from "../../src/kernel/probe/facts.ts";
import type { RuntimeContext } from "../../src/kernel/state/context.ts";
import { executable } from "../support/executables.ts";
import { describeLeftovers, leftovers } from "../support/leftovers.ts";
import type { TestRoots } from "../support/roots.ts";

const SIGKILL = 9;

/** The kernel layer's context with the roots of a test. */
export function contextOf(roots: TestRoots): RuntimeContext {
  const facts = readHostFacts({ cgroup: readCgroupFacts });
  return {
    root: roots.root,
    launcher: executable("teu-launcher"),
    cacheDir: roots.path("cache"),
    build: "test",
    clamp: false,
    facts: () => facts,
    now: () => new Date(),
    warn: () => {},
  };
}

/** The plan with a SIGKILL of the process that runs section `section`, right before that section's op number `at`. */
export function killedAt<C extends { readonly plan: Plan }>(
  plan: C,
  { section, at }: { readonly section: number; readonly at: number },
): C {
  const sections = plan.plan.sections.map((old, index): Section => {
    if (index !== section) return old;
    return { ...old, ops: [...old.ops.slice(0, at), op("raise", { signal: SIGKILL }, "fault test"), ...old.ops.slice(at)] };
  });
  return { ...plan, plan: { ...plan.plan, sections } };
}

/** What still bears the mark of a test after a moment: the exit of a killed process is seen by others a little later. */
export async function lasting(roots: TestRoots): Promise<readonly string[]> {
  for (let tries = 0; ; tries += 1) {
    const left = describeLeftovers(leftovers(roots.mark));
    if (left.length === 0 || tries === 40) return left;
    await Bun.sleep(tries < 10 ? 2 : 25);
  }
}
