// The images that every program here moves and unpacks: a Debian or a busybox, a layer with one of everything that layers make hard, and a
// layer that changes both. Packed by GNU tar and gzip, so that nobody who is judged made them; made once for the machine, by this file as
// a script.
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Digest, Digester, digestOf, hexOf } from "../../../src/base/digest.ts";
import { busyboxRootfs, cached, debianRootfs } from "../../support/rootfs.ts";
import { runOk } from "../../support/run.ts";

/** Names in a layout: the image of this machine, and an index of it with another platform's. */
export const ONE = "one";
export const ALL = "all";
export const OTHER_PLATFORM = "linux/riscv64";

/** An OCI layout with an image and an index. */
export interface HardImage {
  readonly layout: string;
  readonly manifest: Digest;
  /** Of the configuration. */
  readonly id: Digest;
  readonly index: Digest;
}

/** docker and podman cannot give a layer away again that has GNU tar's sparse files: what they keep of a tar has no words for them. */
const BASES = { debian: { rootfs: debianRootfs, holes: "sparse" }, busybox: { rootfs: busyboxRootfs, holes: "written" } };

/** Digests are the machine's own: Debian is the mirror's of some day. */
export async function hardImage(base: keyof typeof BASES): Promise<HardImage> {
  const { rootfs, holes } = BASES[base];
  const args = [process.execPath, import.meta.path, await rootfs(), holes];
  const layout = await cached(`interop-${base}-1`, `"$2" "$3" "$1" "$4" "$5"`, args);
  const { manifests } = await Bun.file(join(layout, "index.json")).json();
  const [manifest, index]: readonly Digest[] = manifests.map(({ digest }: { readonly digest: Digest }) => digest);
  if (manifest === undefined || index === undefined) throw new Error(`${layout} lacks its images`);
  const { config } = await Bun.file(join(layout, "blobs", manifest.replace(":", "/"))).json();
  return { layout, manifest, id: config.digest, index };
}

const TIMES = `find . -depth -exec touch -h -d '2020-02-02 02:02:02.123456789 UTC' {} +`;

const OCI = "application/vnd.oci.image";

/** One of everything. */
const HARD = `mkdir -p hard/d/empty "hard/$(printf 'deep/%.0s' $(seq 30))" "hard/$(printf 'n%.0s' $(seq 200))" hard/opaque/below hard/turned/d
  cd hard
  echo hello >d/file; ln d/file d/hard; ln d/file hard; ln -s ../file d/soft; ln -s "$(printf 't/%.0s' $(seq 80))" d/far
  echo long >"$(printf 'deep/%.0s' $(seq 30))$(printf 'f%.0s' $(seq 120))"
  echo bytes >"$(printf 'b\\377\\376x')"; echo utf >"$(printf 'snow\\342\\230\\203')"; ln -s "$(printf '\\377')" d/bytes
  echo old >"$(printf 'gone\\377')"; echo old >gone; echo old >again; echo old >opaque/below/f; echo old >turned/d/f; echo old >turn
  echo kept >d/kept; echo owner >owner; : >empty; ln owner parted; ln owner left
  truncate -s 3M holes; printf data | dd of=holes bs=1 seek=1500000 conv=notrunc status=none; truncate -s 2M hollow
  mkfifo fifo; mknod null c 1 3; mknod loop b 7 9
  chmod 4755 empty; chmod 1777 d/empty; chmod 2750 d; chown 1234:2345 owner; chown -h 7:65534 d/soft; chmod 000 d/kept
  cp /bin/true capable; setcap cap_net_raw+ep capable
  setfattr -n user.note -v value d/file; setfattr -n user.bin -v 0x00ff0a3d d/file; setfattr -n user.on -v directory d
  setfacl -m u:1234:rw-,g:4321:r-- owner; setfacl -m u:5:rwx d/empty; setfacl -d -m u:1234:r-x d/empty
  cd ..; ${TIMES}; touch -d '1969-12-31 23:59:58.5 UTC' hard/holes; touch -d '2262-01-01 00:00:00.000000001 UTC' hard/hollow`;

/** Whiteouts, opaque directories, names that change what they are, on both layers below. */
const CHANGES = `mkdir -p hard/d hard/opaque hard/turn/now usr/share/common-licenses etc
  cd hard
  : >"$(printf '.wh.gone\\377')"; : >.wh.gone; : >.wh.again; echo new >again; : >.wh.parted
  : >opaque/.wh..wh..opq; echo new >opaque/new; echo now >turn/now/f; echo file >turned
  echo hello >d/kept; chmod 600 d/kept; ln -s kept d/hard; chmod 700 d; : >.wh.fifo
  cd ..; : >usr/share/common-licenses/.wh..wh..opq; echo none >usr/share/common-licenses/NONE; : >etc/.wh.motd; echo changed >etc/issue
  ${TIMES}`;

export interface Packed {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly diffId: Digest;
}

async function digestFile(path: string): Promise<Digest> {
  const digester = new Digester();
  for await (const chunk of Bun.file(path).stream()) digester.update(chunk);
  return digester.digest();
}

/** A directory as a layer among the blobs. */
async function pack(tree: string, blobs: string, sparse: boolean): Promise<Packed> {
  const tar = join(blobs, "layer.tar");
  const flags = [
    "--format=posix",
    "--pax-option=delete=atime,delete=ctime",
    "--sort=name",
    "--numeric-owner",
    ...(sparse ? ["--sparse"] : []),
  ];
  await runOk(["tar", ...flags, "--xattrs", "--xattrs-include=*", "-C", tree, "-cf", tar, "."], { timeoutMs: 120_000 });
  const diffId = await digestFile(tar);
  await runOk(["gzip", "-n1", tar], { timeoutMs: 120_000 });
  const digest = await digestFile(`${tar}.gz`);
  const path = join(blobs, hexOf(digest));
  renameSync(`${tar}.gz`, path);
  return { mediaType: `${OCI}.layer.v1.tar+gzip`, digest, size: statSync(path).size, diffId };
}

async function makeTree(into: string, script: string): Promise<string> {
  mkdirSync(into);
  await runOk(["bash", "-euc", `cd "$1"; umask 022; ${script}`, "sh", into]);
  return into;
}

interface Described {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

const CONFIG = { Cmd: ["cat", "/hard/again"], Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] };

/** Writes the layout of an image of layers that lie in `blobs`, and of an index. */
export function writeLayout(into: string, blobs: string, layers: readonly Packed[]): void {
  const put = (mediaType: string, value: unknown): Described => {
    const bytes = JSON.stringify(value);
    const digest = digestOf(bytes);
    writeFileSync(join(blobs, hexOf(digest)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const image = (architecture: string): Described => {
    const created = "2020-02-02T02:02:02Z";
    const rootfs = { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) };
    const history = layers.map((_, at) => ({ created, created_by: `tar ${at}` }));
    const config = put(`${OCI}.config.v1+json`, { created, architecture, os: "linux", config: CONFIG, rootfs, history });
    const mediaType = `${OCI}.manifest.v1+json`;
    return put(mediaType, { schemaVersion: 2, mediaType, config, layers: layers.map(({ diffId: _, ...descriptor }) => descriptor) });
  };
  const architectures = [process.arch === "arm64" ? "arm64" : "amd64", "riscv64"];
  const manifests = architectures.map((architecture) => ({ ...image(architecture), platform: { os: "linux", architecture } }));
  const index = put(`${OCI}.index.v1+json`, { schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests });
  const named = [manifests[0], index].map((descriptor, at) => ({
    ...descriptor,
    annotations: { "org.opencontainers.image.ref.name": [ONE, ALL][at] },
  }));
  writeFileSync(join(into, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: named }));
  writeFileSync(join(into, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
}

async function makeLayout(into: string, base: string, sparse: boolean): Promise<void> {
  const blobs = join(into, "blobs/sha256");
  mkdirSync(blobs, { recursive: true });
  const trees = [base, await makeTree(join(into, "hard"), HARD), await makeTree(join(into, "changes"), CHANGES)];
  const layers: Packed[] = [];
  for (const tree of trees) layers.push(await pack(tree, blobs, sparse));
  for (const tree of trees.slice(1)) rmSync(tree, { recursive: true });
  writeLayout(into, blobs, layers);
}

if (import.meta.main) await makeLayout(process.argv[2] ?? "", process.argv[3] ?? "", process.argv[4] === "sparse");
