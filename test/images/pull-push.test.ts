// `teu pull` and `teu push` against a real registry: docker's lines, what is there afterwards, and what an interruption leaves.
import { expect } from "bun:test";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../cli/callers.ts";
import { eventually, runOk } from "../support/run.ts";
import { type ImageCli, imageTests, isolated } from "./image-tests.ts";

const short = (digest: string) => digest.slice(7, 19);
const remoteDigest = async ({ name }: ImageCli, path: string) =>
  (await runOk(["skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", `docker://${name(path)}`])).trim();

imageTests("pull says in docker's words what it does, and what is up to date", async (images) => {
  const { manifest, blobs } = await images.publish({}, "team/app:1");
  const name = images.name("team/app:1");
  const lines = (await images.ok("pull", name)).split("\n");
  expect(lines[0]).toBe("1: Pulling from team/app");
  for (const { descriptor } of blobs.slice(1))
    for (const state of ["Pulling fs layer", "Download complete", "Pull complete"])
      expect(lines).toContain(`${short(descriptor.digest)}: ${state}`);
  const [config] = blobs;
  expect(lines.some((line) => line.startsWith(short(config?.descriptor.digest ?? "")))).toBe(false);
  expect(lines.slice(-4)).toEqual([`Digest: ${manifest.digest}`, `Status: Downloaded newer image for ${name}`, name, ""]);
  expect(await images.ok("image", "pull", name)).toBe(
    `1: Pulling from team/app\nDigest: ${manifest.digest}\nStatus: Image is up to date for ${name}\n${name}\n`,
  );
  expect(await images.ok("pull", "-q", name)).toBe(`${name}\n`);
  expect(await images.ok("pull", `${images.name("team/app")}@${manifest.digest}`)).toStartWith(
    `${manifest.digest}: Pulling from team/app\n`,
  );
  const missing = await images.teu(["pull", images.name("team/app")]);
  expect(missing).toMatchObject({ status: 1, stdout: "Using default tag: latest\n" });
  expect(missing.stderr).toStartWith(`teu: manifest for ${images.name("team/app:latest")} not found: `);
});

imageTests(
  "pull takes every tag, another platform, and tells it as JSON",
  async (images) => {
    await images.publish({ salt: "c" }, "team/app:1");
    await images.publish({ salt: "b" }, "team/app:2");
    const repository = images.name("team/app");
    expect(await images.ok("pull", "-aq", repository)).toBe(`${repository}\n`);
    expect((await images.ok("images", "--format", "{{.Tag}}")).split("\n").toSorted()).toEqual(["", "1", "2"]);
    expect(await images.teu(["pull", "-a", `${repository}:1`])).toMatchObject({
      status: 1,
      stderr: "teu: tag can't be used with --all-tags/-a\n",
    });
    const { digest } = await images.publishIndex("team/index:1");
    const told = await images.ok("pull", "--platform", "linux/arm64", "--progress", "json", images.name("team/index:1"));
    const events = told
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { status: string; id?: string });
    expect(events[0]).toEqual({ status: "Pulling from team/index", id: "1" });
    expect(events.map(({ status }) => status)).toContain(`Digest: ${digest}`);
    expect(await images.ok("image", "inspect", "-f", "{{.Architecture}}", images.name("team/index:1"))).toBe("arm64\n");
    expect((await images.teu(["pull", "--platform", "linux/s390x", images.name("team/index:1")])).stderr).toContain(
      "no matching manifest for linux/s390x: there are linux/amd64, linux/arm64",
    );
    expect((await images.teu(["pull", "--platform", "linux/arm64", `${repository}:1`])).stderr).toContain(
      "was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64",
    );
    expect((await images.teu(["pull", "--disable-content-trust=false", repository])).stderr).toContain("signatures are not checked");
  },
  { callers: [ROOT] },
);

imageTests("push says what the registry had, took, and mounted, and leaves there what was pulled", async (images) => {
  const { manifest, blobs } = await images.publish({}, "team/app:1");
  await images.ok("pull", "-q", images.name("team/app:1"));
  await images.ok("tag", images.name("team/app:1"), images.name("other/app:x"));
  await images.ok("image", "tag", images.name("team/app:1"), images.name("other/app:y"));
  const layers = blobs.slice(1).map(({ descriptor }) => short(descriptor.digest));
  const size = manifest.bytes.length;
  const pushed = await images.ok("push", images.name("other/app:x"));
  expect(pushed).toStartWith(`The push refers to repository [${images.name("other/app")}]\n`);
  for (const layer of layers) expect(pushed).toContain(`${layer}: Mounted from team/app\n`);
  expect(pushed).toEndWith(`x: digest: ${manifest.digest} size: ${size}\n`);
  const again = await images.ok("image", "push", "--all-tags", images.name("other/app"));
  for (const layer of layers) expect(again).toContain(`${layer}: Layer already exists\n`);
  expect(again).toEndWith(`y: digest: ${manifest.digest} size: ${size}\n`);
  expect(await images.ok("push", "-q", images.name("other/app:x"))).toBe(`${images.name("other/app:x")}\n`);
  expect(await remoteDigest(images, "other/app:y")).toBe(manifest.digest);
  expect(await images.ok("images", "--digests", "--format", "{{.Repository}} {{.Tag}} {{.Digest}}", images.name("other/app"))).toBe(
    `${images.name("other/app")} x ${manifest.digest}\n${images.name("other/app")} y ${manifest.digest}\n`,
  );
});

imageTests(
  "push refuses what is not there, and an index of which a part is missing",
  async (images) => {
    await images.publishIndex("team/index:1");
    await images.ok("pull", "-q", images.name("team/index:1"));
    await images.ok("tag", images.name("team/index:1"), images.name("copy/index:1"));
    const failure = async (...args: readonly string[]) => {
      const { status, stderr } = await images.teu(["push", ...args]);
      expect(status).toBe(1);
      return stderr;
    };
    expect(await failure("--all-platforms", images.name("copy/index:1"))).toContain("it is not in the store");
    expect(await failure(images.name("copy/index:2"))).toBe(`teu: tag does not exist: ${images.name("copy/index:2")}\n`);
    expect(await failure(images.name("nowhere"))).toBe(`teu: An image does not exist locally with the tag: ${images.name("nowhere")}\n`);
    expect(await failure("-a", images.name("copy/index:1"))).toBe("teu: tag can't be used with --all-tags/-a\n");
    expect(await images.ok("push", images.name("copy/index:1"))).toContain("1: digest: sha256:");
    expect(await failure("--platform", "linux/arm64", images.name("copy/index:1"))).toContain("sha256:");
  },
  { callers: [ROOT] },
);

/** A registry in front of another that stands still in the middle of one blob. */
function startStalling({ url }: ImageCli["registry"], digest: string) {
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const answer = await fetch(`${url}${pathname}${search}`, {
        method: request.method,
        headers: { accept: request.headers.get("accept") ?? "" },
      });
      const bytes = await answer.bytes();
      const headers = { "content-type": answer.headers.get("content-type") ?? "" };
      if (!pathname.endsWith(digest)) return new Response(bytes, { status: answer.status, headers });
      return new Response(new ReadableStream({ start: (controller) => controller.enqueue(bytes.subarray(0, bytes.length / 2)) }), {
        headers,
      });
    },
  });
}

imageTests("run pulls what is missing and tells it on standard error, where the container does not write", async (images) => {
  await images.publish({ rootfs: images.cli.rootfs }, "team/busybox:1");
  const name = images.name("team/busybox:1");
  const { status, stdout, stderr } = await images.teu(["run", "--rm", "--name", images.cli.roots.id("c"), name, "echo", "up"]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "up\n" });
  const lines = stderr.split("\n");
  expect(lines.slice(0, 2)).toEqual([`Unable to find image '${name}' locally`, "1: Pulling from team/busybox"]);
  expect(lines.at(-2)).toBe(`Status: Downloaded newer image for ${name}`);
});

imageTests(
  "an interrupted pull ends with 128 and the signal, and the next goes on where it was",
  async (images) => {
    const { blobs } = await images.publish({}, "team/app:1");
    const digest = blobs[1]?.descriptor.digest ?? "";
    const { roots } = images.cli;
    const stalling = startStalling(images.registry, digest);
    const pulling = images.cli.start(["pull", `127.0.0.1:${stalling.port}/team/app:1`], { env: isolated(images.cli) });
    try {
      const partial = join(roots.root, "content/ingest", digest.replace(":", "-"));
      await eventually("half of the blob came", () => (statSync(partial, { throwIfNoEntry: false })?.size ?? 0) > 0);
      pulling.kill("SIGINT");
      expect(await pulling.exited).toBe(130);
      expect(pulling.stderr()).toBe("teu: interrupted; what came is kept, and the next pull goes on from there\n");
    } finally {
      pulling.kill("SIGKILL");
      pulling.dispose();
      await stalling.stop(true);
    }
    await images.ok("pull", "-q", images.name("team/app:1"));
    const gets = images.registry
      .log()
      .split("\n")
      .filter((line) => line.includes(`GET /v2/team/app/blobs/${digest}`));
    expect(gets.at(-1)).toContain('HTTP/1.1" 206 ');
  },
  { callers: [ROOT] },
);

imageTests(
  "a registry with TLS of its own is met with --cert-dir, or by --tls-verify=false",
  async (images) => {
    const directory = images.cli.roots.path("certs");
    await runOk(["mkdir", "-p", directory]);
    writeFileSync(`${directory}/ca.crt`, await Bun.file(images.registry.ca).text());
    await runOk([
      "skopeo",
      "copy",
      "--dest-tls-verify=false",
      `oci:${await images.layout(await plainImage(images))}:made`,
      `docker://${images.name("app:1")}`,
    ]);
    expect((await images.teu(["pull", "--tls-verify", images.name("app:1")])).status).toBe(1);
    expect(await images.ok("pull", "-q", "--cert-dir", directory, images.name("app:1"))).toBe(`${images.name("app:1")}\n`);
    expect(await images.ok("pull", "-q", "--tls-verify=false", images.name("app:1"))).toBe(`${images.name("app:1")}\n`);
    expect((await images.teu(["pull", "--cert-dir", images.cli.roots.path(), images.name("app:1")])).stderr).toContain(
      "it has no file *.crt",
    );
  },
  { callers: [ROOT], tls: true },
);

async function plainImage({ registry }: ImageCli) {
  const { makeImage } = await import("../archives/fixture.ts");
  return makeImage(registry.directory);
}
