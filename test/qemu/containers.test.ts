// The life of containers on a cgroup v2 host, as root and as an ordinary user with a delegated subtree: limits, pause, update, stats, out of
// memory, restart policies, exec, exit codes.
import { describe, expect } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { guestPart } from "./busybox.ts";
import { DEFAULT_CACHE } from "./guest.ts";
import { guestKernel } from "./kernel.ts";
import { must } from "./runtime.ts";
import { sharedGuest } from "./shared-guest.ts";
import { missing, type Subject, subjectFiles } from "./subjects.ts";

const TEU: Subject = { name: "teu", source: fileURLToPath(new URL("../../bin/teu", import.meta.url)), program: "/opt/subject/teu" };
const CALLERS = [
  { name: "root", via: "", rootfs: "/bundle/rootfs" },
  { name: "an ordinary user", via: "/guest/as-tester ", rootfs: "/home/tester/rootfs" },
] as const;

const reason = missing(TEU);
if (reason !== undefined) console.warn(`SKIPPED: containers on cgroup v2: ${reason}`);

describe.skipIf(reason !== undefined)("containers on cgroup v2", () => {
  const options = async () => {
    const { image, release } = await guestKernel(DEFAULT_CACHE);
    const overlay = join(image, "../../lib/modules", release, "kernel/fs/overlayfs/overlay.ko");
    const module = existsSync(overlay) ? { "/modules/overlay.ko": { from: overlay } } : {};
    return { files: { ...(await subjectFiles(TEU)), ...module, "/guest/as-tester": { from: guestPart("as-tester") } }, memoryMiB: 768 };
  };
  const { guest, test } = sharedGuest(options, async (machine) => {
    await machine.run("insmod /modules/overlay.ko");
    await must(machine, "mkdir -p /home/tester && cp -a /bundle/rootfs /home/tester/rootfs && chown -R tester:tester /home/tester");
    for (const { via, rootfs } of CALLERS) await must(machine, `${via}${TEU.program} import ${rootfs} box`);
  });

  for (const caller of CALLERS) {
    /** Runs teu as the caller; what it prints. */
    const teu = (words: string) => must(guest, `${caller.via}${TEU.program} ${words}`);
    const tryTeu = (words: string) => guest.run(`${caller.via}${TEU.program} ${words} 2>&1`);
    const pidOf = (name: string) => teu(`inspect -f '{{.State.Pid}}' ${name}`);
    /** A file of the cgroup of a container's program. */
    const cgroup = async (name: string, file: string) =>
      must(guest, `cat /sys/fs/cgroup$(sed -n 's/^0:://p' /proc/${await pidOf(name)}/cgroup)/${file}`);

    describe(`as ${caller.name}`, () => {
      test("limits are there, and are changed while it runs", async () => {
        await teu("run -d --name limits --memory 64m --pids-limit 50 --cpus 0.5 box sleep 1000");
        expect(await cgroup("limits", "memory.max")).toBe(`${64 * 2 ** 20}`);
        expect(await cgroup("limits", "pids.max")).toBe("50");
        expect(await cgroup("limits", "cpu.max")).toBe("50000 100000");
        await teu("update --memory 96m --memory-swap 96m limits");
        expect(await cgroup("limits", "memory.max")).toBe(`${96 * 2 ** 20}`);
        expect(await teu("inspect -f '{{.HostConfig.Memory}}' limits")).toBe(`${96 * 2 ** 20}`);
        expect(await teu("stats --no-stream --format '{{.Name}} {{.PIDs}}' limits")).toBe("limits 1");
        await teu("rm -f limits");
      });

      test("a pause holds it", async () => {
        await teu("run -d --name still box sleep 1000");
        await teu("pause still");
        expect(await cgroup("still", "cgroup.events")).toContain("frozen 1");
        expect(await teu("ps --format '{{.Status}}'")).toMatch(/^Up .* \(Paused\)$/);
        await teu("unpause still");
        expect(await cgroup("still", "cgroup.events")).toContain("frozen 0");
        expect(await teu("exec still cat /proc/self/cgroup")).toMatch(/^0::\/$/m);
        await teu("rm -f still");
      });

      test("who runs out of memory is told from who was killed", async () => {
        const { exitCode } = await tryTeu("run --name hungry --memory 16m --memory-swap 16m box sh -c 'tail -c 100m /dev/zero'");
        expect(exitCode).toBe(137);
        expect(await teu("inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' hungry")).toBe("true 137");
        await teu("run -d --name shot box sleep 1000");
        await teu("kill shot");
        expect(await teu("wait shot")).toBe("137");
        expect(await teu("inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' shot")).toBe("false 137");
        await teu("rm hungry shot");
      });

      test("a restart policy brings it back, a stop ends it, and nothing is left", async () => {
        await teu("run -d --name flaky --restart on-failure:1 box sh -c 'echo again; exit 5'");
        await must(
          guest,
          `for i in $(seq 50); do [ "$(${caller.via}${TEU.program} inspect -f '{{.RestartCount}} {{.State.Status}}' flaky)" = "1 exited" ] && exit; sleep 0.2; done; exit 1`,
        );
        expect(await teu("logs flaky")).toBe("again\nagain");
        await teu("run -d --name calm box sh -c 'trap \"exit 7\" TERM; while :; do sleep 0.1; done'");
        await teu("stop -t 20 calm");
        expect(await teu("inspect -f '{{.State.ExitCode}}' calm")).toBe("7");
        await teu("rm flaky calm");
        expect(await teu("ps -aq")).toBe("");
        expect(
          await must(
            guest,
            "find /sys/fs/cgroup -type d -name '*[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]*' | wc -l",
          ),
        ).toBe("0");
      });
    });
  }
});
