import { describe, expect, test } from "bun:test";
import { encodePlan } from "./encode.ts";
import { type ArgKind, MAX_ARGS, OPS, type OpName, PLAN_VERSION, REGISTERS } from "./ops.ts";
import { type Op, op, type Plan, type Register, Registers } from "./plan.ts";
import { decodePlan } from "./plan-decoder.test-support.ts";

const register = (number: number) => number as Register;

/** A value of each kind, different for each argument of an op. */
function sampleOf(kind: ArgKind, index: number): Op["args"][string] {
  switch (kind) {
    case "in":
    case "in?":
    case "out":
    case "out?":
      return register(index * 20);
    case "int":
      return [0, -1, 0x7fff_ffff_ffff_ffffn, -0x8000_0000_0000_0000n, 5, 6, 7, 8][index];
    case "str":
    case "str?":
      return `arg ${index} ö`;
    case "bytes":
      return Uint8Array.of(1, 0, index, 255);
    case "list":
      return ["", `item ${index}`, "ö"];
    case "pieces":
      return ["text", { decimal: register(index) }, "é", { u32: register(255) }];
    case "section":
      return 1;
  }
}

const kindsOf = (name: OpName) => Object.entries<ArgKind>(OPS[name].args);
const names = Object.keys(OPS) as OpName[];

/** Every op of the table, with all of its arguments. */
const everyOp: readonly Op[] = names.map((name) => ({
  name,
  args: Object.fromEntries(kindsOf(name).map(([arg, kind], index) => [arg, sampleOf(kind, index)])),
  from: "test",
}));

const planOf = (...sections: readonly (readonly Op[])[]): Plan => ({
  sections: sections.map((ops) => ({ name: "host", ops })),
  registers: [],
});

/** What a decoder gives for an argument: integers as 64-bit ones, masks above 2^63 as the negative numbers of the same bits. */
function asDecoded([, value]: readonly [string, Op["args"][string]], kind: ArgKind): unknown {
  return kind === "int" && (typeof value === "number" || typeof value === "bigint") ? BigInt.asIntN(64, BigInt(value)) : value;
}

describe("the wire form", () => {
  for (const one of everyOp) {
    test(`of ${one.name} says all of its arguments`, () => {
      const [[decoded] = []] = decodePlan(encodePlan(planOf([one]))).sections;
      const want = kindsOf(one.name).map(([name, kind]) => [name, asDecoded([name, one.args[name]], kind)]);
      expect(decoded).toEqual({ name: one.name, flags: [], tolerate: [], args: Object.fromEntries(want) });
    });
  }

  test("says header, sections in order, and that ops count over all of them", () => {
    const plan = planOf(everyOp, [], [op("setsid", {}, "a"), op("setsid", {}, "b")]);
    const decoded = decodePlan(encodePlan(plan, { timings: true }));
    expect({ ...decoded, sections: decoded.sections.map((ops) => ops.length), total: 0, blobLength: 0 }).toEqual({
      magic: "TEUP",
      version: PLAN_VERSION,
      flags: 1,
      total: 0,
      sections: [everyOp.length, 0, 2],
      blobLength: 0,
    });
    expect(decodePlan(encodePlan(plan)).flags).toBe(0);
  });

  test("says flags and tolerated errnos", () => {
    const policies: readonly Op[] = [
      op("setsid", {}, { from: "test", optional: true }),
      op("setsid", {}, { from: "test", fallback: true, ifSet: true, tolerate: ["ENOENT", "EPERM", "EBUSY", "EINVAL"] }),
    ];
    expect(decodePlan(encodePlan(planOf(policies))).sections[0]).toEqual([
      { name: "setsid", flags: ["optional"], tolerate: [], args: {} },
      { name: "setsid", flags: ["fallback", "ifSet"], tolerate: ["ENOENT", "EPERM", "EBUSY", "EINVAL"], args: {} },
    ]);
  });

  test("leaves absent arguments out, and tells an empty one from an absent one", () => {
    const ops = [
      op("open", { dir: undefined, path: "", flags: 0, mode: 0, out: register(1) }, "test"),
      op("setgroups", { gids: new Uint8Array() }, "test"),
      op("exec", { candidates: [], argv: [""], env: [] }, "test"),
    ];
    expect(decodePlan(encodePlan(planOf(ops))).sections[0]?.map(({ args }) => args)).toEqual([
      { path: "", flags: 0n, mode: 0n, out: 1 },
      { gids: new Uint8Array() },
      { candidates: [], argv: [""], env: [] },
    ]);
  });

  test("holds 64-bit masks whole", () => {
    const mask = 0xffff_ffff_ffff_ffffn;
    const [[decoded] = []] = decodePlan(encodePlan(planOf([op("capBound", { keep: mask }, "test")]))).sections;
    expect(BigInt.asUintN(64, decoded?.args.keep as bigint)).toBe(mask);
  });

  test("stores equal strings once, and grows past its first room", () => {
    const path = "x".repeat(5000);
    const write = op("unlink", { dir: undefined, path, flags: 0 }, "test");
    const [once, twice] = [planOf([write]), planOf([write, write])].map((plan) => decodePlan(encodePlan(plan)));
    expect(twice?.blobLength).toBe(once?.blobLength ?? -1);
    expect(twice?.sections[0]?.[1]?.args.path).toBe(path);
  });

  for (const [where, one] of [
    ["string", op("hostname", { name: "a\0b" }, "test")],
    ["list", op("exec", { candidates: ["/a"], argv: ["a", "b\0"], env: [] }, "test")],
  ] as const) {
    test(`refuses a NUL byte inside of a ${where}, which would end it early`, () => {
      expect(() => encodePlan(planOf([one]))).toThrow(/holds a NUL byte/);
    });
  }
});

describe("the op table", () => {
  test("gives every op a code of its own and no more arguments than fit", () => {
    expect(new Set(names.map((name) => OPS[name].code)).size).toBe(names.length);
    expect(names.filter((name) => kindsOf(name).length > MAX_ARGS)).toEqual([]);
  });

  test("says of every op what it does, citing a system call or the reason", () => {
    expect(names.filter((name) => OPS[name].doc.length < 8)).toEqual([]);
  });
});

describe("registers", () => {
  test("are the same for the same name, and fresh for a new one", () => {
    const registers = new Registers();
    expect([registers.named("a"), registers.named("b"), registers.named("a")].map(Number)).toEqual([0, 1, 0]);
    expect(registers.names).toEqual(["a", "b"]);
  });

  test("are no more than the launcher has", () => {
    const registers = new Registers();
    for (let index = 0; index < REGISTERS; index += 1) registers.named(`r${index}`);
    expect(() => registers.named("one more")).toThrow(/more than 256 registers/);
    expect(Number(registers.named("r255"))).toBe(255);
  });
});
