// `teu` on the images of the pool: a registry that has them, archives of them, and commands that are run, or killed.
import { writeFileSync } from "node:fs";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { type TestRoots, withRoots } from "../../support/roots.ts";
import { type Outcome, type RunOptions, run, start } from "../../support/run.ts";
import { reachable, rootsEnvironment } from "../../support/teu.ts";
import type { Account } from "../../support/user.ts";
import { makePool, ociArchive, type PoolImage, publish } from "./pool.ts";

export interface Fleet {
  readonly roots: TestRoots;
  readonly registry: TestRegistry;
  readonly pool: readonly PoolImage[];
  /** The whole name of an image of the pool in the registry. */
  nameOf(image: PoolImage): string;
  /** Path of its archive, in which it has that name. */
  archiveOf(image: PoolImage): string;
  /** Runs a command of `teu` to its end. */
  teu(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Runs it and kills it after so many milliseconds, unless it ends before. @returns its status, 137 when it was killed */
  teuKilled(args: readonly string[], after: number, options?: RunOptions): Promise<Outcome>;
}

export async function withFleet(body: (fleet: Fleet) => Promise<void>, owner?: Account): Promise<void> {
  await using registry = await startRegistry();
  const pool = makePool();
  for (const image of pool) await publish(registry.url, image);
  const program = await reachable("teu");
  await withRoots(
    async (roots) => {
      const nameOf = ({ name }: PoolImage) => `${registry.host}/${name}:1`;
      const archiveOf = ({ name }: PoolImage) => roots.path(`${name.replace("/", "-")}.tar`);
      for (const image of pool) writeFileSync(archiveOf(image), ociArchive(image, nameOf(image)));
      const as = (options: RunOptions = {}): RunOptions => ({
        ...(owner === undefined ? {} : { user: owner }),
        roots,
        ...options,
        env: { ...rootsEnvironment(roots, owner), ...options.env },
      });
      await body({
        roots,
        registry,
        pool,
        nameOf,
        archiveOf,
        teu: (args, options) => run([program, ...args], as(options)),
        async teuKilled(args, after, options) {
          const running = start([program, ...args], as(options));
          running.endInput();
          const killer = setTimeout(() => running.kill("SIGKILL"), after);
          try {
            const status = await running.exited;
            return { status, stdout: running.stdout(), stderr: running.stderr() };
          } finally {
            clearTimeout(killer);
            running.dispose();
          }
        },
      });
    },
    owner === undefined ? {} : { owner },
  );
}
