// Tars of GNU tar, libarchive and Python are read as the tree they were made of; what is written here they unpack to the same tree again.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyLayer } from "../../src/image/layers/apply.ts";
import { LayerWriter } from "../../src/image/layers/diff.ts";
import { type Requirement, requires } from "../support/requires.ts";
import { runOk } from "../support/run.ts";
import { type LineOptions, LineSink, makeTree, treeLines } from "./trees.ts";

const { test } = requires("root", "python3", "setfattr");
const { test: testWithBsdtar } = requires("root", "python3", "setfattr", "bsdtar");
const here = mkdtempSync(join(tmpdir(), "teu-layers-"));
const tree = join(here, "tree");

beforeAll(async () => {
  mkdirSync(tree);
  await makeTree(tree);
});

afterAll(() => rmSync(here, { recursive: true, force: true }));

const PYTHON = `import sys, tarfile
with tarfile.open(sys.argv[1], "w", format=getattr(tarfile, sys.argv[3]), encoding="utf-8", errors="surrogateescape") as tar:
    tar.add(sys.argv[2], arcname=".")`;

interface Maker extends LineOptions {
  readonly name: string;
  readonly argv: (into: string) => readonly [string, ...string[]];
  /** Names that the format cannot say. */
  readonly without?: RegExp;
  readonly xattrs?: true;
  readonly bsdtar?: true;
}

const gnu =
  (...options: readonly string[]) =>
  (into: string): readonly [string, ...string[]] => ["tar", "-C", tree, ...options, "-cf", into, "."];
const bsd =
  (...options: readonly string[]) =>
  (into: string): readonly [string, ...string[]] => ["bsdtar", "-C", tree, ...options, "-cf", into, "."];
const python =
  (format: string) =>
  (into: string): readonly [string, ...string[]] => ["python3", "-c", PYTHON, into, tree, format];

// biome-ignore format: table
const MAKERS: readonly Maker[] = [
  { name: "GNU tar, posix",            argv: gnu("--format=posix", "--xattrs"), xattrs: true },
  { name: "GNU tar, posix, sparse 0.0", argv: gnu("--format=posix", "--sparse", "--sparse-version=0.0") },
  { name: "GNU tar, posix, sparse 0.1", argv: gnu("--format=posix", "--sparse", "--sparse-version=0.1") },
  { name: "GNU tar, posix, sparse 1.0", argv: gnu("--format=posix", "--sparse", "--sparse-version=1.0") },
  { name: "GNU tar, gnu",              argv: gnu("--format=gnu"), seconds: true },
  { name: "GNU tar, gnu, sparse",      argv: gnu("--format=gnu", "--sparse"), seconds: true },
  { name: "GNU tar, oldgnu, sparse",   argv: gnu("--format=oldgnu", "--sparse"), seconds: true },
  { name: "GNU tar, ustar",            argv: gnu("--format=ustar", "--exclude=large", "--exclude=fifo", "--exclude=deep", "--exclude=nnn*", "--exclude=far"), seconds: true, without: /^(large|fifo|deep|n{200}|d\/far)\b/ },
  { name: "bsdtar, pax",               argv: bsd("--format=pax", "--xattrs"), xattrs: true, bsdtar: true },
  { name: "bsdtar, gnutar",            argv: bsd("--format=gnutar"), seconds: true, without: /^large /, bsdtar: true },
  { name: "Python, pax",               argv: python("PAX_FORMAT"), seconds: true },
  { name: "Python, gnu",               argv: python("GNU_FORMAT"), seconds: true },
];

const ATTRIBUTES = { "user.note": Buffer.from("value").toString("hex"), "user.bin": "00ff0a3d" };

describe("a tar is read as the tree that it was made of", () => {
  for (const { name, argv, without, xattrs, bsdtar, ...options } of MAKERS) {
    (bsdtar ? testWithBsdtar : test)(name, async () => {
      const tar = join(here, `${name.replaceAll(/\W/g, "-")}.tar`);
      await runOk(argv(tar));
      const sink = new LineSink(options);
      await applyLayer(createReadStream(tar), sink);
      const kept = (line: string) => !without?.test(line);
      expect(sink.lines().filter(kept)).toEqual(treeLines(tree, options).filter(kept));
      if (xattrs) expect(sink.xattrs.get("d/file")).toEqual(ATTRIBUTES);
    });
  }
});

const UNPACK = `import sys, tarfile
with tarfile.open(sys.argv[1], errors="surrogateescape") as tar: tar.extractall(sys.argv[2], numeric_owner=True)`;

interface Unpacker extends LineOptions {
  readonly name: string;
  readonly argv: (tar: string, into: string) => readonly [string, ...string[]];
  readonly bsdtar?: true;
  /** What it cannot unpack as it is. */
  readonly without?: RegExp;
}

const UNPACKERS: readonly Unpacker[] = [
  { name: "GNU tar", argv: (tar, into) => ["tar", "-C", into, "--xattrs", "--xattrs-include=*", "--numeric-owner", "-xpf", tar] },
  {
    name: "bsdtar",
    argv: (tar, into) => ["bsdtar", "-C", into, "--numeric-owner", "-xpf", tar],
    bsdtar: true,
    without: /^large /,
  },
  // Python's times are floating numbers, and links get none.
  { name: "Python", argv: (tar, into) => ["python3", "-c", UNPACK, tar, into], seconds: true, without: / symlink / },
];

describe("what is written is unpacked to the same tree", () => {
  for (const { name, argv, bsdtar, without, ...options } of UNPACKERS) {
    (bsdtar ? testWithBsdtar : test)(`by ${name}`, async () => {
      const [source, tar, into] = [join(here, "source.tar"), join(here, `ours-${name}.tar`), join(here, `out-${name}`)];
      await runOk(["tar", "-C", tree, "--format=posix", "--sparse", "--xattrs", "-cf", source, "."]);
      const chunks: Uint8Array[] = [];
      const writer = await LayerWriter.open((chunk) => void chunks.push(Buffer.from(chunk)), { compression: "none" });
      await applyLayer(createReadStream(source), writer);
      await writer.end();
      writeFileSync(tar, Buffer.concat(chunks));
      mkdirSync(into);
      await runOk(argv(tar, into));
      const kept = (line: string) => !without?.test(line);
      expect(treeLines(into, options).filter(kept)).toEqual(treeLines(tree, options).filter(kept));
    });
  }
});

describe("access control lists", () => {
  const withAcls = (name: string, argv: (into: string) => readonly string[], needs: readonly Requirement[] = []) =>
    requires("root", "python3", "setfattr", "setfacl", ...needs).test(
      `that ${name} writes are the attributes that the kernel keeps`,
      async () => {
        const folder = join(here, `acl-${name}`);
        mkdirSync(join(folder, "d"), { recursive: true });
        await runOk(["setfacl", "-m", "u:1234:rw-,g:4321:r--", join(folder, "d")]);
        await runOk(["setfacl", "-d", "-m", "u:1234:r-x", join(folder, "d")]);
        const tar = join(here, `acl-${name}.tar`);
        await runOk([...argv(tar), "-C", folder, "d"]);
        const sink = new LineSink();
        await applyLayer(createReadStream(tar), sink);
        const attributes = sink.xattrs.get("d") ?? {};
        for (const kind of ["access", "default"]) {
          const printed = await runOk(["getfattr", "--absolute-names", "-e", "hex", "-n", `system.posix_acl_${kind}`, join(folder, "d")]);
          expect(attributes[`system.posix_acl_${kind}`]).toBe(/=0x([0-9a-f]+)/.exec(printed)?.[1] ?? "none");
        }
      },
    );
  withAcls("GNU tar", (into) => ["tar", "--format=posix", "--numeric-owner", "--acls", "-cf", into]);
  withAcls("bsdtar", (into) => ["bsdtar", "--format=pax", "--acls", "-cf", into], ["bsdtar"]);
});
