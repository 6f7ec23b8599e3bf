// Runs small plans through the real launcher, for tests: the plan and the report are files, as in production.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ERRNO, type Errno } from "../../src/base/errno.ts";
import { encodePlan } from "../../src/kernel/plan/encode.ts";
import type { Op, Plan, Section } from "../../src/kernel/plan/plan.ts";
import { REPORT } from "../../src/kernel/plan/report.ts";

/** `TEU_TEST_LAUNCHER` names another one: launcher/test/run --launcher passes one that is built with sanitizers. */
export const LAUNCHER = process.env.TEU_TEST_LAUNCHER ?? new URL("../../bin/teu-launcher", import.meta.url).pathname;

const RECORD_SIZE = 16;
const KINDS = new Map<number, keyof typeof REPORT>(Object.entries(REPORT).map(([name, value]) => [value, name as keyof typeof REPORT]));
const ERRNOS = new Map<number, Errno>(Object.entries(ERRNO).map(([name, value]) => [value, name as Errno]));

export interface ReportRecord {
  readonly kind: keyof typeof REPORT | number;
  readonly op: number;
  readonly value: bigint;
}

export interface PlanResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly records: readonly ReportRecord[];
  /** `ENOENT at 3` of the `failed` record, when there is one. */
  readonly failure: string | undefined;
  /** Which message or entry of that op failed, from 1, where the report tells. */
  readonly item: number | undefined;
  /** The kernel's extended text. */
  readonly text: string;
}

export interface PlanOptions {
  readonly timings?: boolean;
  /** Descriptors for 5, 6, ... */
  readonly inherit?: readonly number[];
  readonly uid?: number;
  readonly input?: string;
  readonly launcher?: string;
  /** Where standard output goes instead of into the result. */
  readonly stdout?: number;
}

/** The sections of a plan from their ops: the first is the host's. */
export function planOf(...sections: readonly (readonly Op[])[]): Plan {
  return { sections: sections.map((ops, index): Section => ({ name: index === 0 ? "host" : "child", ops })), registers: [] };
}

/** Reads the records of a report. */
export function decodeReport(bytes: Uint8Array): ReportRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / RECORD_SIZE) }, (_, index) => {
    const kind = view.getUint32(index * RECORD_SIZE, true);
    return {
      kind: KINDS.get(kind) ?? kind,
      op: view.getUint32(index * RECORD_SIZE + 4, true),
      value: view.getBigInt64(index * RECORD_SIZE + 8, true),
    };
  });
}

function textOf(records: readonly ReportRecord[]): string {
  const words = new BigInt64Array(records.filter((record) => record.kind === "text").map((record) => record.value));
  return new TextDecoder().decode(words).replaceAll("\0", "");
}

export interface RunningPlan {
  readonly child: ChildProcess;
  /** The records written so far. */
  records(): ReportRecord[];
  readonly ended: Promise<PlanResult>;
}

/** Starts the launcher on an encoded plan. */
export function startPlan(bytes: Uint8Array, options: PlanOptions = {}): RunningPlan {
  const dir = mkdtempSync(join(tmpdir(), "teu-plan-"));
  const planPath = join(dir, "plan");
  const reportPath = join(dir, "report");
  writeFileSync(planPath, bytes);
  const plan = openSync(planPath, "r");
  const report = openSync(reportPath, "a");
  const child = spawn(options.launcher ?? LAUNCHER, [], {
    stdio: ["pipe", options.stdout ?? "pipe", "pipe", plan, report, ...(options.inherit ?? [])],
    env: {},
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  closeSync(plan);
  closeSync(report);
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (data) => {
    stdout += data;
  });
  child.stderr?.on("data", (data) => {
    stderr += data;
  });
  child.stdin?.on("error", () => {}); // a plan that is refused reads no input
  child.stdin?.end(options.input ?? "");
  let final: ReportRecord[] | undefined;
  const records = () => final ?? decodeReport(readFileSync(reportPath));
  const ended = new Promise<PlanResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const all = records();
      final = all;
      rmSync(dir, { recursive: true });
      const failed = all.find((record) => record.kind === "failed");
      const failure = failed && `${ERRNOS.get(Number(failed.value)) ?? failed.value} at ${failed.op}`;
      const item = all.find((record) => record.kind === "item");
      resolve({ code, signal, stdout, stderr, records: all, failure, item: item && Number(item.value), text: textOf(all) });
    });
  });
  return { child, records, ended };
}

/** Runs the sections to their end. */
export function runPlan(sections: readonly (readonly Op[])[], options: PlanOptions = {}): Promise<PlanResult> {
  return startPlan(encodePlan(planOf(...sections), { timings: options.timings ?? false }), options).ended;
}
