import { expect, test } from "bun:test";
import { flawOf } from "./check.ts";
import { exampleDocument } from "./example.fixture.ts";
import { standIn } from "./read.ts";

test("documents of ours are whole", () => {
  expect(flawOf(exampleDocument())).toBeUndefined();
  expect(flawOf(standIn({ id: "a".repeat(64), created: 0 }))).toBeUndefined();
});

const CASES: readonly { readonly change: object; readonly flaw: string }[] = [
  { change: { options: undefined }, flaw: "options" },
  { change: { id: "../../etc" }, flaw: "id" },
  { change: { root: { kind: "directory" } }, flaw: "root.path" },
  { change: { root: { kind: "toString" } }, flaw: "root.kind" },
  { change: { options: { ...exampleDocument().options, args: ["a", 1] } }, flaw: "options.args[1]" },
  { change: { life: null }, flaw: "life" },
  { change: { life: { remove: false, init: false, restart: { name: "often", retries: 0 } } }, flaw: "life.restart.name" },
  { change: { mounts: {} }, flaw: "mounts" },
  {
    change: {
      mounts: [{ kind: "volume", name: "../..", destination: "/d", from: "", readonly: false, options: [], driverOptions: {}, labels: {} }],
    },
    flaw: "mounts[0].name",
  },
  { change: { labels: [] }, flaw: "labels" },
];

for (const { change, flaw } of CASES)
  test(`${JSON.stringify(change)} is told by its place`, () => expect(flawOf({ ...exampleDocument(), ...change })).toBe(flaw));
