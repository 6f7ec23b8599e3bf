// What a registry says when it refuses: distribution-spec 1.1, "Error Codes"; docker's registry adds a few. Their words are an outsider's:
// shown, cut short, and never acted on beyond the table.
import { type ErrorCode, TeuError } from "../../base/errors.ts";
import { nullAsEmpty } from "../image/shapes.ts";
import { readJson } from "../json/read.ts";
import { anyString, array, object, optional } from "../json/shape.ts";

/** What each code means to a caller of ours. */
// biome-ignore format: table
const CODES: Readonly<Record<string, ErrorCode>> = {
  BLOB_UNKNOWN:          "not-found",
  BLOB_UPLOAD_INVALID:   "conflict",
  BLOB_UPLOAD_UNKNOWN:   "not-found",
  DIGEST_INVALID:        "invalid",
  MANIFEST_BLOB_UNKNOWN: "conflict",
  MANIFEST_INVALID:      "invalid",
  MANIFEST_UNKNOWN:      "not-found",
  NAME_INVALID:          "invalid",
  NAME_UNKNOWN:          "not-found",
  SIZE_INVALID:          "invalid",
  UNAUTHORIZED:          "denied",
  DENIED:                "denied",
  UNSUPPORTED:           "unsupported",
  TOOMANYREQUESTS:       "unavailable",
  // docker's registry:
  MANIFEST_UNVERIFIED:   "invalid",
  PAGINATION_NUMBER_INVALID: "invalid",
  RANGE_INVALID:         "invalid",
  TAG_INVALID:           "invalid",
  UNAVAILABLE:           "unavailable",
};

/** For answers without a code that is known. */
// biome-ignore format: table
const STATUSES: Readonly<Record<number, ErrorCode>> = {
  400: "invalid", 401: "denied", 403: "denied", 404: "not-found", 405: "unsupported", 408: "unavailable", 409: "conflict", 410: "not-found",
  412: "conflict", 413: "invalid", 415: "unsupported", 416: "invalid", 425: "unavailable", 429: "unavailable",
};

export interface RegistryProblem {
  /** `MANIFEST_UNKNOWN`; as sent, cleaned. */
  readonly code: string;
  readonly message: string;
  /** Only written, by a registry of ours; those of others are not read. */
  readonly detail?: unknown;
}

/** A registry refused a request. */
export class RegistryError extends TeuError {
  /** Of HTTP. */
  readonly status: number;
  readonly problems: readonly RegistryProblem[];

  constructor(code: ErrorCode, message: string, detail: { readonly status: number; readonly problems: readonly RegistryProblem[] }) {
    super(code, message);
    this.status = detail.status;
    this.problems = detail.problems;
  }
}

const LONGEST_BODY = 64 * 1024;
const LONGEST_TEXT = 300;
const MOST_SHOWN = 3;

interface Body {
  readonly errors: readonly SentProblem[];
}

interface SentProblem {
  readonly code?: string;
  readonly message?: string;
}

const bodyShape = nullAsEmpty(
  ["errors"],
  object<Body>({ errors: array(object<SentProblem>({ code: optional(anyString), message: optional(anyString) })) }),
);

/** The problems in an error body; none when it is not in the specification's form, which says nothing of the body then. */
export function parseErrorBody(body: Uint8Array): readonly RegistryProblem[] {
  if (body.length > LONGEST_BODY) return [];
  try {
    const { errors } = readJson(body, { subject: "the registry's answer", shape: bodyShape }).value;
    return errors.map(({ code = "", message = "" }) => ({ code: clean(code), message: clean(message) }));
  } catch (error) {
    if (error instanceof TeuError) return [];
    throw error;
  }
}

/** One line of printable text: an outsider's words must not move the cursor of the terminal that they are shown on. */
function clean(text: string): string {
  const line = text
    .slice(0, LONGEST_TEXT * 4)
    .replace(/[\p{C}\p{Z}]+/gu, " ")
    .trim();
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
}

/**
 * The error of an answer. `doing` begins the sentence: `pull localhost:5000/debian:12`; `advice` ends it.
 * @returns one whose `code` a caller can act on: `unavailable` is worth another try.
 */
export function registryError(doing: string, status: number, body: Uint8Array, advice?: string): RegistryError {
  const problems = parseErrorBody(body);
  const known = problems.map(({ code }) => (Object.hasOwn(CODES, code) ? CODES[code] : undefined)).find((code) => code !== undefined);
  const byStatus = (Object.hasOwn(STATUSES, status) ? STATUSES[status] : undefined) ?? (status >= 500 ? "unavailable" : "internal");
  // A server that is down says so by its status, whatever a proxy in front of it writes.
  const code = status >= 500 || status === 429 ? byStatus : (known ?? byStatus);
  const said = problems.slice(0, MOST_SHOWN).map(({ code, message }) => [message, code && `(${code})`].filter(Boolean).join(" "));
  const answered = `the registry answered ${status}${said.length > 0 ? `: ${said.join("; ")}` : ""}`;
  const message = [`${doing}: ${answered}`, ...(advice === undefined ? [] : [advice])].join("; ");
  return new RegistryError(code, message, { status, problems });
}

/** The body that a registry of ours sends. */
export function encodeErrorBody(problems: readonly RegistryProblem[]): string {
  return JSON.stringify({ errors: problems });
}
