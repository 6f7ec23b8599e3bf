// Standard streams over a checkpoint. What they lead to lies outside of the container: criu saves a key for each, and restore puts the
// caller's own stream in its place (criu(8), --external file[…], --inherit-fd). The keys lie in descriptors.json beside the images, in the
// form of runc's: a list of strings by descriptor, where what is no key is passed over.
import { readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { readBesideImages } from "./criu-images.ts";

const FILE = "descriptors.json";
const STREAMS = [0, 1, 2] as const;

/** How criu names a pipe, and a file by mount id and inode in hexadecimal. */
const PIPE = /^pipe:\[\d+\]$/;
const OUTER_FILE = /^file\[[0-9a-f]+:[0-9a-f]+\]$/;

/** What the standard streams of a process lead to: keys of what criu needs to be given again, else paths. */
export function readStreams(pid: number): string[] {
  const mountinfo = readFileSync(`/proc/${pid}/mountinfo`, "utf8");
  const own = new Set(mountinfo.split("\n").map((line) => line.split(" ", 1)[0]));
  return STREAMS.map((fd) => streamOf(pid, fd, own));
}

function streamOf(pid: number, fd: number, ownMounts: ReadonlySet<string | undefined>): string {
  const path = `/proc/${pid}/fd/${fd}`;
  try {
    const target = readlinkSync(path);
    const mount = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8"))?.[1];
    // A pipe or a socket has no path; a file on a mount of the container's is the container's, and criu saves it.
    if (!target.startsWith("/") || mount === undefined || ownMounts.has(mount)) return target;
    return `file[${Number(mount).toString(16)}:${statSync(path, { bigint: true }).ino.toString(16)}]`;
  } catch {
    return ""; // the process has closed it
  }
}

/** Keeps the keys beside the images. */
export function writeStreams(imagePath: string, streams: readonly string[]): void {
  writeFileSync(join(imagePath, FILE), JSON.stringify(streams), { mode: 0o600 });
}

/** Reads them back. @throws TeuError `not-found` where there are none; `invalid` when the file is not what it should be */
export function readSavedStreams(imagePath: string): string[] {
  const value = parseJson(readBesideImages(imagePath, FILE));
  if (!Array.isArray(value) || !value.every((one) => typeof one === "string")) {
    throw new TeuError("invalid", `read the checkpoint ${join(imagePath, FILE)}: it is not a list of strings`);
  }
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The words for `criu dump`. */
export function dumpStreams(streams: readonly string[]): string[] {
  return [...new Set(streams)].filter((key) => OUTER_FILE.test(key)).flatMap((key) => ["--external", key]);
}

/** The words for `criu restore`: the caller's stream of the same number, the first where several led to the same place. */
export function restoreStreams(streams: readonly string[]): string[] {
  return STREAMS.flatMap((fd) => {
    const key = streams[fd] ?? "";
    const isKey = PIPE.test(key) || OUTER_FILE.test(key);
    return isKey && streams.indexOf(key) === fd ? ["--inherit-fd", `fd[${fd}]:${key}`] : [];
  });
}
