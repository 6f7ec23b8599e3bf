// The one way in for OCI configurations: config.json, and the two parts of it that come on their own (`exec --process`, `update
// --resources`). Shapes say what each field must be, checks.ts what must hold between them; all problems of a document come in
// one error.

import type { Problem } from "../../base/errors.ts";
import { readJson } from "../json/read.ts";
import { anyString, boolean, object, optional, record, refined, string, where } from "../json/shape.ts";
import { runChecks } from "./checks.ts";
import type { Process, Resources, Root, RuntimeConfig } from "./config.ts";
import { nonEmpty } from "./shapes/common.ts";
import { hooksShape } from "./shapes/hooks.ts";
import { linuxShape } from "./shapes/linux.ts";
import { mountsShape } from "./shapes/mounts.ts";
import { processShape } from "./shapes/process.ts";
import { resourcesShape } from "./shapes/resources.ts";
import { OCI_VERSION } from "./version.ts";

/** SemVer 2.0.0: major, minor, patch, then optional pre-release and build. */
const SEMVER = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[\dA-Za-z-]+(\.[\dA-Za-z-]+)*)?(\+[\dA-Za-z-]+(\.[\dA-Za-z-]+)*)?$/;

/** Versions of one major are compatible both ways; those before 1.0 are read as 1.x, as runc and crun do, and said so. */
const ociVersion = refined(string, (version, trail) => {
  const major = SEMVER.exec(version)?.[1];
  if (major === undefined) trail.refuse(`${JSON.stringify(version)} is not a version in the form of SemVer, such as ${OCI_VERSION}`);
  else if (major === "0") trail.warn(`${version} is older than 1.0; it is read as ${OCI_VERSION}`);
  else if (major !== "1") trail.refuse(`${version} is not supported: this runtime knows ${OCI_VERSION}`);
});

/** __NEW_UTS_LEN (sethostname(2)). */
const utsName = where(string, (name) => Buffer.byteLength(name) <= 64, "must not be longer than 64 bytes");

const configShape = object<RuntimeConfig>({
  ociVersion,
  root: object<Root>({ path: nonEmpty, readonly: optional(boolean) }),
  mounts: optional(mountsShape),
  process: optional(processShape),
  hostname: optional(utsName),
  domainname: optional(utsName),
  hooks: optional(hooksShape),
  annotations: optional(record(anyString, (name) => (name === "" ? "must not be an empty name" : undefined))),
  linux: optional(linuxShape),
});

export interface ParsedConfig {
  readonly config: RuntimeConfig;
  /** What the specification wants logged, and goes on: capabilities that do not exist, relative mount destinations, old versions. */
  readonly warnings: readonly Problem[];
}

/**
 * Reads and checks a config.json (runtime-spec 1.3) as far as that can be done without looking at the host. Unknown fields are left out.
 * @throws InvalidInputError with every problem found, each with its field path (`linux.seccomp.syscalls[3].args[0].op`).
 */
export function parseConfig(input: string | Uint8Array): ParsedConfig {
  const { value, warnings } = readJson(input, { subject: "config.json", shape: configShape, check: runChecks });
  return { config: value, warnings };
}

/** Reads a `process` object on its own, as `exec --process` takes it. @throws InvalidInputError */
export function parseProcess(input: string | Uint8Array): { readonly process: Process; readonly warnings: readonly Problem[] } {
  const { value, warnings } = readJson(input, { subject: "process", shape: processShape });
  return { process: value, warnings };
}

/** Reads a `linux.resources` object on its own, as `update --resources` takes it. @throws InvalidInputError */
export function parseResources(input: string | Uint8Array): Resources {
  return readJson(input, { subject: "resources", shape: resourcesShape }).value;
}
