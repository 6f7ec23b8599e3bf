// Our small tars read by GNU tar, and GNU tar's in every format read by us.
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { digestOf } from "../../src/base/digest.ts";
import { ArchiveWriter } from "../../src/image/archives/archive-writer.ts";
import { openOciArchive } from "../../src/image/archives/oci-archive.ts";
import { TarFiles } from "../../src/image/archives/tar-files.ts";
import { copyImage } from "../../src/image/copy/copy.ts";
import type { ImageSource } from "../../src/image/ports/transport.ts";
import { OCI_CONFIG, OCI_MANIFEST } from "../../src/spec/image/media-types.ts";
import { encodeManifest } from "../../src/spec/image/parse-manifest.ts";
import { withRoots } from "../support/roots.ts";
import { runOk } from "../support/run.ts";
import { AMD64 } from "./fixture.ts";

const temporary = "/tmp";

describe("tars of others", () => {
  const long = `${"d".repeat(90)}/${"e".repeat(90)}/${"f".repeat(90)}`;
  const formats: readonly (readonly [string, readonly string[]])[] = [
    ["v7", ["short", "d/file"]],
    ["oldgnu", ["short", long]],
    ["gnu", ["short", long]],
    ["ustar", ["short", `${"d".repeat(90)}/${"e".repeat(90)}`]],
    ["pax", ["short", long, "ünïcode"]],
  ];
  test.each(formats)("of the format %s are read by name", (format, names) =>
    withRoots(async (roots) => {
      for (const name of names) {
        await Bun.write(roots.path("tree", name), `content of ${name}`);
      }
      await runOk(["tar", `--format=${format}`, "-C", roots.path("tree"), "-cf", roots.path("a.tar"), "."]);
      await using files = await TarFiles.open(roots.path("a.tar"), { temporary });
      for (const name of names) {
        expect(new TextDecoder().decode(await files.read(name, 1000))).toBe(`content of ${name}`);
        const rest = await Array.fromAsync(await files.stream(name, 8));
        expect(Buffer.concat(rest).toString()).toBe(`of ${name}`);
      }
      expect(await files.size("nothing")).toBeUndefined();
    }),
  );
});

test("names too long for a header, of sha512 blobs, are read by GNU tar and by us", () =>
  withRoots(async (roots) => {
    const config = new TextEncoder().encode('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}');
    const descriptor = { mediaType: OCI_CONFIG, digest: digestOf(config, "sha512"), size: config.length };
    const bytes = encodeManifest({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: descriptor, layers: [] });
    const source: ImageSource = {
      name: "memory",
      seekable: true,
      manifest: async () => ({ bytes, mediaType: OCI_MANIFEST, digest: digestOf(bytes) }),
      blob: async () => new Blob([config]).stream(),
      [Symbol.asyncDispose]: async () => {},
    };
    {
      await using writer = await ArchiveWriter.open({ path: roots.path("a.tar") }, { format: "docker", temporary, platform: AMD64 });
      await copyImage(source, writer.image(["a.io/b:1"]), { platform: AMD64 });
      await writer.finish();
    }
    const name = `blobs/sha512/${descriptor.digest.slice("sha512:".length)}`;
    expect((await runOk(["tar", "-tf", roots.path("a.tar")])).split("\n").sort()).toEqual(
      [
        "blobs/",
        "blobs/sha256/",
        "blobs/sha512/",
        name,
        `blobs/sha256/${digestOf(bytes).slice(7)}`,
        "index.json",
        "manifest.json",
        "oci-layout",
      ].sort(),
    );
    expect(await runOk(["tar", "-xOf", roots.path("a.tar"), name])).toBe(new TextDecoder().decode(config));
    await using back = await openOciArchive(roots.path("a.tar"), { reference: "a.io/b:1" }, { temporary });
    const chunks = await Array.fromAsync(await back.blob(descriptor));
    expect(Buffer.concat(chunks).equals(Buffer.from(config))).toBe(true);
    writeFileSync(
      roots.path("two.tar"),
      Buffer.concat([Buffer.from(await Bun.file(roots.path("a.tar")).arrayBuffer()), Buffer.alloc(10_240)]),
    );
    await using padded = await openOciArchive(roots.path("two.tar"), {}, { temporary });
    expect((await padded.manifest()).digest).toBe(digestOf(bytes));
  }));
