// Flags about the two ends of a copy, and what skopeo has that is not built: each is known, so that it is refused by name.
import { UsageError } from "./command.ts";
import type { Flags } from "./parse-words.ts";

export const SOURCE_FLAGS = {
  "src-cert-dir": { type: "string", value: "DIR", completes: "directories", summary: "Certificates and keys for the source (*.crt, *.cert, *.key)" },
  "src-creds": { type: "string", value: "USER[:PASSWORD]", summary: "Credentials for the source" },
  "src-username": { type: "string", value: "USER", summary: "The user at the source, with --src-password" },
  "src-password": { type: "string", value: "PASSWORD", summary: "The password of --src-username" },
  "src-registry-token": { type: "string", value: "TOKEN", summary: "A bearer token for the source" },
  "src-tls-verify": { type: "boolean", summary: "Want HTTPS and a valid certificate of the source" },
} as const satisfies Flags;

export const DESTINATION_FLAGS = {
  "dest-cert-dir": { type: "string", value: "DIR", completes: "directories", summary: "Certificates and keys for the destination" },
  "dest-creds": { type: "string", value: "USER[:PASSWORD]", summary: "Credentials for the destination" },
  "dest-username": { type: "string", value: "USER", summary: "The user at the destination, with --dest-password" },
  "dest-password": { type: "string", value: "PASSWORD", summary: "The password of --dest-username" },
  "dest-registry-token": { type: "string", value: "TOKEN", summary: "A bearer token for the destination" },
  "dest-tls-verify": { type: "boolean", summary: "Want HTTPS and a valid certificate of the destination" },
} as const satisfies Flags;

/** Credentials of the one registry of a command, as skopeo has them. */
export const ACCOUNT_FLAGS = {
  creds: { type: "string", value: "USER[:PASSWORD]", summary: "Credentials for this command only" },
  username: { type: "string", value: "USER", summary: "The user, with --password" },
  password: { type: "string", value: "PASSWORD", summary: "The password of --username" },
  "registry-token": { type: "string", value: "TOKEN", summary: "A bearer token" },
} as const satisfies Flags;

export const RETRY_FLAGS = {
  "retry-times": { type: "integer", value: "N", summary: "Try again so often when a registry does not answer (0)" },
} as const satisfies Flags;

/** Why a flag is not built. */
export type Refusals = Readonly<Record<string, string>>;

/** Flags that are refused, as a command declares them. */
export function refusedFlags<const R extends Refusals>(refusals: R): { readonly [K in keyof R]: { readonly type: "string"; readonly bare: ""; readonly summary: string } } {
  const entries = Object.entries(refusals).map(([name, why]) => [name, { type: "string", bare: "", summary: `Not built: ${why}` }] as const);
  return Object.fromEntries(entries) as { [K in keyof R]: { type: "string"; bare: ""; summary: string } }; // the keys are those of R
}

/** @throws UsageError for the first flag that was given and is not built */
export function refuse(flags: Readonly<Record<string, unknown>>, refusals: Refusals): void {
  for (const [name, why] of Object.entries(refusals))
    if (flags[name] !== undefined) throw new UsageError(`--${name} is not built: ${why}`);
}
