// What tests of a container's life use: containers with a restart policy, how they fare, and who looks after them.
import { Database } from "bun:sqlite";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { healthOf } from "../../src/containers/health/rows.ts";
import { HEALTH_AT_START, type Health } from "../../src/containers/health/verdict.ts";
import type { Cli } from "../cli/callers.ts";

export interface LifeTool {
  /** The container's name, which bears the mark of the test. */
  name(short: string): string;
  /** Makes one of a busybox that runs a shell's words. */
  make(short: string, restart: string, words: string): Promise<void>;
  /** Runs `teu`, which must not fail; its output. */
  ok(...args: readonly string[]): Promise<string>;
  /** `Up 3 seconds (healthy)`. */
  state(short: string): Promise<string>;
  /** How often it was started. */
  starts(short: string): number;
  /** The actions of its events, in order. */
  events(short: string): string[];
  /** What its health checks have found, as it is stored. */
  health(short: string): Health;
  /** When its next duty is due. */
  due(short: string): number | undefined;
  /** Of its first process. */
  pid(short: string): number;
  /** Processes of ours that wait for duties. */
  supervisors(): number[];
}

export function lifeTool(cli: Cli): LifeTool {
  const { roots } = cli;
  const ok = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await cli.teu(args);
    if (status !== 0) throw new Error(`teu ${args.join(" ")}: exit status ${status}: ${stderr}`);
    return stdout.trim();
  };
  const row = (short: string) => {
    using db = new Database(join(roots.root, "state.db"), { readonly: true });
    db.run("PRAGMA busy_timeout = 10000");
    const found = db.query<{ id: string; run: number }, [string]>("SELECT id, run FROM containers WHERE name = ?").get(roots.id(short));
    if (found === null) throw new Error(`no container ${short}`);
    const events = db.query<{ action: string }, [string]>("SELECT action FROM events WHERE actor = ? ORDER BY id").all(found.id);
    const due =
      db.query<{ due: number }, [string]>("SELECT min(due) AS due FROM duties WHERE container = ?").get(found.id)?.due ?? undefined;
    return { ...found, events: events.map(({ action }) => action), health: healthOf(db, found.id, found.run), due };
  };
  return {
    name: (short) => roots.id(short),
    async make(short, restart, words) {
      await ok("create", "--name", roots.id(short), "--rootfs", cli.rootfs, "sh", "-c", words);
      await ok("update", "--restart", restart, roots.id(short));
    },
    ok,
    async state(short) {
      const lines = (await ok("ps", "-a", "--no-trunc", "--format", "{{.Names}}\t{{.Status}}")).split("\n");
      return lines.find((line) => line.startsWith(`${roots.id(short)}\t`))?.split("\t")[1] ?? "";
    },
    starts: (short) => row(short).run,
    events: (short) => row(short).events,
    health: (short) => row(short).health ?? HEALTH_AT_START,
    due: (short) => row(short).due,
    pid: (short) => Number(readFileSync(join(roots.runRoot, "containers", row(short).id, "pid"), "utf8")),
    supervisors: () => pidsWith((words) => words.includes("supervise") && words.includes(roots.root)),
  };
}

/** Processes whose command line is such. */
export function pidsWith(fits: (words: readonly string[]) => boolean): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, "latin1").split("\0");
        return fits(words) ? [Number(name)] : [];
      } catch {
        return []; // it has just ended
      }
    });
}
