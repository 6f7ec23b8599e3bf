// linux.resources.memory on cgroup v2 (config-linux.md "Memory"; kernel cgroup-v2.rst "Memory").
import { asked, type CgroupWrite, type ControllerWrites, isDouble, limitText } from "../write.ts";

const FIELD = "linux.resources.memory";

/**
 * The specification's words are v1's: `swap` is memory and swap together there, swap alone here; `reservation`, the
 * soft limit, becomes memory.low. `kernel` and `kernelTCP` are part of memory.max by nature, `useHierarchy` always true.
 */
export const memory: ControllerWrites = ({ memory }, refuse) => {
  const writes: CgroupWrite[] = [];
  if (memory === undefined) return writes;
  const write = (field: string, file: string, data: string, more?: Pick<CgroupWrite, "tolerate">) =>
    writes.push({ controller: "memory", file, data, from: `${FIELD}.${field}`, ...more });

  const { limit, swap, reservation } = memory;
  if (asked(swap)) {
    const data = swapText(swap, limit);
    if (data === undefined) refuse("invalid", `${FIELD}.swap`, "is memory and swap together, so it needs a limit that it is not less than");
    // Without swap accounting there is no file; then "none" and "any" hold without it, and what nobody may have asked for is not missed.
    else
      write(
        "swap",
        "memory.swap.max",
        data,
        data === "0" || data === "max" || isDouble(swap, limit) ? { tolerate: ["ENOENT"] } : undefined,
      );
  } else if (asked(limit) && limit < 0) write("limit", "memory.swap.max", "max", { tolerate: ["ENOENT"] });
  if (asked(limit)) write("limit", "memory.max", limitText(limit));
  if (asked(reservation)) write("reservation", "memory.low", limitText(reservation));
  if (asked(memory.kernelTCP) && memory.kernelTCP > 0)
    refuse("unsupported", `${FIELD}.kernelTCP`, "cgroup v2 has no limit for TCP buffers alone");
  if (memory.swappiness !== undefined && memory.swappiness >= 0)
    refuse("unsupported", `${FIELD}.swappiness`, "cgroup v2 has no swappiness of a cgroup");
  if (memory.disableOOMKiller) refuse("unsupported", `${FIELD}.disableOOMKiller`, "cgroup v2 cannot turn the OOM killer off");
  return writes;
};

/** memory.swap.max for the specification's memory+swap total, or undefined where the two numbers do not go together. */
export function swapText(swap: number | bigint, limit: number | bigint | undefined): string | undefined {
  if (swap < 0) return "max";
  if (!asked(limit)) return undefined;
  if (limit < 0) return String(swap);
  const alone = BigInt(swap) - BigInt(limit);
  return alone < 0n ? undefined : String(alone);
}
