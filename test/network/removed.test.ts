// What somebody has taken away of the networks with the kernel's own tools is back with the next container, also for those that run: no command
// is needed for it.
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gateName } from "../../src/network/drivers/names.ts";
import { engineTag } from "../../src/network/model/engine-tag.ts";
import { busyboxRootfs } from "../support/rootfs.ts";
import { eventually } from "../support/run.ts";
import { type Account, tester } from "../support/user.ts";
import { HOST, type Lab, labRequires, PEER, withLab } from "./lab/lab.ts";
import { ask, serve } from "./lab/traffic.ts";

const { test } = labRequires();
const ofUser = labRequires("tester", "userns", "subids", "newuidmap", "slirp4netns");
const BRIDGE = "brgone";
const [PUBLISHING, SILENT] = [["-p", "8081:80"], []] as const;

/** What is done, as words of a shell; and the flags of the container that comes next. */
type Damage = readonly [what: string, damage: (tag: string) => string, flags: readonly string[]];

const delBridge = () => `ip link del ${BRIDGE}`;
const delGate = (tag: string) => `ip link del ${gateName(tag, 0)}`;
const flush = () => "nft flush ruleset";

const ROWS: readonly Damage[] = [
  ["a bridge", delBridge, SILENT],
  ["a bridge, before one with ports", delBridge, PUBLISHING],
  ["the gate", delGate, SILENT],
  ["the tables", flush, SILENT],
  ["the tables, before one with ports", flush, PUBLISHING],
  ["all of it", (tag) => [delBridge(), delGate(tag), flush()].join(" && "), SILENT],
];

/**
 * One container that serves, the damage, one more: both have all they should.
 * @param enter what goes before a command that is to see the networks
 */
async function mends(lab: Lab, [, damage, flags]: Damage, enter: () => readonly string[]): Promise<void> {
  const rootfs = await busyboxRootfs();
  await serve(lab, "peer", 80);
  await lab.ok(["network", "create", "--interface-name", BRIDGE, "net"]);
  const server = ["sh", "-c", "while :; do echo hello | nc -l -p 80; done"];
  await lab.ok(["run", "-d", "--name", "web", "--network", "net", "-p", "8080:80", "--rootfs", rootfs, ...server]);
  const out = ["nc", "-w", "5", PEER.ipv4, "80"];
  const works = async () => {
    expect((await lab.ok(["exec", "web", ...out])).trim()).toBe(HOST.ipv4);
    await eventually("an answer of web", async () => (await ask(lab, "peer", "tcp", HOST.ipv4, 8080)) === "hello\n");
  };
  await works();
  await lab.in("host", [...enter(), "sh", "-c", damage(engineTag(lab.roots.root))]);
  const asks = `${out.join(" ")}; echo; until nc -w 5 web 80; do sleep .1; done`; // the server is away for a moment after each client
  expect(await lab.ok(["run", "--rm", "--network", "net", ...flags, "--rootfs", rootfs, "sh", "-c", asks])).toBe(`${HOST.ipv4}\nhello`);
  await works();
}

for (const row of ROWS) {
  test(`root's next container brings back ${row[0]}`, async () => {
    await withLab((lab) => mends(lab, row, () => []), { leftovers: "processes" });
  }, 60_000);
}

ofUser.test(
  "a user's next container brings back a bridge",
  async () => {
    const account: Account = tester();
    await withLab(
      (lab) => {
        const holder = () => {
          const record = JSON.parse(readFileSync(join(lab.roots.runRoot, "rootless", "network.json"), "utf8"));
          return record.holder.pid as number;
        };
        return mends(lab, ["", delBridge, SILENT], () => ["nsenter", `--net=/proc/${holder()}/ns/net`]);
      },
      { account, leftovers: "processes" },
    );
  },
  60_000,
);
