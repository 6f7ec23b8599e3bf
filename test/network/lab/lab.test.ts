// The lab itself: host and peer reach each other, what is left in the host's network is found, and nothing of a lab lasts.
import { expect } from "bun:test";
import { existsSync } from "node:fs";
import { run } from "../../support/run.ts";
import { HOST, labRequires, PEER, withLab } from "./lab.ts";
import { ask, probe, serve } from "./traffic.ts";

const { test } = labRequires();

test("host and peer reach each other over IPv4 and IPv6", async () => {
  const path = await withLab(async (lab) => {
    await serve(lab, "peer", 80);
    const kinds = (["tcp", "udp", "icmp"] as const).flatMap((kind) => [PEER.ipv4, PEER.ipv6].map((to) => ({ kind, to, port: 80 })));
    expect(await probe(lab, "host", kinds)).toEqual([HOST.ipv4, HOST.ipv6, HOST.ipv4, HOST.ipv6, "pong", "pong"]);
    expect(await ask(lab, "peer", "tcp", HOST.ipv4, 80)).toBe("refused");
    expect(await lab.ok(["version"])).toContain("teu");
    expect(await lab.leftovers()).toEqual([]);
    return lab.namespace("host");
  });
  expect(existsSync(path)).toBe(false);
});

test("what is left in the host's network fails the test, and goes with it", async () => {
  const before = (await run(["ip", "-o", "link"])).stdout;
  const left = withLab(async (lab) => {
    await lab.in("host", ["ip", "link", "add", "teu0", "type", "bridge"]);
    await lab.in("host", ["nft", "add", "table", "ip", "teu"]);
  });
  await expect(left).rejects.toThrow(/left behind in the host's network:\n {2}link: teu0 .*\n {2}nf_tables: table ip teu/);
  expect((await run(["ip", "-o", "link"])).stdout).toBe(before);
});

test("a host without IPv6", async () => {
  await withLab(
    async (lab) => {
      expect(await lab.in("host", ["ip", "-6", "address"])).toBe("");
      expect(await ask(lab, "host", "icmp", PEER.ipv4)).toBe("pong");
    },
    { ipv6: false },
  );
});
