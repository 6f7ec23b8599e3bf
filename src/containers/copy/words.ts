// docker's words for what a copy must not do, and whose its files are.
import { type ByteString, toText } from "../../base/byte-string.ts";
import { ERRNO } from "../../base/errno.ts";
import type { MountRequest } from "../document/mounts.ts";

/** Who files belong to that are copied without their owners. */
export const ROOT_USER = { uid: 0, gid: 0 } as const;

/** A directory and another kind of file never take each other's place; undefined for all other errors. */
export function overwriteText(directory: string, path: ByteString, errno: number): string | undefined {
  const there = JSON.stringify(`${directory.replace(/\/\.?$/, "")}/${toText(path)}`);
  if (errno === ERRNO.ENOTDIR) return `cannot overwrite non-directory ${there} with directory ${JSON.stringify(directory)}`;
  if (errno === ERRNO.EISDIR) return `cannot overwrite directory ${there} with non-directory ${JSON.stringify(directory)}`;
  return undefined;
}

/** Why nothing can be written at an absolute path of a container. */
export function readonlyText(path: string, mounts: readonly Pick<MountRequest, "destination" | "readonly">[]): string {
  const at = `${path}/`.replace(/\/+/g, "/");
  const [mount] = mounts
    .filter(({ destination }) => at.startsWith(`${destination}/`.replace(/\/+/g, "/")))
    .toSorted((a, b) => b.destination.length - a.destination.length);
  return mount?.readonly === true ? "mounted volume is marked read-only" : "container rootfs is marked read-only";
}
