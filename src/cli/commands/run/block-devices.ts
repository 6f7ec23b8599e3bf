// Flags that limit what a container does with one block device: docker's `PATH:VALUE`.
import { parseSize } from "../../../base/units.ts";
import type { BlockDeviceLimit } from "../../../containers/config/isolation.ts";
import type { Flags, FlagValues } from "../../command.ts";
import type { Problems } from "../flag-problems.ts";

// biome-ignore format: table
export const BLOCK_DEVICE_FLAGS = {
  "blkio-weight-device": { type: "string", multiple: true, value: "PATH:N", summary: "Weight of its I/O with one device (10 to 1000)" },
  "device-read-bps":     { type: "string", multiple: true, value: "PATH:SIZE", summary: "Most bytes a second read from a device" },
  "device-read-iops":    { type: "string", multiple: true, value: "PATH:N", summary: "Most reads a second from a device" },
  "device-write-bps":    { type: "string", multiple: true, value: "PATH:SIZE", summary: "Most bytes a second written to a device" },
  "device-write-iops":   { type: "string", multiple: true, value: "PATH:N", summary: "Most writes a second to a device" },
} as const satisfies Flags;

// biome-ignore format: table
const KINDS = [
  { flag: "blkio-weight-device", kind: "weightDevice",            unit: "weight" },
  { flag: "device-read-bps",     kind: "throttleReadBpsDevice",   unit: "size" },
  { flag: "device-write-bps",    kind: "throttleWriteBpsDevice",  unit: "size" },
  { flag: "device-read-iops",    kind: "throttleReadIOPSDevice",  unit: "count" },
  { flag: "device-write-iops",   kind: "throttleWriteIOPSDevice", unit: "count" },
] as const;

export function blockDevicesOf(flags: FlagValues<typeof BLOCK_DEVICE_FLAGS>, problems: Problems): { blockDevices?: BlockDeviceLimit[] } {
  const limits = KINDS.flatMap(({ flag, kind, unit }) =>
    (flags[flag] ?? []).flatMap((text) => {
      const [, path, amount] = /^(\/.*):([^:]+)$/.exec(text) ?? [];
      const value = amount === undefined ? undefined : problems.take(`--${flag}`, () => amountOf(amount, unit));
      if (path === undefined || value === undefined || Number.isNaN(value)) {
        problems.refuse(`--${flag}`, `${JSON.stringify(text)} is not ${EXAMPLES[unit]} with the absolute path of a device`);
        return [];
      }
      return [{ path, kind, value }];
    }),
  );
  return limits.length === 0 ? {} : { blockDevices: limits };
}

const EXAMPLES = { weight: "PATH:N from 10 to 1000", size: "PATH:SIZE", count: "PATH:N" } as const;

/** NaN where it is none. */
function amountOf(text: string, unit: keyof typeof EXAMPLES): number {
  if (unit === "size") return parseSize(text);
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return unit === "weight" && (number < 10 || number > 1000) ? Number.NaN : number;
}
