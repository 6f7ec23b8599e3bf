// Ids as people see them: docker's first twelve digits of a made id; a name that somebody chose stays whole.
import { SHORT_ID } from "../../base/container-id.ts";

const MADE = /^[0-9a-f]{64}$/;

export function shortId(id: string): string {
  return MADE.test(id) ? id.slice(0, SHORT_ID) : id;
}

/** The first twelve digits of a digest, without its algorithm. */
export function shortDigest(digest: string): string {
  return digest.slice(digest.indexOf(":") + 1).slice(0, SHORT_ID);
}
