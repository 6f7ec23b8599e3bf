// A little world for each engine: a network namespace where it runs, as on a host of its own, and one beside it that stands for the outside. So no
// engine's rules are in another's way, and none of them is in the machine's.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Host {
  /** Command words that enter it. */
  readonly via: readonly string[];
  /** Command words that enter the outside. */
  readonly outside: readonly string[];
  /** As the outside reaches it. */
  readonly address: string;
}

export interface Hosts extends AsyncDisposable {
  of(engine: string): Host;
}

const ADDRESS = "10.1.0.1";
const OUTSIDE = "10.1.0.2";

const enter = (name: string) => ["nsenter", `--net=/run/netns/${name}`];

/** @param tag tells the namespaces of two benches apart */
export async function makeHosts(tag: string, engines: readonly string[]): Promise<Hosts> {
  await using stack = new AsyncDisposableStack();
  const ip = (...words: string[]) => run("ip", words);
  const place = async (name: string) => {
    await ip("netns", "add", name);
    stack.defer(async () => void (await ip("netns", "del", name)));
    await ip("-n", name, "link", "set", "lo", "up");
  };
  const hosts = new Map<string, Host>();
  for (const engine of engines) {
    const [host, outside] = [`${tag}-${engine}`, `${tag}-${engine}-outside`];
    await place(host);
    await place(outside);
    await ip("-n", host, "link", "add", "uplink", "type", "veth", "peer", "name", "cable", "netns", outside);
    for (const [name, link, address] of [
      [host, "uplink", ADDRESS],
      [outside, "cable", OUTSIDE],
    ] as const) {
      await ip("-n", name, "address", "add", `${address}/24`, "dev", link);
      await ip("-n", name, "link", "set", link, "up");
    }
    await ip("-n", host, "route", "add", "default", "via", OUTSIDE);
    hosts.set(engine, { via: enter(host), outside: enter(outside), address: ADDRESS });
  }
  const kept = stack.move();
  return {
    of(engine) {
      const host = hosts.get(engine);
      if (host === undefined) throw new Error(`no host was made for ${engine}`);
      return host;
    },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}
