// Runs the launcher's C tests, its fuzz target on plans that the encoder made, and hello in a root that holds nothing else.
import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { encodePlan } from "../../src/kernel/plan/encode.ts";
import { type ArgKind, OPS, type OpDefinition, type OpName } from "../../src/kernel/plan/ops.ts";
import { type Op, op } from "../../src/kernel/plan/plan.ts";
import { planOf, runPlan } from "../support/run-plan.ts";
import { K, openPath, privateMounts, registers, scratch } from "./setup.ts";

const dir = scratch();
const RUN = new URL("../../launcher/test/run", import.meta.url).pathname;
const HELLO = new URL("../../bin/hello", import.meta.url).pathname;
const runner = (...args: string[]) => spawnSync(RUN, args, { encoding: "utf8" });

describe("the launcher's C code", () => {
  test("passes its unit tests under ASan and UBSan", () => {
    const result = runner();
    expect([result.status, result.stdout, result.status === 0 ? "" : result.stderr]).toEqual([
      0,
      expect.stringMatching(/^\d{3} passed, 0 failed\n$/),
      "",
    ]);
  }, 60000);

  const cross = Bun.which("aarch64-linux-gnu-gcc") !== null && Bun.which("qemu-aarch64-static") !== null;
  test.if(cross)(
    "passes them built for arm64, under qemu",
    () => {
      const result = runner("--arch", "arm64");
      expect([result.status, result.stdout, result.status === 0 ? "" : result.stderr]).toEqual([
        0,
        expect.stringMatching(/^\d{3} passed, 0 failed\n$/),
        "",
      ]);
    },
    60000,
  );

  test("takes every plan of the encoder, and survives what is made of them", () => {
    const corpus = dir.in("corpus");
    mkdirSync(corpus);
    const sample: Readonly<Record<ArgKind, Op["args"][string]>> = {
      in: 3,
      "in?": undefined,
      out: 4,
      "out?": 255,
      int: -1n,
      str: "/a/path",
      "str?": "text",
      bytes: new Uint8Array(24),
      list: ["one", "", "three"],
      pieces: ["literal", { decimal: 3 }, { u32: 4 }],
      section: 1,
    } as Readonly<Record<ArgKind, Op["args"][string]>>;
    const ops = (Object.entries(OPS) as [OpName, OpDefinition][]).map(
      ([name, definition]): Op => ({
        name,
        from: "t",
        args: Object.fromEntries(Object.entries(definition.args).map(([arg, kind]) => [arg, sample[kind]])),
      }),
    );
    for (const each of ops) writeFileSync(`${corpus}/${each.name}`, encodePlan(planOf([each], [])));
    writeFileSync(
      `${corpus}/all`,
      encodePlan(
        planOf(
          ops.filter((each) => each.name !== "monitor" && each.name !== "guard"),
          [],
        ),
        { timings: true },
      ),
    );
    const result = runner("--fuzz", "2", corpus);
    expect([result.status, result.stdout]).toEqual([0, expect.stringMatching(/\n1 passed, 0 failed\n$/)]);
    expect(result.stdout).toContain(`of ${ops.length + 2} unchanged plans ${ops.length + 2}\n`);
  }, 60000);
});

test("hello says what isolates it, in a root that holds only itself and /proc", async () => {
  const r = registers();
  const root = dir.in("root");
  mkdirSync(root);
  copyFileSync(HELLO, `${root}/hello`);
  const result = await runPlan([
    [
      op(
        "clone",
        {
          section: 1,
          flags: K.CLONE_NEWNS | K.CLONE_NEWPID | K.CLONE_NEWUTS | K.CLONE_NEWNET | K.CLONE_NEWIPC,
          cgroup: undefined,
          pid: r("pid"),
          pidfd: undefined,
        },
        "t",
      ),
      op("reap", { pid: r("pid") }, "t"),
    ],
    [
      ...privateMounts().slice(1),
      op("hostname", { name: "greeting" }, "t"),
      op("openTree", { dir: undefined, path: root, flags: K.OPEN_TREE_CLONE, out: r("root") }, "t"),
      openPath(root, r("target")),
      op("moveMount", { from: r("root"), to: r("target"), flags: 0 }, "t"),
      op("fsMount", { type: "proc", options: [], attr: 0, out: r("proc") }, "t"),
      op("makeIn", { root: r("root"), path: "/proc", mode: K.S_IFDIR | 0o555, out: r("proc target") }, "t"),
      op("moveMount", { from: r("proc"), to: r("proc target"), flags: 0 }, "t"),
      op(
        "mountSetattr",
        { dir: r("root"), path: "", flags: 0, set: K.MOUNT_ATTR_RDONLY, clear: 0, propagation: 0, userns: undefined },
        "t",
      ),
      op("pivotRoot", { root: r("root") }, "t"),
      op("capBound", { keep: 1 }, "t"),
      op("capSet", { effective: 1, permitted: 1, inheritable: 0 }, "t"),
      op("prctl", { option: 38, a: 1, b: 0, c: 0, d: 0 }, "t"),
      op("exec", { candidates: ["/hello"], argv: ["hello", "-v"], env: [] }, "t"),
    ],
  ]);
  expect(result.failure).toBeUndefined();
  const lines = result.stdout.split("\n").map((line) => line.trim().replace(/ +/g, " "));
  expect(lines).toContain("process pid 1, parent 0");
  expect(lines).toContain("host name greeting");
  expect(lines).toContain("capabilities chown");
  expect(lines).toContain("seccomp off, no new privileges");
  expect(lines).toContain("root read-only");
  expect(lines).toContain("mounts 2");
  expect(result.stdout).toMatch(/namespaces {4}mnt \d+, pid \d+, net \d+, ipc \d+, uts \d+,\s+user \(host's\)/);
  expect(result.stdout).toMatch(/^ {4}\/proc +proc +rw,relatime$/m);
});
