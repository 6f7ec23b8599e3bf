// What `checkpoint` and `restore` share: flags to options.
import { resolve } from "node:path";
import { parseContainerId } from "../../base/container-id.ts";
import { CRIU_FLAGS, type CriuOptions } from "../../kernel/state/criu.ts";
import type { CliContext, Flags, FlagValues } from "../command.ts";

export const CRIU_VERB_FLAGS = {
  "image-path": { type: "string", value: "DIR", summary: "Directory of the images; ./checkpoint when not given" },
  "work-path": { type: "string", value: "DIR", summary: "Directory of criu's log; that of the images when not given" },
  "tcp-established": { type: "boolean", summary: "Let it have open TCP connections" },
  "ext-unix-sk": { type: "boolean", summary: "Let it have Unix sockets that are connected to the outside" },
  "shell-job": { type: "boolean", summary: "Let it belong to a session that began outside" },
  "file-locks": { type: "boolean", summary: "Let it hold file locks" },
} as const satisfies Flags;

/** Where Debian has criu and what it calls. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What both verbs are told. */
export function criuOptions(id: string, flags: FlagValues<typeof CRIU_VERB_FLAGS>, { env }: CliContext): CriuOptions {
  const workPath = flags["work-path"];
  return {
    id: parseContainerId(id),
    imagePath: resolve(flags["image-path"] ?? "checkpoint"),
    ...(workPath === undefined ? {} : { workPath: resolve(workPath) }),
    flags: CRIU_FLAGS.filter((name) => flags[name] === true),
    searchPath: env.PATH === undefined || env.PATH === "" ? DEFAULT_PATH : `${env.PATH}:/usr/sbin:/sbin`,
  };
}
