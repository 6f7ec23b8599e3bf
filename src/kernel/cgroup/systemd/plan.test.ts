import { describe, expect, test } from "bun:test";
import type { Piece } from "../../plan/plan.ts";
import { Registers } from "../../plan/plan.ts";
import { CGROUPS, hostFacts } from "../facts.fixture.ts";
import { planSystemdCgroup, type SystemdRequest } from "./plan.ts";
import { resourceProperties } from "./properties.ts";
import { decodeScopeRequest } from "./request.ts";
import { userSockets } from "./scope.ts";
import { scopeName, slicePath } from "./unit.ts";

const root = hostFacts(CGROUPS.v2);

function request(more: Partial<SystemdRequest> = {}): SystemdRequest {
  return {
    id: "web",
    path: "machine-a.slice:libpod:web",
    resources: { memory: { limit: 1 << 20 }, pids: { limit: 0 } },
    facts: root,
    helper: ["/usr/bin/teu", "internal", "systemd-scope"],
    sockets: [{ path: "/run/systemd/private", bus: false }],
    annotations: undefined,
    ...more,
  };
}

describe("names", () => {
  // biome-ignore format: table
  const ROWS: readonly { path: string | undefined; rootless?: boolean; want: string }[] = [
    { path: undefined, want: "/system.slice/teu-web.scope" },
    { path: "machine.slice:libpod:abc", want: "/machine.slice/libpod-abc.scope" },
    { path: "a-b-c.slice:p:n", want: "/a.slice/a-b.slice/a-b-c.slice/p-n.scope" },
    { path: "-.slice::n", want: "/n.scope" },
    { path: undefined, rootless: true, want: "/user.slice/user-1000.slice/user@1000.service/user.slice/teu-web.scope" },
  ];
  for (const { path, rootless = false, want } of ROWS) {
    const facts = rootless ? hostFacts(CGROUPS.delegated, { rootless }) : root;
    test(`${path ?? "no path"}${rootless ? " without root" : ""} is ${want}`, () =>
      expect(scopeName(path, { id: "web", facts }).path).toBe(want));
  }
  for (const path of ["/abs/path", "a:b", "a.slice:b:", "nonsense:p:n", "a--b.slice:p:n", "a.slice:p:../x", "a/b.slice:p:n"]) {
    test(`${path} is refused`, () => expect(() => scopeName(path, { id: "web", facts: root })).toThrow("linux.cgroupsPath"));
  }
  test("a dash in a slice's name is a level", () => expect(slicePath("x-y.slice")).toBe("/x.slice/x-y.slice"));
});

describe("a plan with the systemd driver", () => {
  test("starts the scope with the waiting process first, then sets what is left by the files", () => {
    const registers = new Registers();
    const plan = planSystemdCgroup(request(), registers);
    expect(plan.before).toEqual([]);
    expect(plan.into).toBeUndefined();
    expect(plan.unit).toBe("libpod-web.scope");
    expect(plan.paths).toEqual({ unified: "/sys/fs/cgroup/machine.slice/machine-a.slice/libpod-web.scope" });
    const ops = plan.after(registers.named("child"));
    expect(ops[0]?.name).toBe("run");
    expect(ops.map(({ args }) => args.path)).toContain(`${plan.paths.unified}/memory.max`);
    expect(ops.map(({ name }) => name).slice(-2)).toEqual(["open", "deviceProgram"]);
  });

  test("hands the helper a request that it reads back whole", () => {
    const registers = new Registers();
    const child = registers.named("child");
    const resources = { cpu: { cpus: "0-1" }, memory: { limit: -1 } };
    const [run] = planSystemdCgroup(request({ resources }), registers).after(child);
    const stdin = run?.args.stdin as readonly Piece[];
    const text = stdin.map((piece) => (typeof piece === "string" ? piece : "4711")).join("");
    const decoded = decodeScopeRequest(text);
    expect(decoded).toMatchObject({ unit: "libpod-web.scope", pid: 4711, sockets: [{ path: "/run/systemd/private", bus: false }] });
    expect(decoded.properties).toContainEqual({ name: "AllowedCPUs", signature: "ay", value: new Uint8Array([3]) });
    expect(decoded.properties).toContainEqual({ name: "MemoryMax", signature: "t", value: "18446744073709551615" });
    expect(decoded.properties).toContainEqual({ name: "Delegate", signature: "b", value: true });
  });

  test("on v1 joins every hierarchy by hand, since systemd knows only some", () => {
    const registers = new Registers();
    const facts = hostFacts(CGROUPS.hybrid);
    const plan = planSystemdCgroup(request({ facts }), registers);
    const joined = plan.after(registers.named("child")).filter(({ args }) => String(args.path).endsWith("/cgroup.procs"));
    expect(joined.length).toBe(CGROUPS.hybrid.v1.length + 1);
  });
});

describe("properties", () => {
  const named = (resources: SystemdRequest["resources"], v2: boolean) =>
    Object.fromEntries(resourceProperties({ resources, v2, rootless: true }).map(({ name, value }) => [name, value]));
  const limits = {
    memory: { limit: 100, swap: 300, reservation: 50 },
    cpu: { shares: 1024, quota: 12345, period: 50000 },
    pids: { limit: 0 },
    unified: { "memory.high": "max", "cpu.max": "max" },
  };

  test("on v2", () => {
    expect(named(limits, true)).toEqual({
      MemoryMax: 100n,
      MemoryLow: 50n,
      MemorySwapMax: 200n,
      CPUWeight: 100n,
      CPUQuotaPeriodUSec: 50000n,
      CPUQuotaPerSecUSec: 250000n, // 246900 µs a second, up to a whole percent
      TasksMax: 1n,
      MemoryHigh: 0xffffffffffffffffn,
    });
  });
  test("on v1", () => {
    expect(named(limits, false)).toEqual({
      MemoryLimit: 100n,
      CPUShares: 1024n,
      CPUQuotaPeriodUSec: 50000n,
      CPUQuotaPerSecUSec: 250000n,
      TasksMax: 1n,
    });
  });
  test("device rules are systemd's words for them", () => {
    const resources = { devices: [{ allow: true, type: "b", major: 8, minor: 1, access: "r" }] };
    const [policy, allowed] = resourceProperties({ resources, v2: true, rootless: false });
    expect(policy?.value).toBe("strict");
    expect(allowed?.value).toEqual(
      expect.arrayContaining([
        ["/dev/block/8:1", "r"],
        ["char-*", "m"],
        ["char-136", "rwm"],
      ]),
    );
  });
  test("a list of denials is left to our own program on v2, and closes on v1", () => {
    const resources = {
      devices: [
        { allow: true, type: "a" },
        { allow: false, type: "b", major: 8 },
      ],
    };
    expect(resourceProperties({ resources, v2: true, rootless: false })[0]?.value).toBe("auto");
    expect(resourceProperties({ resources, v2: false, rootless: false })[0]?.value).toBe("strict");
  });
});

test("a user's bus is where the environment says", () => {
  expect(userSockets({ address: "unix:path=/run/user/1/bus,guid=x;tcp:host=a" })).toEqual([{ path: "/run/user/1/bus", bus: true }]);
  expect(userSockets({ runtimeDir: "/run/user/1" })).toEqual([
    { path: "/run/user/1/systemd/private", bus: false },
    { path: "/run/user/1/bus", bus: true },
  ]);
  expect(userSockets({})).toEqual([]);
});
