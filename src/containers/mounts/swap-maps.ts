// Maps of an idmapped mount that show one id as another, that one as the first, and every other as itself (mount_setattr(2)).
import type { IdMapping } from "../../spec/runtime/config.ts";

/** (uid_t)-1 is no id. */
const IDS = 0xffff_ffff;

/** `containerID` is the id on the disk, `hostID` the one that is shown: the kernel's order. */
export function swapMaps(a: number, b: number): IdMapping[] {
  const [low, high] = a < b ? [a, b] : [b, a];
  if (low === high) return [{ containerID: 0, hostID: 0, size: IDS }];
  return [
    { containerID: 0, hostID: 0, size: low },
    { containerID: low, hostID: high, size: 1 },
    { containerID: low + 1, hostID: low + 1, size: high - low - 1 },
    { containerID: high, hostID: low, size: 1 },
    { containerID: high + 1, hostID: high + 1, size: IDS - high - 1 },
  ].filter(({ size }) => size > 0);
}
