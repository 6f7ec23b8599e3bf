// How the invariants look at a plan: named processes and the positions of ops in them.
import { OPS } from "../plan/ops.ts";
import type { Op, Plan, Section } from "../plan/plan.ts";
import type { CompiledCase } from "./golden-cases.fixture.ts";

/** A property that every plan has: what breaks it in one, a sentence a fault. */
export interface Invariant {
  readonly name: string;
  readonly faults: (golden: CompiledCase) => readonly string[];
}

/** An argument's register or number; -1 where it is absent. */
export function numberArg(op: Op | undefined, name: string): number {
  const value = op?.args[name];
  return typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : -1;
}

export function textArg(op: Op, name: string): string {
  const value = op.args[name];
  return typeof value === "string" ? value : "";
}

/** The names of an op's arguments of some kinds. */
export function argsOfKind(op: Op, kinds: readonly string[]): string[] {
  return Object.entries<string>(OPS[op.name].args).flatMap(([name, kind]) =>
    kinds.includes(kind) && op.args[name] !== undefined ? [name] : [],
  );
}

/** The section that ends in the container's program: the last one. */
export function lastSection(plan: Plan): Section {
  const section = plan.sections.at(-1);
  if (section === undefined) throw new Error("a plan without sections");
  return section;
}

/** The sections that a section clones. */
export function clonedBy(plan: Plan, section: Section | undefined): Section[] {
  return (section?.ops ?? []).flatMap((op) => (op.name === "clone" ? (plan.sections[numberArg(op, "section")] ?? []) : []));
}

/** The first process of the container's: what the host clones into its cgroup, `join` or the child itself. */
export function firstProcess(plan: Plan): Section {
  const found = clonedBy(plan, plan.sections[0]).find(({ name }) => name !== "idmap");
  if (found === undefined) throw new Error("the host clones no process");
  return found;
}

/** Where ops of a section stand that a test holds for. */
export function positions(ops: readonly Op[], test: (op: Op) => boolean): number[] {
  return ops.flatMap((op, index) => (test(op) ? [index] : []));
}

/** Position of the first such op, or Infinity: after everything. */
export function first(ops: readonly Op[], test: (op: Op) => boolean): number {
  return positions(ops, test)[0] ?? Number.POSITIVE_INFINITY;
}

/** Position of the last such op, or -1: before everything. */
export function last(ops: readonly Op[], test: (op: Op) => boolean): number {
  return positions(ops, test).at(-1) ?? -1;
}

export const named =
  (...names: readonly Op["name"][]) =>
  (op: Op): boolean =>
    names.includes(op.name);

/** A fault when `before` does not come before `after`. */
export function ordered(what: string, before: number, after: number): string[] {
  return before < after ? [] : [`${what}: op ${before} comes after op ${after}`];
}
