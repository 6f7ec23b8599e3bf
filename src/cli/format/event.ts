// One event in docker's line, and as templates and JSON see it.
import type { RecordedEvent } from "../../containers/events/event.ts";
import { harmless } from "./harmless.ts";
import { Structure, type Value } from "./template/values.ts";

const SECOND = 1_000_000_000n;

/** `2026-01-31T15:04:05.000000000+01:00 container start ID (image=box, name=web)` */
export function eventLine({ time, type, action, actor, attributes }: RecordedEvent): string {
  const pairs = Object.entries(attributes)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted();
  return harmless(`${localNanoseconds(time)} ${type} ${action} ${actor}${pairs.length === 0 ? "" : ` (${pairs.join(", ")})`}`);
}

/** RFC 3339 with nine digits, in the time zone of the caller. */
export function localNanoseconds(time: bigint): string {
  const fraction = String(time % SECOND).padStart(9, "0");
  const date = new Date(Number(time / 1_000_000n));
  const east = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + east * 60_000).toISOString().slice(0, 19);
  const two = (number: number) => String(Math.floor(number)).padStart(2, "0");
  const zone = east === 0 ? "Z" : `${east < 0 ? "-" : "+"}${two(Math.abs(east) / 60)}:${two(Math.abs(east) % 60)}`;
  return `${local}.${fraction}${zone}`;
}

/** docker's structure: its fields have other names in JSON. */
class EventStructure extends Structure {
  readonly #json: readonly (readonly [string, Value])[];

  constructor(fields: ReadonlyMap<string, () => Value>, json: readonly (readonly [string, Value])[]) {
    super("*events.Message", fields);
    this.#json = json;
  }

  override entries(): (readonly [string, Value])[] {
    return [...this.#json];
  }
}

export function eventStructure({ time, type, action, actor, attributes }: RecordedEvent): Structure {
  const sorted = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const Actor = { ID: actor, Attributes: Object.fromEntries(sorted) };
  const [seconds, nanoseconds] = [Number(time / SECOND), time];
  const from = type === "container" ? (attributes.image ?? "") : "";
  const short: readonly (readonly [string, string])[] =
    type === "container" || type === "image" ? [["status", action], ["id", actor], ...(from === "" ? [] : [["from", from] as const])] : [];
  const fields: Readonly<Record<string, Value>> = {
    Status: action,
    ID: actor,
    From: from,
    Type: type,
    Action: action,
    Actor,
    Scope: "local",
    Time: seconds,
    TimeNano: nanoseconds,
  };
  const json: readonly (readonly [string, Value])[] = [
    ...short,
    ["Type", type],
    ["Action", action],
    ["Actor", Actor],
    ["scope", "local"],
    ["time", seconds],
    ["timeNano", nanoseconds],
  ];
  return new EventStructure(new Map(Object.entries(fields).map(([name, value]) => [name, () => value])), json);
}
