// Reads a tree of files: the launcher walks it by descriptors and sends records; here they become entries and their content.
import { TeuError } from "../../base/errors.ts";
import { op } from "../plan/plan.ts";
import { RecordDecoder, type TreeItem } from "./decode.ts";
import type { TreeComparison, TreePlace } from "./place.ts";
import { READ_FLAG } from "./records.ts";
import { startSession, type TreeSessionOptions } from "./session.ts";

export type { TreeItem } from "./decode.ts";

export interface TreeReaderOptions extends TreeSessionOptions {
  /** Absolute path of the directory, or where else it is. */
  readonly root: string | TreePlace;
  /** Not the directory, but what has this name in it; its path is then the name. */
  readonly name?: string;
  /** Nothing of what the directory holds. */
  readonly alone?: boolean;
  /** Of file systems that the kernel makes up (procfs, sysfs …), and of a container's /dev, the mount points alone. */
  readonly withoutKernels?: boolean;
  /** A tree to compare with: entries then tell what it has at their paths. */
  readonly below?: TreeComparison;
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
  const { name, below } = options;
  const flags = flagsOf(options);
  const session = startSession(
    options.root,
    "read",
    ({ root, output, answers, exchange }, registers) => [
      ...(below?.ops(registers) ?? []),
      op(
        "readTree",
        { root, name, below: below?.register(registers), to: output, answers, flags, exchange },
        { from: "tree", subject: typeof options.root === "string" ? options.root : (options.subject ?? "the tree") },
      ),
    ],
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

function flagsOf({ overlay, oneFileSystem, statOnly, alone, withoutKernels }: TreeReaderOptions): number {
  return (
    (overlay === true ? READ_FLAG.overlay : 0) |
    (oneFileSystem === true ? READ_FLAG.oneFileSystem : 0) |
    (statOnly === true ? READ_FLAG.statOnly : 0) |
    (alone === true ? READ_FLAG.alone : 0) |
    (withoutKernels === true ? READ_FLAG.noKernel : 0)
  );
}
