// Two network namespaces that stand for two hosts, an engine of its own on each, and one vxlan network that both have.
import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runOk } from "../support/run.ts";
import { startBox } from "./lab/boxes.ts";
import { all, check, type Ends } from "./lab/cells.ts";
import { HOST, type Lab, labRequires, PEER, withLab } from "./lab/lab.ts";

const { test } = labRequires();

/** teu on the second host: other roots, in the namespace `peer`. */
function second(lab: Lab): (args: readonly string[]) => Promise<string> {
  const roots = { TEU_ROOT: join(lab.roots.directory, "second"), TEU_RUN_ROOT: join(lab.roots.directory, "second-run") };
  const enter = ["nsenter", `--net=${lab.namespace("peer")}`, "--", "env", "-u", "TEU_NETWORK", lab.program];
  return (args) => runOk([...enter, ...args], { env: { ...lab.env, ...roots } });
}

interface Side {
  readonly local: string;
  readonly peers: string;
  /** Which addresses containers of this host get: two engines do not ask each other. */
  readonly range: string;
  readonly range6: string;
}

const create = ({ local, peers, range, range6 }: Side) => [
  ...["network", "create", "-d", "vxlan", "-o", "vni=77", "-o", `local=${local}`, "-o", `peers=${peers}`],
  ...["--subnet", "10.44.0.0/24", "--ip-range", range, "--gateway", range.replace(/\.\d+\/\d+$/, local === HOST.ipv4 ? ".1" : ".2")],
  ...["--subnet", "fd44::/64", "--ip-range", range6, "--gateway", local === HOST.ipv4 ? "fd44::1" : "fd44::2"],
  "overlay",
];

test("containers of two hosts reach each other, and those of a host that is listed later", () =>
  withLab(
    async (lab) => {
      const other = second(lab);
      const peers = join(lab.roots.directory, "peers");
      writeFileSync(peers, "# nobody yet\n");
      await lab.ok(create({ local: HOST.ipv4, peers, range: "10.44.0.64/26", range6: "fd44::100:0/112" }));
      await other(create({ local: PEER.ipv4, peers: HOST.ipv4, range: "10.44.0.128/26", range6: "fd44::200:0/112" }));
      const near = await startBox(lab, "near", ["--network", "overlay"]);
      const far = await startBox(lab, "far", ["--network", "overlay"], other);
      await near.serve(80);
      await far.serve(80);
      expect(await near.probe([{ kind: "icmp", to: await far.address(4), nothing: true }])).toEqual([null]);

      writeFileSync(peers, `${PEER.ipv4}\n`);
      await lab.ok(["network", "reload"]);
      const [a, b] = await Promise.all([near, far].map(async (box): Promise<Ends> => [await box.address(4), await box.address(6)]));
      if (a === undefined || b === undefined) throw new Error("two containers have two addresses");
      const gateway: Ends = ["10.44.0.1", "fd44::1"];
      const cells = [...all("near", b, a), ...all("far", a, b), ...all("host", b, gateway)];
      await check(lab, cells, { near, far });
      expect(await lab.in("host", ["bridge", "fdb"])).toMatch(/^00:00:00:00:00:00 dev vx\S+ dst 10\.1\.0\.2 /m);
      // Room for the outer header.
      expect(await near.in(["cat", "/proc/self/net/dev"])).toContain("eth0");
      expect(await near.in(["ip", "-o", "link", "show", "eth0"])).toContain(" mtu 1450 ");
      await lab.ok(["rm", "-f", near.name]);
      await other(["rm", "-f", far.name]);
      await lab.ok(["network", "rm", "overlay"]);
      await other(["network", "rm", "overlay"]);
      expect(await lab.in("host", ["ip", "-o", "link", "show", "type", "vxlan"])).toBe("");
    },
    { leftovers: "processes" },
  ));
