// Which network namespace a process is in. On the way of every run with a network.
import { readlinkSync } from "node:fs";

/**
 * The inode number of a network namespace: no other has it as long as this one is there.
 * @param path a link of /proc that stands for it; this process's own otherwise
 */
export function netNamespaceId(path = "/proc/self/ns/net"): number {
  return Number(/^net:\[(\d+)\]$/.exec(readlinkSync(path))?.[1]);
}
