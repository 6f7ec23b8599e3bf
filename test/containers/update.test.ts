// `teu update`: limits of a container that runs are changed at once, those of any for its next start; all or nothing.
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { cliTest, cliTests, ROOT } from "../cli/callers.ts";
import { eventually } from "../support/run.ts";
import { lifeTool } from "./tools.ts";

const MIB = 1024 ** 2;

/** A file of the cgroup that a process is in, on v1 or v2 (proc_pid_cgroup(5)). */
function cgroupFile(pid: number, controller: string, file: string): string {
  for (const line of readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().split("\n")) {
    const [, controllers = "", path = ""] = line.split(":");
    if (controllers.split(",").includes(controller)) return readFileSync(`/sys/fs/cgroup/${controller}${path}/${file}`, "utf8").trim();
  }
  throw new Error(`process ${pid} has no cgroup of controller ${controller}`);
}

cliTest(
  ROOT,
  "limits change while it runs, and hold at its next start",
  async (cli) => {
    const box = lifeTool(cli);
    await box.ok("run", "-d", "--name", box.name("c"), "-m", "64m", "--pids-limit", "50", "--rootfs", cli.rootfs, "sleep", "1000");
    const limits = () => {
      const pid = box.pid("c");
      return {
        memory: Number(cgroupFile(pid, "memory", "memory.limit_in_bytes")) / MIB,
        pids: cgroupFile(pid, "pids", "pids.max"),
        quota: cgroupFile(pid, "cpu", "cpu.cfs_quota_us"),
      };
    };
    expect(limits()).toEqual({ memory: 64, pids: "50", quota: "-1" });
    expect(await box.ok("update", "-m", "96m", "--memory-swap", "128m", "--cpus", "0.5", box.name("c"))).toBe(box.name("c"));
    expect(limits()).toEqual({ memory: 96, pids: "50", quota: "50000" });
    expect(box.events("c")).toContain("update");
    await box.ok("kill", box.name("c"));
    await box.ok("update", "--pids-limit", "20", box.name("c"));
    await box.ok("start", box.name("c"));
    expect(limits()).toEqual({ memory: 96, pids: "20", quota: "50000" });
    expect(await cli.teu(["update", "-m", "200m", box.name("c")])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("--memory-swap"),
    });
    expect(limits().memory).toBe(96);
    await box.ok("rm", "-f", box.name("c"));
  },
  { needs: ["v1"] },
);

cliTest(
  ROOT,
  "a limit below what is in use is refused, and nothing is changed",
  async (cli) => {
    const box = lifeTool(cli);
    const hold = "head -c 24000000 /dev/zero >/dev/shm/held; sleep 1000";
    await box.ok("run", "-d", "--name", box.name("c"), "-m", "128m", "--rootfs", cli.rootfs, "sh", "-c", hold);
    const used = () => Number(cgroupFile(box.pid("c"), "memory", "memory.usage_in_bytes"));
    await eventually("it uses its memory", () => used() > 20 * MIB);
    const { status, stdout, stderr } = await cli.teu(["update", "-m", "8m", "--pids-limit", "20", box.name("c")]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toEndWith("it uses more memory than that\n");
    expect(cgroupFile(box.pid("c"), "pids", "pids.max")).toBe("max");
    await box.ok("rm", "-f", box.name("c"));
  },
  { needs: ["v1"] },
);

cliTests("update changes the policy of several, says what is wrong, and goes on", async (cli) => {
  const box = lifeTool(cli);
  for (const short of ["one", "two"]) await box.make(short, "no", "exit 1");
  const [one, two] = [box.name("one"), box.name("two")];
  expect(await cli.teu(["update", "--restart", "on-failure:1", one, "nosuch", two])).toEqual({
    status: 1,
    stdout: `${one}\n${two}\n`,
    stderr: "teu: No such container: nosuch\n",
  });
  await box.ok("start", one, two);
  await eventually("each was started again", () => box.starts("one") === 2 && box.starts("two") === 2);
  await eventually("nobody waits for them", () => box.supervisors().length === 0);
  expect(await cli.teu(["update", one])).toMatchObject({
    status: 1,
    stderr: "teu: you must provide one or more flags when using this command\n",
  });
  expect(await cli.teu(["update", "--restart", "often", one])).toMatchObject({ status: 1, stderr: expect.stringContaining("--restart: ") });
  await box.ok("create", "--rm", "--name", box.name("gone"), "--rootfs", cli.rootfs, "true");
  expect((await cli.teu(["update", "--restart", "always", box.name("gone")])).stderr).toContain("AutoRemove is enabled");
});

cliTests("--timeout ends a container that takes longer", async (cli) => {
  const box = lifeTool(cli);
  await box.ok("run", "-d", "--name", box.name("c"), "--timeout", "1", "--rootfs", cli.rootfs, "sleep", "1000");
  expect(await box.ok("wait", box.name("c"))).toBe("137");
  await eventually("nobody waits for it", () => box.supervisors().length === 0);
});
