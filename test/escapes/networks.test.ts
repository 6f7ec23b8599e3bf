// What a container with every capability over its own network namespace sends to the host and to others, and what somebody outside sends to containers:
// forged sources, addresses that are nobody's affair, frames past the routing. Who is meant hears nothing of it; what is honest is heard.
import { expect } from "bun:test";
import { join } from "node:path";
import { gateOf } from "../../src/network/drivers/names.ts";
import { engineTag } from "../../src/network/model/engine-tag.ts";
import { startBox } from "../network/lab/boxes.ts";
import { HOST, type Lab, labRequires, PEER, type Place, withLab } from "../network/lab/lab.ts";
import { carryOut, network, plain, published, wired } from "../network/lab/plain.ts";
import { eventually, type Running } from "../support/run.ts";
import { tester } from "../support/user.ts";

const { test } = labRequires();
const PROGRAM = join(import.meta.dir, "network-attack.py");
const [OWN, PORT] = [7000, 8080];

interface Datagram {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly text: string;
  /** In a frame to this MAC address, by that interface; by the routes otherwise. */
  readonly by?: readonly [name: string, mac: string];
  readonly ttl?: number;
}

async function send(lab: Lab, place: Place, all: readonly Datagram[]): Promise<void> {
  await lab.in(place, ["python3", PROGRAM, "send", JSON.stringify(all)]);
}

async function hear(lab: Lab, place: Place, ...ports: readonly number[]): Promise<Running> {
  const heard = lab.start(place, ["python3", PROGRAM, "hear", ...ports.map(String)]);
  await eventually(`a listener in ${place}`, () => heard.stdout().includes("ready"));
  return heard;
}

interface Link {
  readonly address: string;
  readonly stats64: { readonly rx: { readonly packets: number } };
}

async function link(lab: Lab, name: string): Promise<Link> {
  const [one] = JSON.parse(await lab.in("host", ["ip", "-j", "-s", "link", "show", name])) as Link[];
  if (one === undefined) throw new Error(`no link ${name}`);
  return one;
}

/** What was heard when the honest datagrams have come, which are sent last. */
async function heardBy(listener: Running, honest: readonly string[]): Promise<string[]> {
  const lines = () => listener.stdout().split("\n").filter(Boolean).slice(1);
  await eventually(`${honest} to be heard`, () => honest.every((line) => lines().includes(line))).catch(() => {});
  return lines().sort();
}

for (const filtered of ["0", "1"])
  test(`nobody is taken for another: bridge-nf-call ${filtered}`, async () => {
    await withLab(
      async (lab) => {
        for (const family of ["iptables", "ip6tables"])
          await lab.in("host", ["sysctl", "-qw", `net.bridge.bridge-nf-call-${family}=${filtered}`]);
        // The distribution's settings do not help.
        for (const which of ["all", "default", "uplink"]) await lab.in("host", ["sysctl", "-qw", `net.ipv4.conf.${which}.rp_filter=0`]);
        const [one, two] = [network(1), network(2)];
        const [web, neighbour, other] = [
          await plain(lab, "web", one, 2),
          await plain(lab, "near", one, 3),
          await plain(lab, "far", two, 2),
        ];
        await carryOut(lab, [
          { up: one },
          { up: two },
          wired(lab, web, published(`${PORT}:${PORT}/udp`)),
          wired(lab, neighbour),
          wired(lab, other),
        ]);
        const gate = gateOf(engineTag(lab.roots.root));
        const host = await hear(lab, "host", OWN);
        const inside = await hear(lab, "web", PORT);
        const outside = await hear(lab, "peer", OWN);
        const [bridge, uplink] = await Promise.all(["br2", "uplink"].map((name) => link(lab, name)));
        const byBridge = { by: ["eth0", bridge?.address ?? ""] } as const;
        const byCable = { by: ["cable", uplink?.address ?? ""] } as const;
        const to = { host: { ipv4: "10.89.2.1", ipv6: "fd00:89:2::1" }, web } as const;

        // A container's, to the host itself, and to another network's published port.
        await send(lab, "far", [
          ...["127.0.0.1", "127.0.0.9", HOST.ipv4, PEER.ipv4, neighbour.ipv4, gate.in.ipv4].flatMap((from) => [
            { from, to: to.host.ipv4, port: OWN, text: "forged" },
            { from, to: HOST.ipv4, port: PORT, text: "forged" },
          ]),
          ...["::1", HOST.ipv6, PEER.ipv6, neighbour.ipv6, gate.in.ipv6].flatMap((from) => [
            { from, to: to.host.ipv6, port: OWN, text: "forged" },
            { from, to: HOST.ipv6, port: PORT, text: "forged" },
          ]),
          // To the host's loopback; to a container of another network past its published port; to what is behind the gate.
          ...["127.0.0.1", web.ipv4, gate.next.ipv4].map((at) => ({ from: other.ipv4, to: at, port: OWN, text: "astray", ...byBridge })),
          ...["::1", web.ipv6, gate.next.ipv6].map((at) => ({ from: other.ipv6, to: at, port: PORT, text: "astray", ...byBridge })),
          { from: other.ipv4, to: web.ipv4, port: PORT, text: "astray", ...byBridge },
        ]);
        // From outside: as a container; to containers' own addresses; to what is behind the gate.
        await send(lab, "peer", [
          ...[neighbour.ipv4, other.ipv4].flatMap((from) => [
            { from, to: HOST.ipv4, port: PORT, text: "forged", ...byCable },
            { from, to: HOST.ipv4, port: OWN, text: "forged", ...byCable },
          ]),
          { from: neighbour.ipv6, to: HOST.ipv6, port: PORT, text: "forged", ...byCable },
          { from: neighbour.ipv6, to: HOST.ipv6, port: OWN, text: "forged", ...byCable },
          ...[web.ipv4, gate.next.ipv4, "127.0.0.1"].map((at) => ({ from: PEER.ipv4, to: at, port: PORT, text: "astray", ...byCable })),
          ...[web.ipv6, gate.next.ipv6].map((at) => ({ from: PEER.ipv6, to: at, port: PORT, text: "astray", ...byCable })),
        ]);
        await send(lab, "far", [
          { from: other.ipv4, to: to.host.ipv4, port: OWN, text: "honest" },
          { from: other.ipv6, to: to.host.ipv6, port: OWN, text: "honest" },
          { from: other.ipv4, to: HOST.ipv4, port: PORT, text: "honest" },
          { from: other.ipv6, to: HOST.ipv6, port: PORT, text: "honest" },
        ]);
        const honest = [`honest from ${other.ipv4}`, `honest from ${other.ipv6}`];
        expect(await heardBy(host, honest)).toEqual(honest);
        expect(await heardBy(inside, honest)).toEqual(honest);
        expect(await heardBy(outside, [])).toEqual([]);
        // What is sent to behind the gate passes it once.
        expect((await link(lab, gate.in.name)).stats64.rx.packets).toBeLessThan(16);
      },
      { leftovers: "sweep" },
    );
  });

/** Who runs containers, and what that takes. */
const CALLERS = [
  { who: "root", needs: [], options: {} },
  { who: "an ordinary user", needs: ["tester", "userns", "subids", "newuidmap", "slirp4netns"], options: { account: tester } },
] as const;

for (const { who, needs, options } of CALLERS)
  labRequires(...needs).test(
    `${who}: nobody outside is taken for a container, and containers are given no descriptor`,
    async () => {
      const account = "account" in options ? { account: options.account() } : {};
      await withLab(
        async (lab) => {
          await lab.in("host", ["sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.uplink.rp_filter=0"]);
          const [near, web] = [
            await startBox(lab, "near", []),
            await startBox(lab, "web", ["-p", `${PORT}:${PORT}/udp`, "-p", "8081-8084:81-84"]),
          ];
          // What the shell that asks has open is its own; the container's program was started as all are.
          expect((await lab.ok(["exec", web.name, "ls", "/proc/1/fd"])).split("\n").filter(Boolean)).toEqual(["0", "1", "2"]);
          const inside = lab.start("host", ["nsenter", `--net=/proc/${web.pid}/ns/net`, "python3", PROGRAM, "hear", String(PORT)]);
          await eventually("a listener", () => inside.stdout().includes("ready"));
          const { address } = await link(lab, "uplink");
          for (const family of [4, 6] as const) {
            const [to, honest] = family === 4 ? [HOST.ipv4, PEER.ipv4] : [HOST.ipv6, PEER.ipv6];
            const forged = [await near.address(family), await web.address(family)];
            const all = [...forged.map((from) => ({ from, text: "forged" })), { from: honest, text: "honest" }];
            await send(
              lab,
              "peer",
              all.map((one) => ({ ...one, to, port: PORT, by: ["cable", address] })),
            );
          }
          const honest = [`honest from ${PEER.ipv4}`, `honest from ${PEER.ipv6}`];
          expect(await heardBy(inside, honest)).toEqual(honest);
          await lab.ok(["rm", "-f", near.name, web.name]);
        },
        { leftovers: "sweep", ...account },
      );
    },
    60_000,
  );
