// What teu gives systemd: the unit that brings containers back, units of containers, and what a unit's command tells its manager.
import { expect } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { cliTests } from "../cli/callers.ts";
import { eventually, run } from "../support/run.ts";
import { lifeTool } from "./tools.ts";

const UNIT = "teu-restart.service";

/** `systemd-analyze verify`, where there is one: what it has to say. */
async function verify(path: string): Promise<string> {
  if (Bun.which("systemd-analyze") === null) return "";
  return (await run(["systemd-analyze", "verify", path])).stderr;
}

cliTests("service writes, shows and takes away the unit that brings containers back", async (cli) => {
  const box = lifeTool(cli);
  const units = cli.roots.path("run", "units");
  const service = (verb: string, ...flags: readonly string[]) => cli.teu(["service", verb, "--directory", units, "--user=false", ...flags]);
  expect(await service("status")).toEqual({ status: 1, stdout: `${join(units, UNIT)}: not installed\n`, stderr: "" });
  for (const _again of [1, 2]) expect(await service("install")).toEqual({ status: 0, stdout: `${join(units, UNIT)}\n`, stderr: "" });
  expect(await service("status")).toEqual({ status: 0, stdout: `${join(units, UNIT)}: enabled\n`, stderr: "" });
  expect(readlinkSync(join(units, "multi-user.target.wants", UNIT))).toBe(`../${UNIT}`);
  const text = readFileSync(join(units, UNIT), "utf8");
  expect(text).toContain(`ExecStart=${cli.program} start --all-restart\n`);
  expect(text).toContain(`Environment="TEU_ROOT=${cli.roots.root}"\n`);
  expect(await verify(join(units, UNIT))).toBe("");
  expect(
    (await cli.teu(["service", "status", "--directory", units, "--user=false"], { env: { TEU_CONFIG: "/elsewhere" } })).stdout,
  ).toContain("run teu service install again");
  expect(await service("uninstall")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(readdirSync(units, { recursive: true })).toEqual(["multi-user.target.wants"]);
  expect((await service("uninstall")).stderr).toContain("there was none");
  expect(await box.ok("service", "install", "--directory", units, "--user")).toBe(join(units, UNIT));
  expect(readlinkSync(join(units, "default.target.wants", UNIT))).toBe(`../${UNIT}`);
});

cliTests("generate systemd makes units that systemd takes", async (cli) => {
  const box = lifeTool(cli);
  await box.ok(
    "create",
    "--name",
    box.name("c"),
    "-e",
    "A=50% $x",
    "--restart",
    "always",
    "--rootfs",
    cli.rootfs,
    "sh",
    "-c",
    'echo "$A"; sleep 1',
  );
  const path = await (async () => {
    const { status, stdout } = await cli.teu(["generate", "systemd", "--files", "--name", box.name("c")], { cwd: cli.roots.runRoot });
    expect(status).toBe(0);
    return stdout.trim();
  })();
  expect(path).toBe(join(cli.roots.runRoot, `container-${box.name("c")}.service`));
  expect(readFileSync(path, "utf8")).toContain(`ExecStart=${cli.program} start ${box.name("c")}\n`);
  expect(await verify(path)).toBe("");
  const anew = await box.ok("generate", "systemd", "--new", "--restart-policy", "always", "-t", "5", box.name("c"));
  expect(anew).toContain(`-d --rm --name ${box.name("c")} -e "A=50%% $$x" --rootfs ${cli.rootfs} sh -c "echo \\"$$A\\"; sleep 1"\n`);
  expect(anew).toContain("\nRestart=always\nTimeoutStopSec=65\n");
  expect(await cli.teu(["generate", "systemd", "--restart-policy", "often", box.name("c")])).toMatchObject({ status: 125 });
});

cliTests(
  "a service's start names the monitor to its manager",
  async (cli) => {
    const box = lifeTool(cli);
    const socket = cli.roots.path("run", "notify.sock");
    // A manager: one datagram after the other.
    const listen = `import os, socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("${socket}"); print("bound", flush=True)
while True: print(s.recv(4096).decode(), flush=True)`;
    const manager = cli.startProgram(["python3", "-c", listen]);
    try {
      await eventually("it listens", () => manager.stdout().startsWith("bound"));
      const { status, stderr } = await cli.teu(["run", "-d", "--name", box.name("c"), "--rootfs", cli.rootfs, "sleep", "1000"], {
        env: { NOTIFY_SOCKET: socket },
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      await eventually("it was told", () => /READY=1/.test(manager.stdout()));
      const pid = /MAINPID=(\d+)/.exec(manager.stdout())?.[1];
      expect(readFileSync(`/proc/${box.pid("c")}/stat`, "utf8").split(" ")[3]).toBe(pid ?? "");
      await box.ok("rm", "-f", box.name("c"));
    } finally {
      manager.kill("SIGKILL");
      await manager.exited;
      manager.dispose();
    }
  },
  { needs: ["python3"] },
);
