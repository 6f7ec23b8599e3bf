// Port 53 of the host is another program's, which listens on all addresses: containers are led to where the name server listens instead.
import { expect } from "bun:test";
import { NETLINK_NETFILTER } from "../../../src/kernel/netlink/message.ts";
import { sendNetlink } from "../../../src/kernel/state/networks/work.ts";
import type { Prefix } from "../../../src/network/address/address.ts";
import { firewallBase } from "../../../src/network/firewall/base.ts";
import { networkElements } from "../../../src/network/firewall/elements.ts";
import { engineTag } from "../../../src/network/model/engine-tag.ts";
import type { Network } from "../../../src/network/model/network.ts";
import { contextOf } from "../../faults/plan-killed.ts";
import { eventually } from "../../support/run.ts";
import { labRequires } from "../lab/lab.ts";
import { FRONT, FRONT6, listening, type NamesLab, serversOf, withNames } from "./name-lab.ts";
import { dropEndpoints, idOf } from "./rows.ts";

const { test } = labRequires("dig");

/** Answers nothing, and has the port on every address. */
const TAKER = `
import socket, time
kept = []
for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        taken = socket.socket(family, kind)
        if family == socket.AF_INET6: taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind((address, 53))
        if kind == socket.SOCK_STREAM: taken.listen()
        kept.append(taken)
print("taken", flush=True)
time.sleep(600)
`;

const FRONT_NETWORK: Network = {
  version: 1,
  id: idOf("front"),
  name: "front",
  created: "2026-01-02T03:04:05Z",
  driver: "bridge",
  subnets: ["10.89.0.0/24", "fd00:1::/64"].map((prefix) => ({ prefix: prefix as Prefix, reserved: {} })),
  internal: false,
  attachable: false,
  isolated: false,
  names: true,
  interface: "front",
  masquerade: true,
  publish: "filtered",
  options: {},
  labels: {},
};

/** The tables as they are when the network is up. */
function makeTables({ lab }: NamesLab, families: readonly (4 | 6)[]): string {
  const tag = engineTag(lab.roots.root);
  const messages = [...firewallBase(tag, families), ...families.flatMap((family) => networkElements(tag, family, FRONT_NETWORK))];
  sendNetlink(contextOf(lab.roots), { protocol: NETLINK_NETFILTER, messages, namespace: { path: lab.namespace("host") } });
  return tag;
}

test(
  "containers are led past a program that has the port, and no longer when it is gone",
  () =>
    withNames(async (bench) => {
      const { lab, state, dig } = bench;
      const tag = makeTables(bench, [4, 6]);
      const led = async () => (await lab.in("host", ["nft", "list", "map", "ip", tag, "ports"])).includes("10.89.0.1 . ");
      const taker = lab.start("host", ["python3", "-c", TAKER]);
      await eventually("the port is taken", () => taker.stdout().includes("taken"));
      await lab.ok(["create", "--network", "none", "hello"]);
      await lab.ok(["ps"]);
      await listening(lab, state);
      for (const server of [FRONT, FRONT6])
        for (const how of ["+notcp", "+tcp"]) expect(await dig("c1", `@${server}`, how, "c1")).toBe("10.89.0.2");
      expect(await led()).toBe(true);
      taker.kill("SIGKILL");
      await taker.exited;
      process.kill(Number(serversOf(lab)[0]), "SIGKILL");
      await eventually("it has the port itself", async () => !(await led()) && (await dig("c1", `@${FRONT}`, "c1")) === "10.89.0.2");
      for (const name of ["c1", "c2"]) dropEndpoints(state, name);
      await lab.ok(["ps"]); // calls it, which looks at once
      await eventually("it ends", () => serversOf(lab).length === 0);
    }),
  60_000,
);

test(
  "where it cannot be led past, it is said why",
  () =>
    withNames(async ({ lab, state }) => {
      const taker = lab.start("host", ["python3", "-c", TAKER]);
      await eventually("the port is taken", () => taker.stdout().includes("taken"));
      await lab.ok(["create", "--network", "none", "hello"]);
      await lab.ok(["ps"]);
      await expect(listening(lab, state)).rejects.toThrow(
        /does not listen on 10\.[0-9.]+: port 53 is another program's, and cannot be led past it: .*ENOENT/,
      );
      for (const name of ["c1", "c2"]) dropEndpoints(state, name);
      await lab.ok(["ps"]); // calls it, which looks at once
      await eventually("it ends", () => serversOf(lab).length === 0);
    }),
  60_000,
);
