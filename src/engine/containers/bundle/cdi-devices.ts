// Devices that a container asks for by their CDI names: the host's specifications are read at each start, since drivers rewrite them.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { TeuError } from "../../../base/errors.ts";
import { failedWith } from "../../../base/file-errno.ts";
import { applyCdi, editsOf, type WholeNode } from "../../../containers/config/cdi/apply.ts";
import { type CdiNode, type CdiSpec, parseCdiSpec } from "../../../containers/config/cdi/spec.ts";
import { deviceNumbers } from "../../../kernel/devices/numbers.ts";
import type { RuntimeConfig } from "../../../spec/runtime/config.ts";

/** Static ones, then those made at run time, which are of higher priority. */
const DIRECTORIES = ["/etc/cdi", "/var/run/cdi"] as const;
const LARGEST = 1024 * 1024;

/**
 * The configuration with the devices.
 * @throws TeuError `not-found` naming devices that no specification has; InvalidInputError for a specification that is none
 */
export async function withCdiDevices(
  config: RuntimeConfig,
  names: readonly string[],
  directories: readonly string[] = DIRECTORIES,
): Promise<RuntimeConfig> {
  const specs: CdiSpec[] = [];
  for (const path of directories.flatMap(filesIn)) specs.push(parseCdiSpec(await readSpecification(path), path));
  const { edits, missing } = editsOf(names, specs);
  if (missing.length > 0)
    throw new TeuError(
      "not-found",
      `inject CDI devices: unresolvable CDI devices ${missing.join(", ")}: no specification in ${directories.join(" or ")} has them`,
    );
  return applyCdi(config, edits, wholeNode);
}

/** In order of their names; other files are none. */
function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => [".json", ".yaml", ".yml"].includes(extname(name)))
      .sort()
      .map((name) => join(directory, name));
  } catch (error) {
    if (failedWith(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

async function readSpecification(path: string): Promise<unknown> {
  const text = readFileSync(path, "utf8");
  if (text.length > LARGEST) throw new TeuError("invalid", `read the CDI specification ${path}: it is larger than ${LARGEST / 1024} KiB`);
  try {
    if (extname(path) === ".json") return JSON.parse(text);
    const { parse } = await import("yaml");
    return parse(text, { maxAliasCount: 100 });
  } catch (cause) {
    throw new TeuError("invalid", `read the CDI specification ${path}: ${cause instanceof Error ? cause.message.split("\n")[0] : cause}`, {
      cause,
    });
  }
}

function wholeNode(node: CdiNode): WholeNode {
  const { type, major, minor, hostPath = node.path } = node;
  if (type !== undefined && (type === "p" || (major !== undefined && minor !== undefined))) return { ...node, type };
  const stats = statSync(hostPath, { throwIfNoEntry: false });
  const found = stats?.isCharacterDevice() ? "c" : stats?.isBlockDevice() ? "b" : undefined;
  if (stats === undefined || found === undefined)
    throw new TeuError("not-found", `inject CDI devices: ${hostPath} is no device of this host`);
  return { fileMode: stats.mode & 0o777, uid: stats.uid, gid: stats.gid, ...node, type: found, ...deviceNumbers(stats.rdev) };
}
