import { describe, expect, test } from "bun:test";
import type { Mount } from "../../spec/runtime/config.ts";
import type { BindRequest, MountRequest, VolumeRequest } from "../document/mounts.ts";
import { inheritedMounts, mergeMounts } from "./merge.ts";
import { type MountLookups, ociMounts, rootPropagation } from "./oci-mounts.ts";

const bind: BindRequest = {
  kind: "bind",
  source: "/srv",
  destination: "/data",
  readonly: false,
  create: true,
  recursive: true,
  readonlyRecursive: true,
  idmap: false,
  options: [],
  from: "--volume /srv:/data",
};
const volume: VolumeRequest = {
  kind: "volume",
  name: "vol",
  anonymous: false,
  destination: "/data",
  readonly: false,
  readonlyRecursive: true,
  driverOptions: {},
  labels: {},
  copy: true,
  options: [],
  from: "--volume vol:/data",
};
const image: MountRequest = { kind: "image", name: "i", layers: ["/l/1", "/l/2"], destination: "/img", readonly: true, from: "--mount" };

const look = (options: Readonly<Record<string, string>> = {}): MountLookups => ({
  volume: (name) => ({ options, data: `/root/volumes/${name}/_data` }),
  ownerOf: () => ({ uid: 1000, gid: 100 }),
  user: { uid: 0, gid: 0 },
  userxattr: false,
  mapped: false,
});

describe("one mount", () => {
  const cases: readonly (readonly [name: string, request: MountRequest, want: Mount, options?: Readonly<Record<string, string>>])[] = [
    ["a bind", bind, { destination: "/data", type: "bind", source: "/srv", options: ["rbind", "rprivate"] }],
    [
      "a read-only bind",
      { ...bind, readonly: true },
      { destination: "/data", type: "bind", source: "/srv", options: ["rbind", "rprivate", "rro"] },
    ],
    [
      "one whose inner mounts stay writable",
      { ...bind, readonly: true, readonlyRecursive: false, propagation: "rslave" },
      { destination: "/data", type: "bind", source: "/srv", options: ["rbind", "rslave", "ro"] },
    ],
    [
      "a bind without inner mounts",
      { ...bind, recursive: false },
      { destination: "/data", type: "bind", source: "/srv", options: ["bind", "rprivate"] },
    ],
    ["a volume", volume, { destination: "/data", type: "bind", source: "/root/volumes/vol/_data", options: ["rbind", "rprivate"] }],
    [
      "a part of a volume",
      { ...volume, subpath: "a/b", readonly: true },
      { destination: "/data", type: "bind", source: "/root/volumes/vol/_data", options: ["rbind", "rprivate", "rro", "x-teu.subpath=a/b"] },
    ],
    [
      "a volume in memory",
      { ...volume, readonly: true },
      { destination: "/data", type: "tmpfs", source: "tmpfs", options: ["size=1m", "ro"] },
      { type: "tmpfs", device: "tmpfs", o: "size=1m" },
    ],
    [
      "a volume of the host's",
      volume,
      { destination: "/data", type: "bind", source: "/srv", options: ["rprivate", "bind", "noexec"] },
      { type: "none", device: "/srv", o: "bind,noexec" },
    ],
    [
      "a tmpfs",
      { kind: "tmpfs", destination: "/run", options: ["size=1m"], readonly: false, from: "--tmpfs" },
      { destination: "/run", type: "tmpfs", source: "tmpfs", options: ["noexec", "nosuid", "nodev", "mode=1777", "size=1m"] },
    ],
    [
      "an image",
      image,
      {
        destination: "/img",
        type: "overlay",
        source: "overlay",
        options: ["lowerdir=/l/2:/l/1", "index=off", "metacopy=off", "redirect_dir=nofollow", "ro"],
      },
    ],
    [
      "a part of an image of one layer",
      { ...image, layers: ["/l/1"], subpath: "etc" },
      { destination: "/img", type: "bind", source: "/l/1", options: ["bind", "ro", "x-teu.subpath=etc"] },
    ],
  ];
  for (const [name, request, want, options] of cases) test(name, () => expect(ociMounts([request], look(options))).toEqual([want]));

  test("a mapped bind swaps its owner and the container's user", () => {
    const [mount] = ociMounts([{ ...bind, idmap: true }], look());
    expect(mount?.uidMappings?.slice(0, 2)).toEqual([
      { containerID: 0, hostID: 1000, size: 1 },
      { containerID: 1, hostID: 1, size: 999 },
    ]);
    const same = ociMounts([{ ...bind, idmap: true }], { ...look(), user: { uid: 1000, gid: 100 } });
    expect(same[0]).not.toHaveProperty("uidMappings");
  });
});

test("a volume's files have the ids that a container sees", () => {
  const [mount] = ociMounts([volume], { ...look(), mapped: true });
  expect(mount?.options).toEqual(["rbind", "rprivate", "idmap"]);
});

test("what lies in another mount comes after it", () => {
  const places = ["/a/b/c", "/a", "/b", "/a/b"].map((destination) => ({ ...bind, destination }));
  expect(ociMounts(places, look()).map(({ destination }) => destination)).toEqual(["/a", "/b", "/a/b", "/a/b/c"]);
});

test("the root is as shared as a mount must be", () => {
  expect(rootPropagation([bind, volume])).toBeUndefined();
  expect(rootPropagation([{ ...bind, propagation: "rslave" }])).toBe("rslave");
  expect(
    rootPropagation([
      { ...bind, propagation: "slave" },
      { ...bind, propagation: "rshared" },
    ]),
  ).toBe("shared");
});

describe("all mounts of a container", () => {
  const sources = { asked: [], inherited: [], imageVolumes: [], newName: () => "new" };

  test("are refused where two are asked for at one place", () => {
    expect(() => mergeMounts({ ...sources, asked: [bind, volume] })).toThrow("Duplicate mount point: /data");
  });

  test("are those asked for, then another container's, then the image's", () => {
    const merged = mergeMounts({
      asked: [bind],
      inherited: [volume, { ...volume, destination: "/more" }],
      imageVolumes: ["/data", "/own"],
      newName: () => "new",
    });
    expect(merged.map((mount) => [mount.kind, mount.destination, "name" in mount ? mount.name : ""])).toEqual([
      ["bind", "/data", ""],
      ["volume", "/more", "vol"],
      ["volume", "/own", "new"],
    ]);
  });

  test("of another container are its binds and volumes, as it has them or as is said", () => {
    const tmpfs: MountRequest = { kind: "tmpfs", destination: "/run", options: [], readonly: false, from: "" };
    expect(
      inheritedMounts([bind, tmpfs, { ...volume, readonly: true }], { from: "x" }).map(({ kind, readonly }) => [kind, readonly]),
    ).toEqual([
      ["bind", false],
      ["volume", true],
    ]);
    expect(inheritedMounts([bind], { from: "x", mode: "ro" })).toMatchObject([{ readonly: true, from: "x" }]);
  });
});
