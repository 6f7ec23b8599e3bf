// The interfaces of the host, for a configuration that moves some of them into the container (`linux.netDevices`).
import { closeSync, mkdirSync, readFileSync } from "node:fs";
import { namelessFile } from "../../base/nameless-file.ts";
import type { Linux } from "../../spec/runtime/config.ts";
import { launchNow } from "../launch/launch-now.ts";
import { FIRST_EXTRA_FD } from "../launch/launcher.ts";
import { dumpLinksOps, type LinkFacts, linkFactsOf } from "../netlink/interfaces/link-facts.ts";
import { op, Registers } from "../plan/plan.ts";
import type { RuntimeContext } from "./context.ts";

/**
 * Asks the kernel for the interfaces of this network namespace, by a small plan of its own; nothing where none is to be moved.
 * @throws KernelError when the kernel refuses to tell
 */
export function readLinks(context: RuntimeContext, devices: Linux["netDevices"]): { readonly links?: readonly LinkFacts[] } {
  if (Object.keys(devices ?? {}).length === 0) return {};
  const registers = new Registers();
  const file = registers.named("dump");
  const ops = [op("adopt", { fd: FIRST_EXTRA_FD, out: file }, "linux.netDevices"), ...dumpLinksOps(file)];
  mkdirSync(context.root, { recursive: true, mode: 0o711 });
  const { launcher, root: dir } = context;
  const fd = namelessFile(dir, new Uint8Array());
  try {
    launchNow({ sections: [{ name: "host", ops }], registers: registers.names }, { launcher, dir, extra: [fd] });
    return { links: linkFactsOf(readFileSync(`/proc/self/fd/${fd}`)) };
  } finally {
    closeSync(fd);
  }
}
