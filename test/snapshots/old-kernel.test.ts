// Images on a kernel whose overlayfs is told all its layers in one value (before Linux 6.7): a guest with Debian's 6.1. The guest is given a
// store with the images' blobs, and unpacks them itself.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { guestPart } from "../qemu/busybox.ts";
import { DEFAULT_CACHE, type Guest, startGuest } from "../qemu/guest.ts";
import { guestKernel } from "../qemu/kernel.ts";
import { must } from "../qemu/runtime.ts";
import { missing, subjectFiles } from "../qemu/subjects.ts";
import { executable } from "../support/executables.ts";
import { busyboxArchive, load } from "../support/images.ts";
import { type OpenRoots, openRoots } from "../support/roots.ts";
import { runOk } from "../support/run.ts";

setDefaultTimeout(60_000);
const BOOT_MS = 120_000;

const source = executable("teu-runtime");
const reason = missing({ source });
if (reason !== undefined) console.warn(`SKIPPED: images on an old kernel: ${reason}`);

const WORKING = [2, 5, 60];
const TOO_MANY = 110;

/** A tar of a store's root with images of so many layers, each with a file of its number. */
async function packedStore(roots: OpenRoots): Promise<string> {
  const layers = Array.from({ length: TOO_MANY - 1 }, (_, index) => ({ top: `${index + 1}\n` }));
  for (const count of [...WORKING, TOO_MANY]) {
    await load(roots, await busyboxArchive(`docker.io/library/box:${count}`, [{ layers: layers.slice(0, count - 1) }]), undefined);
  }
  const tar = roots.path("store.tar");
  await runOk(["tar", "--create", "--file", tar, "--exclude=./layers", "--directory", roots.root, "."]);
  return tar;
}

describe.skipIf(reason !== undefined)("on Linux 6.1", () => {
  let guest: Guest;
  let roots: OpenRoots;
  beforeAll(async () => {
    roots = openRoots();
    const { release } = await guestKernel(DEFAULT_CACHE);
    const module = join(DEFAULT_CACHE, `linux-image-${release}`, "lib/modules", release, "kernel/fs/overlayfs/overlay.ko");
    guest = await startGuest({
      files: {
        ...(await subjectFiles({ name: "teu-runtime", source, program: "/opt/subject/teu-runtime" })),
        "/guest/as-tester": { from: guestPart("as-tester") },
        "/store.tar": { from: await packedStore(roots) },
        "/overlay.ko": { from: module },
      },
    });
    await must(guest, "mkdir -p /var/lib/teu /run/teu; tar -xf /store.tar -C /var/lib/teu");
  }, BOOT_MS);
  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
    await roots?.close();
  });

  test("without overlayfs an ordinary user's container has a copy of its layers", async () => {
    const root = "/home/tester/teu";
    await must(guest, `mkdir -p ${root}; tar -xf /store.tar -C ${root}; chown -R tester:tester /home/tester; chmod -R go-w ${root}`);
    const script = "cat /top; echo x >/top; cat /top; id -u";
    const { exitCode, output } = await guest.run(`/guest/as-tester env TEU_ROOT=${root} /opt/subject/teu run --rm box:5 sh -c '${script}'`);
    const warned = "the layers of box:5 are copied for this container, as there is no overlay: mount the layers of the image";
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: expect.stringMatching(new RegExp(`${warned}.*ENODEV.*\\n4\\nx\\n0\\n$`)) });
  });

  describe("with overlayfs", () => {
    beforeAll(async () => void (await must(guest, "insmod /overlay.ko")));

    const run = (count: number, script: string) => guest.run(`/opt/subject/teu run --rm --pull never box:${count} sh -c '${script}'`);

    for (const count of WORKING) {
      test(`${count} layers are one root file system that can be written to`, async () => {
        expect(await run(count, "cat /top; echo x >/top; cat /top; id -u")).toEqual({ exitCode: 0, output: `${count - 1}\nx\n0\n` });
        expect(
          await must(
            guest,
            "find /var/lib/teu/containers -mindepth 1; find /var/lib/teu/layers -path '*/fs/top' -exec grep -l x {} +; true",
          ),
        ).toBe("");
      });
    }

    test("more layers than can be named are refused", async () => {
      const { exitCode, output } = await run(TOO_MANY, "true");
      expect({ exitCode, output }).toEqual({
        exitCode: 125,
        output: expect.stringContaining("before Linux 6.7 a mount cannot name so many"),
      });
    });
  });
});
