// `-v [SOURCE:]DESTINATION[:MODE]`: docker's short form, with those of podman's words that a mount has.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { randomId } from "../../../base/random-id.ts";
import type { MountRequest } from "../../../containers/document/mounts.ts";
import { anonymousVolume } from "../../../containers/mounts/merge.ts";
import { parseVolumeName } from "../../../volumes/name.ts";
import { asPropagation, destinationOf, type Propagation, refusal } from "./mount-values.ts";

interface Mode {
  readonly readonly: boolean;
  readonly propagation?: Propagation;
  readonly copy: boolean;
  readonly idmap: boolean;
  readonly recursive: boolean;
  readonly readonlyRecursive: boolean;
  readonly options: readonly string[];
}

/** Words that change nothing here: of SELinux, which is off where they are taken, and of Docker Desktop's file sharing. */
const NO_EFFECT: ReadonlySet<string> = new Set(["rw", "copy", "rbind", "cached", "consistent", "delegated", "default"]);
/** Attributes of mount(8). */
const ATTRIBUTES: ReadonlySet<string> = new Set(["nosuid", "suid", "nodev", "dev", "noexec", "exec"]);
/** What a person means who writes one of these in place of the container's path: docker refuses it so. */
const ALONE: ReadonlySet<string> = new Set(["ro", "rw", "z", "Z", "map", "nocopy"]);

/** @throws InvalidInputError */
export function parseVolumeFlag(text: string, driver: string | undefined): MountRequest {
  const parts = text.split(":");
  const [first = "", second, mode = "", ...more] = parts;
  const invalid = refusal(text, `invalid volume specification: '${text}'`);
  if (first === "" || more.length > 0 || (second !== undefined && ALONE.has(second))) throw invalid;
  const from = `--volume ${text}`;
  if (second === undefined)
    return { ...anonymousVolume(destinationOf(text, first), randomId()), ...(driver === undefined ? {} : { driver }), from };
  const { idmap, propagation, copy, recursive, ...common } = { ...modeOf(text, mode), destination: destinationOf(text, second), from };
  if (isPath(first)) {
    if (!copy) throw refusal(text, "nocopy is for volumes, and this is a directory of the host");
    return {
      kind: "bind",
      source: resolve(first),
      create: true,
      recursive,
      idmap,
      ...common,
      ...(propagation === undefined ? {} : { propagation }),
    };
  }
  if (idmap) throw refusal(text, "map is for files and directories of the host, and this is a volume");
  if (propagation !== undefined) throw refusal(text, `invalid mode: ${mode}: a volume has no propagation`);
  return {
    kind: "volume",
    name: nameOf(text, first),
    anonymous: false,
    driverOptions: {},
    labels: {},
    copy,
    ...common,
    ...(driver === undefined ? {} : { driver }),
  };
}

/** `/srv`, `.`, `./www`, `../www`; anything else is the name of a volume. */
function isPath(source: string): boolean {
  return source.startsWith("/") || source === "." || source === ".." || source.startsWith("./") || source.startsWith("../");
}

function nameOf(text: string, name: string): string {
  try {
    return parseVolumeName(name);
  } catch (error) {
    throw refusal(text, `create ${name}: ${error instanceof Error ? error.message : error}`);
  }
}

function modeOf(text: string, mode: string): Mode {
  const words = mode.split(",").filter(Boolean);
  const propagation = words.map(asPropagation).find((found) => found !== undefined);
  for (const word of words) checkWord(text, word);
  if (words.includes("rw") && (words.includes("ro") || words.includes("rro"))) throw refusal(text, `invalid mode: ${mode}`);
  return {
    readonly: words.includes("ro") || words.includes("rro"),
    ...(propagation === undefined ? {} : { propagation }),
    copy: !words.includes("nocopy"),
    idmap: words.includes("map"),
    recursive: !words.includes("bind"),
    readonlyRecursive: !words.includes("bind"),
    options: words.filter((word) => ATTRIBUTES.has(word)),
  };
}

/** There where SELinux is on. */
const SELINUX = "/sys/fs/selinux/enforce";

const KNOWN: ReadonlySet<string> = new Set(["ro", "rro", "nocopy", "map", "bind", ...NO_EFFECT, ...ATTRIBUTES]);

function checkWord(text: string, word: string): void {
  if (KNOWN.has(word) || asPropagation(word) !== undefined) return;
  if (word === "z" || word === "Z") {
    // As docker, nothing is to be relabelled where SELinux is off.
    if (!existsSync(SELINUX)) return;
    throw refusal(text, `${word}: files are not given SELinux labels; do it with chcon(1)`);
  }
  if (word === "U")
    throw refusal(text, "U: files keep their owners; for those of the source to be seen as the container user's, write map");
  if (word === "O") throw refusal(text, "O: a bind mount with changes of its own is not built; make a volume, or mount an image");
  throw refusal(text, `invalid mode: ${word}`);
}
