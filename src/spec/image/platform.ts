// Platforms of images: image-spec 1.1 image-index.md, "platform" and "Platform Variants"; the names that people and uname(2) have for them.
import { TeuError } from "../../base/errors.ts";

export interface Platform {
  /** Go's GOARCH: amd64, arm64, arm, 386 … */
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly "os.features"?: readonly string[];
}

/** Go's GOOS, as far as images have been seen for them. */
const SYSTEMS: readonly string[] = [
  "linux",
  "windows",
  "darwin",
  "freebsd",
  "netbsd",
  "openbsd",
  "dragonfly",
  "solaris",
  "illumos",
  "aix",
  "plan9",
  "android",
  "js",
  "wasip1",
];

/** Go's GOARCH, likewise. */
// biome-ignore format: table
const ARCHITECTURES: readonly string[] = [
  "386", "amd64", "arm", "arm64", "loong64", "mips", "mipsle", "mips64", "mips64le", "ppc64", "ppc64le", "riscv64", "s390x", "wasm",
];

/** Other names of an architecture, with the variant that they imply. */
// biome-ignore format: table
const ALIASES: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  x86_64: ["amd64"], "x86-64": ["amd64"], i386: ["386"], i486: ["386"], i586: ["386"], i686: ["386"], x86: ["386"],
  aarch64: ["arm64"], armv8l: ["arm", "v8"], armhf: ["arm", "v7"], armv7l: ["arm", "v7"], armel: ["arm", "v6"], armv6l: ["arm", "v6"],
  loongarch64: ["loong64"], mips64el: ["mips64le"], mipsel: ["mipsle"], ppc64el: ["ppc64le"],
};

/** The variant that an architecture has when none is said; it is left out of the normal form, except for arm, which has no plain one. */
const PLAIN: ReadonlyMap<string, string> = new Map([
  ["amd64", "v1"],
  ["arm64", "v8"],
]);
const PLAIN_ARM = "v7";

/** The oldest variant that runs on all newer ones of the architecture. */
const OLDEST: ReadonlyMap<string, number> = new Map([
  ["amd64", 1],
  ["arm", 5],
  ["arm64", 8],
]);

const PART = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/**
 * The normal form: names in lower case, aliases replaced, the variant that every machine of the architecture has left out
 * (`linux/x86_64` → amd64, `arm64/v8` → arm64, `armhf` and `arm` → arm/v7). Two platforms that mean the same have the same form.
 */
export function normalizePlatform(platform: Platform): Platform {
  const named = platform.architecture.toLowerCase();
  const [architecture, implied] = Object.hasOwn(ALIASES, named) ? (ALIASES[named] ?? [named]) : [named];
  const given = (platform.variant ?? "").toLowerCase();
  let variant: string | undefined = /^\d/.test(given) ? `v${given}` : given || implied;
  if (architecture === "arm") variant ??= PLAIN_ARM;
  if (variant === PLAIN.get(architecture)) variant = undefined;
  const { variant: _, ...rest } = platform;
  const os = platform.os.toLowerCase();
  return { ...rest, architecture, os: os === "macos" ? "darwin" : os, ...(variant !== undefined && { variant }) };
}

/**
 * Reads `os/architecture/variant`, `os/architecture`, or one of the two alone; `host` says the rest. The result is in normal form.
 * @throws TeuError `invalid`
 */
export function parsePlatform(text: string, host: Platform = { os: "linux", architecture: "amd64" }): Platform {
  const wrong = (why: string) =>
    new TeuError("invalid", `platform ${JSON.stringify(text.slice(0, 200))} ${why}, such as linux/arm64 or linux/arm/v7`);
  const parts = text.split("/", 4);
  if (parts.length > 3 || !parts.every((part) => PART.test(part))) throw wrong("is not os/architecture[/variant]");
  const [first = "", second, third] = parts;
  if (second !== undefined) return normalizePlatform({ os: first, architecture: second, ...(third !== undefined && { variant: third }) });
  const alone = normalizePlatform({ os: first, architecture: first });
  if (SYSTEMS.includes(alone.os)) return normalizePlatform({ ...host, os: alone.os });
  if (ARCHITECTURES.includes(alone.architecture)) return { ...alone, os: host.os };
  throw wrong("names no operating system or architecture that is known; write both");
}

/** `linux/arm/v7`; as the platform is, not normalised. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os || "unknown", architecture || "unknown", ...(variant ? [variant] : [])].join("/");
}

/** What runs on a platform, best first: its own variant, then each older one. Normal forms. */
export function runnablePlatforms(wanted: Platform): readonly Platform[] {
  const own = normalizePlatform(wanted);
  const { variant: _, ...plain } = own;
  const version = /^v(\d{1,2})(?:\.\d{1,2})?$/.exec(own.variant ?? PLAIN.get(own.architecture) ?? "")?.[1];
  const oldest = OLDEST.get(own.architecture);
  const list = [own];
  if (version === undefined || oldest === undefined) return list;
  // armv9.2 runs v9 and v8: the number before the dot counts down, the one with a dot first falls to its own whole.
  const from = own.variant?.includes(".") ? Number(version) : Number(version) - 1;
  for (let older = from; older >= oldest; older--) list.push(normalizePlatform({ ...plain, variant: `v${older}` }));
  return list;
}

/** Whether two platforms are the same, whatever they are called. Versions and features of the system do not count. */
export function samePlatform(a: Platform, b: Platform): boolean {
  return formatPlatform(normalizePlatform(a)) === formatPlatform(normalizePlatform(b));
}
