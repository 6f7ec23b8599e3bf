// `teu image prune`, `system prune`, `system df` and `system check`, with docker's words where it has them.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { digestOf } from "../../../src/base/digest.ts";
import { OCI_MANIFEST } from "../../../src/spec/image/media-types.ts";
import { encodeManifest } from "../../../src/spec/image/parse-manifest.ts";
import { blobOf, writeLayout } from "../../archives/fixture.ts";
import { busyboxRootfs } from "../../support/rootfs.ts";
import { type StoreCli, withStore } from "./store.ts";

const names = async ({ ok }: StoreCli) => (await ok(["images", "--format", "{{.Repository}}:{{.Tag}}"])).trim().split("\n").toSorted();

describe("image prune", () => {
  test(
    "asks, and takes images without a name only",
    withStore(async (cli) => {
      const lost = await cli.image("a:1", "first");
      await cli.image("a:1", "second");
      const question = "WARNING! This will remove all dangling images.\nAre you sure you want to continue? [y/N] ";
      for (const stdin of ["", "n\n", "nope\n"])
        expect(await cli.try(["image", "prune"], { stdin })).toEqual({ status: 0, stdout: question, stderr: "" });
      const id = lost.blobs[0]?.descriptor.digest;
      const told = await cli.ok(["image", "prune"], { stdin: "y\n" });
      expect(told).toStartWith(`${question}Deleted Images:\ndeleted: ${id}\ndeleted: sha256:`);
      expect(told).toMatch(/\n\nTotal reclaimed space: [\d.]+[kM]?B\n$/);
      expect(await names(cli)).toEqual(["a:1"]);
      expect(await cli.ok(["image", "prune", "--force"])).toBe("Total reclaimed space: 0B\n");
    }),
  );

  test(
    "with --all takes what no container uses, but what filters leave",
    withStore(async (cli) => {
      await cli.ok(["import", "-c", "LABEL keep=yes", await busyboxRootfs(), "used:1"]);
      await cli.image("old:1", "old"); // made in 2024, with the label salt
      await cli.ok(["import", "-c", "LABEL keep=no", cli.tree("tree", { x: "x" }), "new:1"]);
      const id = cli.roots.id("c");
      await cli.ok(["run", "--name", id, "--network", "none", "used:1", "true"]);
      const prune = (...filters: readonly string[]) =>
        cli.ok(["image", "prune", "-af", ...filters.flatMap((filter) => ["--filter", filter])]);
      expect(await prune("label=keep=never")).toBe("Total reclaimed space: 0B\n");
      expect(await prune("until=2023-01-01T00:00:00Z")).toBe("Total reclaimed space: 0B\n");
      expect(await prune("until=24h")).toContain("untagged: old:1\n");
      expect(await names(cli)).toEqual(["new:1", "used:1"]);
      expect(await prune("label!=keep=yes")).toContain("untagged: new:1\n");
      expect(await prune()).toBe("Total reclaimed space: 0B\n");
      expect(await names(cli)).toEqual(["used:1"]);
      await cli.ok(["rm", id]);
      expect(await prune()).toContain("untagged: used:1\n");
      expect(readdirSync(`${cli.roots.root}/layers`)).toEqual([]);
    }),
  );

  test(
    "takes what broken-off downloads have left",
    withStore(async (cli) => {
      await cli.image("a:1");
      const partial = `${cli.roots.root}/content/ingest/sha256-${"a".repeat(64)}`;
      writeFileSync(partial, "x".repeat(5000));
      expect(await cli.ok(["system", "df", "--format", "{{.Type}} {{.TotalCount}} {{.Size}}"])).toContain("Partial Downloads 1 5kB\n");
      expect(await cli.ok(["image", "prune", "-f"])).toBe("Total reclaimed space: 5kB\n");
      expect(readdirSync(dirname(partial))).toEqual([]);
    }),
  );

  test(
    "has no labels and no time to go by for an artifact",
    withStore(async (cli) => {
      const config = blobOf("application/vnd.example.config", new TextEncoder().encode("no JSON"));
      const bytes = encodeManifest({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: config.descriptor, layers: [config.descriptor] });
      const manifest = { bytes, mediaType: OCI_MANIFEST, digest: digestOf(bytes) };
      await writeLayout(cli.roots.path("artifact"), "art:1", manifest, [{ blobs: [config], manifest }]);
      await cli.ok(["load", "-i", cli.roots.path("artifact")]);
      expect(await cli.ok(["image", "prune", "-af", "--filter", "until=1h"])).toBe("Total reclaimed space: 0B\n");
      expect(await cli.ok(["image", "prune", "-af", "--filter", "label=a"])).toBe("Total reclaimed space: 0B\n");
      expect(await cli.ok(["system", "df", "-v"])).toContain("N/A");
      expect(await cli.ok(["image", "prune", "-af", "--filter", "label!=a"])).toContain("untagged: art:1\n");
    }),
  );

  test(
    "refuses filters that it does not know",
    withStore(async (cli) => {
      expect((await cli.try(["image", "prune", "-f", "--filter", "size=1"])).stderr).toContain("invalid filter 'size'");
      expect((await cli.try(["image", "prune", "-f", "--filter", "until=never"])).status).not.toBe(0);
    }),
  );
});

describe("system prune", () => {
  test(
    "takes stopped containers, then what they have kept",
    withStore(async (cli) => {
      await cli.ok(["import", await busyboxRootfs(), "box:1"]);
      await cli.ok(["run", "--name", cli.roots.id("c"), "--network", "none", "box:1", "true"]);
      const id = (await cli.ok(["ps", "-aq", "--no-trunc"])).trim();
      expect(await cli.ok(["system", "prune"], { stdin: "n\n" })).toBe(
        "WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n  - all dangling images\n\nAre you sure you want to continue? [y/N] ",
      );
      const told = await cli.ok(["system", "prune", "--all", "--force"]);
      expect(told).toStartWith(`Deleted Containers:\n${id}\n\nDeleted Images:\nuntagged: box:1\n`);
      expect(await cli.ok(["ps", "-aq"])).toBe("");
      const volume = (await cli.ok(["volume", "create"])).trim();
      await cli.ok(["volume", "create", "named"]);
      expect(await cli.ok(["system", "prune", "--volumes", "-f"])).toBe(`Deleted Volumes:\n${volume}\n\nTotal reclaimed space: 0B\n`);
      expect(await cli.ok(["system", "df", "--format", "{{.Type}} {{.TotalCount}} {{.Active}}"])).toContain("Local Volumes 1 0\n");
    }),
  );
});

describe("the configuration's limits", () => {
  test(
    "hold for images without a name as soon as another comes",
    withStore(async (cli) => {
      mkdirSync(`${cli.roots.root}/config`);
      writeFileSync(`${cli.roots.root}/config/config.yaml`, "storage: { keepCount: 1 }\n");
      const lost = async () => (await cli.ok(["images", "-q", "--no-trunc", "--filter", "dangling=true"])).trim();
      const first = await cli.image("a:1", "first");
      await cli.image("a:1", "second");
      expect(await lost()).toBe(first.blobs[0]?.descriptor.digest ?? "");
      await cli.image("a:1", "third");
      expect((await lost()).split("\n")).toHaveLength(1);
      writeFileSync(`${cli.roots.root}/config/config.yaml`, "storage: { keepDays: 0 }\n");
      await cli.image("b:1");
      expect(await lost()).toBe("");
      expect(await names(cli)).toEqual(["a:1", "b:1"]);
    }),
  );
});

describe("system df", () => {
  test(
    "tells what images share and what goes with a prune",
    withStore(async (cli) => {
      await cli.image("a:1", "one");
      await cli.image("b:1", "two");
      const rows = (await cli.ok(["system", "df"])).split("\n").map((line) => line.split(/\s{2,}/));
      expect(rows[0]).toEqual(["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"]);
      expect(rows[1]?.slice(0, 3)).toEqual(["Images", "2", "0"]);
      expect(rows[1]?.[4]).toEndWith("(100%)");
      const images = (await cli.ok(["system", "df", "-v"])).split("\n").filter((line) => /^[ab] /.test(line));
      expect(images).toHaveLength(2);
      for (const line of images) expect(line.split(/\s{2,}/)[5]).toMatch(/^3\d\d(\.\d)?kB$/); // the lower layer is both's
      const [json] = (await cli.ok(["system", "df", "--format", "json"])).split("\n");
      expect(JSON.parse(json ?? "")).toMatchObject({ Type: "Images", TotalCount: "2", Active: "0" });
      expect((await cli.try(["system", "df", "-v", "--format", "json"])).status).not.toBe(0);
    }),
  );
});

describe("system check", () => {
  test(
    "finds what is damaged and missing, and repairs what it can",
    withStore(async (cli) => {
      const { blobs } = await cli.image("a:1");
      await cli.image("b:1", "b");
      const path = `${cli.roots.root}/content/blobs/${blobs[2]?.descriptor.digest.replace(":", "/")}`;
      const bytes = readFileSync(path);
      bytes[0] = (bytes[0] ?? 0) ^ 0xff;
      rmSync(path);
      writeFileSync(path, bytes);
      expect(await cli.try(["system", "check", "--quick"])).toMatchObject({
        status: 0,
        stdout: expect.stringContaining("looked at the sizes of 7 blobs"),
      });
      const found = await cli.try(["system", "check"]);
      expect(found).toMatchObject({ status: 1, stderr: "" });
      expect(found.stdout).toContain(`blob-damaged: blob ${blobs[2]?.descriptor.digest} has the content of`);
      expect(found.stdout).toContain("read 7 blobs: 1 problem\n");
      rmSync(path);
      expect(JSON.parse((await cli.try(["system", "check", "--quick", "--format", "json"])).stdout)).toMatchObject({
        problems: [{ kind: "blob-missing", subject: blobs[2]?.descriptor.digest }],
        blobsChecked: 7,
      });
      const repaired = await cli.try(["system", "check", "--repair"]);
      expect(repaired.status).toBe(1);
      expect(repaired.stdout).toContain("pull again: a:1\n");
      await cli.image("a:1");
      expect(await cli.try(["system", "check"])).toMatchObject({ status: 0, stdout: expect.stringContaining("nothing is wrong") });
      mkdirSync(`${cli.roots.root}/layers/${"f".repeat(64)}`);
      expect(await cli.ok(["system", "check"])).toContain("1 stray file");
      await cli.ok(["image", "prune", "-f"]);
      expect(await cli.ok(["system", "check"])).not.toContain("stray");
    }),
  );
});
