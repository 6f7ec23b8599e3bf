// The request for a scope on its way from a plan to `teu internal systemd-scope`: JSON on stdin, the pid put in by the
// launcher. 64-bit values travel as decimal text and bytes as {"bytes": [...]}.
import { TeuError } from "../../../base/errors.ts";
import type { Piece, Register } from "../../plan/plan.ts";
import type { DBusValue } from "./dbus/signature.ts";
import type { ScopeRequest, UnitProperty } from "./scope.ts";

/** The stdin of the helper, with a hole for the pid. */
export function encodeScopeRequest(request: Omit<ScopeRequest, "pid">, pid: Register): Piece[] {
  const rest = JSON.stringify(request, (_, value: unknown) => {
    if (typeof value === "bigint") return String(value);
    return value instanceof Uint8Array ? { bytes: [...value] } : value;
  });
  return ['{"pid":', { decimal: pid }, `,${rest.slice(1)}`];
}

/**
 * Reads the request in the helper.
 * @throws TeuError `invalid` for text that encodeScopeRequest did not make
 */
export function decodeScopeRequest(text: string): ScopeRequest {
  const parsed: unknown = JSON.parse(text, (_, value: unknown) => (isBytes(value) ? Uint8Array.from(value.bytes) : value));
  if (!isRequest(parsed)) throw new TeuError("invalid", "start a systemd scope: the request is not complete");
  return parsed;
}

function isBytes(value: unknown): value is { bytes: number[] } {
  return typeof value === "object" && value !== null && "bytes" in value && Array.isArray(value.bytes);
}

function isRequest(value: unknown): value is ScopeRequest {
  if (typeof value !== "object" || value === null) return false;
  const { unit, pid, properties, sockets } = value as Partial<Record<keyof ScopeRequest, unknown>>;
  return typeof unit === "string" && typeof pid === "number" && isList(properties, isProperty) && isList(sockets, isSocket);
}

function isList<T>(value: unknown, is: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(is);
}

function isProperty(value: unknown): value is UnitProperty {
  const { name, signature, value: content } = value as Partial<Record<keyof UnitProperty, DBusValue>>;
  return typeof name === "string" && typeof signature === "string" && content !== undefined;
}

function isSocket(value: unknown): value is ScopeRequest["sockets"][number] {
  const { path, bus } = value as Partial<Record<"path" | "bus", unknown>>;
  return typeof path === "string" && typeof bus === "boolean";
}
