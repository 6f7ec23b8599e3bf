// Containers that are connected to a network, for tests of the kernel layer: the host that they are connected to is a network namespace of the
// test's own, either one that the launcher is started in, or one that a process holds, as for an ordinary user.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Message, NAMESPACE } from "../../src/kernel/netlink/message.ts";
import { addAddress } from "../../src/kernel/netlink/rtnetlink/addresses.ts";
import { addVeth, setLinkUp } from "../../src/kernel/netlink/rtnetlink/links.ts";
import type { Described, Wiring } from "../../src/kernel/netlink/wiring/wiring.ts";
import type { RuntimeContext } from "../../src/kernel/state/context.ts";
import type { CreateOptions } from "../../src/kernel/state/create-options.ts";
import { endHolder, holdNamespaces } from "../../src/kernel/state/networks/hold-namespaces.ts";
import { makeNamedNamespace, removeNamedNamespace } from "../../src/kernel/state/networks/named-namespace.ts";
import { isAlive } from "../../src/kernel/state/process.ts";
import { contextOf } from "../faults/plan-killed.ts";
import type { TestRoots } from "./roots.ts";
import { eventually, run } from "./run.ts";

export const INSIDE = 1000;
const OUTSIDE_NAME = "vethtest";

export interface WiredHost {
  /** Its launcher is in the namespace, where that is not held. */
  readonly context: RuntimeContext;
  /** What a container's options say of networks. */
  readonly options: Pick<CreateOptions, "wiring" | "within">;
  /** The command that runs a program in the namespace. */
  enter(argv: readonly string[]): readonly string[];
}

const described = (messages: readonly Message[], subject: string): Described[] =>
  messages.map((message) => ({ message, subject, network: "web" }));

/** A pair of interfaces, with 10.1.1.2 at the container's end, and 10.1.1.1 on the host's loopback as somebody to reach. */
export function pairWiring(changes: Partial<Wiring> = {}): Wiring {
  const peer = { name: "eth0", index: INSIDE, namespace: NAMESPACE } as const;
  return {
    hold: [],
    host: described(addVeth({ name: OUTSIDE_NAME, up: true, peer }), `interface ${OUTSIDE_NAME}`),
    firewall: [],
    inside: [
      ...described([setLinkUp(INSIDE, true)], "interface eth0"),
      ...described([addAddress(INSIDE, { address: Uint8Array.of(10, 1, 1, 2), prefixLength: 24 })], "address 10.1.1.2/24 of eth0"),
    ],
    ...changes,
  };
}

const LASTING_MS = 10_000;

/** The host's ends of pairs that are there after a moment: the kernel takes those of a namespace that is gone away a little later. */
export async function lastingLinks({ options, enter }: WiredHost): Promise<readonly string[]> {
  if (options.wiring === undefined) return [];
  const [program = "", ...args] = enter(["ip", "-o", "link", "show", "type", "veth"]);
  for (const end = performance.now() + LASTING_MS; ; ) {
    const { stdout } = await run([program, ...args]);
    if (stdout === "" || performance.now() > end) return stdout.split("\n").filter((line) => line !== "");
    await Bun.sleep(20);
  }
}

/** The launcher is started in a namespace that has a name. */
async function inNamed<T>(roots: TestRoots, wiring: Wiring, body: (host: WiredHost) => Promise<T>): Promise<T> {
  const context = contextOf(roots);
  const directory = mkdtempSync("/tmp/wired-host-"); // not the test's: its mount is nothing that a container has left
  const path = join(directory, "netns");
  makeNamedNamespace(context, path);
  try {
    const launcher = roots.path("launcher-in-namespace");
    writeFileSync(launcher, `#!/bin/sh\nexec nsenter --net='${path}' -- '${context.launcher}'\n`);
    chmodSync(launcher, 0o755);
    return await body({ context: { ...context, launcher }, options: { wiring }, enter: (argv) => ["nsenter", `--net=${path}`, ...argv] });
  } finally {
    removeNamedNamespace(context, path);
    rmSync(directory, { recursive: true });
  }
}

/** Ids 0 to 199,999 of the host, as those of the bundles of tests are below. */
const MAPS = [{ containerID: 0, hostID: 0, size: 200_000 }];

async function inHeld<T>(roots: TestRoots, wiring: Wiring, body: (host: WiredHost) => Promise<T>): Promise<T> {
  const context = contextOf(roots);
  const within = holdNamespaces(context, { uids: MAPS, gids: MAPS });
  const enter = (argv: readonly string[]) => ["nsenter", `--user=/proc/${within.pid}/ns/user`, `--net=/proc/${within.pid}/ns/net`, ...argv];
  try {
    return await body({ context, options: { wiring, within }, enter });
  } finally {
    endHolder(within);
    await eventually("the holder has ended", () => !isAlive(within.pid, within.start));
  }
}

export const WIRED = { named: inNamed, held: inHeld } as const;
