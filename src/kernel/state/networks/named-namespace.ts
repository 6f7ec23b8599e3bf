// Network namespaces that are there before their container, and without a process: files that they are mounted on, as ip-netns(8) has them.
import { closeSync, mkdirSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { launchNow } from "../../launch/launch-now.ts";
import { loopbackUpOps } from "../../netlink/interfaces/loopback.ts";
import { op, type Plan, Registers } from "../../plan/plan.ts";
import { MNT, OPEN_TREE_CLONE, UMOUNT_NOFOLLOW } from "../../tables/mount-flags.ts";
import { namespaceFacts } from "../../tables/namespaces.ts";
import { openFlags } from "../../tables/open-flags.ts";
import type { RuntimeContext } from "../context.ts";

const FROM = "network";

/**
 * Makes a network namespace, its loopback up, and mounts it on a new file. Takes the right to mount on the host.
 * @throws KernelError when the kernel refuses; an error of open(2), EEXIST too, for the file
 */
export function makeNamedNamespace(context: RuntimeContext, path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  closeSync(openSync(path, "wx", 0o600));
  try {
    launchNow(makePlan(path, openFlags(context.facts().arch).O_PATH), { launcher: context.launcher, dir: dirname(path) });
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

function makePlan(path: string, O_PATH: number): Plan {
  const registers = new Registers();
  const [made, at] = [registers.named("namespace"), registers.named("file")];
  const ops = [
    op("open", { dir: undefined, path, flags: O_PATH, mode: 0, out: at }, FROM),
    op("unshare", { flags: namespaceFacts("network").flag }, { from: FROM, subject: "a network namespace" }),
    ...loopbackUpOps(),
    op("openTree", { dir: undefined, path: "/proc/self/ns/net", flags: OPEN_TREE_CLONE, out: made }, FROM),
    op("moveMount", { from: made, to: at, flags: 0 }, { from: FROM, subject: path }),
  ];
  return { sections: [{ name: "host", ops }], registers: registers.names };
}

/** Takes such a namespace away, whatever of it is there; processes in it keep it. */
export function removeNamedNamespace(context: RuntimeContext, path: string): void {
  const flags = MNT.DETACH | UMOUNT_NOFOLLOW;
  const ops = [op("umount", { path, flags }, { from: FROM, tolerate: ["ENOENT", "EINVAL"] })];
  launchNow({ sections: [{ name: "host", ops }], registers: [] }, { launcher: context.launcher, dir: context.root });
  rmSync(path, { force: true });
}
