// Reads a tree of files: the launcher walks it by descriptors and sends records; here they become entries and their content.
import { TeuError } from "../../base/errors.ts";
import { op } from "../plan/plan.ts";
import { RecordDecoder, type TreeItem } from "./decode.ts";
import { READ_FLAG } from "./records.ts";
import { startSession, type TreeSessionOptions } from "./session.ts";

export type { TreeItem } from "./decode.ts";

export interface TreeReaderOptions extends TreeSessionOptions {
  /** Absolute path of the directory. */
  readonly root: string;
  /** It is the upper directory of an overlay: whiteouts and opaque directories come as such, and overlayfs's own xattrs are left out. */
  readonly overlay?: boolean;
  /** Nothing of what is mounted inside; directories that are mount points come empty. */
  readonly oneFileSystem?: boolean;
  /** No contents, and of sparse files no extents. */
  readonly statOnly?: boolean;
}

/**
 * All that is in a directory, itself first with the path "": a directory before what it holds, names sorted by their bytes, so that the same
 * tree gives the same items. Sockets are left out. Further names of a file come as hard links to the first. A consumer that stops ends the
 * launcher.
 * @throws KernelError naming the entry that cannot be read; TeuError as startSession.
 */
export async function* readTree(options: TreeReaderOptions): AsyncGenerator<TreeItem, void, void> {
  const { overlay = false, oneFileSystem = false, statOnly = false } = options;
  const flags = (overlay ? READ_FLAG.overlay : 0) | (oneFileSystem ? READ_FLAG.oneFileSystem : 0) | (statOnly ? READ_FLAG.statOnly : 0);
  const session = startSession(
    options.root,
    "read",
    ({ root, output, answers }) => op("readTree", { root, to: output, answers, flags }, { from: "tree", subject: options.root }),
    options,
  );
  const decoder = new RecordDecoder();
  const stream = session.launch.output.getReader();
  try {
    for (;;) {
      const { done, value } = await stream.read();
      if (done) break;
      yield* decoder.push(value);
    }
    await session.finish();
    if (!decoder.ended) throw new TeuError("internal", `read ${options.subject ?? "the tree"}: it ended before its end`);
  } finally {
    // Whoever stops early: the launcher's next write finds nobody.
    await stream.cancel().catch(() => {});
    await session.launch.end().catch(() => {});
    await session.launch.ended;
  }
}
