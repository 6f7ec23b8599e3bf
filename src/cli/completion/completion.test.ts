// Scripts of tables that are the test's own; bash's is run.
import { describe, expect, test } from "bun:test";
import { type Command, type CommandTable, command } from "../command.ts";
import { bash } from "./bash.ts";
import { completionData } from "./data.ts";
import { fish } from "./fish.ts";
import { zsh } from "./zsh.ts";

const PULL: Command = command({
  name: "image pull",
  summary: "Pull an image",
  usage: "[flags] IMAGE",
  flags: {
    pull: { type: "string", oneOf: ["always", "never"], summary: "When to pull" },
    into: { type: "string", completes: "directories", summary: "Where" },
    from: { type: "string", short: "f", completes: "containers", summary: "Whose" },
  },
  args: { min: 1, max: 1, completes: "images" },
  run: () => 0,
});

const TABLE: CommandTable = {
  image: {
    summary: "Commands on images",
    commands: async () => ({ pull: { summary: "Pull an image", aliases: ["get"], load: async () => PULL } }),
  },
  pull: { same: "image pull" },
};

/** What bash offers for the last of `words`; `teu` prints what it was asked. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const script = `${bash(await completionData(TABLE, []))}
    compopt() { :; }; teu() { echo "asked-$1-$2"; }
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _teu; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = Bun.spawnSync(["bash", "-uc", script, "bash", ...words], { cwd: "/", env: { PATH: process.env.PATH } });
  expect(stderr.toString()).toBe("");
  return stdout.toString().split("\n").filter(Boolean);
}

describe("bash completes", () => {
  for (const { name, words, want } of [
    { name: "the first word", words: [""], want: ["image", "pull"] },
    { name: "the second of a group", words: ["image", ""], want: ["pull"] },
    { name: "flags before the command", words: ["--ro"], want: ["--root"] },
    { name: "their directories", words: ["--root", "/usr/bi"], want: ["/usr/bin"] },
    { name: "the command after them", words: ["--root", "/x", "--config", "/y", "pu"], want: ["pull"] },
    { name: "a command's flags after them", words: ["--root", "/x", "pull", "--pull", "n"], want: ["never"] },
    { name: "the words of a flag", words: ["image", "pull", "--pull", ""], want: ["always", "never"] },
    { name: "the same at its second place", words: ["pull", "--pull", "n"], want: ["never"] },
    { name: "the same by its alias", words: ["image", "get", "--pull", "n"], want: ["never"] },
    { name: "directories", words: ["pull", "--into", "/usr/bi"], want: ["/usr/bin"] },
    { name: "containers of a flag's short form", words: ["pull", "-f", ""], want: ["asked-ps---all"] },
    { name: "images as arguments", words: ["image", "pull", ""], want: ["asked-image-ls"] },
    { name: "flags where a dash begins", words: ["pull", "--p"], want: ["--pull"] },
  ]) {
    test(name, async () => expect(await offered("teu", ...words)).toEqual(want));
  }
});

describe("the words of a flag are in the script of", () => {
  for (const { shell, make, holds } of [
    { shell: "zsh", make: zsh, holds: "'--pull[When to pull]:VALUE:(always never)'" },
    { shell: "fish", make: fish, holds: "complete -c teu -n '__teu_at image pull' -l pull -x -f -a 'always never' -d 'When to pull'" },
  ]) {
    test(shell, async () => expect(make(await completionData(TABLE, []))).toContain(holds));
  }
});
