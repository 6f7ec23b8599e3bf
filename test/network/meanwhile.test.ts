// Networks are changed while another command is in the midst of using them: one that makes a network in the kernel is held back by the lock that it needs.
import { expect } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { takeFileLock } from "../../src/base/file-lock.ts";
import { busyboxRootfs } from "../support/rootfs.ts";
import { eventually } from "../support/run.ts";
import { type Lab, labRequires, withLab } from "./lab/lab.ts";

const { test } = labRequires();

interface Held {
  /** What says that the network is up. */
  readonly marker: string;
  release(): void;
}

/** A network `one`, which nobody makes in the kernel before the lock is released. */
async function heldBack(lab: Lab): Promise<Held> {
  const id = (await lab.ok(["network", "create", "one"])).trim();
  const directory = join(lab.roots.runRoot, "networks");
  const lock = takeFileLock(join(directory, "lock"));
  if (lock === undefined) throw new Error("somebody makes a network");
  return { marker: join(directory, `${id}.json`), release: () => lock[Symbol.dispose]() };
}

test("a container that is disconnected while it starts runs without the network", async () => {
  await withLab(async (lab) => {
    const { marker, release } = await heldBack(lab);
    rmSync(marker);
    const started = lab.ok(["run", "-d", "--name", "a", "--network", "one", "--rootfs", await busyboxRootfs(), "sleep", "1000"]);
    await eventually(
      "it is being started",
      async () => (await lab.teu(["network", "inspect", "-f", "{{len .Containers}}", "one"])).stdout === "1\n",
    );
    const disconnected = lab.ok(["network", "disconnect", "one", "a"]);
    await Promise.race([disconnected, Bun.sleep(300)]);
    release();
    await Promise.all([started, disconnected]);
    expect(await lab.ok(["inspect", "-f", "{{.State.Status}} {{len .NetworkSettings.Networks}}", "a"])).toBe("running 0");
    expect(await lab.ok(["exec", "a", "ip", "-o", "link"])).not.toContain("eth0");
    await lab.ok(["network", "rm", "one"]);
  });
});

test("a network that is removed while another command makes it again is gone", async () => {
  await withLab(async (lab) => {
    for (let round = 0; round < 3; round++) {
      const { marker, release } = await heldBack(lab);
      const reloaded = lab.ok(["network", "reload"]);
      await eventually("it is about to be made", () => !existsSync(marker));
      const removed = lab.ok(["network", "rm", "one"]);
      await eventually("its row is gone", async () => (await lab.teu(["network", "inspect", "one"])).status === 1);
      release();
      await Promise.all([reloaded, removed]);
      expect(existsSync(marker)).toBe(false);
      expect(await lab.in("host", ["ip", "-o", "link", "show", "type", "bridge"])).toBe("");
    }
  });
});
