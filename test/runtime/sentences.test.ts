// What a person reads when a container cannot be made: the field, the errno, and what to do where the errno alone would mislead.
import { expect } from "bun:test";
import { once } from "node:events";
import { createServer } from "node:net";
import type { RuntimeConfig } from "../../src/spec/runtime/config.ts";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { container, running } from "./container.ts";

const { test } = requires("root", "busybox");

type Change = (config: RuntimeConfig) => RuntimeConfig;
const process =
  (change: Partial<NonNullable<RuntimeConfig["process"]>>): Change =>
  (config) => ({ ...config, process: { cwd: "/", ...config.process, ...change } });
const linux =
  (change: RuntimeConfig["linux"]): Change =>
  (config) => ({ ...config, linux: { ...config.linux, ...change } });
const readonlyRoot: Change = (config) => ({ ...config, root: { ...config.root, readonly: true } });

const rows: readonly { name: string; tweak: Change; want: RegExp }[] = [
  {
    name: "a working directory that is missing on a read-only root",
    tweak: (config) => readonlyRoot(process({ cwd: "/not/there" })(config)),
    want: /working directory \/not\/there: process\.cwd: .*\(EROFS\); the directory is missing, and the root file system is read-only/,
  },
  {
    name: "nodes that the machine does not have",
    tweak: linux({ memoryPolicy: { mode: "MPOL_BIND", nodes: "77" } }),
    want: /linux\.memoryPolicy: .*\(EINVAL\); .*\/sys\/devices\/system\/node\/online/,
  },
  {
    name: "a sysctl that the kernel does not have",
    tweak: linux({ sysctl: { "net.ipv4.nothing": "1" } }),
    want: /linux\.sysctl\.net\.ipv4\.nothing: no such file or directory \(ENOENT\)/,
  },
  {
    name: "a controller that the host does not have",
    tweak: linux({ resources: { rdma: { mlx: { hcaHandles: 3 } } } }),
    want: /linux\.resources\.rdma\.mlx: the rdma controller is not available on this host/,
  },
];

for (const { name, tweak, want } of rows) {
  test(name, () =>
    withRoots(async (roots) => {
      const made = await container({ roots, args: ["true"], tweak });
      const { status, stderr } = await made.verb("run");
      expect(status).toBe(1);
      expect(stderr).toMatch(want);
    }),
  );
}

test("a terminal without a devpts to open it in", () =>
  withRoots(async (roots) => {
    const tweak: Change = (config) => ({
      ...process({ terminal: true })(config),
      mounts: config.mounts?.filter(({ destination }) => destination !== "/dev/pts") ?? [],
    });
    const made = await container({ roots, args: ["true"], tweak });
    const socket = roots.path("console.sock");
    const server = createServer().listen(socket);
    await once(server, "listening");
    const { stderr } = await made.verb("create", ["--console-socket", socket]);
    server.close();
    expect(stderr).toMatch(/\/dev\/pts: process\.terminal: .*\(ENOENT\); a terminal takes a mount of type devpts on \/dev\/pts/);
  }));

test("a cgroup file system that is read-only stays so", () =>
  withRoots(async (roots) => {
    const mount = { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"] };
    const tweak: Change = (config) => ({ ...config, mounts: [...(config.mounts ?? []), mount] });
    const made = await container({ roots, args: ["sh", "-c", "mkdir /sys/fs/cgroup/pids/below 2>&1"], tweak });
    expect((await made.verb("run")).stdout).toContain("Read-only file system");
  }));

test("the CPUs of an exec are those of the configuration, in the end", () =>
  withRoots(async (roots) => {
    const made = await running({ roots, process: { execCPUAffinity: { initial: "0", final: "0" } } });
    const allowed = ["grep", "Cpus_allowed_list", "/proc/self/status"];
    expect(await made.must("exec", [], allowed)).toBe("Cpus_allowed_list:\t0");
    await made.must("delete", ["--force"]);
  }));
