// What was added, kept for CHECK and DEL: a file an attachment, in libcni's format ("cniCacheV1"), in a folder `results` as libcni's /var/lib/cni. It
// is written before the first plugin runs, without a result: so whoever is killed while a chain runs leaves word of what is to be deleted.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../base/atomic-file.ts";
import { TeuError } from "../../base/errors.ts";
import { failedWith } from "../../base/file-errno.ts";
import { readRegularFile } from "../../base/regular-file.ts";
import { readJson } from "../../spec/json/read.ts";
import { anyString, array, object, optional, string } from "../../spec/json/shape.ts";
import { writeJson } from "../../spec/json/write.ts";
import { type JsonObject, jsonObject } from "./json-value.ts";
import type { CapabilityArguments, CniAttachment } from "./request.ts";

const KIND = "cniCacheV1";

/** One attachment that was begun, and perhaps made. */
export interface CachedAttachment {
  readonly network: string;
  /** Text of the configuration list that it was made from: what is deleted is deleted by the same. */
  readonly conflist: string;
  readonly attachment: CniAttachment;
  /** Absent where the chain has not come to its end. */
  readonly result?: JsonObject;
  /** Where its plugins were found. libcni's files have no such field. */
  readonly path?: readonly string[];
}

interface Stored {
  readonly kind: string;
  readonly containerId: string;
  readonly config: string;
  readonly ifName: string;
  readonly networkName: string;
  readonly netns?: string;
  readonly cniArgs?: readonly (readonly string[])[];
  readonly capabilityArgs?: JsonObject;
  readonly result?: JsonObject;
  readonly pluginPath?: readonly string[];
}

const STORED = object<Stored>({
  kind: string,
  containerId: string,
  config: anyString,
  ifName: string,
  networkName: string,
  netns: optional(string),
  cniArgs: optional(array(array(anyString))),
  capabilityArgs: optional(jsonObject),
  result: optional(jsonObject),
  pluginPath: optional(array(string)),
});

function fileOf(folder: string, network: string, { containerId, interface: name }: CniAttachment): string {
  return join(folder, "results", `${network}-${containerId}-${name}`);
}

/** @param folder `<run root>/cni` */
export function keepAttachment(folder: string, { network, conflist, attachment, result, path }: CachedAttachment): void {
  mkdirSync(join(folder, "results"), { recursive: true, mode: 0o700 });
  const stored: Stored = {
    kind: KIND,
    containerId: attachment.containerId,
    config: Buffer.from(conflist).toString("base64"),
    ifName: attachment.interface,
    networkName: network,
    ...(attachment.namespace === undefined ? {} : { netns: attachment.namespace }),
    cniArgs: attachment.args,
    capabilityArgs: { ...attachment.capabilities },
    ...(result === undefined ? {} : { result }),
    ...(path === undefined ? {} : { pluginPath: path }),
  };
  writeAtomically(fileOf(folder, network, attachment), writeJson(stored));
}

export function forgetAttachment(folder: string, network: string, attachment: CniAttachment): void {
  rmSync(fileOf(folder, network, attachment), { force: true });
}

/** All attachments that there is word of, those of one container where it is given. @throws TeuError `invalid` for a file that is damaged */
export function keptAttachments(folder: string, containerId?: string): readonly CachedAttachment[] {
  const results = join(folder, "results");
  let files: string[];
  try {
    files = readdirSync(results).filter((file) => !file.endsWith(".tmp"));
  } catch (error) {
    if (failedWith(error, "ENOENT")) return [];
    throw error;
  }
  return files
    .filter((file) => containerId === undefined || file.includes(containerId))
    .flatMap((file) => readKept(join(results, file)) ?? [])
    .filter(({ attachment }) => containerId === undefined || attachment.containerId === containerId);
}

function readKept(path: string): CachedAttachment | undefined {
  let text: string;
  try {
    text = readRegularFile(path);
  } catch (error) {
    // Somebody else has deleted it meanwhile.
    if (failedWith(error, "ENOENT")) return undefined;
    throw error;
  }
  const stored = readJson(text, { subject: path, shape: STORED }).value;
  if (stored.kind !== KIND) throw new TeuError("invalid", `${path}: kind: ${JSON.stringify(stored.kind)} is not ${KIND}`);
  return {
    network: stored.networkName,
    conflist: Buffer.from(stored.config, "base64").toString("utf8"),
    attachment: {
      containerId: stored.containerId,
      interface: stored.ifName,
      args: (stored.cniArgs ?? []).map(([key = "", value = ""]) => [key, value] as const),
      capabilities: (stored.capabilityArgs ?? {}) as CapabilityArguments,
      ...(stored.netns === undefined ? {} : { namespace: stored.netns }),
    },
    ...(stored.result === undefined ? {} : { result: stored.result }),
    ...(stored.pluginPath === undefined ? {} : { path: stored.pluginPath }),
  };
}
