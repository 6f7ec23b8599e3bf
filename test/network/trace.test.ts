// `network trace` says of the real kernel what is so.
import { expect } from "bun:test";
import type { TraceStep } from "../../src/network/trace/explain.ts";
import { startBox } from "./lab/boxes.ts";
import { HOST, type Lab, labRequires, PEER, withLab } from "./lab/lab.ts";

const { test } = labRequires();

/** `place: text`, with what stops in front. */
async function trace(lab: Lab, ...args: readonly string[]): Promise<readonly string[]> {
  const steps: readonly TraceStep[] = JSON.parse(await lab.ok(["network", "trace", "--format", "json", ...args]));
  return steps.map(({ place, text, stops }) => `${stops === undefined ? "" : `${stops} `}${place}: ${text}`);
}

test("the way out, to neighbours, to strangers and in", () =>
  withLab(
    async (lab) => {
      await lab.ok(["network", "create", "front"]);
      await lab.ok(["network", "create", "back"]);
      const web = await startBox(lab, "web", ["--network", "front", "-p", "8080:80", "-p", "8081:81"]);
      const db = await startBox(lab, "db", ["--network", "front"]);
      const far = await startBox(lab, "far", ["--network", "back"]);
      await lab.in("host", ["nft", "add table inet fw; add chain inet fw way { type filter hook forward priority 10; }"]);
      await lab.in("host", ["nft", "add rule inet fw way tcp dport 25 drop"]);
      await web.serve(80);

      const address = await web.address(4);
      const out = await trace(lab, web.name, PEER.ipv4);
      expect(out[0]).toMatch(new RegExp(`^container: leaves by eth0 through 10\\.\\S+ as from ${address}, an interface in network front`));
      expect(out[1]).toMatch(/^bridge: comes out at veth\S+ of the host, a port of bridge teu\S+$/);
      expect(out).toContain(
        "perhaps filter: meets chain way of table inet fw (forward, priority 10, policy accept): 1 rule of it drop or reject",
      );
      expect(out.some((line) => /^filter: passes chain forward of table ip teu-\S+ .*: teu's own$/.test(line))).toBe(true);
      expect(out.at(-1)).toBe(
        `host: leaves by uplink directly, with the host's address ${HOST.ipv4} in place of the container's (masquerade)`,
      );

      expect((await trace(lab, web.name, `${db.name}:5432`)).filter((line) => line.includes("hands it"))).toEqual([
        `bridge: the bridge hands it to container ${db.name}`,
        `bridge: the bridge hands it to container ${db.name}`,
      ]);
      expect((await trace(lab, web.name, await far.address(4))).at(-1)).toStartWith(
        `yes host: container ${far.name} is in network back, apart`,
      );
      const inward = await trace(lab, web.name);
      expect(inward).toContain(`host: leads to ${address}:80 in network front`);
      expect(inward.some((line) => line.startsWith("container: a program listens at") && line.endsWith(":80/tcp"))).toBe(true);
      expect(inward).toContain(`yes container: no program listens at port 81/tcp of ${web.name}`);
      expect(await lab.ok(["network", "trace", web.name])).toContain("to port 0.0.0.0:8080/tcp of the host\n");
      const none = await startBox(lab, "none", ["--network", "none"]);
      expect((await trace(lab, none.name, PEER.ipv4))[0]).toMatch(/^yes container: has no route to 10\.1\.0\.2: .*ENETUNREACH/);
      await lab.in("host", ["nft", "delete", "table", "inet", "fw"]);
    },
    { leftovers: "processes" },
  ));
