// From an answer that is a refusal to the error that is thrown: reads its body, bounded, for what the registry says of it.
import { type RegistryError, registryError } from "../../spec/distribution/errors.ts";
import type { HttpResponse } from "./http.ts";

const MOST_BODY = 64 * 1024;

/** `doing` begins the sentence: `pull localhost:5000/debian:12`; `advice` ends it. */
export async function refusal(doing: string, response: HttpResponse, advice?: string): Promise<RegistryError> {
  const body = await response.read(MOST_BODY).catch(() => new Uint8Array());
  return registryError(doing, response.status, body, advice);
}
