// Sizes as docker shows them: decimal units (77.8MB), and binary ones (1.5GiB) where memory is meant.

const DECIMAL = { base: 1000, units: ["B", "kB", "MB", "GB", "TB", "PB", "EB"] } as const;
const BINARY = { base: 1024, units: ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] } as const;

/** `77.8MB`: so many significant digits, no zeros behind the point. docker shows images with 3, progress with 4. */
export function decimalSize(bytes: number, digits = 3): string {
  return humanSize(bytes, digits, DECIMAL);
}

/** `1.5GiB`, as docker shows memory. */
export function binarySize(bytes: number, digits = 4): string {
  return humanSize(bytes, digits, BINARY);
}

function humanSize(bytes: number, digits: number, { base, units }: { readonly base: number; readonly units: readonly string[] }): string {
  let value = bytes;
  let unit = 0;
  const rounded = () => Number(value.toPrecision(digits));
  while (rounded() >= base && unit < units.length - 1) {
    value /= base;
    unit++;
  }
  return `${rounded()}${units[unit]}`;
}
