// The golden cases: testdata/<case>/{config.json,request.json,plan.txt}, with the hosts that they share in testdata/facts/<host>.json.
// request.json says what the caller asks besides the configuration: the host's name, and whatever differs from `create` of a plain bundle.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseConfig } from "../../spec/runtime/parse.ts";
import { NFNL_SUBSYS_NFTABLES } from "../netlink/nftables/numbers.ts";
import { LOOPBACK_INDEX, setLinkUp } from "../netlink/rtnetlink/links.ts";
import type { Described, Wiring } from "../netlink/wiring/wiring.ts";
import type { Plan } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { compileSeccomp } from "../seccomp/compile.ts";
import { compileCreate } from "./create.ts";
import { compileExec } from "./exec.ts";
import type { CreateRequest, ExecRequest } from "./request.ts";

export const TESTDATA = join(import.meta.dir, "testdata");
export const TESTDATA_NEGATIVE = join(import.meta.dir, "testdata-negative");

/** What request.json may say; the rest of a CreateRequest is the same for all cases. */
interface CaseRequest
  extends Partial<
    Pick<
      CreateRequest,
      "keeper" | "monitor" | "console" | "pidFile" | "init" | "preserveFds" | "noPivot" | "clamp" | "noNewKeyring" | "links" | "rootMount"
    >
  > {
  readonly facts: string;
  /** The schemata of classes of resctrl, by directory. */
  readonly schemata?: Readonly<Record<string, string>>;
  /** Mount sources that are files; all others are directories. */
  readonly files?: readonly string[];
  /** Connects it to a network, and, with `held`, in namespaces that a process holds. */
  readonly connected?: "here" | "held";
  /** Compiles `exec` into a container of this configuration. */
  readonly exec?: Pick<ExecRequest, "process" | "initPid" | "initFd" | "ownFd" | "cgroups">;
}

const described = (subject: string): Described => ({ message: setLinkUp(LOOPBACK_INDEX, true), subject, network: "web" });

/** Of the firewall, by its type alone. */
const ruled = (subject: string): Described => ({
  ...described(subject),
  message: { type: NFNL_SUBSYS_NFTABLES << 8, flags: 0, header: new Uint8Array(4), attributes: [] },
});

const WIRING: Wiring = {
  hold: [{ protocol: "tcp", address: new Uint8Array(4), port: 8080, subject: "port 0.0.0.0:8080/tcp" }],
  host: [described("interface veth0123")],
  firewall: [ruled("port 8080/tcp")],
  remake: ["/usr/bin/teu", "internal", "firewall"],
  inside: [described("interface eth0"), described("address 10.89.0.2/24 of eth0")],
};

const MAPS = [
  { containerID: 0, hostID: 1000, size: 1 },
  { containerID: 1, hostID: 100_000, size: 65_536 },
];
const WITHIN = { fds: { user: 6, network: 7 }, uidMappings: MAPS, gidMappings: MAPS };

export interface CompiledCase {
  readonly name: string;
  readonly request: CreateRequest | ExecRequest;
  readonly plan: Plan;
  readonly warnings: readonly string[];
  /** Of `create` and `run`: where `start` begins. */
  readonly startsAt?: number;
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
 * Reads and compiles a case; its configuration goes through the parser that every one goes through.
 * @throws what the parser or the compiler refuses it with
 */
export function compileCase(directory: string, name: string): CompiledCase {
  const folder = join(directory, name);
  const { facts: host, files = [], schemata = {}, exec, connected, ...asked } = readJson(join(folder, "request.json")) as CaseRequest;
  const { config } = parseConfig(readFileSync(join(folder, "config.json"), "utf8"));
  const facts = readFacts(host);
  const profile = config.linux?.seccomp;
  const common = {
    keeper: "create" as const,
    preserveFds: 0,
    firstPreserved: 5,
    clamp: false,
    noNewKeyring: false,
    ...asked,
    facts,
    config,
    id: "box",
    bundle: "/bundle",
    stateDir: "/run/teu/box",
    ...(profile === undefined ? {} : { seccomp: { profile, program: compileSeccomp(profile, facts.arch) } }),
  };
  if (exec !== undefined) {
    const request: ExecRequest = { ...common, ...exec };
    return { name, request, ...compileExec(request) };
  }
  const request: CreateRequest = {
    noPivot: false,
    ...common,
    rootfs: "/bundle/rootfs",
    parentMount: "/",
    ...(connected === undefined ? {} : { wiring: { wiring: WIRING, fd: 5 } }),
    ...(connected === "held" ? { within: WITHIN } : {}),
    schemataOf: (directory) => schemata[directory],
    delegateFiles: () => ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"],
    sourceKind: (path) => (files.includes(path) ? "file" : "directory"),
  };
  return { name, request, ...compileCreate(request) };
}
