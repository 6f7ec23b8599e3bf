// Images made by hand: directories as layers, with whiteouts and opaque directories as overlayfs has them, and a `teu` that knows them.
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ResolvedImage } from "../../src/engine/image-lookup.ts";
import type { ExecutionConfig } from "../../src/spec/image/image-config.ts";
import { REPOSITORY } from "../../tools/source-files.ts";
import { executable } from "./executables.ts";
import type { TestImages } from "./image-teu.ts";
import { cached, copyRootfs } from "./rootfs.ts";
import type { TestRoots } from "./roots.ts";
import { runOk } from "./run.ts";
import type { Account } from "./user.ts";

/** What a layer holds, by path: a text is a file's. */
export type Layer = Readonly<Record<string, string | { readonly link: string } | "whiteout" | "opaque" | "directory">>;

/** `teu` with images, beside launcher and hello where every account can reach them; compiled once for each state of the source. */
export async function imageTeu(): Promise<string> {
  const digest = new Bun.CryptoHasher("sha256");
  const sources = ["src/**/*.ts", "test/support/*.ts"].flatMap((pattern) => [...new Bun.Glob(pattern).scanSync(REPOSITORY)].sort());
  for (const file of sources) {
    digest.update(await Bun.file(join(REPOSITORY, file)).bytes());
  }
  for (const name of ["teu-launcher", "hello"] as const) digest.update(await Bun.file(executable(name)).bytes());
  const script = `for old in "$(dirname "$1")"/image-teu-*; do
      case "$old" in "$1"*) ;; *) [ -z "$(find "$old" -maxdepth 0 -mmin +60)" ] || rm -rf "$old" ;; esac; done
    cp "$3/teu-launcher" "$3/hello" "$1"; "$2" build --compile --bytecode --format=esm --splitting --minify --compile-jit-policy=100 --outfile "$1/teu" "$4" >/dev/null`;
  const source = join(REPOSITORY, "test/support/image-teu.ts");
  const directory = await cached(`image-teu-${digest.digest("hex").slice(0, 16)}`, script, [
    process.execPath,
    dirname(executable("teu")),
    source,
  ]);
  return join(directory, "teu");
}

/** Fills a directory; marks are those that a mount of the account understands. */
export async function makeLayer(directory: string, layer: Layer, account: Account | undefined): Promise<string> {
  const [space, owner] = account === undefined ? ["trusted", undefined] : ["user", `${account.uid}:${account.gid}`];
  mkdirSync(directory, { recursive: true });
  for (const [path, content] of Object.entries(layer)) {
    const at = join(directory, path);
    mkdirSync(content === "directory" || content === "opaque" ? at : dirname(at), { recursive: true });
    if (content === "whiteout") await runOk(["mknod", at, "c", "0", "0"]);
    else if (content === "opaque") await runOk(["setfattr", "-n", `${space}.overlay.opaque`, "-v", "y", at]);
    else if (typeof content === "object") await runOk(["ln", "-s", content.link, at]);
    else if (content !== "directory") writeFileSync(at, content);
  }
  if (owner !== undefined) await runOk(["chown", "--recursive", "--no-dereference", owner, directory]);
  return directory;
}

/** An image of these layers over a busybox, and the name it has. */
export async function makeImage(
  roots: TestRoots,
  { rootfs, layers, config, account }: { rootfs: string; layers: readonly Layer[]; config?: ExecutionConfig; account: Account | undefined },
): Promise<ResolvedImage> {
  const folder = join(roots.root, "layers", `${++made}`);
  mkdirSync(folder, { recursive: true });
  const owner = account === undefined ? undefined : `${account.uid}:${account.gid}`;
  const directories = [await copyRootfs(rootfs, join(folder, "base"), owner)];
  for (const [index, layer] of layers.entries()) directories.push(await makeLayer(join(folder, `${index}`), layer, account));
  chmodSync(roots.root, 0o711);
  return {
    id: `sha256:${"1".repeat(64)}` as ResolvedImage["id"],
    manifestDigest: `sha256:${"2".repeat(64)}` as ResolvedImage["manifestDigest"],
    config: {
      architecture: "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids: [] },
      ...(config === undefined ? {} : { config }),
    },
    layers: directories,
  };
}

let made = 0;

/** Tells `teu` what there is. */
export function writeImages(roots: TestRoots, images: Partial<TestImages>, account: Account | undefined): void {
  const path = join(roots.root, "images.json");
  writeFileSync(path, JSON.stringify({ local: {}, remote: {}, ...images }));
  if (account !== undefined) chownSync(path, account.uid, account.gid);
}
