// The launcher's ops that hand encoded messages and programs to the kernel: netlink and the device rules of a v2 cgroup.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { type Op, op } from "../../src/kernel/plan/plan.ts";
import { runPlan } from "../support/run-plan.ts";
import { ending, K, observe, openPath, registers, shell } from "./setup.ts";

const NETLINK_ROUTE = 0;
const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const NLM_F_REQUEST_ACK = 5;
const IFF_UP = 1;

/** One netlink message: the header, then a body of fixed words. */
function message(type: number, body: (view: DataView) => void, length: number): Uint8Array {
  const bytes = new Uint8Array(16 + length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, NLM_F_REQUEST_ACK, true);
  body(new DataView(bytes.buffer, 16));
  return bytes;
}

/** `ip link set up` of the interface with this index. */
const linkUp = (index: number) =>
  message(
    RTM_NEWLINK,
    (body) => {
      body.setInt32(4, index, true);
      body.setUint32(8, IFF_UP, true);
      body.setUint32(12, IFF_UP, true);
    },
    16,
  );

const netlink = (messages: readonly (string | Uint8Array)[], acks: number): Op =>
  op("netlink", { protocol: NETLINK_ROUTE, messages, acks }, "t");

describe("netlink", () => {
  test("configures this network namespace and checks each acknowledgement", async () => {
    const ops = [op("unshare", { flags: K.CLONE_NEWNET }, "t"), netlink([linkUp(1), linkUp(1)], 2)];
    expect(await observe(ops, "ip -br link show lo")).toMatch(/^lo\s+UNKNOWN.*LOOPBACK,UP/);
  });

  test("gives the kernel's errno, and its words where it has some", async () => {
    const absent = await runPlan([[op("unshare", { flags: K.CLONE_NEWNET }, "t"), netlink([linkUp(1), linkUp(77)], 2)]]);
    expect(ending(absent)).toBe("ENODEV at 1");
    // An IPv4 address with a prefix of 99 bits.
    const wrong = message(
      RTM_NEWADDR,
      (body) => {
        body.setUint8(0, 2);
        body.setUint8(1, 99);
        body.setUint32(4, 1, true);
      },
      8,
    );
    const refused = await runPlan([[op("unshare", { flags: K.CLONE_NEWNET }, "t"), netlink([wrong], 1)]]);
    expect(ending(refused)).toBe("EINVAL at 1");
    expect(refused.text).toBe("ipv4: Invalid prefix length");
  });
});

/** The v2 tree, where one is mounted: hybrid hosts have it beside v1. */
const V2 = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].find(
  (path) => existsSync(`${path}/cgroup.procs`) && existsSync(`${path}/cgroup.controllers`),
);

/** BPF that returns a constant: `mov64 r0, value; exit`. */
const constant = (value: number) => new Uint8Array([0xb7, 0, 0, 0, value, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);

describe.if(V2 !== undefined)("a v2 cgroup", () => {
  const cgroup = `${V2}/teu-launcher-test-${process.pid}`;
  const inCgroup = async (...ops: ((register: ReturnType<ReturnType<typeof registers>>) => Op)[]) => {
    const r = registers();
    mkdirSync(cgroup);
    try {
      return await runPlan([
        [
          op("open", { dir: undefined, path: cgroup, flags: K.O_DIRECTORY, mode: 0, out: r("cgroup") }, "t"),
          ...ops.map((make) => make(r("cgroup"))),
          op("clone", { section: 1, flags: 0, cgroup: r("cgroup"), pid: r("pid"), pidfd: undefined }, "t"),
          op("reap", { pid: r("pid") }, "t"),
        ],
        [shell("grep ^0:: /proc/self/cgroup; { : < /dev/zero; } 2>/dev/null && echo open || echo denied")],
      ]);
    } finally {
      rmdirSync(cgroup);
    }
  };
  const rules = (value: number, replace: number) => (register: ReturnType<ReturnType<typeof registers>>) =>
    op("deviceProgram", { cgroup: register, program: constant(value), replace }, "t");

  test("is where clone puts a process from its first moment", async () => {
    const result = await inCgroup();
    expect(result.stdout).toBe(`0::/${cgroup.split("/").at(-1)}\nopen\n`);
  });

  test("gets device rules: all of several apply, replace takes the earlier ones off", async () => {
    expect((await inCgroup(rules(0, 0))).stdout).toEndWith("denied\n");
    expect((await inCgroup(rules(0, 0), rules(1, 0))).stdout).toEndWith("denied\n");
    expect((await inCgroup(rules(0, 0), rules(1, 1))).stdout).toEndWith("open\n");
  });

  test("keeps its rules when the new ones are refused", async () => {
    const broken = (register: ReturnType<ReturnType<typeof registers>>) =>
      op("deviceProgram", { cgroup: register, program: new Uint8Array(8), replace: 1 }, { from: "t", tolerate: ["EINVAL"] });
    expect((await inCgroup(rules(0, 0), broken)).stdout).toEndWith("denied\n");
  });
});

test("a failed plan removes its cgroup, processes in it notwithstanding", async () => {
  const parent =
    V2 ??
    readdirSync("/sys/fs/cgroup")
      .map((name) => `/sys/fs/cgroup/${name}`)
      .find((path) => existsSync(`${path}/cgroup.procs`));
  const cgroup = `${parent}/teu-launcher-undo-${process.pid}`;
  const r = registers();
  const result = await runPlan([
    [
      op("mkdir", { dir: undefined, path: cgroup, mode: 0o755 }, "t"),
      op("clone", { section: 1, flags: 0, cgroup: undefined, pid: r("pid"), pidfd: undefined }, "t"),
      op("write", { dir: undefined, path: `${cgroup}/cgroup.procs`, data: [{ decimal: r("pid") }] }, "t"),
      openPath("/absent", r("x")),
    ],
    [shell("exec sleep 60 </dev/null >/dev/null 2>&1")],
  ]);
  expect(ending(result)).toBe("ENOENT at 3");
  expect(existsSync(cgroup)).toBe(false);
});
