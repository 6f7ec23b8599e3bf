// SIGKILL at every op of a plan, and of the command at every moment: `delete --force` then cleans all. Needs root.
import { expect } from "bun:test";
import { closeSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { launch } from "../../src/kernel/launch/launcher.ts";
import { encodePlan } from "../../src/kernel/plan/encode.ts";
import { parseBundle } from "../../src/kernel/state/bundle.ts";
import { readBundleText } from "../../src/kernel/state/bundle-text.ts";
import { createContainer } from "../../src/kernel/state/create.ts";
import type { CreateOptions } from "../../src/kernel/state/create-options.ts";
import { deleteContainer } from "../../src/kernel/state/delete.ts";
import { openInit } from "../../src/kernel/state/exec.ts";
import { planExec } from "../../src/kernel/state/exec-plan.ts";
import { launchContainer } from "../../src/kernel/state/launch-container.ts";
import { prepare } from "../../src/kernel/state/prepare.ts";
import { findContainer } from "../../src/kernel/state/query.ts";
import { bundle } from "../support/bundle.ts";
import { executable } from "../support/executables.ts";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { run } from "../support/run.ts";
import { lastingLinks, pairWiring, WIRED, type WiredHost } from "../support/wired.ts";
import { contextOf, killedAt, lasting } from "./plan-killed.ts";

const { describe, test } = requires("root", "busybox");

const TIMEOUT_MS = 120_000;

/** A container with all that a plan can have: a process in between (time offsets), a user namespace, limits, a hook, an idmapped mount. */
async function fullBundle(roots: TestRoots, name: string): Promise<string> {
  const maps = {
    uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
    gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
  };
  const namespaces = ["pid", "network", "ipc", "uts", "mount", "cgroup", "user", "time"] as const;
  return bundle({
    roots,
    name,
    args: ["sleep", "1000"],
    linux: {
      ...maps,
      namespaces: namespaces.map((type) => ({ type })),
      timeOffsets: { boottime: { secs: 5 } },
      resources: { pids: { limit: 50 } },
    },
    tweak: (config) => ({
      ...config,
      hooks: { createRuntime: [{ path: "/bin/true" }] },
      mounts: [...(config.mounts ?? []), { destination: "/tmp", type: "bind", source: roots.directory, options: ["bind", "idmap"] }],
    }),
  });
}

const plainBundle = (roots: TestRoots, name: string) => bundle({ roots, name, args: ["sleep", "1000"] });

/** A container with a user namespace, which may lie in one that a process holds. */
const mappedBundle = (roots: TestRoots, name: string) => {
  const maps = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const types = ["pid", "network", "ipc", "uts", "mount", "user"] as const;
  const linux = { uidMappings: maps, gidMappings: maps, namespaces: types.map((type) => ({ type })) };
  return bundle({ roots, name, args: ["sleep", "1000"], linux });
};

const HELD_PORT = { protocol: "tcp", address: new Uint8Array(4), port: 8080, subject: "port 0.0.0.0:8080/tcp" } as const;

/** The host of a container that no network is for. */
const unconnected: typeof WIRED.named = (roots, _wiring, run) => run({ context: contextOf(roots), options: {}, enter: (argv) => argv });

const BUNDLES = [
  { name: "a plain container", make: plainBundle, within: unconnected },
  { name: "a container with namespaces of every kind", make: fullBundle, within: unconnected },
  { name: "a container that is connected to a network", make: plainBundle, within: WIRED.named },
  { name: "a container that is connected to a user's network", make: mappedBundle, within: WIRED.held },
];

const optionsFor = (id: string, keeper: "create" | "detach"): CreateOptions => ({
  id,
  keeper,
  preserveFds: 0,
  noPivot: false,
  noNewKeyring: false,
  stdio: ["ignore", "ignore", "ignore"],
});

/** Kills at each op in turn; gives what was left at the first op that left something, which should be none. */
async function killAtEveryOp(
  roots: TestRoots,
  directory: string,
  wanted: { readonly host: WiredHost; readonly section: "host" | "others"; readonly keeper: "create" | "detach" },
) {
  const { context } = wanted.host;
  const read = parseBundle(readBundleText(directory));
  const options = { ...optionsFor(roots.id("bundle"), wanted.keeper), ...wanted.host.options };
  const prepared = prepare(context, read, options);
  const { compiled: plan } = await prepared.source();
  await createContainer(context, read, options); // as it is, it works
  await deleteContainer(context, options.id, { force: true });
  for (const [section, { name, ops }] of plan.plan.sections.entries()) {
    if ((wanted.section === "host") !== (section === 0)) continue;
    for (let at = 0; at <= ops.length; at += 1) {
      const { launched, dir } = await launchContainer(
        context,
        { ...prepared, encoded: encodePlan(killedAt(plan, { section, at }).plan) },
        options,
      );
      await launched.ended;
      await deleteContainer(context, options.id, { force: true });
      const left = [...(await lasting(roots)), ...(await lastingLinks(wanted.host))];
      if (existsSync(dir) || left.length > 0) return [`${name} op ${at} (${ops[at]?.name ?? "end"}): ${left.join(", ")}`];
    }
  }
  return [];
}

for (const { name, make, within } of BUNDLES) {
  const killed = (wanted: { readonly section: "host" | "others"; readonly keeper: "create" | "detach" }) =>
    withRoots((roots) =>
      within(roots, pairWiring({ hold: within === WIRED.named ? [HELD_PORT] : [] }), async (host) =>
        expect(await killAtEveryOp(roots, await make(roots, "bundle"), { ...wanted, host })).toEqual([]),
      ),
    );

  describe(name, () => {
    test("leaves nothing when its launcher is killed at any op of create", () => killed({ section: "host", keeper: "create" }), TIMEOUT_MS);

    test("leaves nothing when one of its processes is killed at any op", () => killed({ section: "others", keeper: "detach" }), TIMEOUT_MS);
  });
}

test(
  "an exec that is killed at any op, in any of its processes, leaves a container that can be deleted",
  () =>
    withRoots(async (roots) => {
      const context = contextOf(roots);
      const options = optionsFor(roots.id("bundle"), "detach");
      await createContainer(context, parseBundle(readBundleText(await fullBundle(roots, "bundle"))), options);
      const found = findContainer(context, options.id);
      const plan = planExec(context, found, {
        ...options,
        keeper: "detach",
        process: () => ({ cwd: "/", args: ["sleep", "1000"], env: ["PATH=/bin"] }),
        cgroups: [],
        ignorePaused: false,
      });
      for (const [section, { ops }] of plan.plan.sections.entries()) {
        for (let at = 0; at <= ops.length; at += 1) {
          const initFd = openInit(found);
          const { ended } = launch(encodePlan(killedAt(plan, { section, at }).plan), {
            launcher: context.launcher,
            dir: roots.directory,
            extra: [initFd],
            stdio: ["ignore", "ignore", "ignore"],
          });
          await ended;
          closeSync(initFd);
        }
      }
      expect(findContainer(context, options.id).status.status).toBe("running");
      await deleteContainer(context, options.id, { force: true });
      expect(await lasting(roots)).toEqual([]);
    }),
  TIMEOUT_MS,
);

describe("a command that is killed", () => {
  /** Milliseconds after its start; a create takes about fifteen. */
  const MOMENTS = Array.from({ length: 30 }, (_, index) => index);

  for (const verb of [["create"], ["run"], ["run", "--detach"]]) {
    test(
      `leaves nothing that delete --force does not clean: ${verb.join(" ")}`,
      () =>
        withRoots(async (roots) => {
          const directory = await plainBundle(roots, "bundle");
          const id = roots.id("bundle");
          const rt = [executable("teu-runtime"), "--root", roots.root];
          for (const moment of MOMENTS) {
            const child = Bun.spawn([...rt, ...verb, "--bundle", directory, id], { stdio: ["ignore", "ignore", "ignore"] });
            await Bun.sleep(moment);
            child.kill("SIGKILL");
            await child.exited;
            const { status, stderr } = await run([...rt, "delete", "--force", id]);
            expect([moment, status, stderr]).toEqual([moment, 0, ""]);
            expect([moment, ...(await lasting(roots))]).toEqual([moment]);
            expect(readdirSync(roots.root)).toEqual([]);
          }
        }),
      TIMEOUT_MS,
    );
  }

  test("in the midst of an exec leaves a container that can be deleted", () =>
    withRoots(async (roots) => {
      const directory = await plainBundle(roots, "bundle");
      const id = roots.id("bundle");
      const rt = [executable("teu-runtime"), "--root", roots.root];
      expect((await run([...rt, "run", "--detach", "--bundle", directory, id])).status).toBe(0);
      for (let moment = 0; moment < 20; moment += 1) {
        const child = Bun.spawn([...rt, "exec", id, "sleep", "1000"], { stdio: ["ignore", "ignore", "ignore"] });
        await Bun.sleep(moment);
        child.kill("SIGKILL");
        await child.exited;
      }
      expect((await run([...rt, "delete", "--force", id])).status).toBe(0);
      expect(await lasting(roots)).toEqual([]);
      expect(existsSync(join(roots.root, id))).toBe(false);
    }));
});
