import { describe, expect, test } from "bun:test";
import { digestOf } from "../../base/digest.ts";
import { InvalidInputError } from "../../base/errors.ts";
import { encodeImageConfig, parseImageConfig, platformOfConfig, rewriteImageConfig } from "./parse-config.ts";

const LAYER = digestOf("layer");
const SMALL = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [LAYER] } };

const bytesOf = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const read = (value: unknown): unknown => parseImageConfig(bytesOf(value));
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("an image configuration is taken", () => {
  const rows: { name: string; given: object; want: object }[] = [
    {
      name: "with null for all lists, as docker writes it",
      given: { ...SMALL, config: { Env: null, Cmd: null, Entrypoint: null, Volumes: null, Labels: null, OnBuild: null }, history: null },
      want: { ...SMALL, config: {} },
    },
    { name: "with a rootfs without a type", given: { ...SMALL, rootfs: { diff_ids: [LAYER] } }, want: SMALL },
    {
      name: "with a rootfs of no layers",
      given: { ...SMALL, rootfs: { diff_ids: null } },
      want: { ...SMALL, rootfs: { type: "layers", diff_ids: [] } },
    },
    { name: "with a command of one string", given: { ...SMALL, config: { Cmd: "sh" } }, want: { ...SMALL, config: { Cmd: ["sh"] } } },
    { name: "without a platform", given: { rootfs: SMALL.rootfs }, want: { ...SMALL, architecture: "", os: "" } },
    {
      name: "with docker's health check and ports",
      given: {
        ...SMALL,
        config: { Healthcheck: { Test: ["CMD", "true"], Interval: 30_000_000_000 }, ExposedPorts: { "80/tcp": { deep: [[]] } } },
      },
      want: { ...SMALL, config: { Healthcheck: { Test: ["CMD", "true"], Interval: 30_000_000_000 }, ExposedPorts: { "80/tcp": {} } } },
    },
  ];
  for (const { name, given, want } of rows) test(name, () => expect(read(given)).toEqual(want));
});

describe("an image configuration is refused", () => {
  const rows: { name: string; given: unknown; want: string }[] = [
    { name: "without a rootfs", given: { architecture: "amd64", os: "linux" }, want: "rootfs: is required" },
    {
      name: "with another rootfs type",
      given: { ...SMALL, rootfs: { type: "tree", diff_ids: [] } },
      want: 'rootfs.type: must be "layers"',
    },
    {
      name: "with a diff id that is a path",
      given: { ...SMALL, rootfs: { diff_ids: ["../x"] } },
      want: 'rootfs.diff_ids[0]: "../x" is no digest',
    },
    {
      name: "with an environment that is an object",
      given: { ...SMALL, config: { Env: { A: "b" } } },
      want: "config.Env: must be an array, not an object",
    },
    {
      name: "with a label that is a number",
      given: { ...SMALL, config: { Labels: { a: 1 } } },
      want: "config.Labels.a: must be a string, not a number",
    },
    { name: "that is a list", given: [SMALL], want: "document: must be an object, not an array" },
    { name: "that is no JSON", given: "{", want: "document: is not JSON" },
  ];
  for (const { name, given, want } of rows) {
    test(name, () => {
      expect(() => read(given)).toThrow(InvalidInputError);
      expect(() => read(given)).toThrow(`the image configuration is not valid: ${want}`);
    });
  }
});

describe("rewriteImageConfig", () => {
  test("keeps what is unknown, at the top and in config, and drops what was true of the original only", () => {
    const original = {
      ...SMALL,
      "x.acme": [1, { a: null }],
      config: { User: "1", "x.more": true },
      container_config: {},
      docker_version: "20",
    };
    const changed = { ...parseImageConfig(bytesOf(original)), config: { User: "2", Env: ["A=b"] } };
    expect(JSON.parse(textOf(rewriteImageConfig(bytesOf(original), changed)))).toEqual({
      ...SMALL,
      "x.acme": [1, { a: null }],
      config: { User: "2", Env: ["A=b"], "x.more": true },
    });
  });

  test("takes away a known field that the change took away", () => {
    const original = { ...SMALL, author: "x", config: { Cmd: ["a"], Labels: { a: "b" } } };
    const { author: _, ...changed } = parseImageConfig(bytesOf(original));
    const written = JSON.parse(textOf(rewriteImageConfig(bytesOf(original), { ...changed, config: { Labels: { a: "c" } } })));
    expect(written).toEqual({ ...SMALL, config: { Labels: { a: "c" } } });
  });

  test("refuses to write what is nested too deeply to be written", () => {
    const deep = `{"x":${"[".repeat(200_000)}${"]".repeat(200_000)},${JSON.stringify(SMALL).slice(1)}`;
    const config = parseImageConfig(bytesOf(deep));
    expect(() => rewriteImageConfig(bytesOf(deep), config)).toThrow("nested too deeply");
  });
});

test("what is encoded reads back", () => {
  const config = parseImageConfig(
    bytesOf({ ...SMALL, config: { Labels: { b: "2", a: "1" } }, history: [{ created_by: "x", empty_layer: true }] }),
  );
  expect(parseImageConfig(encodeImageConfig(config))).toEqual(config);
});

test("the platform of a configuration has what the configuration says", () => {
  const config = parseImageConfig(bytesOf({ ...SMALL, variant: "v3", "os.version": "1", "os.features": ["f"] }));
  expect(platformOfConfig(config)).toEqual({ architecture: "amd64", os: "linux", variant: "v3", "os.version": "1", "os.features": ["f"] });
});
