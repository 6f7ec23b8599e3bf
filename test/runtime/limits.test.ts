// pause, resume, update, events, ps, list: the verbs on a container that runs (runc(8)).
import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { eventually } from "../support/run.ts";
import { teuRuntime } from "../support/teu.ts";
import { cgroupFile, running } from "./container.ts";

const { describe, test } = requires("root", "busybox");

describe("pause and resume", () => {
  test("stop and go, and say so", () =>
    withRoots(async (roots) => {
      const made = await running({ roots, args: ["sh", "-c", "while :; do date +%s%N >/beat; sleep 0.02; done"] });
      await made.must("pause");
      expect((await made.state()).status).toBe("paused");
      const beat = () => Bun.file(`${made.bundle}/rootfs/beat`).text();
      const before = await beat();
      await Bun.sleep(150);
      expect(await beat()).toBe(before);
      expect((await made.verb("pause")).status).toBe(1);
      await made.must("resume");
      await eventually("it beats", async () => (await beat()) !== before);
      expect((await made.verb("resume")).stderr).toContain("not paused");
      await made.must("delete", ["--force"]);
    }));

  test("a paused container dies by KILL", () =>
    withRoots(async (roots) => {
      const made = await running({ roots });
      await made.must("pause");
      await made.must("kill", [], ["KILL"]);
      await eventually("it has stopped", async () => (await made.state()).status === "stopped");
      await made.must("delete");
    }));
});

/** For making a node of /dev/kmsg, which no container has by itself, and for reading it. */
const NODES = ["CAP_MKNOD", "CAP_SYSLOG"];

describe("update", () => {
  const rows = [
    { flags: ["--memory", "64m"], file: ["memory", "memory.limit_in_bytes", "memory.max"], value: String(64 << 20) },
    { flags: ["--memory-reservation", "33554432"], file: ["memory", "memory.soft_limit_in_bytes", "memory.low"], value: String(32 << 20) },
    { flags: ["--pids-limit", "21"], file: ["pids", "pids.max", "pids.max"], value: "21" },
    { flags: ["--pids-limit", "-1"], file: ["pids", "pids.max", "pids.max"], value: "max" },
    { flags: ["--cpuset-cpus", "0"], file: ["cpuset", "cpuset.cpus", "cpuset.cpus"], value: "0" },
  ] as const;
  for (const { flags, file, value } of rows) {
    test(`${flags.join(" ")} sets ${file[1]}`, () =>
      withRoots(async (roots) => {
        const made = await running({ roots });
        await made.must("update", flags);
        expect(cgroupFile(roots, "bundle", file)).toBe(value);
        await made.must("delete", ["--force"]);
      }));
  }

  test("takes a file, device rules too", () =>
    withRoots(async (roots) => {
      const made = await running({
        roots,
        args: ["sleep", "1000"],
        process: { capabilities: { bounding: NODES, effective: NODES, permitted: NODES } },
      });
      const probe = () => made.verb("exec", [], ["sh", "-c", "rm -f /kmsg; mknod /kmsg c 1 11 && : </kmsg"]);
      expect((await probe()).status).not.toBe(0);
      const file = roots.path("resources.json");
      writeFileSync(
        file,
        JSON.stringify({
          pids: { limit: 33 },
          devices: [
            { allow: false, access: "rwm" },
            { allow: true, type: "c", major: 1, minor: 11, access: "rwm" },
          ],
        }),
      );
      await made.must("update", ["--resources", file]);
      expect(cgroupFile(roots, "bundle", ["pids", "pids.max", "pids.max"])).toBe("33");
      expect((await probe()).stderr).not.toContain("not permitted");
      writeFileSync(file, JSON.stringify({ devices: [{ allow: false, access: "rwm" }] }));
      await made.must("update", ["--resources", file]);
      expect((await probe()).stderr).toContain("not permitted");
      await made.must("delete", ["--force"]);
    }));

  test("refuses what is no limit, and changes nothing", () =>
    withRoots(async (roots) => {
      const made = await running({ roots });
      await made.must("update", ["--pids-limit", "21"]);
      for (const flags of [
        ["--memory", "lots"],
        ["--cpu-period", "x"],
        ["--blkio-weight", "-5"],
        ["--l3-cache-schema", "L3:0=f"],
      ]) {
        expect([flags, (await made.verb("update", flags)).status]).toEqual([flags, 1]);
      }
      // The second value is refused by the kernel; the first one is then as it was.
      expect((await made.verb("update", ["--pids-limit", "22", "--cpuset-cpus", "4000"])).status).toBe(1);
      expect(cgroupFile(roots, "bundle", ["pids", "pids.max", "pids.max"])).toBe("21");
      await made.must("delete", ["--force"]);
    }));
});

describe("what is told of a container", () => {
  test("events --stats counts its processes and memory", () =>
    withRoots(async (roots) => {
      const made = await running({ roots });
      const { type, id, data } = JSON.parse(await made.must("events", ["--stats"]));
      expect({ type, id, pids: data.pids.current }).toEqual({ type: "stats", id: made.id, pids: 1 });
      expect(data.memory.usage.usage).toBeGreaterThan(0);
      await made.must("delete", ["--force"]);
    }));

  test("events goes on until the container ends", () =>
    withRoots(async (roots) => {
      const made = await running({ roots, args: ["sleep", "0.5"] });
      const lines = (await made.must("events", ["--interval", "100ms"])).split("\n");
      expect(lines.length).toBeGreaterThan(1);
      await made.must("delete");
    }));

  test("ps shows its processes as the host numbers them", () =>
    withRoots(async (roots) => {
      const made = await running({ roots });
      const { pid } = await made.state();
      expect(JSON.parse(await made.must("ps", ["--format", "json"]))).toEqual([pid]);
      expect((await made.must("ps")).split("\n")).toEqual([expect.stringContaining("PID"), expect.stringContaining("sleep 1000")]);
      expect((await made.must("ps", [], ["-o", "pid"])).split("\n").map((line) => line.trim())).toEqual(["PID", String(pid)]);
      expect((await made.verb("ps", [], ["-o", "args"])).stderr).toContain("no column PID");
      await made.must("delete", ["--force"]);
    }));

  test("list shows all containers, as a table, as JSON, by id", () =>
    withRoots(async (roots) => {
      expect((await teuRuntime(["list", "--quiet"], { roots })).stdout).toBe("");
      const made = await running({ roots });
      const { pid } = await made.state();
      expect((await teuRuntime(["list", "-q"], { roots })).stdout).toBe(`${made.id}\n`);
      const [heading = "", row = ""] = (await teuRuntime(["list"], { roots })).stdout.split("\n");
      expect(heading.split(/\s+/)).toEqual(["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]);
      expect(row.split(/\s+/).slice(0, 4)).toEqual([made.id, String(pid), "running", made.bundle]);
      expect(JSON.parse((await teuRuntime(["list", "-f", "json"], { roots })).stdout)).toEqual([
        { ...(await made.state()), owner: "root" },
      ]);
      await made.must("delete", ["--force"]);
    }));
});
