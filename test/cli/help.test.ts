// Help, version and completion: all made of the data that the parser reads.
import { describe, expect, test } from "bun:test";
import { SUBJECTS } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands/table.ts";
import { GLOBAL_FLAGS } from "../../src/cli/global-flags.ts";
import { run } from "../support/run.ts";
import { teu } from "../support/teu.ts";

/** Every command of a table that is not a second place of another. */
const OWN = Object.entries(COMMANDS).flatMap(([name, entry]) => ("load" in entry ? [{ name, ...entry }] : []));

test("--help names every command with what it does, below its subject", async () => {
  const { status, stdout, stderr } = await teu(["--help"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  for (const { name, summary } of OWN) expect(stdout).toMatch(new RegExp(`^  ${name} +${RegExp.escape(summary)}$`, "m"));
  expect(stdout.split("\n").filter((line) => /^\w+:$/.test(line))).toEqual([...SUBJECTS, "Flags"].map((subject) => `${subject}:`));
  for (const flag of Object.keys(GLOBAL_FLAGS)) expect(stdout).toContain(`  --${flag} DIR `);
  for (const same of [[], ["help"], ["-h"]]) expect((await teu(same)).stdout).toBe(stdout);
});

describe("each command", () => {
  for (const { name, load, summary } of OWN) {
    test(`${name} --help names each of its flags`, async () => {
      const command = await load();
      expect({ name: command.name, summary: command.summary }).toEqual({ name, summary });
      const { status, stdout, stderr } = await teu([name, "--help"]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      for (const [flag, { summary: what }] of Object.entries(command.flags))
        expect(stdout).toMatch(new RegExp(`^  (-\\w, |    )--${flag}\\b.*${RegExp.escape(what)}$`, "m"));
      const listed = [...stdout.matchAll(/^ {2}(?:-\w, | {4})--([\w-]+)/gm)].map(([, flag]) => flag);
      expect(listed).toEqual(Object.keys(command.flags).toSorted());
      expect((await teu(["help", name])).stdout).toBe(stdout);
    });
  }
});

describe("a group", () => {
  test("lists its commands when none is named, and with --help", async () => {
    const { status, stdout } = await teu(["container"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}ls +List containers$/m);
    for (const same of [
      ["container", "--help"],
      ["container", "help"],
      ["help", "container"],
    ])
      expect((await teu(same)).stdout).toBe(stdout);
  });

  test("has commands that tell all their names", async () => {
    expect((await teu(["container", "list", "--help"])).stdout).toContain("Usage: teu container ls [flags]");
    expect((await teu(["ps", "--help"])).stdout).toContain("Also: teu container ls, teu container list, teu container ps\n");
  });

  for (const { words, says } of [
    { words: ["container", "rn"], says: "unknown command container rn; did you mean container rm? see teu container --help" },
    { words: ["container", "fly"], says: "unknown command container fly; see teu container --help" },
    { words: ["pss"], says: "unknown command pss; did you mean ps? see teu --help" },
    { words: ["pz"], says: "unknown command pz; did you mean ps? see teu --help" },
    { words: ["--hepl"], says: "unknown flag --hepl; did you mean --help? see teu --help" },
    { words: ["run", "--detatch", "x"], says: "unknown flag --detatch; did you mean --detach? see teu run --help" },
    { words: ["network", "ls", "--fromat", "x"], says: "unknown flag --fromat; did you mean --format? see teu network ls --help" },
    { words: ["--fly"], says: "unknown flag --fly; see teu --help" },
  ]) {
    test(`without ${words.join(" ")} says what was meant`, async () => {
      expect(await teu(words)).toEqual({ status: says.startsWith("unknown flag") ? 125 : 1, stdout: "", stderr: `teu: ${says}\n` });
    });
  }
});

test("version is one line, under each of its names", async () => {
  const { stdout } = await teu(["version"]);
  expect(stdout).toMatch(/^teu \d+\.\d+\.\d+\n$/);
  for (const flag of ["--version", "-v"]) expect((await teu([flag])).stdout).toBe(stdout);
});

/** What bash offers for the last of `words`. */
async function offered(words: readonly string[]): Promise<readonly string[]> {
  const script = `source <(printf '%s' "$SCRIPT"); compopt() { :; }
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _teu; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const completion = (await teu(["completion", "bash"])).stdout;
  const { stdout, stderr } = await run(["bash", "--norc", "-uc", script, "bash", ...words], { env: { SCRIPT: completion }, cwd: "/" });
  expect(stderr).toBe("");
  return stdout.split("\n").filter(Boolean);
}

const OFFERS: readonly { readonly name: string; readonly words: readonly string[]; readonly want: readonly string[] }[] = [
  { name: "commands by their beginning", words: ["teu", "ru"], want: ["run", "runtime"] },
  { name: "flags of the command", words: ["teu", "run", "--cap"], want: ["--cap-add", "--cap-drop"] },
  { name: "commands of a group", words: ["teu", "container", "r"], want: ["rename", "restart", "rm", "run"] },
  { name: "flags of a group's command", words: ["teu", "container", "rm", "--f"], want: ["--force"] },
  { name: "flags of a command by its alias", words: ["teu", "container", "list", "--no-"], want: ["--no-trunc"] },
  { name: "only flags that the command has", words: ["teu", "rm", "--"], want: ["--force", "--link", "--volumes", "--help"] },
  { name: "flags after other words", words: ["teu", "run", "-it", "--rootfs", "/", "--ti"], want: ["--timeout", "--timings"] },
  { name: "paths for a flag that takes one", words: ["teu", "run", "--rootfs", "/usr/bi"], want: ["/usr/bin"] },
  { name: "nothing for a flag that takes a word", words: ["teu", "run", "--hostname", "-"], want: [] },
];

describe("bash completes", () => {
  for (const { name, words, want } of OFFERS) test(name, async () => expect(await offered(words)).toEqual(want));
});

for (const shell of ["zsh", "fish"]) {
  test(`${shell}'s completion has every flag of every command`, async () => {
    const { status, stdout } = await teu(["completion", shell]);
    expect(status).toBe(0);
    for (const { name, load } of OWN) {
      expect(stdout).toContain(name);
      for (const flag of Object.keys((await load()).flags)) expect(stdout).toContain(shell === "zsh" ? `--${flag}[` : `-l ${flag} `);
    }
    if (Bun.which(shell) !== null)
      expect(await run([shell, "-n", "/dev/stdin"], { stdin: stdout })).toMatchObject({ status: 0, stderr: "" });
  });
}

test("a shell that is not known is refused", async () => {
  expect(await teu(["completion", "csh"])).toEqual({
    status: 125,
    stdout: "",
    stderr: "teu: no completion for csh: there is bash, zsh, fish\n",
  });
});
