// Images on a kernel whose overlayfs is told all its layers in one value (before Linux 6.7): a guest with Debian's 6.1.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { dirname, join } from "node:path";
import { DEFAULT_CACHE, type Guest, startGuest } from "../qemu/guest.ts";
import { guestKernel } from "../qemu/kernel.ts";
import { must } from "../qemu/runtime.ts";
import { missing, subjectFiles } from "../qemu/subjects.ts";
import { executable } from "../support/executables.ts";
import { imageTeu } from "../support/images.ts";

setDefaultTimeout(60_000);
const BOOT_MS = 120_000;
const PROGRAM = "/opt/images/teu";

const source = executable("teu-runtime");
const reason = missing({ source });
if (reason !== undefined) console.warn(`SKIPPED: images on an old kernel: ${reason}`);

describe.skipIf(reason !== undefined)("on Linux 6.1", () => {
  let guest: Guest;
  beforeAll(async () => {
    const program = await imageTeu();
    const { release } = await guestKernel(DEFAULT_CACHE);
    const module = join(DEFAULT_CACHE, `linux-image-${release}`, "lib/modules", release, "kernel/fs/overlayfs/overlay.ko");
    guest = await startGuest({
      files: {
        ...(await subjectFiles({ name: "teu-runtime", source, program: "/opt/subject/teu-runtime" })),
        [PROGRAM]: { program },
        "/opt/images/teu-launcher": { program: join(dirname(program), "teu-launcher") },
        "/overlay.ko": { from: module },
      },
    });
    await must(guest, "insmod /overlay.ko");
  }, BOOT_MS);
  afterAll(async () => guest?.[Symbol.asyncDispose]());

  /** Runs a script in a container of an image with so many layers, each with a file of its number. */
  const run = (count: number, script: string) => {
    const layer = "/var/lib/teu/layers/$(printf '%064d' $n)/fs";
    const make = `mkdir -p /var/lib/teu /run/teu; list='"/bundle/rootfs"'; n=1
      while [ $n -lt ${count} ]; do mkdir -p "${layer}"; echo $n >"${layer}/top"; list="$list,\\"${layer}\\""; n=$((n+1)); done`;
    const image = `{"id":"sha256:1","manifestDigest":"sha256:2","config":{"config":{"Env":["PATH=/bin"]}},"layers":['"$list"']}`;
    return guest.run(
      `${make}; echo '{"local":{"box":${image}},"remote":{}}' >/var/lib/teu/images.json; ${PROGRAM} run --rm box sh -c '${script}'`,
    );
  };

  for (const count of [2, 5, 60]) {
    test(`${count} layers are one root file system that can be written to`, async () => {
      expect(await run(count, "cat /top; echo x >/top; cat /top; id -u")).toEqual({ exitCode: 0, output: `${count - 1}\nx\n0\n` });
      expect(
        await must(guest, "find /var/lib/teu/containers -mindepth 1; find /var/lib/teu/layers -name top -exec grep -l x {} +; true"),
      ).toBe("");
    });
  }

  test("more layers than can be named are refused", async () => {
    const { exitCode, output } = await run(200, "true");
    expect({ exitCode, output }).toEqual({
      exitCode: 125,
      output: expect.stringContaining("before Linux 6.7 a mount cannot name so many"),
    });
  });
});
