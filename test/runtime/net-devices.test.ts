// `linux.netDevices` (runtime-spec 1.3 config-linux.md, "Network Devices") from config.json to the container, through the built runtime.
// The runtime is started in a network namespace of the test's own, so that nothing can be left on the host.
import { expect } from "bun:test";
import { join } from "node:path";
import { bundle } from "../support/bundle.ts";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { run } from "../support/run.ts";
import { reachable } from "../support/teu.ts";

const { test } = requires("root", "busybox");

const PAIR = `ip link add far0 type veth peer name near0
  ip address add 10.9.8.7/24 broadcast + dev near0
  ip address add fd00::7/64 dev near0 nodad
  ip address add 10.9.8.99/24 dev near0 valid_lft 100 preferred_lft 100
  ip link set far0 up`;

interface Wish {
  readonly devices: Readonly<Record<string, { readonly name?: string }>>;
  /** Run in the host's network namespace before the container is made. */
  readonly before: string;
  readonly script: string;
}

function runWith({ devices, before, script }: Wish) {
  return withRoots(async (roots) => {
    const directory = await bundle({ roots, args: ["sh", "-c", script], linux: { netDevices: devices } });
    const runtime = `${await reachable("teu-runtime")} --root ${join(roots.runRoot, "runtime")} run --bundle ${directory} ${roots.id("net")}`;
    return run(["unshare", "--net", "sh", "-ec", `${before}\n${runtime}\necho on the host: $(ip -brief link)`]);
  });
}

for (const state of ["up", "down"] as const) {
  test(`an interface that is ${state} comes with its permanent addresses, under its new name, and is up`, async () => {
    const before = `${PAIR}\nip link set near0 ${state}`;
    const { stdout, stderr, status } = await runWith({ devices: { near0: { name: "eth0" } }, before, script: "ip address show" });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(stdout).toMatch(/eth0@\w+: <[^>]*\bUP\b/);
    expect(stdout).toContain("inet 10.9.8.7/24 brd 10.9.8.255 scope global eth0");
    // The kernel drops an IPv6 address when its interface goes down, long before it is moved.
    if (state === "up") expect(stdout).toContain("inet6 fd00::7/64 scope global");
    expect(stdout).not.toContain("10.9.8.99");
    expect(stdout).not.toContain("near0");
    expect(stdout.slice(stdout.indexOf("on the host"))).not.toContain("eth0");
  });
}

test("an interface that the host does not have is named by its field, and nothing is made", async () => {
  const { stdout, stderr, status } = await runWith({ devices: { absent0: {} }, before: "true", script: "echo ran" });
  expect(stderr).toContain("linux.netDevices.absent0: no such interface on the host");
  expect(stdout).toBe("");
  expect(status).not.toBe(0);
});
