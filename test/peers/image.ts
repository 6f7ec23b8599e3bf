// Makes the one image that the peers run, as a docker archive (docker-image-spec, "combined image JSON + filesystem changeset format"):
// every engine loads that form, so none needs a registry.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { busyboxRootfs } from "../support/rootfs.ts";
import type { TestRoots } from "../support/roots.ts";
import { runOk } from "../support/run.ts";

/** A full reference, so that no engine adds a registry of its own. */
export const IMAGE = "teu.invalid/busybox:1";

const sha256 = (data: Uint8Array | string) => createHash("sha256").update(data).digest("hex");

/** Writes the archive of a one-layer busybox image below the roots. @returns its path. */
export async function imageArchive(roots: TestRoots): Promise<string> {
  const folder = roots.path("image");
  mkdirSync(folder);
  const layer = join(folder, "layer.tar");
  await runOk([
    "tar",
    "--create",
    "--file",
    layer,
    "--sort=name",
    "--mtime=@0",
    "--numeric-owner",
    "--directory",
    await busyboxRootfs(),
    ".",
  ]);
  const config = JSON.stringify({
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    created: "1970-01-01T00:00:00Z",
    config: { Env: ["PATH=/bin"], Cmd: ["sh"] },
    rootfs: { type: "layers", diff_ids: [`sha256:${sha256(readFileSync(layer))}`] },
    history: [{ created: "1970-01-01T00:00:00Z", created_by: "busybox" }],
  });
  const configName = `${sha256(config)}.json`;
  writeFileSync(join(folder, configName), config);
  writeFileSync(join(folder, "manifest.json"), JSON.stringify([{ Config: configName, RepoTags: [IMAGE], Layers: ["layer.tar"] }]));
  const archive = roots.path("image.tar");
  await runOk(["tar", "--create", "--file", archive, "--directory", folder, "manifest.json", configName, "layer.tar"]);
  return archive;
}
