// Views of progress that only ever add lines: plain text, and docker's JSON (Engine API, "Create an image": a stream of JSON objects).
import type { ProgressEvent } from "../../image/ports/progress.ts";
import { harmless } from "../format/harmless.ts";
import { STATES, statusOf } from "./states.ts";

/** Makes the text of an event, at a moment in milliseconds; empty when there is nothing to say. */
export type LineView = (event: ProgressEvent, at: number) => string;

/** A line for each state that a layer gets to, but for those that only count bytes: docker's output in a pipe. */
export function plainView(): LineView {
  const said = new Map<string, string>();
  return (event) => {
    if (event.kind === "message") return `${messageText(event)}\n`;
    if (STATES[event.state].moves === true) return ""; // the many, which cost nothing here
    const status = harmless(statusOf(event));
    if (said.get(event.id) === status) return "";
    said.set(event.id, status);
    return `${event.id}: ${status}\n`;
  };
}

/** Only the outcome. */
export function quietView(): LineView {
  return (event) => (event.kind === "message" && event.last === true ? `${harmless(event.text)}\n` : "");
}

/** Milliseconds between two objects about the same state of a layer. */
const LEAST_GAP = 100;

/** An object an event, not more than ten a second of a layer in one state. */
export function jsonView(): LineView {
  const told = new Map<string, { readonly state: string; readonly at: number }>();
  return (event, at) => {
    if (event.kind === "message") return line({ status: event.text, ...(event.id === undefined ? {} : { id: event.id }) });
    const last = told.get(event.id);
    const whole = event.current !== undefined && event.current === event.total;
    if (last?.state === event.state && at - last.at < LEAST_GAP && !whole) return "";
    told.set(event.id, { state: event.state, at });
    const { current, total } = event;
    const progressDetail = { ...(current === undefined ? {} : { current }), ...(total === undefined ? {} : { total }) };
    return line({ status: statusOf(event), progressDetail, id: event.id });
  };
}

/** `12: Pulling from library/debian`. */
export function messageText({ id, text }: { readonly id?: string; readonly text: string }): string {
  return harmless(id === undefined ? text : `${id}: ${text}`);
}

function line(object: object): string {
  return `${JSON.stringify(object)}\n`;
}
