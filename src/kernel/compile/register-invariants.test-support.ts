// Registers of a plan: every one is written before it is read, on every way that tolerated errors can take through a section.
import { OPS } from "../plan/ops.ts";
import type { Op, Plan } from "../plan/plan.ts";
import { argsOfKind, type Invariant, lastSection, named, numberArg } from "./plan-walk.test-support.ts";

/** One way through a section so far: the registers that are set, and whether the nearest op without `fallback` was tolerated. */
interface Way {
  readonly set: ReadonlySet<number>;
  readonly fell: boolean;
}

/** More ways than any plan of ours has: a plan that is not understood must not hang the tests. */
const MAX_WAYS = 4096;

/** The registers that an op reads, those inside `pieces` too. */
function reads(op: Op): number[] {
  const direct = argsOfKind(op, ["in", "in?"]).map((name) => numberArg(op, name));
  const inPieces = argsOfKind(op, ["pieces"]).flatMap((name) => {
    const pieces = op.args[name];
    if (!Array.isArray(pieces)) return [];
    return pieces.flatMap((piece: unknown) => {
      if (typeof piece !== "object" || piece === null) return [];
      if ("decimal" in piece) return [Number(piece.decimal)];
      return "u32" in piece ? [Number(piece.u32)] : [];
    });
  });
  return [...direct, ...inPieces];
}

function writes(op: Op): number[] {
  return argsOfKind(op, ["out", "out?"]).map((name) => numberArg(op, name));
}

/** Registers that hold a number need no close. */
const isValue = (name = "") => name.endsWith("pid");

/** Takes a fault, told once the names of the registers are known; an empty one is none. */
type Report = (fault: (plan: Plan) => string) => void;

/** Walks all ways through all sections, each from what its cloner had, and reports what is read unset or written over while open. */
function walk(plan: Plan): string[] {
  const faults: string[] = [];
  const begins = new Map<number, Set<number>>([[0, new Set()]]);
  for (const [index, section] of plan.sections.entries()) {
    const start = begins.get(index);
    if (start === undefined) {
      faults.push(`section ${index} is cloned by nobody before it`);
      continue;
    }
    let ways: Way[] = [{ set: start, fell: false }];
    for (const [at, op] of section.ops.entries()) {
      if (op.name === "clone") {
        const target = numberArg(op, "section");
        // What is set on every way: the child must not count on more.
        const common = ways.map(({ set }) => set).reduce((both, set) => both.intersection(set));
        begins.set(target, new Set(common));
      }
      const report: Report = (fault) => {
        const told = fault(plan);
        if (told !== "") faults.push(`section ${index} op ${at} ${op.name}: ${told}`);
      };
      ways = distinct(ways.flatMap((way) => step(way, op, report)));
      if (ways.length > MAX_WAYS) throw new Error("too many ways through a plan");
    }
  }
  return [...new Set(faults)];
}

function step(way: Way, op: Op, report: Report): Way[] {
  if (op.fallback && !way.fell) return [way];
  const fell = op.fallback ? way.fell : false;
  const unset = reads(op).filter((register) => !way.set.has(register));
  if (unset.length > 0 && op.ifSet) return [{ set: way.set, fell }];
  for (const register of unset) report(({ registers }) => `reads ${registers[register]}, which may be unset`);
  const after = new Set(way.set);
  const closed = op.name === "close" || op.name === "lift" ? numberArg(op, "fd") : undefined;
  if (closed !== undefined) after.delete(closed);
  for (const register of writes(op)) {
    if (after.has(register))
      report(({ registers }) => (isValue(registers[register]) ? "" : `writes over ${registers[register]}, which is open`));
    after.add(register);
  }
  const succeeded: Way = { set: after, fell };
  if (!op.optional && (op.tolerate ?? []).length === 0) return [succeeded];
  const without = new Set(way.set);
  for (const register of writes(op)) without.delete(register);
  return [succeeded, { set: without, fell: op.fallback ? way.fell : true }];
}

function distinct(ways: readonly Way[]): Way[] {
  return [...new Map(ways.map((way) => [`${way.fell} ${[...way.set].sort((a, b) => a - b).join()}`, way])).values()];
}

export const REGISTER_INVARIANTS: readonly Invariant[] = [
  {
    name: "every register is written before it is read, on every way through",
    faults: ({ plan }) => walk(plan).filter((fault) => fault.includes("unset") || fault.includes("nobody")),
  },
  {
    name: "no open descriptor is forgotten by writing over its register",
    faults: ({ plan }) => walk(plan).filter((fault) => fault.includes("writes over")),
  },
  {
    name: "a section is cloned only by an earlier one, and once",
    faults: ({ plan }) => {
      const clones = plan.sections.flatMap(({ ops }, index) =>
        ops.filter(named("clone")).map((op) => ({ index, target: numberArg(op, "section"), shared: op.args.flags })),
      );
      const backwards = clones.filter(({ index, target }) => target <= index || target >= plan.sections.length);
      const wanted = plan.sections.slice(1).map((_, index) => clones.filter(({ target }) => target === index + 1).length);
      // One helper section serves every set of maps of idmapped mounts.
      const wrong = wanted.flatMap((count, index) =>
        count === 1 || plan.sections[index + 1]?.name === "idmap" ? [] : [`section ${index + 1} is cloned ${count} times`],
      );
      return [...backwards.map(({ index, target }) => `section ${index} clones ${target}`), ...wrong];
    },
  },
  {
    name: "nothing but standard streams and what was asked for is open after execve: all is closed from 3 up, then the preserved are put back",
    faults: ({ plan, request }) => {
      const { ops } = lastSection(plan);
      if (ops.at(-1)?.name !== "exec") return [];
      const closed = ops.findLastIndex(named("closeFrom"));
      const rest = ops.slice(closed + 1, -1);
      const put = rest.filter(named("dup2")).map((op) => numberArg(op, "fd"));
      const wanted = Array.from({ length: request.preserveFds }, (_, index) => 3 + index);
      // Whatever ops open is close-on-exec; still, nothing is left to be opened by then but a seccomp listener.
      const strangers = rest
        .filter((op) => writes(op).length > 0 && !named("seccomp", "lift")(op))
        .map(({ name }) => `${name} after closeFrom`);
      return [
        ...(closed >= 0 && numberArg(ops[closed], "first") === 3 ? [] : ["not closed from 3"]),
        ...(put.join() === wanted.join() ? [] : [`descriptors ${put.join()} instead of ${wanted.join()}`]),
        ...strangers,
        // dup2 clears close-on-exec: none may stand before.
        ...ops
          .slice(0, Math.max(closed, 0))
          .filter(named("dup2"))
          .map(() => "dup2 before closeFrom"),
      ];
    },
  },
  {
    name: "ops have the arguments of the op table and no others",
    faults: ({ plan }) =>
      plan.sections.flatMap(({ ops }) =>
        ops.flatMap((op) => {
          const known: readonly string[] = Object.keys(OPS[op.name].args);
          return Object.keys(op.args).flatMap((name) => (known.includes(name) ? [] : [`${op.name} ${name}`]));
        }),
      ),
  },
  {
    name: "every op says where it came from",
    faults: ({ plan }) => plan.sections.flatMap(({ ops }) => ops.filter(({ from }) => from === "").map(({ name }) => name)),
  },
  {
    name: "a section that ends in nothing else ends in exec or monitor last",
    faults: ({ plan }) =>
      plan.sections.flatMap(({ ops }) =>
        ops
          .slice(0, -1)
          .filter(named("exec", "monitor"))
          .map(({ name }) => `${name} is not last`),
      ),
  },
];
