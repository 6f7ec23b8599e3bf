// Which network namespace this process is in. On the way of every run with a network.
import { readlinkSync } from "node:fs";

/** Its inode number: no other has it as long as this one is there. */
export function netNamespaceId(): number {
  return Number(/\d+/.exec(readlinkSync("/proc/self/ns/net"))?.[0]);
}
