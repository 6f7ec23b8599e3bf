// Interfaces as a container's kernel shows them: loopback, and those moved in from outside. All of it in a network namespace of the
// launcher's own, so that nothing can be left on the host. Needs root, iproute2 and busybox.
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { loopbackUpOps } from "../src/kernel/netlink/interfaces/loopback.ts";
import { netDeviceOps } from "../src/kernel/netlink/interfaces/net-devices.ts";
import { op, type Registers } from "../src/kernel/plan/plan.ts";
import { namespaceFacts } from "../src/kernel/tables/namespaces.ts";
import { makeBundle, runInside, succeeded } from "./support/mount-plan.ts";
import { LAUNCHER } from "./support/run-plan.ts";

const IP = "/usr/sbin/ip";
const able = process.getuid?.() === 0 && existsSync(LAUNCHER) && existsSync(IP);
if (!able) console.error("SKIPPED test/net-devices.test.ts: needs root, bin/teu-launcher and iproute2");

const NETWORK = { namespaces: [{ type: "network" }] } as const;

function ip(...args: readonly string[]) {
  return op("run", { path: IP, argv: ["ip", ...args], env: [], stdin: [], timeout: 5000, hole: -1, pid: undefined }, "test");
}

/** A pair of interfaces, numbers 2 and 3, in a network namespace of the launcher's own. */
const PAIR = () => [
  op("unshare", { flags: namespaceFacts("network").flag }, "test"),
  ip("link", "add", "name", "far0", "index", "2", "type", "veth", "peer", "name", "near0", "index", "3"),
  ip("address", "add", "10.9.8.7/24", "dev", "near0"),
  ip("link", "set", "near0", "up"),
];

const LINKS = [
  {
    name: "near0",
    index: 3,
    addresses: [
      { address: Uint8Array.of(10, 9, 8, 7), prefixLength: 24 },
      { address: Uint8Array.fromHex("fd000000000000000000000000000007"), prefixLength: 64 },
    ],
  },
];

function moved(name: string) {
  return (registers: Registers) =>
    netDeviceOps({ near0: { name } }, { registers, proc: registers.named("proc"), pid: registers.named("pid"), links: LINKS });
}

describe.skipIf(!able)("network interfaces", () => {
  test("loopback is up", async () => {
    using bundle = makeBundle();
    const output = succeeded(await runInside(bundle, { config: { linux: NETWORK }, script: "ip address show lo", first: loopbackUpOps }));
    expect(output).toMatch(/<LOOPBACK,UP,LOWER_UP>/);
    expect(output).toContain("inet 127.0.0.1/8");
  });

  test("an interface comes with its addresses, under its new name, and is up", async () => {
    using bundle = makeBundle();
    const options = { config: { linux: NETWORK }, script: "ip address show", outside: PAIR, meanwhile: moved("eth0") };
    const output = succeeded(await runInside(bundle, options));
    expect(output).toMatch(/3: eth0@if2: <[^>]*\bUP\b/);
    expect(output).toContain("inet 10.9.8.7/24 scope global eth0");
    expect(output).toContain("inet6 fd00::7/64 scope global");
    expect(output).not.toContain("near0");
  });

  test("a name with %d is numbered by the kernel", async () => {
    using bundle = makeBundle();
    const options = { config: { linux: NETWORK }, script: "ip address show", outside: PAIR, meanwhile: moved("net%d") };
    expect(succeeded(await runInside(bundle, options))).toContain("inet 10.9.8.7/24 scope global net0");
  });

  test("a name that is taken is an error", async () => {
    using bundle = makeBundle();
    const options = { config: { linux: NETWORK }, script: "echo ran", outside: PAIR, meanwhile: moved("lo") };
    const result = await runInside(bundle, options);
    expect(result.failure).toStartWith("EEXIST");
    expect(result.stdout).toBe("");
  });
});
