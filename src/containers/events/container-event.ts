// What events tell a container by: docker's attributes are its labels, its image, its name, and what the action adds.
import type { ContainerDocument } from "../document/document.ts";
import type { EngineEvent } from "./event.ts";

export interface Named {
  readonly id: string;
  readonly name: string;
  readonly document: Pick<ContainerDocument, "root" | "labels">;
}

export function containerEvent({ id, name, document }: Named, action: string, more: EngineEvent["attributes"] = {}): EngineEvent {
  const image = document.root.kind === "image" ? { image: document.root.name } : {};
  return { type: "container", action, actor: id, attributes: { ...document.labels, ...image, name, ...more } };
}

const NANOSECONDS = 1_000_000n;

/** The time of an event, as it is stored. */
export const eventTime = (now: Date): bigint => BigInt(now.getTime()) * NANOSECONDS;
