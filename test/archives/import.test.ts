// A root file system made an image, unpacked again by umoci: nothing may be lost, and the same bytes give the same digest.
import { expect } from "bun:test";
import { createReadStream, readFileSync, writeFileSync } from "node:fs";
import { byteString } from "../../src/base/byte-string.ts";
import type { Digest } from "../../src/base/digest.ts";
import { importTar, importTree } from "../../src/image/archives/import.ts";
import { openImportInput } from "../../src/image/archives/import-input.ts";
import { OciDirectoryDestination } from "../../src/image/archives/oci-directory.ts";
import { copyImage } from "../../src/image/copy/copy.ts";
import type { ImageSource } from "../../src/image/ports/transport.ts";
import { parseImageConfig } from "../../src/spec/image/parse-config.ts";
import { parseManifest } from "../../src/spec/image/parse-manifest.ts";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { runOk } from "../support/run.ts";
import { AMD64, tarOf } from "./fixture.ts";

const options = { platform: AMD64, created: "2024-01-01T00:00:00Z", temporary: "/tmp" };
const { test } = requires("umoci", "root");

async function into(layout: string, source: ImageSource): Promise<Digest> {
  await using from = source;
  await using to = await OciDirectoryDestination.open(layout, "made");
  return (await copyImage(from, to, options)).manifest.digest;
}

async function once(bytes: Uint8Array): Promise<AsyncIterable<Uint8Array>> {
  return new Blob([new Uint8Array(bytes)]).stream();
}

test("a tar comes back from umoci as it was, however it was packed, with one digest", () =>
  withRoots(async (roots) => {
    writeFileSync(roots.path("a.tar"), await tarOf(roots.directory, { "etc/motd": "hello\n", "big/zeros": "0".repeat(3_000_000) }));
    await runOk(["gzip", "-k", roots.path("a.tar")]);
    await runOk(["zstd", "-q", "-k", roots.path("a.tar")]);
    const digests = new Set<Digest>();
    for (const name of ["a.tar", "a.tar.gz", "a.tar.zst"]) {
      digests.add(await into(roots.path("layout"), await importTar("a", createReadStream(roots.path(name)), options)));
    }
    expect(digests.size).toBe(1);
    await runOk(["umoci", "unpack", "--image", `${roots.path("layout")}:made`, roots.path("bundle")]);
    expect(readFileSync(roots.path("bundle/rootfs/etc/motd"), "utf8")).toBe("hello\n");
    expect(await runOk(["tar", "-df", roots.path("a.tar"), "-C", roots.path("bundle/rootfs")])).toBe("");
  }));

test("the configuration is what the changes say, and the step is told in the history", () =>
  withRoots(async (roots) => {
    const changes = ["ENV A=1", 'CMD ["/bin/sh"]', "EXPOSE 80"];
    const tar = await tarOf(roots.directory, { "a/b": "c" });
    await using source = await importTar("a", await once(tar), { ...options, changes, message: "mine", author: "me", createdBy: "import" });
    const config = parseManifest((await source.manifest()).bytes).manifest?.config;
    if (config === undefined) throw new Error("an import makes a manifest");
    const chunks = await Array.fromAsync(await source.blob(config));
    expect(parseImageConfig(new Uint8Array(Buffer.concat(chunks)))).toMatchObject({
      architecture: "amd64",
      author: "me",
      config: { Env: ["A=1"], Cmd: ["/bin/sh"], ExposedPorts: { "80/tcp": {} } },
      history: [{ created: "2024-01-01T00:00:00Z", created_by: "import", author: "me", comment: "mine" }],
    });
    await expect(importTar("a", await once(tar), { ...options, changes: ["RUN rm"] })).rejects.toThrow(/RUN is not a valid change/);
  }));

test("what is no tar is refused", () =>
  withRoots(async (roots) => {
    const tar = await tarOf(roots.directory, { "a/b": "c" });
    const wrong: readonly [Uint8Array, RegExp][] = [
      [new Uint8Array(), /it is empty/],
      [Buffer.from("#!/bin/sh\n"), /it is no tar/],
      [Buffer.alloc(4096, "x"), /it is no tar/],
      [tar.subarray(0, 1000), /is cut short/],
      [Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 0]), /xz is none of gzip, zstd and none/],
    ];
    for (const [bytes, why] of wrong) await expect(importTar("a", await once(bytes), options)).rejects.toThrow(why);
  }));

test("a tree is imported entry by entry", () =>
  withRoots(async (roots) => {
    const common = { uid: 7, gid: 8, mtime: { seconds: 1, nanoseconds: 0 }, size: 0 };
    const source = await importTree(
      "tree",
      async (sink) => {
        await sink.entry({ ...common, path: byteString("d"), type: "directory", mode: 0o750 });
        await sink.entry({ ...common, path: byteString("d/f"), type: "file", mode: 0o640, size: 3 });
        await sink.data(new TextEncoder().encode("abc"));
        await sink.entry({ ...common, path: byteString("l"), type: "symlink", mode: 0o777, target: byteString("d/f") });
      },
      options,
    );
    await into(roots.path("layout"), source);
    await runOk(["umoci", "unpack", "--image", `${roots.path("layout")}:made`, roots.path("bundle")]);
    expect(readFileSync(roots.path("bundle/rootfs/l"), "utf8")).toBe("abc");
    expect(await runOk(["stat", "-c", "%a %u %g %Y", roots.path("bundle/rootfs/d/f")])).toBe("640 7 8 1");
  }));

test("a file, standard input and an address give the same image; a directory is told apart", () =>
  withRoots(async (roots) => {
    const tar = await tarOf(roots.directory, { "a/b": "c" });
    writeFileSync(roots.path("a.tar"), tar);
    await using server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request) => (request.url.endsWith("/a.tar") ? new Response(new Uint8Array(tar)) : new Response("", { status: 404 })),
    });
    const stdin = () => createReadStream(roots.path("a.tar"));
    const digests = new Set<Digest>();
    for (const input of [roots.path("a.tar"), "-", `${server.url}a.tar`]) {
      const opened = await openImportInput(input, { stdin });
      if (opened.kind !== "stream") throw new Error(`${input} is a stream`);
      digests.add(await into(roots.path("layout"), await importTar(input, opened.stream, options)));
    }
    expect(digests.size).toBe(1);
    expect(await openImportInput(roots.directory, { stdin })).toEqual({ kind: "directory", path: roots.directory });
    await expect(openImportInput(roots.path("none"), { stdin })).rejects.toThrow(/import .*none: no such file or directory \(ENOENT\)/);
    await expect(openImportInput(`${server.url}none`, { stdin })).rejects.toThrow(/the server answers 404/);
    await expect(openImportInput("http://127.0.0.1:1/a.tar", { stdin })).rejects.toThrow(/^import http:\/\/127\.0\.0\.1:1\/a\.tar: /);
  }));
