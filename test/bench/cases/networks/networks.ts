// Networks beside docker and podman, each on a host of its own: what a run costs with one, many networks, many containers on one, and traffic.
import { execFile } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";
import { type Bench, type Case, nothingToEnd } from "../../bench.ts";
import type { Contender, Contest } from "../../contest.ts";
import { type ContainerEngine, IMAGE, startContainerEngines } from "../containers/engines.ts";
import { type Host, type Hosts, makeHosts } from "./hosts.ts";
import { type Kind, makeTraffic, type Traffic } from "./traffic.ts";

const run = promisify(execFile);

const AGAINST = ["podman", "docker"];
const ENGINES = ["teu", "podman", "docker"] as const;
const NETWORKS = 200;
const CONTAINERS = 100;
const SERVER = "bench-server";
const CLIENT = "bench-client";
const SHARED = "bench-shared";
const PORT = 5001;
const PUBLISHED = 15_001;
const BYTES = 4 * 1024 ** 3;
const ROUNDS = 20_000;

const containerNames = Array.from({ length: CONTAINERS }, (_, index) => `bench-together${index}`);
const networkNames = Array.from({ length: NETWORKS }, (_, index) => `bench-net${index}`);

interface Place {
  readonly engine: ContainerEngine;
  readonly host: Host;
  readonly traffic: Traffic;
  /** How many of `full` a quick bench takes. */
  readonly some: <T>(full: readonly T[]) => readonly T[];
  readonly amount: (full: number) => number;
}

interface Work {
  readonly title: string;
  readonly rounds: number;
  readonly setUp?: (place: Place) => Promise<unknown>;
  readonly sample: (place: Place) => Promise<number>;
  readonly after?: (place: Place) => Promise<unknown>;
}

/** podman asks first, and waits ten seconds for a program that does not listen. */
const remove = ({ name, call }: ContainerEngine, names: readonly string[]) =>
  call(["rm", "-f", ...(name === "podman" ? ["-t", "0"] : []), ...names]);

/** docker's own pools are at an end after thirty networks: all are given theirs. */
const createNetwork = ({ call }: ContainerEngine, name: string, index: number) =>
  call(["network", "create", "--subnet", `10.200.${index}.0/24`, name]);

const inNamespaceOf = async (engine: ContainerEngine, name: string) => {
  const pid = await engine.read(["inspect", "--format", "{{.State.Pid}}", name]);
  return ["nsenter", `--net=/proc/${pid.trim()}/ns/net`];
};

const addressIn = async (via: readonly string[]) => {
  const [program = "", ...words] = [...via, "ip", "-4", "-o", "address", "show", "dev", "eth0"];
  const { stdout } = await run(program, words);
  const [, address] = / inet ([\d.]+)\//.exec(stdout) ?? [];
  if (address === undefined) throw new Error(`no address on eth0: ${stdout}`);
  return address;
};

/** Two containers that stay, one of them with a server and a published port. */
async function keepServer({ engine, traffic }: Place): Promise<void> {
  const isThere = await engine.call(["inspect", SERVER]).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const sleep = [...engine.plain, IMAGE, "sleep", "100000"];
  await engine.call(["run", "-d", "--name", SERVER, "-p", `${PUBLISHED}:${PORT}`, ...sleep]);
  await engine.call(["run", "-d", "--name", CLIENT, ...sleep]);
  await traffic.serve(await inNamespaceOf(engine, SERVER), PORT);
}

/** From where, and to which address and port. */
const WAYS: readonly {
  readonly words: string;
  readonly from: (place: Place) => Promise<readonly string[]>;
  readonly published: boolean;
}[] = [
  { words: "container to container", from: ({ engine }) => inNamespaceOf(engine, CLIENT), published: false },
  { words: "host to container", from: async ({ host }) => host.via, published: false },
  { words: "outside to a published port", from: async ({ host }) => host.outside, published: true },
];

const KINDS: readonly { readonly kind: Kind; readonly full: number; readonly words: string; readonly rounds: number }[] = [
  { kind: "stream", full: BYTES, words: "4 GiB of TCP", rounds: 5 },
  { kind: "rounds", full: ROUNDS, words: `${ROUNDS} bytes there and back`, rounds: 5 },
];

const trafficWorks: readonly Work[] = KINDS.flatMap(({ kind, full, words, rounds }) =>
  WAYS.map(
    (way): Work => ({
      title: `networks: ${words}, ${way.words}`,
      rounds,
      setUp: keepServer,
      async sample(place) {
        const server = way.published
          ? { address: place.host.address, port: PUBLISHED }
          : { address: await addressIn(await inNamespaceOf(place.engine, SERVER)), port: PORT };
        return place.traffic.ask(await way.from(place), kind, { ...server, amount: place.amount(full) });
      },
    }),
  ),
);

const WORKS: readonly Work[] = [
  {
    title: "networks: run --rm on the default bridge",
    rounds: 20,
    sample: async ({ engine }) => (await engine.call(["run", "--rm", ...engine.plain, IMAGE, "true"])).milliseconds,
  },
  {
    title: "networks: run --rm with a published port",
    rounds: 20,
    sample: async ({ engine }) => (await engine.call(["run", "--rm", "-p", "18080:80", ...engine.plain, IMAGE, "true"])).milliseconds,
  },
  {
    title: `networks: ${NETWORKS} created, one after another`,
    rounds: 1,
    async sample({ engine, some }) {
      let sum = 0;
      for (const [index, name] of some(networkNames).entries()) sum += (await createNetwork(engine, name, index)).milliseconds;
      return sum;
    },
    after: ({ engine, some }) => engine.call(["network", "rm", ...some(networkNames)]),
  },
  {
    title: `networks: ${CONTAINERS} containers started at once on one`,
    rounds: 1,
    setUp: ({ engine }) => createNetwork(engine, SHARED, 250),
    async sample({ engine, some }) {
      const begin = performance.now();
      await engine.together(
        some(containerNames).map((name) => ["run", "-d", "--network", SHARED, "--name", name, ...engine.plain, IMAGE, "sleep", "1000"]),
      );
      return performance.now() - begin;
    },
    after: ({ engine, some }) => remove(engine, some(containerNames)),
  },
  ...trafficWorks,
];

interface Field {
  readonly bench: Bench;
  readonly engines: readonly ContainerEngine[];
  readonly hosts: Hosts;
  readonly traffic: Traffic;
}

function contestOf(work: Work, { bench, engines, hosts, traffic }: Field): Contest {
  const rounds = bench.rounds(work.rounds);
  // A quick bench sends a hundredth, and makes a tenth of what is counted by the hundred: enough to be in one another's way.
  const isQuick = bench.rounds(1000) < 1000;
  const amount = (full: number) => (isQuick ? Math.ceil(full / 100) : full);
  const some: Place["some"] = (full) => (isQuick ? full.slice(0, Math.ceil(full.length / 10)) : full);
  const contenders = engines.map((engine): Contender => {
    const place: Place = { engine, host: hosts.of(engine.name), traffic, some, amount };
    let ready: Promise<unknown> | undefined;
    return {
      name: engine.name,
      missing: engine.missing,
      async sample() {
        ready ??= work.setUp?.(place) ?? Promise.resolve();
        await ready;
        // Also after a sample that failed, whose reason counts.
        const measured = work.sample(place);
        await measured.catch(() => work.after?.(place).catch(() => undefined));
        const milliseconds = await measured;
        await work.after?.(place);
        return milliseconds;
      },
    };
  });
  return { title: work.title, unit: "ms", rounds, contenders, against: AGAINST };
}

/** The contests whose titles have `only`. */
export async function networksCase(bench: Bench, only: string): Promise<Case> {
  const wanted = WORKS.filter(({ title }) => title.includes(only));
  if (wanted.length === 0) return { contests: [], [Symbol.asyncDispose]: nothingToEnd };
  await using stack = new AsyncDisposableStack();
  const hosts = stack.use(await makeHosts(basename(bench.directory), ENGINES));
  const network = (engine: (typeof ENGINES)[number]) => hosts.of(engine).via;
  const containers = [SERVER, CLIENT, ...containerNames];
  const { engines } = stack.use(await startContainerEngines(bench, { name: "networks", containers, network }));
  const traffic = stack.use(await makeTraffic(bench.directory));
  const contests = wanted.map((work) => contestOf(work, { bench, engines, hosts, traffic }));
  const kept = stack.move();
  return { contests, [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}
