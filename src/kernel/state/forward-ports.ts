// The forwarder: a process that takes ports of this network namespace and leads them to addresses in the one that a holder stands for. Whoever
// connects to its bell, a socket in a directory of the caller's, ends it, and by that socket it is seen to be there.
//
//   ports taken here -> user and network namespace entered -> `done`, and from then on by itself
import { TeuError } from "../../base/errors.ts";
import { planFailure } from "../launch/failure.ts";
import { FIRST_EXTRA_FD, launch } from "../launch/launcher.ts";
import { adoptHolderOps, enterHolderNetworkOps, enterHolderUserOps } from "../namespaces/holder-ops.ts";
import { encodePlan } from "../plan/encode.ts";
import { op, type Plan, Registers } from "../plan/plan.ts";
import { REPORT } from "../plan/report.ts";
import type { Arch } from "../tables/arch.ts";
import { openFlags } from "../tables/open-flags.ts";
import type { RuntimeContext } from "./context.ts";
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
  /** The socket that ends it. */
  readonly bell: { readonly directory: string; readonly name: string };
  /** What error sentences begin with: `publish ports of web`. */
  readonly from: string;
}

const PROTOCOLS = { tcp: 6, udp: 17 } as const;

/**
 * Starts it; the ports are taken when this returns.
 * @throws KernelError naming the port that cannot be had; TeuError `unavailable` when the namespaces are gone
 */
export async function forwardPorts(context: RuntimeContext, forwarding: Forwarding): Promise<void> {
  const namespaces = openNamespaces(forwarding.within);
  try {
    const plan = forwardPlan(forwarding, context.facts().arch);
    const launched = launch(encodePlan(plan), {
      launcher: context.launcher,
      dir: context.root,
      stdio: ["ignore", "ignore", "ignore"],
      extra: [namespaces.user, namespaces.network],
      cwd: "/",
      detached: true,
    });
    const records = (await launched.started) ?? [];
    const failure = records.some(({ kind }) => kind === "done") ? undefined : planFailure(plan, records);
    if (failure !== undefined) throw failure;
    if (records.length === 0) throw new TeuError("unavailable", `${forwarding.from}: the process that does it was killed as it began`);
  } finally {
    namespaces.close();
  }
}

function forwardPlan({ ports, bell, from }: Forwarding, arch: Arch): Plan {
  const registers = new Registers();
  const { O_PATH, O_DIRECTORY } = openFlags(arch);
  const [directory, listener, pid] = [registers.named("directory"), registers.named("bell"), registers.named("pid")];
  const take = ports.map(({ protocol, address, port, target, targetPort, subject }) =>
    op("forwardPort", { protocol: PROTOCOLS[protocol], address, port, target, targetPort }, { from, subject: `port ${subject}` }),
  );
  return {
    sections: [
      {
        name: "host",
        ops: [
          ...adoptHolderOps({ user: FIRST_EXTRA_FD, network: FIRST_EXTRA_FD + 1 }, registers),
          op("setsid", {}, from),
          op("open", { dir: undefined, path: bell.directory, flags: O_PATH | O_DIRECTORY, mode: 0, out: directory }, from),
          op("listen", { dir: directory, name: bell.name, out: listener }, { from, subject: bell.name }),
          ...take,
          ...enterHolderUserOps(registers),
          ...enterHolderNetworkOps(registers),
          op("getPid", { out: pid }, from),
          op("report", { kind: REPORT.done, value: pid }, from),
          op("forward", { bell: listener }, from),
        ],
      },
    ],
    registers: registers.names,
  };
}
