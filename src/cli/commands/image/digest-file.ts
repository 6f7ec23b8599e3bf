// `--digestfile`: the digest alone, without a line's end, as skopeo and podman write it.
import { writeFileSync } from "node:fs";
import { TeuError } from "../../../base/errors.ts";
import { reasonOf } from "../../../base/file-errno.ts";

/** @throws TeuError `denied` when it cannot be written */
export function writeDigest(path: string, digest: string): void {
  try {
    writeFileSync(path, digest);
  } catch (cause) {
    throw new TeuError("denied", `write the digest to ${path}: ${reasonOf(cause)}`, { cause });
  }
}
