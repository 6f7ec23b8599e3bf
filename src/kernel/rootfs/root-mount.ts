// A root file system that is a mount of its own, an overlay of an image's layers, in place of a directory: made detached, so that at no time
// it has a place on the host, and then attached as rootOps attaches a clone. Kernel: Documentation/filesystems/overlayfs.rst, fsconfig(2).
import { TeuError } from "../../base/errors.ts";
import type { Mount } from "../../spec/runtime/config.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { MOUNT_ATTR } from "../tables/mount-flags.ts";
import { OPEN_COMMON } from "../tables/open-flags.ts";

export interface RootMountContext {
  readonly registers: Registers;
  readonly root: Register;
  readonly kernel: HostFacts["kernel"];
}

/** Where the ops come from: a field of no configuration, as an image's layers are the engine's own. */
export const LAYERS = "image.layers";

/** Overlay options whose value is a path. */
const PATH_OPTIONS: ReadonlySet<string> = new Set(["upperdir", "workdir"]);

/** fsconfig(2) takes string values below this length. */
const MAX_VALUE = 256;

/** True of a mount that `overlayRootOps` makes; a bind is what rootOps does with a path. */
export function isOverlay(mount: Mount | undefined): mount is Mount & { readonly type: "overlay" } {
  return mount?.type === "overlay";
}

/** Attaches the mount in register `root` over the directory `path`, in the mount namespace of whoever runs this: the container's own. */
export function attachRootOps({ registers, root, path }: Pick<RootMountContext, "registers" | "root"> & { readonly path: string }): Op[] {
  const policy = { from: "root.path", subject: `root file system ${path}` };
  const below = registers.named("rootfs");
  return [
    op("open", { dir: undefined, path: path === "/" ? path : `${path}/`, flags: OPEN_COMMON.O_PATH, mode: 0, out: below }, policy),
    op("moveMount", { from: root, to: below, flags: 0 }, policy),
    op("close", { fd: below }, policy),
  ];
}

/** Makes the overlay in register `root`, attached nowhere. */
export function overlayOps(mount: Mount, { registers, root, kernel }: RootMountContext): Op[] {
  const policy = { from: LAYERS, subject: "the layers of the image" };
  const { layers, paths, flags, readonly } = readOverlay(mount);
  const links = new ShortNames(registers);
  const lower = lowerOptions(layers, { kernel, links });
  const upper = paths.map(([name, path]) => `${name}=${path.length < MAX_VALUE ? escaped(path) : links.nameOf(path)}`);
  const options = [`source=${mount.source ?? "overlay"}`, ...lower, ...upper, ...flags];
  return [...links.ops(), op("fsMount", { type: "overlay", options, attr: readonly ? MOUNT_ATTR.RDONLY : 0, out: root }, policy)];
}

export interface OverlayParts {
  /** Top to bottom, unescaped. */
  readonly layers: readonly string[];
  readonly paths: readonly (readonly [name: string, path: string])[];
  readonly flags: readonly string[];
  readonly readonly: boolean;
}

/** The options of an overlay, taken apart. */
export function readOverlay({ options = [] }: Mount): OverlayParts {
  const pairs = options.map((option) => {
    const [, name = option, value = ""] = /^([^=]*)=(.*)$/s.exec(option) ?? [];
    return { option, name, value };
  });
  const lower = pairs.find(({ name }) => name === "lowerdir")?.value ?? "";
  return {
    layers: (lower.match(/(?:\\.|[^:\\])+/gs) ?? []).map(unescaped),
    paths: pairs.filter(({ name }) => PATH_OPTIONS.has(name)).map(({ name, value }) => [name, unescaped(value)] as const),
    flags: pairs.filter(({ name }) => name !== "lowerdir" && name !== "ro" && !PATH_OPTIONS.has(name)).map(({ option }) => option),
    readonly: pairs.some(({ name }) => name === "ro"),
  };
}

/** `lowerdir+` (Linux 6.7) takes a layer at a time, as it is written; before, all of them must fit into one value. */
function lowerOptions(layers: readonly string[], { kernel, links }: { kernel: HostFacts["kernel"]; links: ShortNames }): string[] {
  if (kernel.major > 6 || (kernel.major === 6 && kernel.minor >= 7)) {
    return layers.map((layer) => `lowerdir+=${layer.length < MAX_VALUE ? layer : links.nameOf(layer)}`);
  }
  const plain = layers.map((layer) => escaped(layer).replaceAll(":", "\\:")).join(":");
  // Before Linux 6.5 no value may hold a comma, which a link does not.
  if (plain.length < MAX_VALUE && !plain.includes(",")) return [`lowerdir=${plain}`];
  const short = layers.map((layer) => links.nameOf(layer)).join(":");
  if (short.length < MAX_VALUE) return [`lowerdir=${short}`];
  throw new TeuError(
    "unsupported",
    `stack the ${layers.length} layers of the image: before Linux 6.7 a mount cannot name so many; this is ${kernel.major}.${kernel.minor}`,
  );
}

/** Links that stand for paths, in a file system of their own that nobody else sees. */
class ShortNames {
  readonly #paths: string[] = [];
  readonly #registers: Registers;

  constructor(registers: Registers) {
    this.#registers = registers;
  }

  /** A name for an absolute path, relative to the directory of links. */
  nameOf(path: string): string {
    return (this.#paths.push(path) - 1).toString(36);
  }

  /** Makes the links and their directory the working directory, which relative names start at. The process takes another one later on. */
  ops(): Op[] {
    if (this.#paths.length === 0) return [];
    const policy = { from: LAYERS, subject: "short names for the layers of the image" };
    const root = this.#registers.named("short names");
    return [
      op("fsMount", { type: "tmpfs", options: [], attr: MOUNT_ATTR.NODEV | MOUNT_ATTR.NOEXEC, out: root }, policy),
      ...this.#paths.map((target, index) => op("symlink", { root, target, path: index.toString(36) }, policy)),
      op("fchdir", { fd: root }, policy),
      op("close", { fd: root }, policy),
    ];
  }
}

function escaped(path: string): string {
  return path.replaceAll("\\", "\\\\");
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, "$1");
}
