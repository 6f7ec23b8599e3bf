// Removes a tree of files, whatever is in it: modes that keep its owner out, files of mapped users, nests deeper than a path can name.
import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { op } from "../plan/plan.ts";
import { startSession, type TreeSessionOptions } from "./session.ts";

export interface RemoveTreeOptions extends TreeSessionOptions {
  /** Absolute path; its last part is what is removed, and is not followed. */
  readonly path: string;
}

/**
 * Removes a directory with all that is in it, or a file. That there is none is success. What was begun and not ended can be done again.
 * @throws KernelError: EXDEV or EBUSY where something is mounted inside, of which nothing is removed.
 */
export async function removeTree(options: RemoveTreeOptions): Promise<void> {
  const { path } = options;
  const name = basename(path);
  if (!path.startsWith("/") || name === "" || name === "." || name === "..") {
    throw new TeuError("invalid", `remove ${path}: it is not the absolute path of something below a directory`);
  }
  if (!existsSync(dirname(path))) return;
  const session = startSession(
    dirname(path),
    "remove",
    ({ root }) => [op("removeTree", { dir: root, name }, { from: "tree", subject: path })],
    {
      subject: path,
      ...options,
    },
  );
  await session.launch.end().catch(() => {});
  await session.finish();
}
