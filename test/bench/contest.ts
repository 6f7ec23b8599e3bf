// A contest: several contenders at one task, measured in turns (A B C A B C), so that a drift of the machine meets them alike.
import { type Summary, summarize } from "./statistics.ts";

export interface Contender {
  readonly name: string;
  /** One measurement, in the contest's unit. */
  readonly sample: () => Promise<number>;
  /** Why it cannot take part. */
  readonly missing?: string | undefined;
}

export interface Contest {
  readonly title: string;
  readonly unit: "ms" | "KiB";
  readonly rounds: number;
  readonly contenders: readonly Contender[];
  /** Names of the contenders that the others are set against. */
  readonly against: readonly string[];
}

export interface Row {
  readonly name: string;
  readonly summary?: Summary;
  /** Why there is no summary. */
  readonly missing?: string;
}

export interface Result extends Pick<Contest, "title" | "unit" | "against"> {
  readonly rows: readonly Row[];
}

export interface HoldOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds of rest before each sample. */
  readonly restMs?: number;
}

const firstLine = (error: unknown) => (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ").slice(0, 200);

/**
 * Rest before each sample. The kernel keeps state for a while that the next contender would profit from: a cgroup v1
 * migration first waits for an RCU grace period of some 8 ms (cgroup_threadgroup_rwsem), but not right after another one.
 */
const REST_MS = 50;

/**
 * Runs a contest; the first turn of each contender warms caches and is not counted. A contender that fails is out, with its reason.
 * @throws the reason of `signal`, between two samples, so that what the cases keep is ended in order.
 */
export async function hold(contest: Contest, { signal, restMs = REST_MS }: HoldOptions = {}): Promise<Result> {
  const samples = new Map<string, number[]>();
  const out = new Map<string, string>();
  for (const { name, missing } of contest.contenders) {
    samples.set(name, []);
    if (missing !== undefined) out.set(name, missing);
  }
  for (let round = -1; round < contest.rounds; round++) {
    for (const { name, sample } of contest.contenders) {
      signal?.throwIfAborted();
      if (out.has(name)) continue;
      await Bun.sleep(restMs);
      try {
        const value = await sample();
        if (round >= 0) samples.get(name)?.push(value);
      } catch (error) {
        out.set(name, firstLine(error));
      }
    }
  }
  const rows = contest.contenders.map(({ name }): Row => {
    const missing = out.get(name);
    return missing === undefined ? { name, summary: summarize(samples.get(name) ?? []) } : { name, missing };
  });
  return { title: contest.title, unit: contest.unit, against: contest.against, rows };
}
