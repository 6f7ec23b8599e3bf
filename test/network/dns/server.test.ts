// The name server in a network of its own, asked by dig(1): what it says of containers, how it asks others, what it stands, how it comes and goes.
import { expect } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../support/run.ts";
import { labRequires, PEER } from "../lab/lab.ts";
import { BACK, FRONT, FRONT6, listening, type NamesLab, serversOf, withNames } from "./name-lab.ts";
import { dropEndpoints, putContainer } from "./rows.ts";

const { test } = labRequires("dig");
const LONG_MS = 60_000;

const names = (what: string, body: (names: NamesLab) => Promise<void>) => test(what, () => withNames(body), LONG_MS);

/** A server that listens, and never answers. */
const SILENT = "10.1.0.77";
const LISTENER = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 53))
print("ready", flush=True)
while s.recv(512): print("asked", flush=True)
`;

const HALF = `
import socket, sys, time
all = [socket.create_connection((sys.argv[1], 53)) for _ in range(40)]
for s in all:
  try: s.sendall(b"\\0\\x20abc")
  except OSError: pass
print("ready", flush=True)
time.sleep(1)
`;

/** Of one container: docs/names.md. */
const MOST_UNDER_WAY = 64;

const client = ({ lab }: NamesLab, place: string, ...args: readonly string[]) =>
  lab.in(place, [process.execPath, join(import.meta.dir, "client.ts"), ...args]);

names("containers are found by names, by UDP and TCP, over IPv4 and IPv6, from the moment that their rows are there", async (bench) => {
  const { state, dig, status, serve } = bench;
  await serve();
  for (const server of [FRONT, FRONT6]) {
    for (const how of ["+notcp", "+tcp"]) {
      expect(await dig("c1", `@${server}`, how, "C1")).toBe("10.89.0.2");
      expect(await dig("c1", `@${server}`, how, "c1.front", "AAAA")).toBe("fd00:1::2");
      expect(await dig("c1", `@${server}`, how, "-x", "10.89.0.2")).toBe("c1.front.");
    }
  }
  expect(await dig("c1", `@${FRONT}`, "host.docker.internal")).toBe(FRONT);
  putContainer(state, "late", [{ network: "front", addresses: ["10.89.0.9"], names: ["late", "svc"] }]);
  putContainer(state, "later", [{ network: "front", addresses: ["10.89.0.10"], names: ["later", "svc"] }]);
  expect(await dig("c1", `@${FRONT}`, "late")).toBe("10.89.0.9");
  const first = new Set<string | undefined>();
  await eventually("each of two addresses comes first", async () => {
    const found = (await dig("c1", `@${FRONT}`, "svc")).split("\n");
    expect(found.toSorted()).toEqual(["10.89.0.10", "10.89.0.9"]);
    first.add(found[0]);
    return first.size === 2;
  });
  dropEndpoints(state, "late");
  expect(await dig("c1", `@${FRONT}`, "svc")).toBe("10.89.0.10");
  // Only a container of the network is answered, and only of its own networks.
  expect(await status("c2", `@${BACK}`, "c1")).toBe("NXDOMAIN");
  expect(await status("host", `@${FRONT}`, "c1")).toBe("REFUSED");
});

names("others are asked for other names", async ({ lab, dig, status, serve, asked, resolvers, state }) => {
  await serve();
  expect(await dig("c1", `@${FRONT}`, "a.example")).toBe("192.0.2.0");
  expect(await dig("c1", `@${FRONT}`, "+tcp", "b.example")).toHaveLength("192.0.2.0\n".length * 10 + "192.0.2.10\n".length * 90 - 1);
  expect((await dig("c1", `@${FRONT}`, "many.example")).split("\n")).toHaveLength(100); // cut by UDP, then whole by TCP
  expect(await status("c1", `@${FRONT}`, "missing.example")).toBe("NXDOMAIN");
  expect(await dig("c1", `@${FRONT}`, "forged.example")).toBe("192.0.2.0");
  expect(await dig("c1", `@${FRONT}`, "garbage.example")).toBe("192.0.2.0");
  expect(await status("c1", `@${FRONT}`, "flood.example")).toBe("SERVFAIL");
  expect(await status("c1", `@${FRONT}`, "broken.example")).toBe("SERVFAIL");
  expect(asked().filter(([, , name]) => name === "broken.example")).toHaveLength(1);
  resolvers(PEER.ipv6);
  expect(await dig("c1", `@${FRONT}`, "many.six.example")).toHaveLength("192.0.2.0\n".length * 10 + "192.0.2.10\n".length * 90 - 1);
  resolvers(PEER.ipv4);
  // Not from an internal network.
  const before = asked().length;
  expect(await status("c2", `@${BACK}`, "a.example")).toBe("NXDOMAIN");
  expect(asked()).toHaveLength(before);
  // The next server, where one refuses or is silent; which is then asked last.
  resolvers("10.1.0.1", PEER.ipv4);
  expect(await dig("c1", `@${FRONT}`, "c.example")).toBe("192.0.2.0");
  await lab.in("peer", ["ip", "address", "add", `${SILENT}/24`, "dev", "cable"]);
  const silent = lab.start("peer", ["python3", "-c", LISTENER, SILENT]);
  await eventually("a silent server", () => silent.stdout() === "ready\n");
  resolvers(SILENT, PEER.ipv4);
  expect(await dig("c1", `@${FRONT}`, "d.example")).toBe("192.0.2.0");
  expect(await dig("c1", `@${FRONT}`, "e.example")).toBe("192.0.2.0");
  expect(silent.stdout()).toBe("ready\nasked\n");
  expect(await status("c1", `@${FRONT}`, "silent.example")).toBe("SERVFAIL");
  // Without any, and where it is ourselves, at once.
  for (const none of [[], [FRONT]]) {
    resolvers(...none);
    expect(await status("c1", `@${FRONT}`, "f.example", "+timeout=1")).toBe("SERVFAIL");
  }
  // A container's own servers.
  dropEndpoints(state, "c1");
  putContainer(state, "own", [{ network: "front", addresses: ["10.89.0.2"] }], { dns: [PEER.ipv4] });
  expect(await dig("c1", `@${FRONT}`, "g.example")).toBe("192.0.2.0");
});

names("ids and ports of what is asked cannot be foretold", async ({ dig, serve, asked }) => {
  await serve();
  for (let index = 0; index < 12; index++) await dig("c1", `@${FRONT}`, `q${index}.example`);
  const questions = asked();
  expect(questions).toHaveLength(12);
  for (const column of [3, 4]) {
    const values = questions.map((row) => Number(row[column]));
    const steps = values.slice(1).map((value, index) => value - (values[index] ?? 0));
    expect(new Set(values).size).toBeGreaterThan(10);
    expect(new Set(steps).size).toBeGreaterThan(8);
  }
});

names(
  "ten thousand questions are answered, damaged ones in between do no harm, and one that asks without end does not keep others from asking",
  async (bench) => {
    const { lab, dig, serve, asked } = bench;
    const server = await serve();
    const descriptors = () => readdirSync(`/proc/${server.pid}/fd`).length;
    const before = descriptors();
    expect(JSON.parse(await client(bench, "c1", FRONT, "10000", "50", "c1", "c1.front", "nobody.front"))).toEqual({ "rcode 0": 10_000 });
    expect(await client(bench, "c1", FRONT, "garbage", "1", "3000")).toBe("rcode 0");
    expect(await client(bench, "c1", FRONT6, "garbage", "2", "500")).toMatch(/^rcode [03]$/);
    const hog = lab.start("c1", [process.execPath, join(import.meta.dir, "client.ts"), FRONT, "2000", "300", "silent.example"]);
    await eventually("many questions under way", () => asked().filter(([, , name]) => name === "silent.example").length >= MOST_UNDER_WAY);
    expect(await dig("c1", `@${FRONT}`, "c1")).toBe("10.89.0.2");
    hog.kill("SIGKILL");
    // Connections that say nothing, or half of something, or too much.
    const idle = lab.start("c1", ["python3", "-c", HALF, FRONT]);
    await eventually("connections", () => idle.stdout() === "ready\n");
    expect(await dig("c1", `@${FRONT}`, "c1")).toBe("10.89.0.2");
    idle.kill("SIGKILL");
    expect(await dig("c1", `@${FRONT}`, "+tcp", "c1")).toBe("10.89.0.2");
    await eventually("no socket is left of them", () => descriptors() <= before + 2);
  },
);

names("it is there while a container with a name runs, once, and whoever kills it does so in vain", async ({ lab, state, dig }) => {
  const { runRoot } = lab.roots;
  const bell = join(runRoot, "dns.sock");
  await lab.ok(["create", "--network", "none", "hello"]);
  await lab.ok(["ps"]);
  await listening(lab, state);
  expect(await dig("c1", `@${FRONT}`, "c1")).toBe("10.89.0.2");
  await lab.ok(["ps"]);
  const [pid, ...more] = serversOf(lab);
  expect(more).toEqual([]);
  process.kill(Number(pid), "SIGKILL");
  // Nobody calls it here but whoever watches it.
  await eventually("it answers again", async () => (await dig("c1", `@${FRONT}`, "c1")) === "10.89.0.2", 2_000);
  expect(serversOf(lab)).toHaveLength(1);
  expect(serversOf(lab)).not.toContain(pid);
  // With whoever watches it, the next command does.
  const [next] = serversOf(lab);
  process.kill(parentOf(next), "SIGKILL");
  process.kill(Number(next), "SIGKILL");
  await eventually("it is gone", () => serversOf(lab).length === 0);
  await lab.ok(["ps"]);
  await listening(lab, state);
  expect(await dig("c1", `@${FRONT}`, "c1")).toBe("10.89.0.2");
  for (const name of ["c1", "c2"]) dropEndpoints(state, name);
  await eventually("it ends", () => !existsSync(bell) && serversOf(lab).length === 0);
  await lab.ok(["ps"]);
  expect(serversOf(lab)).toEqual([]);
});

names("a gateway that comes later, and one that goes and comes again, is listened on", async ({ lab, state, dig, serve }) => {
  await lab.in("host", ["ip", "address", "del", "10.90.0.1/24", "dev", "back"]);
  const server = serve();
  await expect(server).rejects.toThrow(
    "network back: names do not resolve there: the name server does not listen on 10.90.0.1: EADDRNOTAVAIL",
  );
  expect(await dig("c1", `@${FRONT}`, "c1")).toBe("10.89.0.2");
  await lab.in("host", ["ip", "address", "add", "10.90.0.1/24", "dev", "back"]);
  await listening(lab, state);
  expect(await dig("c2", `@${BACK}`, "c2")).toBe("10.90.0.2");
  await lab.in("host", ["ip", "address", "del", "10.90.0.1/24", "dev", "back"]);
  await lab.in("host", ["ip", "address", "add", "10.90.0.1/24", "dev", "back"]);
  expect(await dig("c2", `@${BACK}`, "c2")).toBe("10.90.0.2");
});

function parentOf(pid: string | undefined): number {
  return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
