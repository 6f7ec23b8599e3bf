// The date of a suite, from its Release file: what is made of the same state of an archive gets the same times, and so the same digest.
// Debian wiki, "DebianRepository/Format", "Release files"; reproducible-builds.org, SOURCE_DATE_EPOCH. The signature is checked by apt,
// which reads the file itself; here only a time is taken from it.
import { TeuError } from "../../base/errors.ts";
import type { Recipe } from "./recipe.ts";

const LARGEST_RELEASE = 4 * 1024 * 1024;
const MILLISECONDS = 1000;

/** Seconds since the epoch of the field `Date:`. @throws TeuError `invalid`. */
export function releaseDate(text: string, subject: string): number {
  const [, date] = /^Date: (.{1,64})$/m.exec(text) ?? [];
  const seconds = Date.parse(date ?? "") / MILLISECONDS;
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw new TeuError("invalid", `read ${subject}: it has no field Date with a date`);
  return seconds;
}

/** Asks the mirror. @throws TeuError `not-found` when it has no such suite, `unavailable` when it does not answer. */
export async function fetchReleaseDate({ mirror, suite }: Recipe, signal?: AbortSignal): Promise<number> {
  const url = `${mirror.replace(/\/$/, "")}/dists/${suite}/InRelease`;
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, signal === undefined ? {} : { signal });
    text = answer.ok ? await readText(answer, url) : "";
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof TeuError) throw cause;
    throw new TeuError("unavailable", `fetch ${url}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  if (answer.status === 404) throw new TeuError("not-found", `fetch ${url}: the mirror has no suite ${suite} (404)`);
  if (!answer.ok) throw new TeuError("unavailable", `fetch ${url}: the mirror answers ${answer.status}`);
  return releaseDate(text, url);
}

async function readText(answer: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > LARGEST_RELEASE) throw new TeuError("invalid", `fetch ${url}: it has more than ${LARGEST_RELEASE} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
