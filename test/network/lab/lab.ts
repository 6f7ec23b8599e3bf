// A little internet of a test's own: network namespaces joined by cables (veth pairs), so that no test touches the machine's network.
//
//     peer 10.1.0.2 fd01::2  ────  10.1.0.1 fd01::1 host
//
// `host` is where teu runs, its default routes lead to `peer`, which stands for all that is outside. Only the network namespace changes, by
// nsenter(1): mounts and cgroups stay the machine's. All goes with the test, and what teu has left in `host` then fails it.
import { afterAll, beforeAll } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { engineTag } from "../../../src/network/model/engine-tag.ts";
import { type Requirement, requires } from "../../support/requires.ts";
import { type TestRoots, withRoots } from "../../support/roots.ts";
import { type Outcome, type Running, type RunOptions, run, runOk, start } from "../../support/run.ts";
import { reachable, rootsEnvironment } from "../../support/teu.ts";
import { openTun } from "../../support/tun.ts";
import { type Account, commandAs, loginEnvironment } from "../../support/user.ts";

/** What a test in the lab needs beside what its caller does. */
const LAB_NEEDS: readonly Requirement[] = ["root", "ip", "nft", "nsenter", "python3", "busybox"];

/** Addresses of the cable between `host` and `peer`. */
export const HOST = { ipv4: "10.1.0.1", ipv6: "fd01::1" } as const;
export const PEER = { ipv4: "10.1.0.2", ipv6: "fd01::2" } as const;

/** `host`, `peer`, or one that `Lab.place` has made. */
export type Place = string;

export interface Lab {
  readonly roots: TestRoots;
  /** The executable `teu`, and what of the environment gives it this test's roots. */
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  /** Path of a place's network namespace. */
  namespace(place: Place): string;
  /** Makes one more network namespace, with its loopback up and nothing else. */
  place(name: string): Promise<Place>;
  /** A cable between two places; an interface on each, up, with the given addresses (`10.1.0.1/24`). */
  cable(ends: readonly [CableEnd, CableEnd]): Promise<void>;
  /** Runs a program as root in a place; its output. @throws Error unless it ends with status 0 */
  in(place: Place, argv: readonly string[], options?: RunOptions): Promise<string>;
  run(place: Place, argv: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Started programs are ended with the lab. */
  start(place: Place, argv: readonly string[], options?: RunOptions): Running;
  /** `teu ARGS` in `host`, as the lab's caller, with roots of its own and the default network mode. */
  teu(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** The same, which must end with status 0; its output. */
  ok(args: readonly string[], options?: RunOptions): Promise<string>;
  /** `teu ARGS`, which goes on; its pid is the program's own. */
  startTeu(args: readonly string[]): Running;
  /** What there is in `host` that was not there when the lab was made: links, routes, rules, nf_tables, elements of our sets, processes, a line each. */
  leftovers(): Promise<readonly string[]>;
}

export interface CableEnd {
  readonly place: Place;
  readonly interface: string;
  readonly addresses: readonly string[];
}

export interface LabOptions {
  /** Who calls teu: root, unless it is given. */
  readonly account?: Account;
  /** Where it is false, `host` is one without IPv6. */
  readonly ipv6?: boolean;
  /**
   * `refuse` (default): a test that passes but leaves something when its containers and networks have been removed fails. `processes`: those are
   * just ended, as the name server stays for some seconds. `sweep`: what others than teu have made stays, too.
   */
  readonly leftovers?: "refuse" | "processes" | "sweep";
}

/** The test functions for tests in the lab. */
export const labRequires = (...more: readonly Requirement[]) => requires(...LAB_NEEDS, ...more);

/**
 * Runs a test's body with a lab, which is gone afterwards, however the body ends.
 * @throws Error when the body passed and something was left in `host`
 */
export async function withLab<T>(body: (lab: Lab) => Promise<T>, options: LabOptions = {}): Promise<T> {
  const { account, leftovers = "refuse" } = options;
  return withRoots(
    async (roots) => {
      const places = new Places(roots);
      const closeTun = account === undefined ? undefined : await openTun();
      try {
        const lab = await openLab(roots, places, options);
        const result = await body(lab);
        places.endStarted();
        if (leftovers !== "sweep") await removeAll(lab);
        const left = leftovers === "sweep" ? [] : await lastingLeftovers(lab, leftovers);
        if (left.length > 0) throw new Error(`left behind in the host's network:\n  ${left.join("\n  ")}`);
        return result;
      } finally {
        await places.remove();
        await closeTun?.();
      }
    },
    { leftovers: leftovers === "refuse" ? "refuse" : "sweep", ...(account === undefined ? {} : { owner: account }) },
  );
}

/**
 * One lab for the tests of a `describe`: made, and what `open` makes of it, before the first of them; `close` is its end.
 * @returns what `open` gave, for a test to ask for
 */
export function sharedLab<T>(open: (lab: Lab) => Promise<T>, close: (lab: Lab) => Promise<void>, options: LabOptions = {}): () => T {
  const [opened, over] = [Promise.withResolvers<T>(), Promise.withResolvers<void>()];
  let value: T | undefined;
  let closed: Promise<void> = Promise.resolve();
  beforeAll(async () => {
    closed = withLab(async (lab) => {
      opened.resolve(await open(lab));
      await over.promise;
      await close(lab);
    }, options);
    closed.catch(opened.reject);
    value = await opened.promise;
  }, SHARED_MS);
  afterAll(async () => {
    over.resolve();
    await closed;
  }, SHARED_MS);
  return () => {
    if (value === undefined) throw new Error("the lab is not open");
    return value;
  };
}

const SHARED_MS = 60_000;

/** Namespaces are bound below /run/netns with the test's mark in their names, so that the sweep finds those of a killed test, too. */
class Places {
  readonly #roots: TestRoots;
  readonly #names: string[] = [];
  readonly #started: Running[] = [];

  constructor(roots: TestRoots) {
    this.#roots = roots;
  }

  name(place: Place): string {
    return `${this.#roots.mark}-${place}`;
  }

  path(place: Place): string {
    return `/run/netns/${this.name(place)}`;
  }

  enter(place: Place, argv: readonly string[]): readonly string[] {
    return ["nsenter", `--net=${this.path(place)}`, "--", ...argv];
  }

  async add(place: Place): Promise<void> {
    await runOk(["ip", "netns", "add", this.name(place)]);
    this.#names.push(place);
    await runOk(["ip", "-n", this.name(place), "link", "set", "lo", "up"]);
  }

  start(place: Place, argv: readonly string[], options?: RunOptions): Running {
    const running = start(this.enter(place, argv), options);
    this.#started.push(running);
    return running;
  }

  endStarted(): void {
    for (const running of this.#started.splice(0)) {
      running.kill("SIGKILL");
      running.dispose();
    }
  }

  async remove(): Promise<void> {
    this.endStarted();
    for (const place of this.#names.splice(0)) {
      // Of a test that failed: what of an ordinary user's networks is in here bears no mark.
      for (const { pid } of processesIn(this.path(place))) attemptKill(pid);
      await run(["ip", "netns", "del", this.name(place)]);
    }
  }
}

interface Inhabitant {
  readonly pid: number;
  readonly command: string;
}

/** Processes whose network namespace it is; none where a test has removed it. */
function processesIn(namespace: string): readonly Inhabitant[] {
  const ino = statSync(namespace, { throwIfNoEntry: false })?.ino;
  if (ino === undefined) return [];
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      if (statSync(`/proc/${name}/ns/net`).ino !== ino) return [];
      return [{ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim() }];
    } catch {
      return []; // it has ended
    }
  });
}

function attemptKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended
  }
}

async function openLab(roots: TestRoots, places: Places, { account, ipv6 = true }: LabOptions): Promise<Lab> {
  for (const place of ["host", "peer"]) await places.add(place);
  const inside = (place: Place, argv: readonly string[], options?: RunOptions) => runOk(places.enter(place, argv), options);
  // Some kernels hand on what the machine has.
  await inside("host", ["sysctl", "-qw", "net.ipv4.ip_forward=0", "net.ipv6.conf.all.forwarding=0"]);
  if (!ipv6) await inside("host", ["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"]);
  const cable: Lab["cable"] = async ([one, other]) => {
    const peer = ["type", "veth", "peer", "name", other.interface, "netns", places.name(other.place)];
    await inside(one.place, ["ip", "link", "add", one.interface, ...peer]);
    for (const { place, interface: name, addresses } of [one, other]) {
      for (const address of addresses)
        await inside(place, ["ip", "address", "add", address, "dev", name, ...(address.includes(":") ? ["nodad"] : [])]);
      await inside(place, ["ip", "link", "set", name, "up"]);
    }
  };
  const both = ({ ipv4, ipv6: six }: { readonly ipv4: string; readonly ipv6: string }, on: boolean) => [
    `${ipv4}/24`,
    ...(on ? [`${six}/64`] : []),
  ];
  await cable([
    { place: "host", interface: "uplink", addresses: both(HOST, ipv6) },
    { place: "peer", interface: "cable", addresses: both(PEER, true) },
  ]);
  await inside("host", ["ip", "route", "add", "default", "via", PEER.ipv4]);
  if (ipv6) await inside("host", ["ip", "route", "add", "default", "via", PEER.ipv6]);

  const env = rootsEnvironment(roots, account);
  const program = await reachable("teu");
  const caller = account === undefined ? {} : loginEnvironment(account, roots.directory);
  /** `host` is entered as root, then the caller is who calls. */
  const command = (args: readonly string[]) => {
    const argv = ["env", "-u", "TEU_NETWORK", program, ...args];
    return places.enter("host", account === undefined ? argv : commandAs(account, argv));
  };
  const withEnv = (options: RunOptions = {}): RunOptions => ({ ...options, env: { ...caller, ...env, ...options.env } });
  const before = new Set(await kernelState(inside));
  const tag = engineTag(roots.root);
  // The default network's bridge, the gate and the tables stay until the machine goes down; they bear the engine's tag. The kernel's own
  // routes of the cable come and go with its link-local address.
  const stands = (line: string) => line.includes(tag) || / dev uplink .*proto kernel/.test(line) || line.startsWith("element: outside ");
  return {
    roots,
    program,
    env: { ...caller, ...env },
    namespace: (place) => places.path(place),
    place: async (name) => {
      await places.add(name);
      return name;
    },
    cable,
    in: inside,
    run: (place, argv, options) => run(places.enter(place, argv), options),
    start: (place, argv, options) => places.start(place, argv, options),
    teu: (args, options) => run(command(args), withEnv(options)),
    ok: (args, options) => runOk(command(args), withEnv(options)),
    startTeu: (args) => start(command(args), withEnv()),
    leftovers: async () => [
      ...(await kernelState(inside)).filter((line) => !before.has(line) && !stands(line)),
      ...(await leftElements(inside, tag)).filter((line) => !stands(line)),
      ...processesIn(places.path("host")).flatMap(({ command }) => (ENGINES.test(command) ? [`process: ${command}`] : [])),
    ],
  };
}

/** Processes that an engine starts; others in `host` are the test's own servers. */
const ENGINES = /\/teu(-launcher)? |^teu-|slirp4netns|pasta/;

/** Lists of what the kernel has in `host`; numbers that count packets, and times, are left out. */
const LISTS: readonly { readonly what: string; readonly argv: readonly string[] }[] = [
  { what: "link", argv: ["ip", "-o", "-br", "link"] },
  { what: "route", argv: ["ip", "-4", "route", "show", "table", "all"] },
  { what: "route", argv: ["ip", "-6", "route", "show", "table", "all"] },
  { what: "rule", argv: ["ip", "-4", "rule"] },
  { what: "rule", argv: ["ip", "-6", "rule"] },
  { what: "nf_tables", argv: ["nft", "-s", "list", "tables"] },
];

async function kernelState(inside: Lab["in"]): Promise<string[]> {
  const lists = LISTS.map(async ({ what, argv }) => {
    const lines = (await inside("host", argv)).split("\n").filter(Boolean);
    return lines.map((line) => `${what}: ${line.replace(/ expires \S+/, "").trim()}`);
  });
  return (await Promise.all(lists)).flat();
}

/** All containers and networks, as their owner removes them. */
async function removeAll(lab: Lab): Promise<void> {
  if (!existsSync(join(lab.roots.root, "state.db"))) return;
  const containers = (await lab.ok(["ps", "-aq"])).split("\n").filter(Boolean);
  if (containers.length > 0) await lab.ok(["rm", "-f", ...containers]);
  await lab.ok(["network", "prune", "-f"]);
}

interface RulesetJson {
  readonly nftables: readonly Readonly<
    Record<string, { readonly name: string; readonly table?: string; readonly elem?: readonly unknown[] }>
  >[];
}

/** What the engine's sets and maps have, but for the addresses of the default network, whose bridge is called as the engine. */
async function leftElements(inside: Lab["in"], tag: string): Promise<string[]> {
  const { nftables } = JSON.parse(await inside("host", ["nft", "-j", "list", "ruleset"])) as RulesetJson;
  const sets = nftables.flatMap(({ set, map }) => set ?? map ?? []).filter(({ table }) => table === tag);
  const hasDefault = sets.some(({ name, elem = [] }) => name === "bridges" && elem.includes(tag));
  return sets.flatMap(({ name, elem = [] }) =>
    elem.slice(name === "subnets" && hasDefault ? 1 : 0).map((element) => `element: ${name} ${JSON.stringify(element)}`),
  );
}

const LASTING_MS = 10_000;

/** The kernel takes links of a namespace that is gone away in its own time. */
async function lastingLeftovers(lab: Lab, leftovers: "refuse" | "processes"): Promise<readonly string[]> {
  for (const end = performance.now() + LASTING_MS; ; ) {
    const left = (await lab.leftovers()).filter((line) => leftovers === "refuse" || !line.startsWith("process: "));
    if (left.length === 0 || performance.now() > end) return left;
    await Bun.sleep(50);
  }
}
