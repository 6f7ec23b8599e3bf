// `bootstrap:DISTRO/SUITE[?variant=…&components=…&include=…&mirror=…&arch=…]`: which base image is to be made. Every part ends up in an
// argument list or in a file of package sources, so each is held to a pattern that leaves no room for options or lines of its own.
import { InvalidInputError, type Problem, TeuError } from "../../base/errors.ts";
import { normalizePlatform, type Platform } from "../../spec/image/platform.ts";

export interface Recipe {
  readonly distro: DistroName;
  readonly suite: string;
  readonly variant: string;
  readonly components: readonly string[];
  /** Extra packages. */
  readonly include: readonly string[];
  readonly mirror: string;
  readonly platform: Platform;
}

interface Distro {
  readonly mirror: string;
  /** Of architectures that the main mirror lacks. */
  readonly ports?: { readonly mirror: string; readonly except: readonly string[] };
  readonly components: readonly string[];
  readonly keyring: string;
}

export type DistroName = "debian" | "ubuntu";

export const DISTROS: Readonly<Record<DistroName, Distro>> = {
  debian: {
    mirror: "http://deb.debian.org/debian",
    components: ["main"],
    keyring: "/usr/share/keyrings/debian-archive-keyring.gpg",
  },
  ubuntu: {
    mirror: "http://archive.ubuntu.com/ubuntu",
    ports: { mirror: "http://ports.ubuntu.com/ubuntu-ports", except: ["amd64", "i386"] },
    components: ["main"],
    keyring: "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
  },
};

/** mmdebstrap(1), "VARIANTS": smallest first. debootstrap has minbase and buildd only. */
export const VARIANTS = ["essential", "apt", "minbase", "buildd", "important", "standard"] as const;
const DEFAULT_VARIANT = "minbase";

/** dpkg's names of architectures by Go's: deb-src-control(5), "Architecture". */
const DEBIAN_ARCHES: ReadonlyMap<string, string> = new Map([
  ["amd64", "amd64"],
  ["arm64", "arm64"],
  ["386", "i386"],
  ["arm", "armhf"],
  ["arm/v7", "armhf"],
  ["arm/v6", "armel"],
  ["arm/v5", "armel"],
  ["ppc64le", "ppc64el"],
  ["riscv64", "riscv64"],
  ["s390x", "s390x"],
]);

const MOST_WORDS = 500;

/** What each part may be; deb-control(5) for packages, sources.list(5) for the others. */
const SUITE = /^[a-z0-9][a-z0-9.+-]{0,63}$/;
const COMPONENT = /^[a-z0-9][a-z0-9+-]{0,63}$/;
const PACKAGE = /^[a-z0-9][a-z0-9+.-]{1,127}$/;
const MIRROR = /^https?:\/\/[A-Za-z0-9.[\]:-]{1,255}(?:\/[A-Za-z0-9._~%+-]+)*\/?$/;

/** The Debian name of a platform's architecture. @throws TeuError `unsupported`. */
export function debianArch(platform: Platform): string {
  const { architecture, variant } = normalizePlatform(platform);
  const arch = DEBIAN_ARCHES.get(`${architecture}/${variant ?? ""}`) ?? DEBIAN_ARCHES.get(architecture);
  if (arch === undefined) throw new TeuError("unsupported", `bootstrap for ${architecture}: Debian has no such architecture`);
  return arch;
}

/** Go's name, or Debian's (`armhf`), as a platform. */
function platformOf(arch: string, host: Platform): Platform {
  if (arch === "") return normalizePlatform(host);
  const known = [...DEBIAN_ARCHES].find(([, debian]) => debian === arch)?.[0] ?? arch;
  const [architecture = "", variant] = known.split("/");
  return normalizePlatform({ os: "linux", architecture, ...(variant === undefined ? {} : { variant }) });
}

/**
 * Reads what stands behind `bootstrap:`.
 * @param host the platform that images are for when the recipe does not say
 * @param mirrors by distribution, in the place of the main ones
 * @throws InvalidInputError with every problem found.
 */
export function parseRecipe(text: string, host: Platform, mirrors: Readonly<Record<string, string>> = {}): Recipe {
  const problems: Problem[] = [];
  const [name = "", query = ""] = text.split("?", 2);
  const [distroName = "", suite = "", ...more] = name.split("/");
  const distro = (Object.keys(DISTROS) as DistroName[]).find((known) => known === distroName);
  const refuse = (field: string, message: string) => void problems.push({ field, message });
  if (distro === undefined) refuse("distribution", `${JSON.stringify(distroName)} is not one of ${Object.keys(DISTROS).join(", ")}`);
  if (!SUITE.test(suite) || more.length > 0) refuse("suite", `it must be a name such as bookworm, as in bootstrap:debian/bookworm`);

  const fields = readQuery(query, refuse);
  const words = (field: string, pattern: RegExp): readonly string[] => {
    const list = (fields.get(field) ?? "").split(",").filter((word) => word !== "");
    for (const word of list) if (!pattern.test(word)) refuse(field, `${JSON.stringify(word.slice(0, 200))} cannot be one`);
    if (list.length > MOST_WORDS) refuse(field, `more than ${MOST_WORDS}`);
    return [...new Set(list)].sort();
  };
  const variant = fields.get("variant") ?? DEFAULT_VARIANT;
  if (!VARIANTS.some((known) => known === variant)) refuse("variant", `${JSON.stringify(variant)} is not one of ${VARIANTS.join(", ")}`);
  const facts = DISTROS[distro ?? "debian"];
  const components = words("components", COMPONENT);
  const include = words("include", PACKAGE);
  const platform = platformOf(fields.get("arch") ?? "", host);
  const arch = [...DEBIAN_ARCHES.values()].includes(debianName(platform) ?? "") ? debianName(platform) : undefined;
  if (arch === undefined)
    refuse("arch", `${JSON.stringify(fields.get("arch") ?? host.architecture)} is no architecture that can be bootstrapped`);
  const mirror = fields.get("mirror") ?? mirrors[distro ?? "debian"] ?? mirrorOf(facts, arch ?? "");
  if (!MIRROR.test(mirror) || mirror.includes("/.."))
    refuse("mirror", `${JSON.stringify(mirror.slice(0, 200))} is no http or https address`);
  if (problems.length > 0 || distro === undefined) throw new InvalidInputError(`bootstrap:${text.slice(0, 200)}`, problems);
  return { distro, suite, variant, components: components.length > 0 ? components : facts.components, include, mirror, platform };
}

function debianName({ architecture, variant }: Platform): string | undefined {
  return DEBIAN_ARCHES.get(`${architecture}/${variant ?? ""}`) ?? DEBIAN_ARCHES.get(architecture);
}

function mirrorOf({ mirror, ports }: Distro, arch: string): string {
  return ports === undefined || ports.except.includes(arch) ? mirror : ports.mirror;
}

const FIELDS = ["variant", "components", "include", "mirror", "arch"];

function readQuery(query: string, refuse: (field: string, message: string) => void): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [field, value] of new URLSearchParams(query.replaceAll("+", "%2B"))) {
    if (!FIELDS.includes(field)) refuse(field.slice(0, 64), `unknown; known are ${FIELDS.join(", ")}`);
    else if (fields.has(field)) refuse(field, "is given twice");
    else fields.set(field, value);
  }
  return fields;
}
