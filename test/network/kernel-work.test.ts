// What is done to the kernel's networks outside of a container's launch, in network namespaces that the tests make: messages, dumps and settings in
// order; namespaces that have a name; and those that a process holds for an ordinary user.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { NETLINK_ROUTE } from "../../src/kernel/netlink/message.ts";
import { addAddress } from "../../src/kernel/netlink/rtnetlink/addresses.ts";
import { setLinkUp } from "../../src/kernel/netlink/rtnetlink/links.ts";
import type { Described } from "../../src/kernel/netlink/wiring/wiring.ts";
import type { RuntimeContext } from "../../src/kernel/state/context.ts";
import { endHolder, holdNamespaces } from "../../src/kernel/state/networks/hold-namespaces.ts";
import { makeNamedNamespace, removeNamedNamespace } from "../../src/kernel/state/networks/named-namespace.ts";
import { netNamespaceId } from "../../src/kernel/state/networks/namespace-id.ts";
import type { NamespaceHolder } from "../../src/kernel/state/networks/open-namespaces.ts";
import { dumpNetlink, sendNetlink, workOnNetwork } from "../../src/kernel/state/networks/work.ts";
import { isAlive } from "../../src/kernel/state/process.ts";
import { contextOf } from "../faults/plan-killed.ts";
import { withRoots } from "../support/roots.ts";
import { eventually, runOk } from "../support/run.ts";

const LOOPBACK = 1;

const address = (last: number): Described => ({
  message: addAddress(LOOPBACK, { address: Uint8Array.of(10, 1, 1, last), prefixLength: 24 }),
  subject: `address 10.1.1.${last}/24 of lo`,
});
const broken: Described = { message: setLinkUp(77, true), subject: "take interface 77 up" };
const ADDRESSES = { type: 22, flags: 0x300, header: new Uint8Array(8), attributes: [] } as const; // RTM_GETADDR, NLM_F_DUMP

/** A named namespace for a test. */
async function withNamespace(run: (context: RuntimeContext, path: string) => Promise<void> | void): Promise<void> {
  await withRoots(async (roots) => {
    const context = contextOf(roots);
    const path = roots.path("netns", "one");
    makeNamedNamespace(context, path);
    try {
      await run(context, path);
    } finally {
      removeNamedNamespace(context, path);
    }
  });
}

const inside = (path: string, ...argv: string[]) => runOk(["nsenter", `--net=${path}`, ...argv]);
const addresses = async (path: string) =>
  (await inside(path, "ip", "-o", "-4", "address", "show", "dev", "lo")).match(/10\.1\.1\.\d/g) ?? [];

describe("a network namespace with a name", () => {
  test("is there without a process, its loopback up, until it is taken away", async () => {
    await withNamespace(async (context, path) => {
      expect(await inside(path, "ip", "-o", "link", "show")).toMatch(/^1: lo: <LOOPBACK,UP,LOWER_UP>[^\n]*$/);
      expect(() => makeNamedNamespace(context, path)).toThrow("EEXIST");
      removeNamedNamespace(context, path);
      expect(existsSync(path)).toBe(false);
      removeNamedNamespace(context, path);
    });
  });
});

describe("work on networks", () => {
  test("messages are sent in order in the namespace, and nothing behind the one that fails", async () => {
    await withNamespace(async (context, path) => {
      const send = () =>
        sendNetlink(context, {
          doing: "bring network web up",
          protocol: NETLINK_ROUTE,
          messages: [address(2), broken, address(3)],
          namespace: { path },
        });
      expect(send).toThrow("bring network web up: take interface 77 up: no such device (ENODEV)");
      expect(await addresses(path)).toEqual(["10.1.1.2"]);
    });
  });

  test("the kernel's own words are told", async () => {
    await withNamespace((context, path) => {
      const messages = [address(2), address(2)];
      const send = () => sendNetlink(context, { protocol: NETLINK_ROUTE, messages, namespace: { path } });
      expect(send).toThrow("set up the network: address 10.1.1.2/24 of lo: file exists (EEXIST)");
    });
  });

  test("a tolerated answer is none", async () => {
    await withNamespace(async (context, path) => {
      const messages = [address(2), { ...broken, tolerate: ["ENODEV"] as const }, address(2), address(3)];
      sendNetlink(context, { protocol: NETLINK_ROUTE, messages, namespace: { path }, tolerate: ["EEXIST"] });
      expect(await addresses(path)).toEqual(["10.1.1.2", "10.1.1.3"]);
    });
  });

  test("steps follow one another: settings, messages, dumps, each where it says", async () => {
    await withNamespace(async (context, path) => {
      const namespace = { path };
      const sysctl = "net/ipv4/ip_forward";
      const before = readFileSync(`/proc/sys/${sysctl}`, "latin1");
      const value = (await inside(path, "cat", `/proc/sys/${sysctl}`)).trim() === "1" ? "0" : "1";
      const dump = { dump: { protocol: NETLINK_ROUTE, request: ADDRESSES, namespace } };
      const send = { send: { protocol: NETLINK_ROUTE, messages: [address(2)], namespace } };
      const [empty, filled] = workOnNetwork(context, { steps: [dump, { sysctl: { path: sysctl, value, namespace } }, send, dump] });
      expect((await inside(path, "cat", `/proc/sys/${sysctl}`)).trim()).toBe(value);
      expect(readFileSync(`/proc/sys/${sysctl}`, "latin1")).toBe(before);
      expect(Buffer.from(filled ?? []).includes(Uint8Array.of(10, 1, 1, 2))).toBe(true);
      expect(Buffer.from(empty ?? []).includes(Uint8Array.of(10, 1, 1, 2))).toBe(false);
    });
  });

  test("a setting that is not there is named", async () => {
    await withNamespace((context, path) => {
      const step = { sysctl: { path: "net/ipv4/conf/none/rp_filter", value: "2", namespace: { path } } };
      expect(() => workOnNetwork(context, { doing: "bring network web up", steps: [step] })).toThrow(
        "bring network web up: write 2 to /proc/sys/net/ipv4/conf/none/rp_filter: no such file or directory (ENOENT)",
      );
    });
  });

  test("a process that has ended is refused", async () => {
    await withRoots(async (roots) => {
      const namespace = { pid: process.pid, start: "1" };
      const request = { protocol: NETLINK_ROUTE, request: ADDRESSES, namespace };
      expect(() => dumpNetlink(contextOf(roots), request)).toThrow(`network namespace of process ${process.pid}: it has ended`);
    });
  });

  test("this process's own namespace has a number", () => expect(netNamespaceId()).toBeGreaterThan(0x1000));
});

describe("namespaces that a process holds", () => {
  const maps = { uids: [{ containerID: 0, hostID: 0, size: 1 }], gids: [{ containerID: 0, hostID: 0, size: 1 }] };

  async function withHolder(run: (context: RuntimeContext, holder: NamespaceHolder) => Promise<void> | void): Promise<void> {
    await withRoots(async (roots) => {
      const context = contextOf(roots);
      const holder = holdNamespaces(context, maps);
      try {
        await run(context, holder);
      } finally {
        endHolder(holder);
        await eventually("the holder has ended", () => !isAlive(holder.pid, holder.start));
      }
    });
  }

  test("are entered before anything is done", async () => {
    await withHolder((context, within) => {
      sendNetlink(context, { within, protocol: NETLINK_ROUTE, messages: [address(2)] });
      const dump = dumpNetlink(context, { within, protocol: NETLINK_ROUTE, request: ADDRESSES });
      expect(Buffer.from(dump).includes(Uint8Array.of(10, 1, 1, 2))).toBe(true);
    });
  });

  test("the process has nothing of its caller's", async () => {
    await withHolder(async (_context, { pid }) => {
      expect(readFileSync(`/proc/${pid}/comm`, "latin1").trim()).toBe("teu-networks");
      expect(readFileSync(`/proc/${pid}/uid_map`, "latin1").trim()).toMatch(/^0 +0 +1$/);
      expect((await runOk(["sh", "-c", `readlink /proc/${pid}/fd/* /proc/${pid}/cwd`])).trim().split("\n")).toEqual([
        "/dev/null",
        "/dev/null",
        "/dev/null",
        "/",
      ]);
    });
  });

  test("a holder that has ended is said to be gone", async () => {
    await withHolder((context, holder) => {
      const within = { ...holder, start: "1" };
      expect(() => dumpNetlink(context, { within, protocol: NETLINK_ROUTE, request: ADDRESSES })).toThrow(
        `process ${holder.pid}, which held it, is gone`,
      );
    });
  });
});
