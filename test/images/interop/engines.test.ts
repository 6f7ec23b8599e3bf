// Images between teu and docker, podman, skopeo and umoci, through a registry and through archives: what one pushes the other pulls and runs,
// and digests and image IDs are the same on both sides.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout } from "bun:test";
import { digestOf } from "../../../src/base/digest.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { requires } from "../../support/requires.ts";
import { openRoots } from "../../support/roots.ts";
import { runOk } from "../../support/run.ts";
import { type Docker, openDocker } from "./docker.ts";
import { ALL, type HardImage, hardImage, ONE } from "./hard-image.ts";
import { openPodman } from "./podman.ts";
import { openTeu, type Teu } from "./teu.ts";

setDefaultTimeout(60_000);
const { test, missing } = requires("root", "overlay", "registry", "skopeo", "umoci", "podman", "dockerd", "docker");
const roots = openRoots({ leftovers: "sweep" });
const teu = openTeu(roots);
const podman = openPodman(roots);
let docker: Docker;
let registry: TestRegistry;
let image: HardImage;

/** One with nothing in its store. */
function otherTeu(...names: readonly string[]): Teu {
  const name = names.join("-");
  return openTeu({ ...roots, root: roots.path(`${name}-root`), runRoot: roots.path(`${name}-run`) });
}

/** What the image's command prints. */
const SAID = "new";
const cgroup = ["--network=none", "--cgroup-parent", `/${roots.mark}`];

/** An engine that stands beside teu. */
interface Engine {
  readonly name: string;
  load(archive: string): Promise<unknown>;
  save(name: string, archive: string): Promise<unknown>;
  /** @returns the digest that it tells */
  push(name: string): Promise<string>;
  pull(name: string): Promise<unknown>;
  /** Digest of the manifest that a pull has brought. */
  digest(name: string): Promise<string>;
  id(name: string): Promise<string>;
  remove(name: string): Promise<unknown>;
  run(name: string): Promise<string>;
}

const ENGINES: readonly Engine[] = [
  {
    name: "docker",
    load: (archive) => docker.call("load", "--quiet", "--input", archive),
    save: (name, archive) => docker.call("save", "--output", archive, name),
    push: async (name) => /digest: (\S+)/.exec(await docker.call("push", name))?.[1] ?? "",
    pull: (name) => docker.call("pull", "--quiet", name),
    digest: async (name) => (await docker.call("image", "inspect", "--format", "{{index .RepoDigests 0}}", name)).split("@")[1] ?? "",
    id: (name) => docker.call("image", "inspect", "--format", "{{.Id}}", name),
    remove: (name) => docker.call("rmi", name),
    run: (name) => docker.call("run", "--rm", ...cgroup, name),
  },
  {
    name: "podman",
    load: (archive) => podman("load", "--quiet", "--input", archive),
    save: (name, archive) => podman("save", "--quiet", "--output", archive, name),
    push: async (name) => {
      await podman("push", "--quiet", "--tls-verify=false", "--digestfile", roots.path("pushed"), name);
      return Bun.file(roots.path("pushed")).text();
    },
    pull: (name) => podman("pull", "--quiet", "--tls-verify=false", name),
    digest: (name) => podman("image", "inspect", "--format", "{{.Digest}}", name),
    id: async (name) => `sha256:${await podman("image", "inspect", "--format", "{{.Id}}", name)}`,
    remove: (name) => podman("rmi", name),
    run: (name) => podman("run", "--rm", ...cgroup, name),
  },
];

/** The manifest's bytes as the registry has them. */
async function digestThere(name: string): Promise<string> {
  return digestOf(await runOk(["skopeo", "inspect", "--raw", "--tls-verify=false", `docker://${registry.host}/${name}`]));
}

beforeAll(async () => {
  if (missing.length > 0) return;
  image = await hardImage("busybox");
  [docker, registry] = await Promise.all([openDocker(roots), startRegistry()]);
  expect(await teu.copy(`oci:${image.layout}:${ONE}`, `${registry.host}/ours:1`)).toBe(image.manifest);
}, 120_000);

afterAll(async () => {
  await docker?.stop();
  await registry?.[Symbol.asyncDispose]();
  await roots.close();
});

describe.each(ENGINES)("$name", (engine) => {
  const at = (name: string) => `${registry.host}/${engine.name}/${name}`;

  test("loads teu's archive, and teu loads and runs what it saves, under the same image ID", async () => {
    const [ours, theirs] = [roots.path(`${engine.name}-ours.tar`), roots.path(`${engine.name}-theirs.tar`)];
    await teu.call("tag", `${registry.host}/ours:1`, at("theirs:1"));
    await teu.call("save", "--output", ours, at("theirs:1"));
    await engine.load(ours);
    expect(await engine.id(at("theirs:1"))).toBe(image.id);
    expect(await engine.run(at("theirs:1"))).toBe(SAID);
    await engine.save(at("theirs:1"), theirs);
    const other = otherTeu(engine.name, "archive");
    expect(await other.call("load", "--input", theirs)).toBe(`Loaded image: ${at("theirs:1")}`);
    expect(await other.id(at("theirs:1"))).toBe(image.id);
    expect(await other.run(at("theirs:1"))).toBe(SAID);
  });

  test("pushes what teu pulls and runs, with its digest and the same image ID", async () => {
    // It packs the archive's layers itself.
    const digest = await engine.push(at("theirs:1"));
    expect(digest).not.toBe(image.manifest);
    expect(await digestThere(`${engine.name}/theirs:1`)).toBe(digest);
    const other = otherTeu(engine.name, "pull");
    expect(await other.pull(at("theirs:1"))).toBe(digest);
    expect(await other.id(at("theirs:1"))).toBe(image.id);
    expect(await other.run(at("theirs:1"))).toBe(SAID);
  });

  test("pulls and runs what teu has pushed, with teu's digest", async () => {
    await engine.remove(at("theirs:1"));
    await teu.call("tag", `${registry.host}/ours:1`, at("ours:1"));
    expect(await teu.push(at("ours:1"))).toBe(image.manifest);
    expect(await digestThere(`${engine.name}/ours:1`)).toBe(image.manifest);
    await engine.pull(at("ours:1"));
    expect(await engine.digest(at("ours:1"))).toBe(image.manifest);
    expect(await engine.id(at("ours:1"))).toBe(image.id);
    expect(await engine.run(at("ours:1"))).toBe(SAID);
  });
});

test("docker-daemon: goes to and from the daemon, under the same image ID", async () => {
  const host = `unix://${roots.path("docker.sock")}`;
  await teu.copy("--dest-daemon-host", host, `${registry.host}/ours:1`, "docker-daemon:daemon/ours:1");
  expect(await docker.call("image", "inspect", "--format", "{{.Id}}", "daemon/ours:1")).toBe(image.id);
  const other = otherTeu("docker", "daemon");
  await other.copy("--src-daemon-host", host, "docker-daemon:daemon/ours:1", "back:1");
  expect(await other.id("back:1")).toBe(image.id);
  expect(await other.run("back:1")).toBe(SAID);
});

test("podman and teu read each other's OCI archives, under the same image ID", async () => {
  const [ours, theirs] = [roots.path("podman-ours.oci.tar"), roots.path("podman-theirs.oci.tar")];
  await podman("rmi", "--all", "--force");
  await teu.call("tag", `${registry.host}/ours:1`, "localhost/oci:1");
  await teu.call("save", "--format", "oci-archive", "--output", ours, "localhost/oci:1");
  await podman("load", "--quiet", "--input", ours);
  expect(await podman("image", "inspect", "--format", "{{.Id}} {{.Digest}}", "localhost/oci:1")).toBe(
    `${image.id.slice(7)} ${image.manifest}`,
  );
  await podman("save", "--quiet", "--format", "oci-archive", "--output", theirs, "localhost/oci:1");
  const other = otherTeu("podman", "oci");
  expect(await other.call("load", "--input", theirs)).toBe("Loaded image: localhost/oci:1");
  expect(await other.id("localhost/oci:1")).toBe(image.id);
  expect(await other.run("localhost/oci:1")).toBe(SAID);
});

test("umoci adds a layer to teu's layout, and teu runs the image, and keeps the one that was there", async () => {
  const layout = roots.path("layout");
  expect(await teu.copy(`${registry.host}/ours:1`, `oci:${layout}:1`)).toBe(image.manifest);
  await runOk(["umoci", "unpack", "--image", `${layout}:1`, roots.path("bundle")]);
  await Bun.write(roots.path("bundle/rootfs/hard/again"), "umoci\n");
  await runOk(["umoci", "repack", "--refresh-bundle", "--image", `${layout}:2`, roots.path("bundle")]);
  const digest = await teu.copy(`oci:${layout}:2`, "umoci:2");
  expect(digest).toBe(JSON.parse(await runOk(["skopeo", "inspect", `oci:${layout}:2`])).Digest);
  expect(await teu.run("umoci:2")).toBe("umoci");
  expect(await teu.copy(`oci:${layout}:1`, "umoci:1")).toBe(image.manifest);
});

describe("skopeo", () => {
  test("pushes an index of two platforms whole; teu pulls and runs its own, and pushes all of it back with the same digest", async () => {
    const [theirs, back] = [`${registry.host}/index:1`, `${registry.host}/back:1`];
    await runOk(["skopeo", "copy", "--all", "--dest-tls-verify=false", `oci:${image.layout}:${ALL}`, `docker://${theirs}`]);
    expect(await teu.pull(theirs)).toBe(image.index);
    expect(await teu.run(theirs)).toBe(SAID);
    await teu.copy("--all", `docker://${theirs}`, `docker://${back}`);
    expect(await digestThere("back:1")).toBe(image.index);
    await runOk(["skopeo", "copy", "--all", "--src-tls-verify=false", `docker://${back}`, `dir:${roots.path("whole")}`]);
  });

  test("reads teu's OCI archive, and teu runs skopeo's, with the digest of the layout", async () => {
    const [ours, theirs] = [roots.path("ours.oci.tar"), roots.path("theirs.oci.tar")];
    expect(await teu.copy(`${registry.host}/ours:1`, `oci-archive:${ours}:a`)).toBe(image.manifest);
    await runOk(["skopeo", "copy", `oci-archive:${ours}:a`, `oci-archive:${theirs}:b`]);
    expect(await teu.copy(`oci-archive:${theirs}:b`, "from/skopeo:1")).toBe(image.manifest);
    expect(await teu.run("from/skopeo:1")).toBe(SAID);
  });
});
