import { expect, test } from "bun:test";
import type { VolumeRequest } from "../document/mounts.ts";
import { committedConfig } from "./committed-config.ts";

const PLAIN = {
  options: { args: ["sh"], env: ["A=1"], cwd: "/" },
  user: { user: "" },
  network: { exposed: [] },
  life: {},
  labels: {},
  mounts: [],
};

function volume(destination: string, anonymous: boolean): VolumeRequest {
  const rest = { driverOptions: {}, labels: {}, copy: true, readonlyRecursive: false, options: [], readonly: false, from: "-v" };
  return { kind: "volume", name: "v", destination, anonymous, ...rest };
}

test("of nothing: what ran", () => {
  expect(committedConfig(undefined, PLAIN)).toEqual({ Cmd: ["sh"], Env: ["A=1"] });
});

test("what the container was told wins over its image", () => {
  const image = {
    User: "bin",
    WorkingDir: "/w",
    Shell: ["/bin/ash"],
    Labels: { a: "1" },
    ExposedPorts: { "80/tcp": {} },
    StopSignal: "SIGHUP",
  };
  const told = {
    ...PLAIN,
    options: { ...PLAIN.options, cwd: "/x" },
    user: { user: "www" },
    network: { exposed: ["80/tcp", "81/udp"] },
    life: { stopSignal: "SIGINT", stopTimeout: 3, health: { Test: ["CMD", "true"] } },
    labels: { a: "2", b: "3" },
    mounts: [volume("/data", true), volume("/named", false)],
  };
  expect(committedConfig(image, told)).toEqual({
    Cmd: ["sh"],
    Env: ["A=1"],
    User: "www",
    WorkingDir: "/x",
    Shell: ["/bin/ash"],
    ExposedPorts: { "80/tcp": {}, "81/udp": {} },
    Volumes: { "/data": {} },
    Labels: { a: "2", b: "3" },
    StopSignal: "SIGINT",
    StopTimeout: 3,
    Healthcheck: { Test: ["CMD", "true"] },
  });
});

test.each([
  [["/entry", "-x"], ["/entry", "-x", "serve"], ["/entry", "-x"], ["serve"]],
  [["/entry"], ["/entry"], ["/entry"], []],
  [["/entry"], ["sh", "-c", "true"], ["sh"], ["-c", "true"]],
  [[], ["sh", "-c", "true"], undefined, ["sh", "-c", "true"]],
] as const)("entrypoint %p, ran %p", (Entrypoint, args, entrypoint, command) => {
  const { Entrypoint: made, Cmd } = committedConfig({ Entrypoint }, { ...PLAIN, options: { ...PLAIN.options, args } });
  expect(made ?? undefined).toEqual([...(entrypoint ?? [])]);
  expect(Cmd).toEqual([...command]);
});
