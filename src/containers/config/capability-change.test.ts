import { describe, expect, test } from "bun:test";
import { InvalidInputError } from "../../base/errors.ts";
import { CAPABILITY_NAMES } from "../../spec/runtime/names.ts";
import { capabilityChange, parseCapability } from "./capability-change.ts";

const DEFAULTS = ["CAP_CHOWN", "CAP_KILL"];
const EVERYTHING: ReadonlySet<string> = new Set(CAPABILITY_NAMES);

describe("the capabilities that are left", () => {
  // biome-ignore format: table
  const rows: readonly { readonly name: string; readonly add?: readonly string[]; readonly drop?: readonly string[]; readonly available?: ReadonlySet<string>; readonly want: readonly string[] }[] = [
    { name: "are the defaults", want: DEFAULTS },
    { name: "are fewer by those dropped", drop: ["CAP_KILL"], want: ["CAP_CHOWN"] },
    { name: "are more by those added", add: ["CAP_SYS_ADMIN"], want: [...DEFAULTS, "CAP_SYS_ADMIN"] },
    { name: "name each once", add: ["CAP_KILL", "CAP_KILL"], want: DEFAULTS },
    { name: "are those added where all are dropped", drop: ["ALL"], add: ["CAP_NET_RAW"], want: ["CAP_NET_RAW"] },
    { name: "are all where all are added", add: ["ALL"], want: CAPABILITY_NAMES },
    { name: "are all but those dropped where all are added", add: ["ALL"], drop: ["CAP_SYS_ADMIN"], want: CAPABILITY_NAMES.filter((name) => name !== "CAP_SYS_ADMIN") },
    { name: "are none where all are dropped, added too or not", add: ["ALL"], drop: ["ALL"], want: [] },
    { name: "keep one that is both dropped and added, as docker does", add: ["CAP_KILL"], drop: ["CAP_KILL"], want: DEFAULTS },
    { name: "are of the defaults only what the caller can give", available: new Set(["CAP_KILL"]), want: ["CAP_KILL"] },
    { name: "are of all only what the caller can give", add: ["ALL"], available: new Set(["CAP_KILL", "CAP_BPF"]), want: ["CAP_KILL", "CAP_BPF"] },
    { name: "hold what was asked for by name even so, which is then refused with a reason", add: ["CAP_BPF"], available: new Set(["CAP_KILL"]), want: ["CAP_KILL", "CAP_BPF"] },
  ];
  for (const { name, add = [], drop = [], available = EVERYTHING, want } of rows) {
    test(name, () => expect(capabilityChange(DEFAULTS, { add, drop, available }).toSorted()).toEqual([...want].toSorted()));
  }
});

describe("a capability may be written", () => {
  for (const [text, want] of [
    ["CAP_KILL", "CAP_KILL"],
    ["kill", "CAP_KILL"],
    ["Cap_Net_Raw", "CAP_NET_RAW"],
    ["all", "ALL"],
  ] as const) {
    test(`as ${text}`, () => expect(parseCapability(text)).toBe(want));
  }

  for (const text of ["", "CAP_", "CAP_ALL", "CAP_NOTHING", "kill ", "CAP_CAP_KILL"]) {
    test(`but not as ${JSON.stringify(text)}`, () => expect(() => parseCapability(text)).toThrow(InvalidInputError));
  }
});
