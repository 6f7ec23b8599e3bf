import { describe, expect, test } from "bun:test";
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import type { IntelRdt } from "../../spec/runtime/config.ts";
import type { Op, Register } from "../plan/plan.ts";
import { planRdt } from "./rdt-plan.ts";

/** The classes of a host, as resctrl pads them. */
const CLASSES: Readonly<Record<string, string>> = { "/r": "    L3:0=ff\n    MB:0=100\n", "/r/gold": "    L3:0=f0;1=f\n    MB:0=50\n" };

const plan = (config: IntelRdt | undefined, resctrl: string | undefined = "/r") =>
  planRdt({ id: "box", config, resctrl, schemataOf: (directory) => CLASSES[directory] });

const shown = ({ name, args }: Op) =>
  name === "mkdir"
    ? `mkdir ${args.path}`
    : `${args.path} ${[args.data].flat().map((piece) => (typeof piece === "string" ? piece.trim() : "PID"))}`;
const before = (config: IntelRdt) => plan(config).before.map(shown);
const after = (config: IntelRdt) =>
  plan(config)
    .after(4 as Register)
    .map(shown);

describe("a class of service", () => {
  // biome-ignore format: table
  const rows: readonly { readonly name: string; readonly config: IntelRdt; readonly made: readonly string[]; readonly entered: readonly string[]; readonly own?: string }[] = [
    { name: "of the container's own is made, and removed with it", config: {}, made: ["mkdir /r/box"], entered: ["/r/box/tasks PID"], own: "/r/box" },
    { name: "of the container's own has its shares", config: { schemata: ["L3:0=f", "MB:0=50"] },
      made: ["mkdir /r/box", "/r/box/schemata L3:0=f", "/r/box/schemata MB:0=50"], entered: ["/r/box/tasks PID"], own: "/r/box" },
    { name: "that is there is entered, and never removed", config: { closID: "gold" }, made: [], entered: ["/r/gold/tasks PID"] },
    { name: "that is there keeps its shares where they are those asked for", config: { closID: "gold", l3CacheSchema: "L3:0=f0;1=f", memBwSchema: "MB:0=50" }, made: [], entered: ["/r/gold/tasks PID"] },
    { name: "that is there takes `schemata`", config: { closID: "gold", schemata: ["L3:0=1"] }, made: ["/r/gold/schemata L3:0=1"], entered: ["/r/gold/tasks PID"] },
    { name: "that is not there is made with its shares, and stays", config: { closID: "new", l3CacheSchema: "L3:0=f" }, made: ["mkdir /r/new", "/r/new/schemata L3:0=f"], entered: ["/r/new/tasks PID"] },
    { name: "may be the default one", config: { closID: "/" }, made: [], entered: ["/r/tasks PID"] },
    { name: "has bandwidth by memBwSchema alone", config: { l3CacheSchema: "MB:0=10", memBwSchema: "MB:0=70" }, made: ["mkdir /r/box", "/r/box/schemata MB:0=70"], entered: ["/r/box/tasks PID"], own: "/r/box" },
    { name: "has `schemata` last", config: { l3CacheSchema: "L3:0=1", schemata: ["L3:0=2"] }, made: ["mkdir /r/box", "/r/box/schemata L3:0=1", "/r/box/schemata L3:0=2"], entered: ["/r/box/tasks PID"], own: "/r/box" },
    { name: "has a monitoring group, which goes with the container", config: { closID: "gold", enableMonitoring: true }, made: ["mkdir /r/gold/mon_groups/box"],
      entered: ["/r/gold/tasks PID", "/r/gold/mon_groups/box/tasks PID"], own: "/r/gold/mon_groups/box" },
  ];
  for (const { name, config, made, entered, own } of rows) {
    test(name, () => {
      expect(before(config)).toEqual([...made]);
      expect(after(config)).toEqual([...entered]);
      expect(plan(config).own).toBe(own as string);
    });
  }

  test("is nobody's business where none is asked for", () => {
    const nothing = planRdt({ id: "box", config: undefined, resctrl: undefined, schemataOf: () => undefined });
    expect([nothing.before, nothing.after(4 as Register), nothing.own]).toEqual([[], [], undefined]);
  });
});

describe("is refused:", () => {
  test("a class on a host without resctrl, saying how to have it", () => {
    const attempt = () => planRdt({ id: "box", config: {}, resctrl: undefined, schemataOf: () => undefined });
    expect(attempt).toThrow(TeuError);
    expect(attempt).toThrow(/linux\.intelRdt: resctrl is not mounted/);
  });

  test("a class that is not there, with nothing to make it with", () => {
    expect(() => plan({ closID: "none" })).toThrow(/linux\.intelRdt\.closID: there is no class "none"/);
  });

  test("shares that a class has not which is there", () => {
    expect(() => plan({ closID: "gold", l3CacheSchema: "L3:0=1", memBwSchema: "MB:0=50" })).toThrow(InvalidInputError);
    expect(() => plan({ closID: "gold", l3CacheSchema: "L3:0=1" })).toThrow(/has other shares than L3:0=1/);
  });
});
