// `teu save` and `teu load`: what was saved is loaded with the same digests and names, from files, pipes and directories; what is broken is not.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { ARM64, makeImage, makeIndex, writeLayout } from "../../archives/fixture.ts";
import { openPty } from "../../support/pty.ts";
import { runOk } from "../../support/run.ts";
import { reachable, rootsEnvironment } from "../../support/teu.ts";
import { withStore, withTwoStores } from "./store.ts";

const NAMES = ["--format", "{{.Repository}}:{{.Tag}}"];

describe("an archive", () => {
  test.each(["docker-archive", "oci-archive"])("of the format %s brings images, IDs and names to another store", (format) =>
    withTwoStores(async (one, two) => {
      const [a, b] = [await one.image("a:1"), await one.image("quay.io/b/c:2")];
      await one.ok(["tag", "a:1", "a:also"]);
      const file = one.roots.path("two.tar");
      expect(await one.ok(["save", "--format", format, "-o", file, "a:1", "quay.io/b/c:2", "a:also"])).toBe("");
      const told = (await two.ok(["load", "--input", file])).trim().split("\n");
      expect(told.toSorted()).toEqual(["Loaded image: a:1", "Loaded image: a:also", "Loaded image: quay.io/b/c:2"]);
      const [idA, idB] = [a, b].map(({ blobs }) => blobs[0]?.descriptor.digest);
      expect((await two.ok(["images", "--no-trunc", "-q"])).split("\n").filter(Boolean).toSorted()).toEqual(
        [idA, idA, idB].map(String).toSorted(),
      );
      expect(await two.ok(["system", "check"])).toContain("nothing is wrong");
      expect(readdirSync(`${two.roots.root}/layers`)).toHaveLength(3); // the lower layer is shared
    })(),
  );

  test(
    "is made of all tags of a repository, and of an ID without a name",
    withTwoStores(async (one, two) => {
      const { blobs } = await one.image("r:1", "r1");
      await one.image("r:2", "r2");
      const id = blobs[0]?.descriptor.digest ?? "";
      const whole = await one.ok(["save", "-o", one.roots.path("all.tar"), "r"]);
      expect(whole).toBe("");
      expect((await two.ok(["load", "-i", one.roots.path("all.tar")])).split("\n").toSorted()).toEqual([
        "",
        "Loaded image: r:1",
        "Loaded image: r:2",
      ]);
      await one.ok(["save", "-o", one.roots.path("id.tar"), id]);
      await two.ok(["rmi", "r:1", "r:2"]);
      expect(await two.ok(["load", "-i", one.roots.path("id.tar")])).toBe(`Loaded image ID: ${id}\n`);
    }),
  );

  test(
    "goes through pipes",
    withTwoStores(async (one, two) => {
      await one.image("p:1");
      const program = await reachable("teu");
      const script = `TEU_ROOT=$2 TEU_RUN_ROOT=$3 "$1" save p:1 | gzip | TEU_ROOT=$4 TEU_RUN_ROOT=$5 "$1" load`;
      const roots = [one, two].flatMap((cli) => [cli.roots.root, cli.roots.runRoot]);
      expect(await runOk(["sh", "-c", script, "sh", program, ...roots])).toBe("Loaded image: p:1");
    }),
  );

  test(
    "is not written to a terminal, and not read from one",
    withStore(async ({ roots, image }) => {
      await image("t:1");
      const options = { env: rootsEnvironment(roots) };
      for (const [args, words] of [
        [["save", "t:1"], "cowardly refusing to save to a terminal. Use the -o flag or redirect"],
        [["load"], "requested load from stdin, but stdin is empty"],
      ] as const) {
        await using pty = openPty([await reachable("teu"), ...args], options);
        expect(await pty.exited).not.toBe(0);
        expect(pty.output()).toContain(words);
      }
    }),
  );
});

describe("an image for several platforms", () => {
  test(
    "is saved and loaded whole, or for one of them",
    withTwoStores(async (one, two) => {
      const images = [await makeImage(one.roots.directory), await makeImage(one.roots.directory, { platform: ARM64 })];
      const index = makeIndex(
        images.map(({ manifest }, at) => ({ manifest, platform: at === 0 ? { os: "linux", architecture: "amd64" } : ARM64 })),
      );
      await writeLayout(one.roots.path("layout"), "multi:1", index, images);
      expect(await one.ok(["load", "-i", one.roots.path("layout")])).toBe("Loaded image: multi:1\n");
      const [whole, arm] = [one.roots.path("whole.tar"), one.roots.path("arm.tar")];
      await one.ok(["save", "-o", whole, "multi:1"]);
      await one.ok(["save", "--platform", "linux/arm64", "-o", arm, "multi:1"]);
      await two.ok(["load", "-i", whole]);
      for (const { blobs } of images)
        for (const { descriptor } of blobs) {
          expect(existsSync(`${two.roots.root}/content/blobs/${descriptor.digest.replace(":", "/")}`)).toBe(true);
        }
      await two.ok(["load", "-i", arm]);
      expect((await two.ok(["images", "-q", "--no-trunc", "--filter", "reference=multi:1"])).trim()).toBe(
        images[1]?.blobs[0]?.descriptor.digest ?? "",
      );
      const refused = await two.try(["load", "--platform", "linux/s390x", "-i", whole]);
      expect(refused).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("s390x") });
    }),
  );
});

describe("what is wrong", () => {
  test(
    "leaves no archive behind",
    withStore(async ({ roots, ok, ...cli }) => {
      await cli.image("a:1");
      writeFileSync(roots.path("kept.tar"), "before");
      const unknown = await cli.try(["save", "-o", roots.path("kept.tar"), "a:1", "nothing:1"]);
      expect(unknown).toEqual({ status: 1, stdout: "", stderr: "teu: No such image: nothing:1\n" });
      expect(readFileSync(roots.path("kept.tar"), "utf8")).toBe("before");
      expect((await cli.try(["save", "-o", roots.path("none/x.tar"), "a:1"])).stderr).toContain("ENOENT");
      expect(readdirSync(roots.directory).filter((name) => name.includes("partial"))).toEqual([]);
      expect(await ok(["images", ...NAMES])).toBe("a:1\n");
    }),
  );

  test(
    "leaves no image behind",
    withTwoStores(async (one, two) => {
      await one.image("cut:1");
      const file = one.roots.path("cut.tar");
      await one.ok(["save", "-o", file, "cut:1"]);
      truncateSync(file, 1024);
      expect(await two.try(["load", "-i", file])).toMatchObject({ status: 1, stdout: "" });
      writeFileSync(file, "no archive at all".repeat(100));
      expect((await two.try(["load", "-i", file])).stderr).toContain("no tar");
      expect((await two.try(["load", "-i", "/nowhere"])).stderr).toContain("/nowhere");
      const { path, image } = await one.layout("bad:1", "bad");
      const layer = image.blobs[1]?.descriptor.digest.replace(":", "/") ?? "";
      const bytes = readFileSync(`${path}/blobs/${layer}`);
      bytes[20] = (bytes[20] ?? 0) ^ 0xff;
      writeFileSync(`${path}/blobs/${layer}`, bytes);
      expect((await two.try(["load", "-i", path])).status).toBe(1);
      expect(await two.ok(["images", ...NAMES])).toBe("");
      await two.ok(["image", "prune", "-f"]);
      expect(readdirSync(`${two.roots.root}/layers`)).toEqual([]);
      expect(await two.ok(["system", "check"])).toBe("read 0 blobs: nothing is wrong\n");
    }),
  );

  test(
    "is the name that another image had: it is told",
    withStore(async ({ ok, ...cli }) => {
      const { blobs } = await cli.image("n:1", "first");
      const { path } = await cli.layout("n:1", "second");
      const id = blobs[0]?.descriptor.digest;
      expect(await ok(["load", "-i", path])).toBe(
        `The image n:1 already exists, renaming the old one with ID ${id} to empty string\nLoaded image: n:1\n`,
      );
      expect((await ok(["images", "-q", "--no-trunc", "--filter", "dangling=true"])).trim()).toBe(id ?? "");
    }),
  );
});
