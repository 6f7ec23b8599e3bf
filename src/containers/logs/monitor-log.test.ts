import { describe, expect, test } from "bun:test";
import { parseDigest } from "../../base/digest.ts";
import type { ContainerDocument } from "../document/document.ts";
import { DEFAULT_LOG, type LogSettings } from "../document/log.ts";
import { monitorLog } from "./monitor-log.ts";

const ID = "0123456789abcdef".repeat(4);
const PLACES = { path: "/logs/x-json.log", self: "/usr/bin/teu" };

const digest = (digit: string) => parseDigest(`sha256:${digit.repeat(64)}`);

/** What of a document decides its log. */
function document(log: Partial<LogSettings>): ContainerDocument {
  const parts: Pick<ContainerDocument, "log" | "labels" | "root" | "birth"> & {
    readonly options: Pick<ContainerDocument["options"], "env">;
  } = {
    log: { ...DEFAULT_LOG, ...log },
    labels: { tier: "web", "com.example.a": "1", other: "x" },
    root: { kind: "image", name: "debian:12", id: digest("f"), manifest: digest("e"), layers: [] },
    options: { env: ["LANG=C", "EMPTY", "PATH=/bin=x"] },
    birth: { name: "box", runRoot: "", boot: "", creator: { pid: 1, start: "1" } },
  };
  return parts as ContainerDocument; // monitorLog looks at nothing else
}

const fields = (log: Partial<LogSettings>) => monitorLog(document(log), ID, PLACES)?.fields;

describe("a monitor is told", () => {
  test("of no log for none", () => expect(monitorLog(document({ driver: "none" }), ID, PLACES)).toBeUndefined());

  test("to have rotated files packed, where there are any that are", () => {
    const told = (log: Partial<LogSettings>) => monitorLog(document(log), ID, PLACES)?.onRotate;
    expect(told({})).toEqual(["/usr/bin/teu", "internal", "rotated", PLACES.path]);
    for (const log of [{ compress: false }, { maxSize: 0 }, { maxFiles: 2 }]) expect(told(log)).toEqual([]);
  });

  // biome-ignore format: table
  const rows = [
    { name: "nothing", options: {}, want: [] },
    { name: "a tag", options: { tag: "{{.Name}}/{{.ID}} {{ .ImageName }} {{.Nothing}}" }, want: ['{"tag":"box/0123456789ab debian:12 {{.Nothing}}"}'] },
    { name: "labels by name", options: { labels: "tier,missing" }, want: ['{"tier":"web"}'] },
    { name: "labels by pattern", options: { "labels-regex": "^com\\." }, want: ['{"com.example.a":"1"}'] },
    { name: "variables", options: { env: "PATH", "env-regex": "^LA" }, want: ['{"LANG":"C","PATH":"/bin=x"}'] },
  ];
  for (const { name, options, want } of rows) test(`for json-file: ${name}`, () => expect(fields({ options })).toEqual(want));

  test("for the journal: who it is, and what was asked for under names that it takes", () => {
    expect(fields({ driver: "journald", options: { labels: "com.example.a" } })).toEqual([
      "CONTAINER_ID=0123456789ab",
      `CONTAINER_ID_FULL=${ID}`,
      "CONTAINER_NAME=box",
      "CONTAINER_TAG=0123456789ab",
      "SYSLOG_IDENTIFIER=0123456789ab",
      "IMAGE_NAME=debian:12",
      "COM_EXAMPLE_A=1",
    ]);
  });
});
