// Reads files of a container that runs as its processes find them: through its first process's root, in its mount namespace. What the
// container has mounted or linked there means what it means to it, and nothing outside is reached (op readOut).
import { closeSync, readFileSync } from "node:fs";
import { namelessFile } from "../../base/nameless-file.ts";
import { becomeRootOps } from "../compile/user-namespace.ts";
import { launchNow } from "../launch/launch-now.ts";
import { FIRST_EXTRA_FD } from "../launch/launcher.ts";
import { type Op, op, Registers } from "../plan/plan.ts";
import { namespaceFacts } from "../tables/namespaces.ts";
import { OPEN_COMMON, openFlags } from "../tables/open-flags.ts";
import type { RuntimeContext } from "./context.ts";
import { openInit } from "./exec.ts";
import type { Container } from "./query.ts";
import type { FilesWanted } from "./read-files.ts";
import { containerDir } from "./record.ts";

/**
 * The files, in order, as text; empty for those that are not there.
 * @throws TeuError `conflict` when the container has ended; KernelError for one that is no regular file, or larger than allowed
 */
export function readJoinedFiles(
  context: RuntimeContext,
  container: Container,
  { paths, most }: Pick<FilesWanted, "paths" | "most">,
): string[] {
  const dir = containerDir(context.root, container.id);
  const fds = [openInit(container)];
  try {
    for (const _path of paths) fds.push(namelessFile(dir, new Uint8Array()));
    const registers = new Registers();
    const ops = [...openRootOps(registers, context), ...paths.flatMap((path, index) => readOps(registers, { path, index, most }))];
    launchNow({ sections: [{ name: "host", ops }], registers: registers.names }, { launcher: context.launcher, dir, extra: fds });
    return fds.slice(1).map((fd) => readFileSync(`/proc/self/fd/${fd}`, "utf8"));
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

const FROM = "process.user";

/** A caller without privileges reads as root of the container's user namespace, whose files it could not all read otherwise. */
function openRootOps(registers: Registers, context: RuntimeContext): Op[] {
  const { rootless, arch } = context.facts();
  const { O_PATH, O_DIRECTORY } = openFlags(arch);
  const [init, user, out] = [registers.named("init dir"), registers.named("ns.user"), registers.named("root")];
  const subject = "the container's root";
  return [
    op("adopt", { fd: FIRST_EXTRA_FD, out: init }, FROM),
    op("open", { dir: init, path: "root", flags: O_PATH | O_DIRECTORY, mode: 0, out }, { from: FROM, subject }),
    ...(rootless
      ? [
          op("open", { dir: init, path: "ns/user", flags: OPEN_COMMON.O_RDONLY, mode: 0, out: user }, FROM),
          op("setns", { fd: user, types: namespaceFacts("user").flag }, { from: FROM, subject: "user" }),
          ...becomeRootOps(),
        ]
      : []),
  ];
}

function readOps(
  registers: Registers,
  { path, index, most }: { readonly path: string; readonly index: number; readonly most: number },
): Op[] {
  const to = registers.named(`file ${index}`);
  const policy = { from: FROM, subject: `${path} of the container`, tolerate: ["ENOENT", "ENOTDIR"] } as const;
  return [
    op("adopt", { fd: FIRST_EXTRA_FD + 1 + index, out: to }, FROM),
    op("readOut", { root: registers.named("root"), path, to, most }, policy),
  ];
}
