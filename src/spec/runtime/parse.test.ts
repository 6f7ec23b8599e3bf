// The whole configuration, and its smaller parts: every rule with the field that it names.
import { describe, expect, test } from "bun:test";
import { InvalidInputError } from "../../base/errors.ts";
import { defaultConfig } from "./default.ts";
import { parseConfig } from "./parse.ts";
import { inConfig, problemTable, SOUND } from "./problems.suite.ts";

// biome-ignore format: table
problemTable("config", inConfig, [
  { name: "takes the smallest configuration", given: {}, want: [] },
  { name: "needs no process before start", given: { process: undefined }, want: [] },
  { name: "needs a version", given: { ociVersion: undefined }, want: ["ociVersion: is required"] },
  {
    name: "refuses a version that is not SemVer",
    given: { ociVersion: "1.0" },
    want: ['ociVersion: "1.0" is not a version in the form of SemVer, such as 1.3.0'],
  },
  {
    name: "refuses another major version",
    given: { ociVersion: "2.0.0" },
    want: ["ociVersion: 2.0.0 is not supported: this runtime knows 1.3.0"],
  },
  { name: "takes a release candidate", given: { ociVersion: "1.0.0-rc5-dev" }, want: [] },
  { name: "takes a newer minor version, and one with build metadata", given: { ociVersion: "1.9.0+dev.1" }, want: [] },
  { name: "needs a root", given: { root: undefined }, want: ["root: is required"] },
  { name: "needs the root's path", given: { root: {} }, want: ["root.path: is required"] },
  { name: "refuses an empty root path", given: { root: { path: "" } }, want: ["root.path: must not be empty"] },
  {
    name: "refuses a hostname without a uts namespace",
    given: { hostname: "a" },
    want: ["hostname: needs a uts namespace of the container's own"],
  },
  { name: "takes an empty hostname as none", given: { hostname: "" }, want: [] },
  {
    name: "refuses a domain name without a uts namespace",
    given: { domainname: "a" },
    want: ["domainname: needs a uts namespace of the container's own"],
  },
  { name: "takes a hostname of 64 bytes", given: { hostname: "a".repeat(64), linux: { namespaces: [{ type: "uts" }] } }, want: [] },
  {
    name: "counts a hostname in bytes",
    given: { hostname: "ä".repeat(33), linux: { namespaces: [{ type: "uts" }] } },
    want: ["hostname: must not be longer than 64 bytes"],
  },
  {
    name: "refuses annotations that are no strings",
    given: { annotations: { a: 1 } },
    want: ["annotations.a: must be a string, not a number"],
  },
  {
    name: "refuses an annotation without a name",
    given: { annotations: { "": "x" } },
    want: ['annotations[""]: must not be an empty name'],
  },
  { name: "takes empty annotations", given: { annotations: { "a.b": "" } }, want: [] },
  { name: "ignores what it does not know", given: { freebsd: { jail: 1 }, windows: 7 }, want: [] },
]);

// biome-ignore format: table
problemTable("mounts", (given) => inConfig({ mounts: [{ destination: "/a" }, { destination: "/b", ...given }] }), [
  { name: "need a destination", given: { destination: "" }, want: ["mounts[1].destination: must not be empty"] },
  { name: "have string options", given: { options: ["ro", 1] }, want: ["mounts[1].options[1]: must be a string, not a number"] },
  {
    name: "have both mappings or none",
    given: { uidMappings: [{ containerID: 0, hostID: 1, size: 1 }] },
    want: ["mounts[1].gidMappings: must be given along with uidMappings"],
  },
  {
    name: "have both mappings or none, the other way round",
    given: { gidMappings: [{ containerID: 0, hostID: 1, size: 1 }] },
    want: ["mounts[1].uidMappings: must be given along with gidMappings"],
  },
  {
    name: "refuse idmap with nothing to map by",
    given: { options: ["rbind", "ridmap"] },
    want: ["mounts[1].options[1]: needs uidMappings and gidMappings, or a user namespace"],
  },
  {
    name: "check their mappings",
    given: { uidMappings: [{ containerID: 0, hostID: 1, size: 0 }], gidMappings: [] },
    want: ["mounts[1].uidMappings[0].size: must be greater than 0"],
  },
]);

// biome-ignore format: table
problemTable("hooks", (given) => inConfig({ hooks: { poststop: [{ path: "/bin/true", ...given }] } }), [
  { name: "take what is right", given: { args: ["true"], env: ["A=b"], timeout: 5 }, want: [] },
  { name: "need an absolute path", given: { path: "true" }, want: ["hooks.poststop[0].path: must be an absolute path"] },
  { name: "need a timeout above zero", given: { timeout: 0 }, want: ["hooks.poststop[0].timeout: 0 is not from 1 to 2147483"] },
  { name: "check their environment", given: { env: ["A"] }, want: ["hooks.poststop[0].env[0]: must have the form NAME=VALUE"] },
]);

describe("parseConfig", () => {
  test("tells every problem at once, those within fields before those between fields", () => {
    expect(
      inConfig({
        ociVersion: "1",
        hostname: "a",
        mounts: [{}],
        process: { cwd: "x", args: [] },
        linux: { namespaces: [{ type: "mount" }], sysctl: { "vm.swappiness": "1" } },
      }).map((problem) => problem.split(":")[0]),
    ).toEqual(["ociVersion", "mounts[0].destination", "process.cwd", "process.args", "hostname", 'linux.sysctl["vm.swappiness"]']);
  });

  test("says it in one sentence", () => {
    expect(() => parseConfig('{"ociVersion":"1.0.0"}')).toThrow(
      new InvalidInputError("config.json", [{ field: "root", message: "is required" }]),
    );
  });

  test("does not blame other fields when the namespaces themselves cannot be read", () => {
    expect(inConfig({ hostname: "a", linux: { namespaces: "all", maskedPaths: ["/a"] } })).toEqual([
      "linux.namespaces: must be an array, not a string",
    ]);
  });

  test("warns of what the specification wants logged, and goes on", () => {
    const { warnings } = parseConfig(
      JSON.stringify({
        ...SOUND,
        ociVersion: "0.5.0-dev",
        mounts: [{ destination: "tmp" }],
        process: { cwd: "/", args: ["sh"], capabilities: { bounding: ["CAP_KILL", "CAP_SOMEDAY"] } },
      }),
    );
    expect(warnings).toEqual([
      { field: "ociVersion", message: "0.5.0-dev is older than 1.0; it is read as 1.3.0" },
      { field: "mounts[0].destination", message: "is a relative path, which is deprecated; it is taken as relative to /" },
      { field: "process.capabilities.bounding[1]", message: '"CAP_SOMEDAY" is not a capability; it is left out' },
    ]);
  });

  for (const rootless of [false, true]) {
    test(`takes what spec writes${rootless ? " for an ordinary user" : ""}, and changes nothing in it`, () => {
      const written = defaultConfig({ rootless, uid: 1000, gid: 100 });
      expect(parseConfig(JSON.stringify(written))).toEqual({ config: written, warnings: [] });
    });
  }
});
