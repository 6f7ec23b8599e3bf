// What a container's monitor is told of its log: docker's `--log-opt` as what stands in every entry.
import type { MonitorLog } from "../../kernel/compile/request.ts";
import { JOURNAL_SOCKET } from "../../kernel/tables/journal.ts";
import type { ContainerDocument } from "../document/document.ts";

export interface LogPlaces {
  /** The file that is written to. */
  readonly path: string;
  /** This program, which packs rotated files. */
  readonly self: string;
}

/** What it is told for `document`, which is the container's as of `id`; undefined where nothing is logged. */
export function monitorLog(document: ContainerDocument, id: string, { path, self }: LogPlaces): MonitorLog | undefined {
  const { driver, maxSize, maxFiles, compress } = document.log;
  if (driver === "none") return undefined;
  if (driver === "journald") {
    return { driver, path: JOURNAL_SOCKET, maxSize: 0, maxFiles: 1, onRotate: [], fields: journalFields(document, id) };
  }
  const attributes = driver === "json-file" ? attributesOf(document, id) : {};
  return {
    driver,
    path,
    maxSize,
    maxFiles,
    onRotate: compress && maxSize > 0 && maxFiles > FILES_UNPACKED ? [self, "internal", "rotated", path] : [],
    fields: Object.keys(attributes).length === 0 ? [] : [JSON.stringify(attributes)],
  };
}

/** The file that is written to, and the youngest of the others (pack.ts). */
const FILES_UNPACKED = 2;
/** As much of an id as is shown to people, and as a plan's template knows how to put in (kernel/state/plan-cache.ts). */
const SHORT = 12;

/** `tag`, and the labels and environment variables that were named: by `labels`, `env`, and by Go's regular expressions. */
function attributesOf(document: ContainerDocument, id: string): Readonly<Record<string, string>> {
  const { tag, labels, env, ...more } = document.log.options;
  const variables = Object.fromEntries(
    document.options.env.map((text) => [text.split("=", 1)[0] ?? "", text.slice(text.indexOf("=") + 1)]),
  );
  return {
    ...chosen(document.labels, labels, more["labels-regex"]),
    ...chosen(variables, env, more["env-regex"]),
    ...(tag === undefined || tag === "" ? {} : { tag: tagOf(tag, document, id) }),
  };
}

function chosen(all: Readonly<Record<string, string>>, names: string | undefined, pattern: string | undefined): Record<string, string> {
  const named = new Set(names?.split(",") ?? []);
  const matches = pattern === undefined || pattern === "" ? undefined : new RegExp(pattern);
  return Object.fromEntries(Object.entries(all).filter(([name]) => named.has(name) || matches?.test(name) === true));
}

/** docker's fields of `--log-opt tag`; any other text stays as it is. */
function tagOf(tag: string, document: ContainerDocument, id: string): string {
  const image = document.root.kind === "image" ? document.root : undefined;
  const imageId = image?.id.slice(image.id.indexOf(":") + 1) ?? "";
  const fields: Readonly<Record<string, string>> = {
    ID: id.slice(0, SHORT),
    FullID: id,
    Name: document.birth.name ?? id.slice(0, SHORT),
    ImageID: imageId.slice(0, SHORT),
    ImageFullID: imageId,
    ImageName: image?.name ?? "",
    DaemonName: "teu",
  };
  return tag.replaceAll(/\{\{\s*\.(\w+)\s*\}\}/g, (text, name: string) => fields[name] ?? text);
}

function journalFields(document: ContainerDocument, id: string): string[] {
  const { options, birth, root } = { ...document, options: document.log.options };
  const { tag, ...extra } = attributesOf({ ...document, log: { ...document.log, options: { tag: "{{.ID}}", ...options } } }, id);
  const fields = {
    CONTAINER_ID: id.slice(0, SHORT),
    CONTAINER_ID_FULL: id,
    CONTAINER_NAME: birth.name ?? id.slice(0, SHORT),
    CONTAINER_TAG: tag ?? "",
    SYSLOG_IDENTIFIER: tag ?? "",
    ...(root.kind === "image" ? { IMAGE_NAME: root.name } : {}),
    ...Object.fromEntries(Object.entries(extra).map(([name, value]) => [fieldName(name), value])),
  };
  // A value of several lines has another form in the protocol, which the monitor does not write.
  return Object.entries(fields).flatMap(([name, value]) => (name === "" || value === "" ? [] : [`${name}=${value.replaceAll("\n", " ")}`]));
}

/** What the journal takes for a name: capitals, digits, underscores, and none of these at the beginning, where they are the journal's own. */
function fieldName(name: string): string {
  return name
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, "_")
    .replace(/^[_\d]+/, "");
}
