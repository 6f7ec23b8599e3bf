// The golden cases: testdata/<case>/{config.json,request.json,plan.txt}, with the hosts that they share in testdata/facts/<host>.json.
// request.json says what the caller asks besides the configuration: the host's name, and whatever differs from `create` of a plain bundle.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import { parseConfig } from "../../spec/runtime/parse.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { compileSeccomp } from "../seccomp/compile.ts";
import { compileCreate } from "./create.ts";
import type { Compiled, CreateRequest } from "./request.ts";

export const TESTDATA = join(import.meta.dir, "testdata");
export const TESTDATA_NEGATIVE = join(import.meta.dir, "testdata-negative");

/** What request.json may say; the rest of a CreateRequest is the same for all cases. */
interface CaseRequest
  extends Partial<
    Pick<CreateRequest, "keeper" | "monitor" | "console" | "pidFile" | "preserveFds" | "noPivot" | "clamp" | "noNewKeyring" | "links">
  > {
  readonly facts: string;
  /** Mount sources that are files, and those that are missing. */
  readonly files?: readonly string[];
}

export interface GoldenCase {
  readonly name: string;
  readonly config: RuntimeConfig;
  readonly request: CreateRequest;
}

/** The names of all cases below a directory of cases. */
export function caseNames(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => existsSync(join(directory, name, "config.json")))
    .sort();
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** A host: HostFacts as JSON, with the capability masks in hexadecimal, because JSON has no 64-bit integers. */
function readFacts(name: string): HostFacts {
  const facts = readJson(join(TESTDATA, "facts", `${name}.json`)) as HostFacts;
  const { bounding, effective, last } = facts.capabilities;
  return { ...facts, capabilities: { bounding: BigInt(bounding), effective: BigInt(effective), last } };
}

/**
 * Reads a case, through the parser that every configuration comes through.
 * @throws InvalidInputError when the parser refuses it
 */
export function readCase(directory: string, name: string): GoldenCase {
  const folder = join(directory, name);
  const { facts: host, files = [], ...asked } = readJson(join(folder, "request.json")) as CaseRequest;
  const { config } = parseConfig(readFileSync(join(folder, "config.json"), "utf8"));
  const facts = readFacts(host);
  const profile = config.linux?.seccomp;
  const request: CreateRequest = {
    keeper: "create",
    preserveFds: 0,
    noPivot: false,
    clamp: false,
    noNewKeyring: false,
    ...asked,
    config,
    facts,
    id: "box",
    bundle: "/bundle",
    rootfs: "/bundle/rootfs",
    stateDir: "/run/teu/box",
    firstPreserved: 5,
    parentMount: "/",
    cgroupDriver: "cgroupfs",
    sourceKind: (path) => (files.includes(path) ? "file" : "directory"),
    ...(profile === undefined ? {} : { seccomp: { profile, program: compileSeccomp(profile, facts.arch) } }),
  };
  return { name, config, request };
}

/** Reads and compiles a case. @throws what the parser or the compiler refuses it with */
export function compileCase(directory: string, name: string): GoldenCase & { readonly compiled: Compiled } {
  const golden = readCase(directory, name);
  return { ...golden, compiled: compileCreate(golden.request) };
}
