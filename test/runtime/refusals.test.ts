// Wrong input: every problem of a configuration is told at once, and nothing has been touched.
import { expect } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { teuRuntime } from "../support/teu.ts";
import { container } from "./container.ts";

const { describe, test } = requires("root", "busybox");

describe("a configuration with mistakes", () => {
  test("is refused with all of them in one sentence", () =>
    withRoots(async (roots) => {
      const made = await container({
        roots,
        tweak: (config) => ({
          ...config,
          hostname: 5,
          process: { ...config.process, cwd: "relative", rlimits: [{ type: "RLIMIT_NONE", soft: 1, hard: 1 }] },
          linux: { ...config.linux, namespaces: [{ type: "nonsense" }], resources: { memory: { limit: "much" } } },
        }),
      });
      const { status, stderr } = await made.verb("run");
      expect(status).toBe(1);
      for (const field of [
        "hostname",
        "process.cwd",
        "process.rlimits[0].type",
        "linux.namespaces[0].type",
        "linux.resources.memory.limit",
      ]) {
        expect(stderr).toContain(field);
      }
      expect(existsSync(join(roots.runRoot, "runtime"))).toBe(false);
    }));

  const texts = [
    { name: "cut short", text: '{"ociVersion": "1.0.2", "root": {' },
    { name: "no JSON at all", text: "\u0000\u0001" },
    { name: "of another major version", text: '{"ociVersion": "2.0.0", "root": {"path": "rootfs"}}' },
  ];
  for (const { name, text } of texts) {
    test(`${name}, is refused`, () =>
      withRoots(async (roots) => {
        const made = await container({ roots });
        writeFileSync(join(made.bundle, "config.json"), text);
        expect(await made.verb("create")).toMatchObject({ status: 1, stderr: expect.stringContaining("config.json") });
      }));
  }

  test("that names no root file system is refused", () =>
    withRoots(async (roots) => {
      const made = await container({ roots, rootfs: roots.path("missing") });
      expect((await made.verb("create")).stderr).toContain("root.path");
      expect((await teuRuntime(["create", "--bundle", roots.path("nowhere"), "x"], { roots })).stderr).toContain("config.json");
    }));
});

describe("the command line", () => {
  const rows = [
    { name: "an unknown verb", args: ["frobnicate"], text: "unknown verb frobnicate" },
    { name: "a checkpoint's flag that is runc's alone", args: ["checkpoint", "--pre-dump", "x"], text: "unknown flag --pre-dump" },
    { name: "a restore that would stay", args: ["restore", "x"], text: "--detach is missing" },
    { name: "an unknown flag", args: ["state", "--frobnicate", "x"], text: "unknown flag --frobnicate" },
    { name: "an unknown global flag", args: ["--frobnicate", "state", "x"], text: "unknown flag --frobnicate" },
    { name: "a missing id", args: ["state"], text: "takes one argument" },
    { name: "too many arguments", args: ["state", "a", "b"], text: "takes one argument" },
    { name: "an id that leads out of the root", args: ["create", "../x"], text: "container id" },
    { name: "an id to delete that leads out of the root", args: ["delete", "--force", "../run"], text: "container id" },
    { name: "a log format of its own", args: ["--log-format", "xml", "state", "x"], text: "neither text nor json" },
    { name: "a count that is none", args: ["create", "--preserve-fds", "two", "x"], text: "--preserve-fds" },
    { name: "an interval that is none", args: ["events", "--interval", "often", "x"], text: "--interval" },
    { name: "a list format of its own", args: ["list", "--format", "xml"], text: "neither table nor json" },
  ];
  for (const { name, args, text } of rows) {
    test(`${name} is refused`, () =>
      withRoots(async (roots) => {
        expect(await teuRuntime(args, { roots })).toMatchObject({ status: 1, stderr: expect.stringContaining(text) });
        expect(readdirSync(roots.runRoot)).toEqual([]);
      }));
  }

  test("every verb says how it is used", async () => {
    const { stdout } = await teuRuntime(["--help"]);
    const verbs = [...stdout.slice(stdout.indexOf("Verbs:")).matchAll(/^ {2}([a-z]+) /gm)].map(([, verb]) => verb ?? "");
    expect(verbs.length).toBeGreaterThan(14);
    for (const verb of verbs) {
      const help = await teuRuntime([verb, "--help"]);
      expect([verb, help.status, help.stdout]).toEqual([verb, 0, expect.stringContaining(`Usage: teu runtime ${verb}`)]);
    }
  });
});
