import { expect, test } from "bun:test";
import type { Engine } from "../../../engine/engine.ts";
import { exampleView, healthOf } from "./example.fixture.ts";
import { containerFilter, meansAll } from "./filters.ts";

const NO_ENGINE = {} as Engine; // no filter below looks an image up

const OLD = exampleView({
  row: { id: "a".repeat(64), name: "old", exitCode: 3 },
  status: "exited",
  document: { labels: { team: "blue" } },
});
const WEB = exampleView({
  row: { id: "b".repeat(64), name: "web-1" },
  health: healthOf("healthy"),
  document: {
    network: {
      mode: { kind: "host" },
      exposed: ["80/tcp", "9000-9002/udp"],
      ports: [],
      publishAll: false,
      dns: [],
      dnsSearch: [],
      dnsOptions: [],
      extraHosts: [],
    },
  },
});
const NEW = exampleView({ row: { id: `ab${"c".repeat(62)}`, name: "new", started: undefined }, status: "created" });
const VIEWS = [NEW, WEB, OLD]; // the youngest first

async function names(...filters: readonly string[]): Promise<string[]> {
  const passes = await containerFilter(NO_ENGINE, filters, VIEWS);
  return VIEWS.filter(passes).map(({ row }) => row.name);
}

for (const [filters, want] of [
  [[], ["new", "web-1", "old"]],
  [["id=ab"], ["new"]],
  [["name=web"], ["web-1"]],
  [["name=^/web-[0-9]$"], ["web-1"]],
  [["name=("], []],
  [
    ["status=exited", "status=created"],
    ["new", "old"],
  ],
  [["exited=3"], ["old"]],
  [["exited=0"], []],
  [["health=healthy"], ["web-1"]],
  [["health=none"], ["new", "old"]],
  [["label=team"], ["old"]],
  [["label=team=red"], []],
  [["before=web-1"], ["old"]],
  [["since=web-1"], ["new"]],
  [["since=aaaa"], ["new", "web-1"]],
  [["network=host"], ["web-1"]],
  [["expose=80"], ["web-1"]],
  [["expose=9001/udp"], ["web-1"]],
  [["expose=9001/tcp"], []],
  [["publish=80"], []],
  [["is-task=true"], []],
  [["is-task=false"], ["new", "web-1", "old"]],
  [["status=exited", "label=team=blue", "name=o"], ["old"]],
] as const)
  test(`${filters.join(" ") || "no filter"} leaves ${want.join(", ") || "nothing"}`, async () =>
    expect(await names(...filters)).toEqual([...want]));

for (const [filter, says] of [
  ["colour=red", "invalid filter 'colour'"],
  ["status=lost", "is none of created, restarting"],
  ["exited=x", "an exit status is a number"],
  ["publish=x", "a port is 80"],
  ["since=nobody", "No such container: nobody"],
  ["health=good", "is none of starting"],
] as const)
  test(`${filter} is refused`, () => expect(names(filter)).rejects.toThrow(says));

test("a filter of states means all containers", () => {
  expect([["status=exited"], ["name=x"], undefined].map(meansAll)).toEqual([true, false, false]);
});
