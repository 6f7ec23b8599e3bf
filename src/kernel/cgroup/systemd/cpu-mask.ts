// CPU and node lists as systemd's AllowedCPUs wants them: a bit mask of bytes, lowest CPU first. Pure.
import { TeuError } from "../../../base/errors.ts";

/** The kernel's own bound is 8192 CPUs; a list beyond this is a mistake. */
const MOST = 65536;

/**
 * `0-2,9` → bytes 07 02 (cpuset(7), "List format").
 * @throws TeuError `invalid` for text that is not a list
 */
export function listMask(list: string, field: string): Uint8Array {
  const numbers = list
    .trim()
    .split(",")
    .flatMap((range) => {
      const [, first, last = first] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(range) ?? [];
      const [from, to] = [Number(first), Number(last)];
      if (first === undefined || to < from || to >= MOST)
        throw new TeuError("invalid", `${field}: ${JSON.stringify(list)} is not a list such as 0-3,7`);
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
  const mask = new Uint8Array((Math.max(...numbers) >> 3) + 1);
  for (const number of numbers) mask[number >> 3] = (mask[number >> 3] ?? 0) | (1 << (number & 7));
  return mask;
}
