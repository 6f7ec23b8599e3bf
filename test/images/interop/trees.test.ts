// The tree that teu makes of a Debian image's layers is the one that umoci and docker make of them, in every fact that a file system has.
import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { requires } from "../../support/requires.ts";
import { openRoots } from "../../support/roots.ts";
import { runOk } from "../../support/run.ts";
import { differences, readOverlay, readTree, type Tree } from "../../support/tree-facts.ts";
import { type Docker, openDocker } from "./docker.ts";
import { type HardImage, hardImage, ONE } from "./hard-image.ts";
import { openTeu } from "./teu.ts";

setDefaultTimeout(60_000);
const { test, missing } = requires("root", "overlay", "python3", "umoci", "dockerd", "docker");
const roots = openRoots({ leftovers: "sweep" });
const teu = openTeu(roots);
let image: HardImage;
let ours: Tree;

beforeAll(async () => {
  if (missing.length > 0) return;
  image = await hardImage("debian");
  expect(await teu.copy(`oci:${image.layout}:${ONE}`, "hard:1")).toBe(image.manifest);
  ours = await teu.tree("hard:1");
}, 120_000);

afterAll(() => roots.close());

test("the tree has what the layers say: links, devices, attributes, times, and nothing that is whited out", () => {
  const time = "1580608922123456789";
  expect(ours.size).toBeGreaterThan(5000);
  expect(ours.get("hard/null")).toMatchObject({ type: "char", device: "1:3" });
  expect(ours.get("hard/left")).toMatchObject({ type: "file", uid: 1234, gid: 2345, mtime: time });
  expect(Object.keys(ours.get("hard/left")?.xattrs ?? {})).toEqual(["system.posix_acl_access"]);
  expect(ours.get("hard/owner")?.same).toBe("hard/left");
  expect(ours.get("hard/hard")?.xattrs).toEqual({ "user.bin": "00ff0a3d", "user.note": Buffer.from("value").toString("hex") });
  expect(ours.get("hard/capable")?.xattrs).toHaveProperty(["security.capability"]);
  expect(ours.get("hard/d/empty")?.xattrs).toHaveProperty(["system.posix_acl_default"]);
  expect(ours.get("hard/holes")).toMatchObject({ mtime: "-1500000000", size: 3 << 20, allocated: expect.any(Number) });
  expect(ours.get("hard/hollow")).toMatchObject({ size: 2 << 20, allocated: 0 });
  expect(ours.has("hard/b\xff\xfex")).toBe(true);
  for (const gone of ["gone", "gone\xff", "fifo", "parted", "opaque/below", "turned/d"]) expect(ours.has(`hard/${gone}`)).toBe(false);
  expect([...ours.keys()].filter((name) => name.startsWith("usr/share/common-licenses/"))).toEqual(["usr/share/common-licenses/NONE"]);
});

test("umoci makes the same tree", async () => {
  await runOk(["umoci", "unpack", "--image", `${image.layout}:${ONE}`, roots.path("bundle")], { timeoutMs: 60_000 });
  expect(differences(ours, await readTree(roots.path("bundle/rootfs")))).toEqual({});
});

test("docker makes the same tree of teu's archive, but for the root's own time, which it does not set, and times before 1970", async () => {
  const archive = roots.path("docker.tar");
  await teu.copy("hard:1", `docker-archive:${archive}:hard:1`);
  const docker: Docker = await openDocker(roots);
  try {
    await docker.call("load", "--quiet", "--input", archive);
    expect(await docker.call("image", "inspect", "--format", "{{.Id}}", "hard:1")).toBe(image.id);
    const {
      "": root,
      "hard/holes": holes,
      ...others
    } = differences(ours, await readOverlay(await docker.layers("hard:1"), roots.path("docker")));
    expect(others).toEqual({});
    expect(root).toEqual([{ mtime: "1580608922123456789" }, { mtime: expect.any(String) }]);
    expect(holes).toEqual([{ mtime: "-1500000000" }, { mtime: "0" }]);
  } finally {
    await docker.stop();
  }
});
