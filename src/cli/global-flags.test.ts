import { describe, expect, test } from "bun:test";
import type { CliContext } from "./command.ts";
import { takeGlobalFlags } from "./global-flags.ts";

const CONTEXT: CliContext = { env: { HOME: "/h", TEU_ROOT: "/before" }, home: "/", self: "/teu", out: () => {}, err: () => {} };

describe("flags before the command", () => {
  for (const { name, words, rest, env } of [
    {
      name: "move the engine",
      words: ["--root", "/r", "--run-root=/s", "ps", "-a"],
      rest: ["ps", "-a"],
      env: { TEU_ROOT: "/r", TEU_RUN_ROOT: "/s" },
    },
    { name: "are podman's, too", words: ["--runroot", "/s", "ps"], rest: ["ps"], env: { TEU_RUN_ROOT: "/s" } },
    {
      name: "name the configuration",
      words: ["--config", "c", "run", "--root", "x"],
      rest: ["run", "--root", "x"],
      env: { TEU_CONFIG: "c" },
    },
    { name: "ask for help", words: ["--root", "/r", "-h"], rest: ["help"], env: { TEU_ROOT: "/r" } },
    { name: "ask for the version", words: ["-v"], rest: ["version"], env: {} },
  ]) {
    test(name, () => {
      const { words: command, context } = takeGlobalFlags(words, CONTEXT);
      expect(command).toEqual(rest);
      expect(context.env).toEqual({ ...CONTEXT.env, ...env });
    });
  }

  for (const { words, says } of [
    { words: ["--rot", "/r", "ps"], says: "unknown flag --rot; did you mean --root? see teu --help" },
    { words: ["--root"], says: "--root needs a value; see teu --help" },
    { words: ["--root=", "ps"], says: "--root needs a directory; see teu --help" },
    { words: ["-H", "tcp://x", "ps"], says: "unknown flag -H; see teu --help" },
  ]) {
    test(`${words.join(" ")} is refused`, () => expect(() => takeGlobalFlags(words, CONTEXT)).toThrow(says));
  }
});
