// The forwarder: a process that takes ports of this network namespace and leads them to addresses in the one that a holder stands for.
//
//   host                             child
//   channel; clone                   ports taken; user and network namespace entered
//   its pid written down; await <--- signal; forward, until SIGTERM
//
// The launcher then leaves the process to whoever reaps the host's orphans.
import { TeuError } from "../../../base/errors.ts";
import { launchNow } from "../../launch/launch-now.ts";
import { FIRST_EXTRA_FD } from "../../launch/launcher.ts";
import { adoptHolderOps, enterHolderNetworkOps, enterHolderUserOps } from "../../namespaces/holder-ops.ts";
import { op, type Plan, Registers } from "../../plan/plan.ts";
import { REPORT } from "../../plan/report.ts";
import type { RuntimeContext } from "../context.ts";
import { readProcess } from "../process.ts";
import { type NamespaceHolder, openNamespaces } from "./open-namespaces.ts";

export interface ForwardedPort {
  readonly protocol: "tcp" | "udp";
  /** Four or sixteen bytes. */
  readonly address: Uint8Array;
  readonly port: number;
  readonly target: Uint8Array;
  readonly targetPort: number;
  /** `0.0.0.0:8080/tcp`, for error sentences. */
  readonly subject: string;
}

export interface Forwarding {
  readonly ports: readonly ForwardedPort[];
  /** Where it goes on from. */
  readonly within: NamespaceHolder;
  /** Where its pid stands before it does anything. */
  readonly pidFile: string;
}

/** What the process calls itself. */
export const FORWARDER_NAME = "teu-ports";

const FROM = "publish ports";
const PROTOCOLS = { tcp: 6, udp: 17 } as const;
/** The barrier of its readiness. */
const READY = 1;

/**
 * Starts it; the ports are taken when this returns.
 * @throws KernelError naming the port that cannot be had; TeuError `unavailable` when the namespaces are gone
 */
export function forwardPorts(context: RuntimeContext, forwarding: Forwarding): { readonly pid: number; readonly start: string } {
  const { user, network, close } = openNamespaces(forwarding.within);
  try {
    const options = { launcher: context.launcher, dir: context.root, extra: [user, network] };
    const records = launchNow(forwardPlan(forwarding), options);
    const pid = Number(records.find(({ kind }) => kind === "pid")?.value ?? -1);
    const start = readProcess(pid)?.start;
    if (start === undefined) throw new TeuError("unavailable", `${FROM}: the process that does it was killed as it began`);
    return { pid, start };
  } finally {
    close();
  }
}

function forwardPlan({ ports, pidFile }: Forwarding): Plan {
  const registers = new Registers();
  const [near, far, pid] = [registers.named("near"), registers.named("far"), registers.named("pid")];
  const take = ports.map(({ protocol, address, port, target, targetPort, subject }) =>
    op("forwardPort", { protocol: PROTOCOLS[protocol], address, port, target, targetPort }, { from: FROM, subject: `port ${subject}` }),
  );
  return {
    sections: [
      {
        name: "host",
        ops: [
          ...adoptHolderOps({ user: FIRST_EXTRA_FD, network: FIRST_EXTRA_FD + 1 }, registers),
          op("channel", { a: near, b: far }, FROM),
          op("clone", { section: 1, flags: 0, cgroup: undefined, pid, pidfd: undefined }, FROM),
          op("close", { fd: far }, FROM),
          op("putFile", { dir: undefined, path: pidFile, mode: 0o600, data: [{ decimal: pid }] }, FROM),
          op("signal", { channel: near, number: READY }, FROM),
          op("await", { channel: near, number: READY }, FROM),
          op("report", { kind: REPORT.pid, value: pid }, FROM),
        ],
      },
      {
        name: "child",
        ops: [
          op("close", { fd: near }, FROM),
          op("setsid", {}, FROM),
          op("await", { channel: far, number: READY }, FROM), // its pid is on record
          ...take,
          ...enterHolderUserOps(registers),
          ...enterHolderNetworkOps(registers),
          op("signal", { channel: far, number: READY }, FROM),
          op("forward", { name: FORWARDER_NAME }, FROM),
        ],
      },
    ],
    registers: registers.names,
  };
}
