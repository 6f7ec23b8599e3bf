// Device numbers as stat(2) packs them (makedev(3); the kernel's new_encode_dev): 12 bits of major, 20 of minor.

export interface DeviceNumbers {
  readonly major: number;
  readonly minor: number;
}

export function deviceNumbers(rdev: number): DeviceNumbers {
  return { major: (rdev >>> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00) };
}
