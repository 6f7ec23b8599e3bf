import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { InvalidInputError } from "../../../base/errors.ts";
import type { MountRequest } from "../../../containers/document/mounts.ts";
import { Problems } from "../flag-problems.ts";
import { fieldsOf } from "./csv.ts";
import { parseMountFlag } from "./mount-flag.ts";
import { parseTmpfsFlag, storageOf } from "./storage.ts";
import { parseVolumeFlag } from "./volume-flag.ts";

type Part<T> = Partial<T>;
type Want = Part<Extract<MountRequest, { kind: "bind" }>> | Part<Extract<MountRequest, { kind: "volume" }>> | Part<MountRequest>;

/** The problems that a reader has with a text, without the texts around them. */
function refusalOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems.map(({ message }) => message).join("; ");
    throw error;
  }
  return "";
}

describe("--volume", () => {
  const plain = { readonly: false, recursive: true, readonlyRecursive: true, idmap: false, create: true };
  const cases: readonly (readonly [text: string, want: Want])[] = [
    ["/srv:/data", { kind: "bind", source: "/srv", destination: "/data", ...plain }],
    ["/srv/../etc:/data/./x/", { kind: "bind", source: "/etc", destination: "/data/x" }],
    ["./x:/data", { kind: "bind", source: resolve("x") }],
    [".:/data", { kind: "bind", source: resolve(".") }],
    ["../x:/data:ro", { kind: "bind", source: resolve("../x"), readonly: true, readonlyRecursive: true }],
    ["/srv:/data:ro,rslave", { readonly: true, propagation: "rslave" }],
    ["/srv:/data:bind,ro", { recursive: false, readonlyRecursive: false, readonly: true }],
    ["/srv:/data:map", { idmap: true }],
    ["/srv:/data:noexec,nosuid,cached", { options: ["noexec", "nosuid"] }],
    ["data:/var/lib", { kind: "volume", name: "data", anonymous: false, copy: true, driverOptions: {}, labels: {} }],
    ["data:/var/lib:nocopy,ro", { kind: "volume", copy: false, readonly: true }],
    ["/var/lib", { kind: "volume", anonymous: true, destination: "/var/lib", copy: true }],
  ];
  for (const [text, want] of cases) test(text, () => expect(parseVolumeFlag(text, undefined)).toMatchObject(want));

  test("gives volumes the driver", () => {
    expect(parseVolumeFlag("data:/x", "local")).toMatchObject({ driver: "local" });
    expect(parseVolumeFlag("/srv:/x", "local")).not.toHaveProperty("driver");
  });

  test("names an anonymous volume", () => {
    const [a, b] = ["/x", "/x"].map((text) => parseVolumeFlag(text, undefined));
    expect([a, b].map((volume) => volume?.kind === "volume" && /^[0-9a-f]{64}$/.test(volume.name))).toEqual([true, true]);
    expect(a).not.toEqual(b);
  });

  for (const [text, says] of [
    ["", "invalid volume specification: ''"],
    [":/x", "invalid volume specification: ':/x'"],
    ["/x:ro", "invalid volume specification: '/x:ro'"],
    ["a:b:c:d", "invalid volume specification: 'a:b:c:d'"],
    ["/srv:data", "mount path must be absolute"],
    ["/srv:/", "destination can't be '/'"],
    ["/srv:/x:rp", "invalid mode: rp"],
    ["da/ta:/x", '"da/ta" includes invalid characters for a local volume name'],
    ["x:/x", "volume name is too short"],
    ["data:/x:shared", "a volume has no propagation"],
    ["data:/x:map", "map is for files and directories"],
    ["/srv:/x:nocopy", "nocopy is for volumes"],
    ["/srv:/x:U", "write map"],
    ["/srv:/x:O", "is not built"],
  ] as const) {
    test(`refuses ${JSON.stringify(text)}`, () => expect(refusalOf(() => parseVolumeFlag(text, undefined))).toContain(says));
  }
});

describe("--mount", () => {
  const cases: readonly (readonly [text: string, want: Want])[] = [
    [
      "type=bind,src=/srv,dst=/data",
      { kind: "bind", source: "/srv", destination: "/data", create: false, recursive: true, readonly: false },
    ],
    ["type=bind,source=/srv,target=/data,readonly", { readonly: true, readonlyRecursive: true }],
    ["type=bind,src=/srv,dst=/data,ro=true,bind-recursive=writable", { readonly: true, readonlyRecursive: false, recursive: true }],
    ["type=bind,src=/srv,dst=/data,ro=0,bind-recursive=disabled", { readonly: false, recursive: false }],
    ["type=bind,src=/srv,dst=/data,bind-nonrecursive", { recursive: false }],
    [
      "type=bind,src=/srv,dst=/data,ro,bind-recursive=readonly,bind-propagation=rprivate",
      { readonlyRecursive: true, propagation: "rprivate" },
    ],
    ["type=bind,src=/srv,dst=/data,create-mountpoint,idmap", { create: true, idmap: true }],
    ["src=data,dst=/data", { kind: "volume", name: "data", anonymous: false, copy: true }],
    ["type=volume,dst=/data,volume-nocopy", { kind: "volume", anonymous: true, copy: false }],
    [
      'type=volume,src=data,dst=/data,volume-driver=local,volume-opt=type=tmpfs,"volume-opt=o=size=1m,mode=700",volume-opt=device=tmpfs,volume-label=a=b,volume-label=c',
      { driver: "local", driverOptions: { type: "tmpfs", o: "size=1m,mode=700", device: "tmpfs" }, labels: { a: "b", c: "" } },
    ],
    ["src=data,dst=/data,volume-subpath=a/./b/", { subpath: "a/b/" }],
    ["type=tmpfs,dst=/run,tmpfs-size=64m,tmpfs-mode=1770", { kind: "tmpfs", options: ["size=67108864", "mode=1770"] }],
    [
      "type=image,src=debian:12,dst=/img,image-subpath=etc",
      { kind: "image", name: "debian:12", readonly: true, subpath: "etc", layers: [] },
    ],
  ];
  for (const [text, want] of cases) test(text, () => expect(parseMountFlag(text)).toMatchObject(want));

  for (const [text, says] of [
    ["type=bind,src=/srv", "target is required"],
    ["type=bind,dst=/x", "field Source must not be empty"],
    ["type=tmpfs,src=/srv,dst=/x", "field Source must not be specified"],
    ["type=npipe,src=/srv,dst=/x", 'invalid mount type "npipe"'],
    ["type=bind,src=/srv,dst=/x,fly=1", "unexpected key 'fly' in 'fly=1'"],
    ["data:/x", "invalid field 'data:/x' must be a key=value pair"],
    ["type=bind,src=/srv,dst=/x,source", "must be a key=value pair"],
    ["type=bind,src=/srv,dst=/x,src=/etc", "src is given twice"],
    ["type=bind,src=/srv,dst=/x,volume-nocopy", "volume-nocopy is not for mounts of type bind"],
    ["type=bind,src=/srv,dst=/x,ro=perhaps", "neither true nor false"],
    ["type=bind,src=/srv,dst=/x,bind-propagation=wide", "invalid propagation mode: wide"],
    ["type=bind,src=/srv,dst=/x,bind-recursive=deep", "invalid value for bind-recursive: deep"],
    ["type=bind,src=/srv,dst=/x,bind-recursive=readonly", "requires 'readonly'"],
    ["type=bind,src=/srv,dst=/x,ro,bind-recursive=readonly", "requires 'bind-propagation=rprivate'"],
    ["type=volume,dst=/x,volume-subpath=a", "must not set Subpath"],
    ["type=volume,src=data,dst=/x,volume-subpath=../a", "is not a relative path below the source"],
    ["type=volume,src=data,dst=/x,volume-subpath=/a", "is not a relative path below the source"],
    ["type=image,src=i,dst=/x,ro=false", "mounted read-only"],
    ["type=tmpfs,dst=/x,tmpfs-mode=9", "is not an octal mode"],
    ["type=bind,src=/srv,dst=x", "mount path must be absolute"],
    ['type=bind,src="/srv,dst=/x', "a double quote stands where none may"],
  ] as const) {
    test(`refuses ${text}`, () => expect(refusalOf(() => parseMountFlag(text))).toContain(says));
  }
});

describe("--tmpfs", () => {
  test("/run", () => expect(parseTmpfsFlag("/run")).toMatchObject({ destination: "/run", options: [] }));
  test("/run:size=1m,mode=700", () => expect(parseTmpfsFlag("/run:size=1m,mode=700")).toMatchObject({ options: ["size=1m", "mode=700"] }));
  test("refuses run", () => expect(refusalOf(() => parseTmpfsFlag("run"))).toContain("must be absolute"));
});

test("--volumes-from", () => {
  const problems = new Problems();
  expect(storageOf({ "volumes-from": ["web", "db:ro", "x:rw,z"] }, problems).volumesFrom).toEqual([
    { container: "web" },
    { container: "db", mode: "ro" },
    { container: "x", mode: "rw" },
  ]);
  problems.conclude();
  storageOf({ "volumes-from": ["web:rp", "a:b:c"], volume: ["/x:/y:q"] }, problems);
  expect(() => problems.conclude()).toThrow(
    "--volume: invalid mode: q; --volumes-from: invalid mode: rp; --volumes-from: is not CONTAINER or CONTAINER:ro",
  );
});

test("--volume-driver is local, also where no volume is made", () => {
  const problems = new Problems();
  storageOf({ "volume-driver": "local" }, problems);
  problems.conclude();
  storageOf({ "volume-driver": "ceph" }, problems);
  expect(() => problems.conclude()).toThrow('--volume-driver: there is no volume driver "ceph", only local');
});

describe("comma-separated values", () => {
  for (const [line, want] of [
    ["", [""]],
    ["a,b", ["a", "b"]],
    ["a,", ["a", ""]],
    ['"a,b",c', ["a,b", "c"]],
    ['"a""b"', ['a"b']],
  ] as const) {
    test(JSON.stringify(line), () => expect(fieldsOf(line)).toEqual([...want]));
  }
});
