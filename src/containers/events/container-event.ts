// What events tell a container by: docker's attributes are its labels, its image, its name, and what the action adds.
import type { ContainerDocument } from "../document/document.ts";
import type { EngineEvent } from "./event.ts";

interface Subject {
  readonly id: string;
  readonly name: string;
  readonly document: Pick<ContainerDocument, "root" | "labels">;
}

/** The event of a container. @param more what the action adds: `exitCode`, `signal` */
export function containerEvent({ id, name, document }: Subject, action: string, more: EngineEvent["attributes"] = {}): EngineEvent {
  const image = document.root.kind === "image" ? { image: document.root.name } : {};
  return { type: "container", action, actor: id, attributes: { ...document.labels, ...image, name, ...more } };
}
