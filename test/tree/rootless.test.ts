// Trees without root: in a user namespace that root maps, and as the ordinary user with its subordinate ids.
import { describe, expect } from "bun:test";
import { chmodSync, chownSync, existsSync, lstatSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { rootlessMaps } from "../../src/containers/config/rootless-maps.ts";
import { readCgroupFacts } from "../../src/kernel/probe/cgroup-read.ts";
import { readHostFacts } from "../../src/kernel/probe/facts.ts";
import { removeTree } from "../../src/kernel/tree/remove.ts";
import { openTreeWriter } from "../../src/kernel/tree/writer.ts";
import { openBin } from "../support/executables.ts";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { run } from "../support/run.ts";
import { tester } from "../support/user.ts";
import type { RootlessOutcome } from "./rootless.script.ts";
import { bytes, entry, file, mappedAt, type Step, workspace } from "./setup.ts";

const { test } = requires("root", "userns", "tester");
const work = workspace();
const facts = readHostFacts({ cgroup: readCgroupFacts });
const FIRST = 300_000;
const userns = mappedAt(FIRST, facts, 1000);

/** A directory that root of the namespace owns. */
function owned(name: string): string {
  const root = work.fresh(name);
  chownSync(root, FIRST, FIRST);
  return root;
}

const capability = { name: bytes("security.capability"), value: Uint8Array.from([1, 0, 0, 2, 0, 0x20, ...new Array(14).fill(0)]) };
const STEPS: readonly Step[] = [
  entry("directory", "", { uid: 0, gid: 0 }),
  entry("directory", "d", { mode: 0o1777, uid: 33, gid: 44 }),
  file("d/f", "content", { mode: 0o4755, uid: 999, gid: 999, xattrs: [capability, { name: bytes("user.x"), value: Buffer.from("1") }] }),
  entry("symlink", "l", { target: bytes("/d/f"), uid: 7 }),
];

describe("in a user namespace", () => {
  test("ids are those of the namespace, and the tree reads there as it was written", async () => {
    const root = owned("ids");
    const { warnings } = await work.write(root, STEPS, { userns, userxattr: true });
    expect(warnings).toEqual([]);
    const { uid, gid, mode } = statSync(join(root, "d/f"));
    expect([uid, gid, mode & 0o7777, lstatSync(join(root, "l")).uid]).toEqual([FIRST + 999, FIRST + 999, 0o4755, FIRST + 7]);
    const found = await work.read(root, { userns });
    expect(found.get("d/f")?.entry).toMatchObject({ uid: 999, gid: 999, mode: 0o4755 });
    expect(
      found
        .get("d/f")
        ?.entry?.xattrs?.map(({ name }) => name)
        .toSorted(),
    ).toEqual([bytes("security.capability"), bytes("user.x")]);
  });

  test("devices and xattrs of the host's root are left out and told; whiteouts and opaque directories are made", async () => {
    const root = owned("left-out");
    const trusted = [{ name: bytes("trusted.x"), value: Buffer.from("1") }];
    const steps: readonly Step[] = [
      entry("char", "null", { device: { major: 1, minor: 3 } }),
      entry("directory", "d", { xattrs: trusted }),
      { whiteout: "gone" },
      { opaque: "d" },
    ];
    const { warnings } = await work.write(root, steps, { userns, userxattr: true });
    expect(warnings.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      "null: the device is left out: operation not permitted (EPERM); without root no devices can be made",
      "d: the extended attribute trusted.x is left out: operation not permitted (EPERM)",
    ]);
    expect([existsSync(join(root, "null")), lstatSync(join(root, "gone")).rdev]).toEqual([false, 0]);
    expect((await work.read(root, { userns, overlay: true })).get("d")?.marks).toEqual(["opaque"]);
  });

  test("an opaque directory that cannot be told is an error, not a warning", async () => {
    const writing = work.write(owned("opaque"), [{ opaque: "d" }], { userns });
    await expect(writing).rejects.toThrow("make d of the tree: extended attributes: operation not permitted (EPERM)");
  });

  test("an id that is not mapped is named", async () => {
    const writing = work.write(owned("unmapped"), [file("f", "1", { uid: 1000, gid: 5 })], { userns, subject: "the layer" });
    await expect(writing).rejects.toThrow(
      "make f of the layer: user 1000 is not mapped in the user namespace (EINVAL); the caller needs more subordinate ids: see subuid(5)",
    );
  });

  test("a session that is thrown away ends both of its processes", async () => {
    const root = owned("disposed");
    {
      await using writer = await openTreeWriter({ ...work.session, root, userns });
      await writer.entry(entry("file", "f", { size: 5 }));
    }
    const left = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    expect(left.filter((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("teu-launcher"))).toEqual([]);
  });

  test("what it made it removes", async () => {
    const root = owned("removed");
    await work.write(root, [...STEPS, entry("directory", "closed", { mode: 0 }), file("closed/f", "1")], { userns });
    chmodSync(work.session.dir, 0o777);
    await removeTree({ ...work.session, path: root, userns });
    expect(existsSync(root)).toBe(false);
  });
});

describe("an ordinary user", () => {
  test("writes, reads and removes with its subordinate ids", async () => {
    expect(rootlessMaps(facts)).toBeUndefined(); // the test itself is root's
    const user = tester();
    const body = async (roots: TestRoots) => {
      const script = new URL("rootless.script.ts", import.meta.url).pathname;
      const launcher = process.env.TEU_TEST_LAUNCHER ?? join(await openBin(), "teu-launcher");
      const outcome = await run([process.execPath, script, launcher, roots.directory], { user, roots });
      expect([outcome.stderr, outcome.status]).toEqual(["", 0]);
      const { ids, owners, warnings, removed, single } = JSON.parse(outcome.stdout) as RootlessOutcome;
      expect(ids).toEqual([0, 33, 999]);
      expect(owners[0]).toBe(user.uid);
      expect(owners.slice(1).every((owner) => owner > user.uid && owner >= 100_000)).toBe(true);
      expect([warnings, removed]).toEqual([["dev/null"], true]);
      expect(single).toContain("is not mapped in the user namespace (EINVAL)");
    };
    await withRoots(body, { owner: user });
  });
});
