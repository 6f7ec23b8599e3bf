// Archives both ways with a real docker: `docker load` of what we save, `docker save` read by us, and its socket as a transport.
import { afterAll, beforeAll, expect } from "bun:test";
import { ArchiveWriter } from "../../src/image/archives/archive-writer.ts";
import { openDockerArchive } from "../../src/image/archives/docker-archive.ts";
import { dockerDaemonDestination, openDockerDaemon } from "../../src/image/archives/docker-daemon.ts";
import { OciDirectoryDestination, openOciDirectory } from "../../src/image/archives/oci-directory.ts";
import { copyImage } from "../../src/image/copy/copy.ts";
import type { ImageSource } from "../../src/image/ports/transport.ts";
import { parseManifest } from "../../src/spec/image/parse-manifest.ts";
import { openProgram } from "../images/move/program.ts";
import { type Containerd, startContainerd } from "../peers/containerd.ts";
import { startDaemon, stopDaemon } from "../peers/peer.ts";
import { requires } from "../support/requires.ts";
import { type OpenRoots, openRoots } from "../support/roots.ts";
import { type Running, run, runOk } from "../support/run.ts";
import { AMD64, makeImage, writeLayout } from "./fixture.ts";

const { test, missing } = requires("docker", "dockerd", "containerd", "root");
const NAMES = ["docker.io/library/one:1", "docker.io/acme/two:2"];

let roots: OpenRoots;
let containerd: Containerd;
let dockerd: Running;
let docker: readonly string[];
/** Configuration digests, which are docker's image ids. */
let ids: readonly string[] = [];
const options = { platform: AMD64, temporary: "/tmp" };

beforeAll(async () => {
  if (missing.length > 0) return;
  roots = openRoots({ leftovers: "sweep" });
  containerd = await startContainerd(roots);
  const socket = `unix://${roots.path("docker.sock")}`;
  docker = ["docker", "--host", socket];
  dockerd = await startDaemon(
    [
      ...["dockerd", "--host", socket, "--containerd", containerd.address, "--storage-driver", "vfs"],
      ...["--data-root", roots.path("docker-data"), "--exec-root", roots.path("docker-exec"), "--pidfile", roots.path("docker.pid")],
      ...["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false", "--userland-proxy=false"],
    ],
    async () => (await run([...docker, "version"])).status === 0,
  );
  const images = [await makeImage(roots.directory), await makeImage(roots.directory, { salt: "b", compression: "none" })];
  for (const [at, image] of images.entries()) await writeLayout(roots.path("layout"), NAMES[at], image.manifest, [image]);
  ids = images.map(({ blobs }) => blobs[0]?.descriptor.digest ?? "");
}, 60_000);

afterAll(async () => {
  if (missing.length > 0) return;
  await stopDaemon(dockerd);
  await containerd.stop();
  await roots.close();
}, 60_000);

async function configOf(source: ImageSource): Promise<string | undefined> {
  const { bytes } = await source.manifest();
  return parseManifest(bytes).manifest?.config.digest;
}

const idInDocker = (name: string) => runOk([...docker, "image", "inspect", "--format", "{{.Id}}", name]);

test("docker loads several of our images from one archive, and we read what it saves", async () => {
  {
    await using writer = await ArchiveWriter.open({ path: roots.path("both.tar") }, { ...options, format: "docker" });
    for (const name of NAMES) {
      await using source = await openOciDirectory(roots.path("layout"), { reference: name });
      await copyImage(source, writer.image([name]), options);
    }
    await writer.finish();
  }
  await runOk([...docker, "load", "-i", roots.path("both.tar")]);
  expect(await idInDocker("one:1")).toBe(ids[0] ?? "");
  expect(await idInDocker("acme/two:2")).toBe(ids[1] ?? "");

  await runOk([...docker, "save", "-o", roots.path("saved.tar"), "one:1", "acme/two:2"]);
  for (const [at, reference] of ["one:1", "acme/two:2"].entries()) {
    await using source = await openDockerArchive(roots.path("saved.tar"), { reference }, options);
    expect(await configOf(source)).toBe(ids[at]);
    await using destination = await OciDirectoryDestination.open(roots.path(`back-${at}`), "x");
    await copyImage(source, destination, options);
  }
  await using any = await openDockerArchive(roots.path("saved.tar"), { index: 1 }, options);
  expect(ids).toContain((await configOf(any)) ?? "");
  await expect(openDockerArchive(roots.path("saved.tar"), {}, options)).rejects.toThrow(/holds 2 images, choose one/);
});

test("the socket of a docker takes images and gives them back", async () => {
  const daemon = { socket: roots.path("docker.sock") };
  {
    await using source = await openOciDirectory(roots.path("layout"), { reference: NAMES[0] ?? "" });
    await using destination = await dockerDaemonDestination(daemon, "docker.io/library/sent:1", options);
    await copyImage(source, destination, options);
  }
  expect(await idInDocker("sent:1")).toBe(ids[0] ?? "");
  await using back = await openDockerDaemon(daemon, "sent:1", options);
  expect(await configOf(back)).toBe(ids[0]);
  await using destination = await OciDirectoryDestination.open(roots.path("from-daemon"), "x");
  await copyImage(back, destination, options);
  await expect(openDockerDaemon(daemon, "nosuch:1", options)).rejects.toThrow(
    /get docker-daemon:nosuch:1: (reference does not exist|.*nosuch)/,
  );
  await expect(openDockerDaemon({ socket: roots.path("none.sock") }, "a", options)).rejects.toThrow(/no docker daemon answers on/);
});

test("teu copies to a docker and from it, by the address that it is told or that DOCKER_HOST has", async () => {
  const teu = await openProgram(roots);
  const socket = `unix://${roots.path("docker.sock")}`;
  await teu.ok(
    "image",
    "copy",
    "-q",
    `oci:${roots.path("layout")}:${NAMES[1]}`,
    "docker-daemon:acme/copied:3",
    "--dest-daemon-host",
    socket,
  );
  expect(await idInDocker("acme/copied:3")).toBe(ids[1] ?? "");
  const back = await teu.run(["image", "copy", "-q", "docker-daemon:acme/copied:3", "back:3"], { env: { DOCKER_HOST: socket } });
  expect([back.status, back.stderr]).toEqual([0, ""]);
  expect(await teu.ok("image", "inspect", "--format", "{{.Id}}", "back:3")).toBe(ids[1] ?? "");
  const inspected = await teu.ok(
    "image",
    "inspect",
    "--daemon-host",
    socket,
    "--format",
    "{{.Architecture}}",
    "docker-daemon:acme/copied:3",
  );
  expect(inspected).toBe("amd64");
}, 60_000);
