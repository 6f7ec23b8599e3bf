// `events --filter` as docker means it: values of one key are alternatives, keys must all agree, labels must all be there. Names and ids fit
// from their beginning, actions and types whole. Pure.
import type { EngineEvent } from "./event.ts";

/** By key, what was given. */
export type EventFilters = ReadonlyMap<string, readonly string[]>;

type Rule = (event: EngineEvent, value: string) => boolean;

/** Actions that carry what was run, or what was found, behind a colon. */
const TOLD_MORE = ["health_status", "exec_create", "exec_start"];

const RULES: Readonly<Record<string, Rule>> = {
  container: (event, value) => event.type === "container" && begins(event, value),
  daemon: () => false, // there is none of whom anything could be told
  event: ({ action }, value) => action === value || (TOLD_MORE.includes(value) && action.startsWith(`${value}:`)),
  image: isOfImage,
  label: hasLabel,
  network: (event, value) => event.type === "network" && begins(event, value),
  scope: (_, value) => value === "local",
  type: ({ type }, value) => type === value,
  volume: (event, value) => event.type === "volume" && begins(event, value),
};

export const EVENT_FILTERS: readonly string[] = Object.keys(RULES);

/** Whether an event passes. Keys that are none pass nothing. */
export function passesFilters(filters: EventFilters, event: EngineEvent): boolean {
  for (const [key, values] of filters) {
    const rule = RULES[key];
    const fits = (value: string) => rule?.(event, value) === true;
    if (!(key === "label" ? values.every(fits) : values.some(fits))) return false;
  }
  return true;
}

function begins({ actor, attributes }: EngineEvent, value: string): boolean {
  return actor.startsWith(value) || attributes.name?.startsWith(value) === true;
}

/** Of containers the image that they are made of; with or without the tag. */
function isOfImage({ type, actor, attributes }: EngineEvent, value: string): boolean {
  if (type !== "container" && type !== "image") return false;
  const name = attributes[type === "container" ? "image" : "name"] ?? "";
  return [actor, name].some((text) => text === value || withoutTag(text) === value);
}

function withoutTag(name: string): string {
  const colon = name.lastIndexOf(":");
  return colon > name.lastIndexOf("/") && !name.startsWith("sha256:") ? name.slice(0, colon) : name;
}

function hasLabel({ attributes }: EngineEvent, text: string): boolean {
  const equals = text.indexOf("=");
  const key = equals < 0 ? text : text.slice(0, equals);
  return Object.hasOwn(attributes, key) && (equals < 0 || attributes[key] === text.slice(equals + 1));
}
