import { expect, test } from "bun:test";
import { listOutput } from "../../format/list-output.ts";
import { containerList } from "./columns.ts";
import { exampleView, healthOf } from "./example.fixture.ts";
import { statusText } from "./status.ts";

const NOW = new Date("2026-01-02T03:05:35.678Z"); // 90 seconds after the example was made
const AT = (seconds: number) => NOW.getTime() - seconds * 1000;

for (const { want, ...change } of [
  { want: "Up About a minute" },
  { row: { started: AT(3) }, health: healthOf("healthy"), want: "Up 3 seconds (healthy)" },
  { row: { started: AT(3) }, health: healthOf("starting"), want: "Up 3 seconds (health: starting)" },
  { row: { started: AT(3) }, health: healthOf("unhealthy"), want: "Up 3 seconds (unhealthy)" },
  { row: { started: AT(300) }, status: "paused", want: "Up 5 minutes (Paused)" },
  { row: { finished: AT(2), exitCode: 137 }, status: "exited", want: "Exited (137) 2 seconds ago" },
  { row: { finished: AT(0.4), exitCode: 0 }, status: "exited", want: "Exited (0) Less than a second ago" },
  { row: { finished: AT(3), exitCode: 1 }, status: "restarting", want: "Restarting (1) 3 seconds ago" },
  { row: { started: undefined }, status: "created", want: "Created" },
  { row: { started: undefined, error: "no such file" }, status: "exited", want: "Created" },
  { status: "removing", want: "Removal In Progress" },
  { status: "dead", want: "Dead" },
] as const)
  test(`the status ${want}`, () => expect(statusText(exampleView(change), NOW)).toBe(want));

const ITEM = { view: exampleView({ document: { labels: { team: "blue", a: "1" } } }), sizes: undefined };

const print = (flags: Parameters<typeof listOutput>[2], size = false) => listOutput([ITEM], containerList(NOW, { size }), flags);

test("the table has docker's columns", async () => {
  expect(await print({})).toBe(
    [
      "CONTAINER ID   IMAGE     COMMAND             CREATED              STATUS              PORTS     NAMES",
      "0123456789ab   box       \"sh -c 'sleep 1'\"   About a minute ago   Up About a minute             web",
      "",
    ].join("\n"),
  );
});

for (const { name, flags, want } of [
  { name: "labels", flags: { format: '{{.Labels}} {{.Label "team"}} {{.Label "none"}}.' }, want: "a=1,team=blue blue .\n" },
  {
    name: "a table with a label",
    flags: { format: 'table {{.Names}}\t{{.Label "com.example.my-team"}}' },
    want: "NAMES     my team\nweb       \n",
  },
  { name: "a label by pipe", flags: { format: '{{"a" | .Label}}' }, want: "1\n" },
  { name: "networks and mounts", flags: { format: "{{.Networks}} {{.Mounts}}{{.LocalVolumes}}" }, want: "none 0\n" },
  { name: "a size that was not asked for", flags: { format: "{{.Size}}" }, want: "0B\n" },
  { name: "ids", flags: { quiet: true, "no-trunc": true }, want: `${ITEM.view.row.id}\n` },
]) {
  test(`templates have ${name}`, async () => expect(await print(flags)).toBe(want));
}

test("a label without a name is refused", () =>
  expect(print({ format: "{{.Label}}" })).rejects.toThrow("wrong number of args for Label: want 1 got 0"));

test("long commands and images by digest are cut, unless they are to be whole", async () => {
  const document = {
    root: { ...ITEM.view.row.document.root, name: `box@sha256:${"3".repeat(64)}` },
    options: { ...ITEM.view.row.document.options, args: ["sh", "-c", "echo a very long command"] },
  };
  const item = { view: exampleView({ document: document as never }), sizes: { rw: 0, rootFs: 1_230_000 } };
  const show = (whole: boolean) =>
    listOutput([item], containerList(NOW, { size: true }), { format: "{{.Image}} {{.Command}} {{.Size}}", "no-trunc": whole });
  expect(await show(false)).toBe('box "sh -c \'echo a very …" 0B (virtual 1.23MB)\n');
  expect(await show(true)).toBe(`box@sha256:${"3".repeat(64)} "sh -c 'echo a very long command'" 0B (virtual 1.23MB)\n`);
});

test("JSON has docker's fields", async () => {
  expect(Object.keys(JSON.parse(await print({ format: "json" })))).toEqual([
    "Command",
    "CreatedAt",
    "ID",
    "Image",
    "Labels",
    "LocalVolumes",
    "Mounts",
    "Names",
    "Networks",
    "Platform",
    "Ports",
    "RunningFor",
    "Size",
    "State",
    "Status",
  ]);
});
