// `teu cp` whatever a container is doing: made and never started, paused, stopped with volumes; and a large file, in flat memory.
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { imageTests } from "../cli/image-cli.ts";
import { onceEnded, openCopies, whileRunning } from "./copy-cli.ts";

imageTests("a container that was never started takes files, and finds them when it starts", async (cli) => {
  const name = cli.roots.id("c");
  expect((await cli.teu(["create", "--name", name, "-v", "/data", "box", "cat", "/etc/mine", "/data/mine"])).status).toBe(0);
  const { script, copy } = await openCopies(cli, name);
  await script("echo mine >mine");
  await copy("mine", `${name}:/etc/`);
  await copy("mine", `${name}:/data/`);
  await copy(`${name}:/data/mine`, "back");
  expect(await script("cat back")).toBe("mine");
  const { status, stdout, stderr } = await cli.teu(["start", "-a", name]);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "mine\nmine\n", stderr: "" });
  expect((await cli.teu(["rm", name])).status).toBe(0);
});

imageTests("a container that has ended has its mounts for a copy", async (cli) => {
  const [written, kept] = [cli.roots.path("written"), cli.roots.path("kept")];
  await cli.run(["sh", "-ec", `mkdir ${written} ${kept}; echo kept >${kept}/f`]);
  const flags = ["-v", `${written}:/w`, "-v", `${kept}:/k:ro`, "--tmpfs", "/memory"];
  await onceEnded(cli, { flags, script: "echo gone >/memory/f" }, async ({ name, cp, copy, script }) => {
    await script("echo x >f");
    await copy("f", `${name}:/w/f`);
    expect(readFileSync(`${written}/f`, "utf8")).toBe("x\n");
    await copy(`${name}:/k/f`, "k");
    expect(await script("cat k")).toBe("kept");
    expect(await cp("f", `${name}:/k/f`)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("mounted volume is marked read-only"),
    });
    expect((await cp(`${name}:/memory/f`, "m")).status).toBe(1);
    await copy(`${name}:/etc/hostname`, "hostname");
    expect(await script("cat hostname")).not.toBe("");
  });
});

imageTests("a read-only container that has ended stays as it is", async (cli) => {
  await onceEnded(cli, { flags: ["--read-only"] }, async ({ name, cp, script }) => {
    await script("echo x >f");
    expect(await cp("f", `${name}:/f`)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("container rootfs is marked read-only"),
    });
  });
});

imageTests("a paused container is copied from and to", async (cli) => {
  await whileRunning(cli, {}, async ({ name, copy, script, teu }) => {
    if ((await teu(["pause", name])).status !== 0) return; // without root this takes a delegated cgroup
    await script("echo x >f");
    await copy("f", `${name}:/f`);
    await copy(`${name}:/f`, "g");
    expect(await script("cat g")).toBe("x");
    expect((await teu(["unpause", name])).status).toBe(0);
  });
});

imageTests("a large file is the same on the other side, a sparse one stays sparse, and memory stays flat", async (cli) => {
  await whileRunning(cli, {}, async ({ name, script, program }) => {
    await script("head -c 100000000 /dev/urandom >large; truncate -s 256M sparse; echo end >>sparse");
    const peak = (command: string) =>
      script(`python3 - <<'END'
import resource, subprocess
subprocess.run(${JSON.stringify(["sh", "-c", command])}, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
END`);
    expect(Number(await peak(`${program} cp large ${name}:/large`))).toBeLessThan(200);
    expect(Number(await peak(`${program} cp ${name}:/large back`))).toBeLessThan(200);
    await script(`cmp large back; ${program} cp sparse ${name}:/sparse; ${program} cp ${name}:/sparse hole; cmp sparse hole`);
    expect(Number(await script("stat -c %b hole"))).toBeLessThan(1000);
  });
});
