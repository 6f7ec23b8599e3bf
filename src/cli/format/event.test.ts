import { expect, test } from "bun:test";
import type { RecordedEvent } from "../../containers/events/event.ts";
import { eventLine, eventStructure } from "./event.ts";
import { toJson } from "./template/functions.ts";
import { parseTemplate } from "./template/template.ts";

const EVENT: RecordedEvent = {
  id: 1,
  time: 1_767_323_045_006_000_007n,
  type: "container",
  action: "start",
  actor: "abc",
  attributes: { name: "web", image: "box" },
};

test("the line is docker's, its attributes sorted", () => {
  expect(eventLine(EVENT)).toMatch(/^2026-01-0\dT\d\d:\d\d:05\.006000007(?:Z|[+-]\d\d:\d\d) container start abc \(image=box, name=web\)$/);
  expect(eventLine({ ...EVENT, attributes: {} })).toEndWith(" container start abc");
  expect(eventLine({ ...EVENT, attributes: { name: "\x1b[2J" } })).toEndWith("(name=\\x1b[2J)");
});

test("JSON has docker's names, templates its fields", () => {
  const json =
    '{"status":"start","id":"abc","from":"box","Type":"container","Action":"start","Actor":{"ID":"abc","Attributes":{"image":"box","name":"web"}},"scope":"local","time":1767323045,"timeNano":1767323045006000007}';
  expect(toJson(eventStructure(EVENT))).toBe(json);
  const render = (text: string) => parseTemplate(text)(eventStructure(EVENT));
  expect(render("{{.Type}} {{.Action}} {{.Actor.ID}} {{.Actor.Attributes.name}} {{.Scope}} {{.TimeNano}} {{.From}}")).toBe(
    "container start abc web local 1767323045006000007 box",
  );
  expect(render("{{json .}}")).toBe(json);
});
