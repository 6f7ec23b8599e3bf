// Containers that their launch connects to a network, by the launcher itself and from the namespaces that a process holds: what they have, what
// an error says, and that nothing is left. Needs root, iproute2 and busybox.
import { expect } from "bun:test";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Wiring } from "../../src/kernel/netlink/wiring/wiring.ts";
import { parseBundle } from "../../src/kernel/state/bundle.ts";
import { readBundleText } from "../../src/kernel/state/bundle-text.ts";
import { createContainer } from "../../src/kernel/state/create.ts";
import type { CreateOptions } from "../../src/kernel/state/create-options.ts";
import { deleteContainer } from "../../src/kernel/state/delete.ts";
import { prepareRun } from "../../src/kernel/state/prepare-run.ts";
import { beginRun, endOfRun } from "../../src/kernel/state/run.ts";
import { lasting } from "../faults/plan-killed.ts";
import { bundle } from "../support/bundle.ts";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { eventually } from "../support/run.ts";
import { lastingLinks, pairWiring, WIRED, type WiredHost } from "../support/wired.ts";

const { describe, test } = requires("root", "busybox");

const MAPS = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

/** A container with a user namespace, which both kinds can have. */
const bundleOf = (roots: TestRoots, args: readonly string[], name = "bundle") =>
  bundle({
    roots,
    name,
    args,
    linux: {
      uidMappings: MAPS,
      gidMappings: MAPS,
      namespaces: (["pid", "network", "ipc", "uts", "mount", "cgroup", "user"] as const).map((type) => ({ type })),
    },
  });

const optionsFor = (roots: TestRoots, host: WiredHost, more: Partial<CreateOptions> = {}): CreateOptions => ({
  id: roots.id("bundle"),
  keeper: "monitor",
  monitor: { onExit: [] },
  preserveFds: 0,
  noPivot: false,
  noNewKeyring: false,
  stdio: ["ignore", "ignore", "ignore"],
  ...host.options,
  ...more,
});

/** Runs a script in a container, and gives what it said. */
async function outputOf(roots: TestRoots, host: WiredHost, script: string): Promise<string> {
  const read = parseBundle(readBundleText(await bundleOf(roots, ["sh", "-c", script])));
  const out = openSync(roots.path("output"), "w");
  try {
    const options = optionsFor(roots, host, { stdio: ["ignore", out, out] });
    const source = { id: options.id, key: undefined, bundle: () => read, options: () => options };
    const begun = await beginRun(host.context, await prepareRun(host.context, source), options);
    await endOfRun(host.context, begun);
    await deleteContainer(host.context, options.id, { force: true });
    return readFileSync(roots.path("output"), "utf8");
  } finally {
    closeSync(out);
  }
}

/** The sentence that a container with this wiring is refused with. */
async function refusalOf(roots: TestRoots, host: WiredHost): Promise<string> {
  const read = parseBundle(readBundleText(await bundleOf(roots, ["true"])));
  try {
    await createContainer(host.context, read, optionsFor(roots, host, { keeper: "detach" }));
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error("it was not refused");
}

for (const [kind, within] of Object.entries(WIRED)) {
  const wired = <T>(wiring: Wiring, body: (roots: TestRoots, host: WiredHost) => Promise<T>) =>
    withRoots((roots) => within(roots, wiring, (host) => body(roots, host)));

  describe(`a container connected from a namespace that is ${kind}`, () => {
    test("has its interface, and can be reached", () =>
      wired(pairWiring(), async (roots, host) => {
        const script = "ip -o -4 address show; cat /proc/self/uid_map";
        const output = await outputOf(roots, host, script);
        expect(output).toMatch(/1000: eth0 +inet 10\.1\.1\.2\/24/);
        expect(output).toMatch(/^ +0 +100000 +65536$/m);
        expect(await lastingLinks(host)).toEqual([]);
        expect(await lasting(roots)).toEqual([]);
      }));

    test("that fails says which message, for which network, and why in the kernel's words, and leaves nothing", () => {
      const { inside, ...others } = pairWiring();
      return wired({ ...others, inside: [...inside, ...inside] }, async (roots, host) => {
        expect(await refusalOf(roots, host)).toStartWith(
          "connect container to network web: address 10.1.1.2/24 of eth0: file exists (EEXIST)",
        );
        expect(await lastingLinks(host)).toEqual([]);
        expect(await lasting(roots)).toEqual([]);
      });
    });

    test("is refused for a message of the host's side, too", () => {
      const { host: outside, ...others } = pairWiring();
      return wired({ ...others, host: [...outside, ...outside] }, async (roots, host) => {
        expect(await refusalOf(roots, host)).toStartWith("connect container to network web: interface vethtest: ");
        expect(await lastingLinks(host)).toEqual([]);
      });
    });
  });
}

/** Of a process that opens and closes descriptors meanwhile. */
function hasSocket(pid: number): boolean {
  const descriptors = `/proc/${pid}/fd`;
  try {
    return readdirSync(descriptors).some((fd) => readlinkSync(`${descriptors}/${fd}`).startsWith("socket:"));
  } catch {
    return false;
  }
}

test("a port is held as long as the container runs, by its monitor alone, and no other container gets it", () =>
  withRoots((roots) => {
    const hold = [{ protocol: "tcp", address: new Uint8Array(4), port: 8080, subject: "port 0.0.0.0:8080/tcp" }] as const;
    return WIRED.named(roots, pairWiring({ hold }), async (host) => {
      const read = parseBundle(readBundleText(await bundleOf(roots, ["sleep", "1000"])));
      const second = parseBundle(readBundleText(await bundleOf(roots, ["true"], "other")));
      const options = optionsFor(roots, host);
      const source = { id: options.id, key: undefined, bundle: () => read, options: () => options };
      const begun = await beginRun(host.context, await prepareRun(host.context, source), options);
      const other = { ...options, id: roots.id("other"), keeper: "detach" } as const;
      await eventually("the monitor has the port", () => hasSocket(begun.launched.pid));
      const refusal = await createContainer(host.context, second, other).catch((error: unknown) => error);
      expect(String(refusal)).toContain(
        "publish: port 0.0.0.0:8080/tcp: address already in use (EADDRINUSE); a program of the host has this port",
      );
      await deleteContainer(host.context, options.id, { force: true });
      await begun.launched.ended;
      expect(await lasting(roots)).toEqual([]);
    });
  }));
