import { describe, expect, test } from "bun:test";
import type { ExecutionConfig } from "../../spec/image/image-config.ts";
import { type ImageRequest, imageDefaults } from "./image-defaults.ts";

const asked = (change: Partial<ImageRequest> = {}): ImageRequest => ({ args: ["x"], env: [], labels: {}, ...change });
const defaults = (config: ExecutionConfig, change: Partial<ImageRequest> = {}) => imageDefaults(config, asked(change));

describe("what is run", () => {
  const both = { Entrypoint: ["e", "1"], Cmd: ["c", "2"] };
  // biome-ignore format: table
  const rows: readonly { readonly name: string; readonly config: ExecutionConfig; readonly args?: readonly string[]; readonly entrypoint?: string; readonly want: readonly string[] }[] = [
    { name: "is the command, where there is no entrypoint", config: { Cmd: ["c", "2"] }, want: ["c", "2"] },
    { name: "is the words of the command line in place of the command", config: { Cmd: ["c", "2"] }, args: ["x", "y"], want: ["x", "y"] },
    { name: "is the entrypoint with the command as arguments", config: both, want: ["e", "1", "c", "2"] },
    { name: "is the entrypoint with the words of the command line", config: both, args: ["x"], want: ["e", "1", "x"] },
    { name: "is the command where the entrypoint is empty", config: { Entrypoint: [], Cmd: ["c"] }, want: ["c"] },
    { name: "is another entrypoint without the command", config: both, entrypoint: "n", want: ["n"] },
    { name: "is another entrypoint with the words of the command line", config: both, entrypoint: "n", args: ["x"], want: ["n", "x"] },
    { name: "is the words alone where the entrypoint is cleared", config: both, entrypoint: "", args: ["x"], want: ["x"] },
  ];
  for (const { name, config, args = [], entrypoint, want } of rows) {
    test(name, () => expect(defaults(config, { args, ...(entrypoint === undefined ? {} : { entrypoint }) }).args).toEqual([...want]));
  }

  test("is refused where nobody says it, also where the entrypoint is cleared and the image has a command", () => {
    expect(() => defaults({}, { args: [] })).toThrow("COMMAND: is missing, and the image names none");
    expect(() => defaults(both, { args: [], entrypoint: "" })).toThrow("COMMAND: is missing");
  });
});

describe("the environment", () => {
  // biome-ignore format: table
  const rows = [
    { name: "is the image's, then that of the command line", image: ["A=1"], env: ["B=2"], want: ["A=1", "B=2"] },
    { name: "has the command line's value in the image's place", image: ["A=1", "B=2"], env: ["A=3"], want: ["A=3", "B=2"] },
    { name: "loses what the command line takes away", image: ["A=1", "B=2"], env: ["A"], want: ["B=2"] },
    { name: "tells a name from one that it begins with", image: ["AB=1"], env: ["A"], want: ["AB=1"] },
    { name: "may have empty values, and values with signs in them", image: ["A=", "B=x=y"], env: [], want: ["A=", "B=x=y"] },
  ];
  for (const { name, image, env, want } of rows) test(name, () => expect(defaults({ Env: image }, { env }).env).toEqual(want));
});

describe("the working directory", () => {
  for (const { image, workdir, want } of [
    { image: undefined, workdir: undefined, want: "/" },
    { image: "", workdir: undefined, want: "/" },
    { image: "app/", workdir: undefined, want: "/app" },
    { image: "/a/../../b", workdir: undefined, want: "/b" },
    { image: "/app", workdir: "/w", want: "/w" },
  ]) {
    test(`is ${want} for ${JSON.stringify(image)} and ${JSON.stringify(workdir)}`, () =>
      expect(defaults({ ...(image === undefined ? {} : { WorkingDir: image }) }, workdir === undefined ? {} : { workdir }).cwd).toBe(want));
  }
});

test("user, labels and stop signal are the image's unless the command line has its own", () => {
  const image = { User: "app", Labels: { a: "1", b: "2" }, StopSignal: "SIGQUIT" };
  expect(defaults(image)).toMatchObject({ user: "app", labels: { a: "1", b: "2" }, stopSignal: "SIGQUIT" });
  expect(defaults(image, { user: "0", labels: { b: "3" }, stopSignal: "INT" })).toMatchObject({
    user: "0",
    labels: { a: "1", b: "3" },
    stopSignal: "INT",
  });
  expect(defaults({ StopSignal: "" })).not.toHaveProperty("stopSignal");
});

test("volumes are clean paths, each once; one over the root is refused; ports and health check are kept", () => {
  const health = { Test: ["CMD", "true"], Interval: 5 };
  const image = { Volumes: { "/data/": {}, data: {}, "/x/../y": {} }, ExposedPorts: { "80/tcp": {} }, Healthcheck: health };
  expect(defaults(image)).toMatchObject({ volumes: ["/data", "/y"], exposedPorts: ["80/tcp"], healthCheck: health });
  expect(() => defaults({ Volumes: { "/..": {} } })).toThrow("Volumes: one is at /");
});
