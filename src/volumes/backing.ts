// What the options of driver `local` say of a volume: where its files are. docker's `type`, `device`, `o` are those of mount(8); such a mount is
// made for each container, in its own mount namespace, and never left on the host. Pure.
import { TeuError } from "../base/errors.ts";

export const LOCAL_DRIVER = "local";

export type Backing =
  /** The volume's own directory. */
  | { readonly kind: "directory" }
  | { readonly kind: "bind"; readonly source: string; readonly options: readonly string[] }
  /** A file system by its type, mounted with options of mount(8). */
  | { readonly kind: "filesystem"; readonly type: string; readonly source: string; readonly options: readonly string[] };

export type DriverOptions = Readonly<Record<string, string>>;

/** The options there are, each with those that it does not go without: docker's table. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  type: ["device"],
  device: ["type"],
  o: ["device", "type"],
  size: [],
};

/** @throws TeuError `invalid`, in docker's words, `unsupported` for a limit that the volume's own directory cannot have */
export function backingOf(options: DriverOptions): Backing {
  for (const name of Object.keys(options))
    if (!Object.hasOwn(NEEDS, name)) throw new TeuError("invalid", `invalid option: ${JSON.stringify(name)}`);
  for (const name of Object.keys(options)) {
    const missing = NEEDS[name]?.find((other) => !options[other]);
    if (missing !== undefined) throw new TeuError("invalid", `missing required option: ${JSON.stringify(missing)}`);
  }
  const { type, device = "", o = "", size } = options;
  const words = o.split(",").filter(Boolean);
  if (type === "tmpfs")
    return { kind: "filesystem", type, source: device, options: size === undefined ? words : [...words, `size=${size}`] };
  if (size !== undefined) {
    throw new TeuError(
      "unsupported",
      "size: a directory has no limit of its own without project quotas, which this build does not set; one in memory has: --opt type=tmpfs --opt device=tmpfs --opt o=size=SIZE",
    );
  }
  if (type === undefined) return { kind: "directory" };
  if (words.includes("bind") || words.includes("rbind")) {
    if (!device.startsWith("/")) throw new TeuError("invalid", `device: ${JSON.stringify(device)} is not an absolute path`);
    return { kind: "bind", source: device, options: words };
  }
  return { kind: "filesystem", type, source: device, options: words };
}
