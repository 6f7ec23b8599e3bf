// Holds docs/compatibility.md against docker's own list of flags (fixtures/docker-flags.json, from the --help of docker 28.2) and against the
// command tables: no flag is forgotten, what is said to be built is there, and what is said to be refused is.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands/table.ts";
import { findCommand } from "../../src/cli/find-command.ts";
import { REPOSITORY } from "../../tools/source-files.ts";
import { withRoots } from "../support/roots.ts";
import { teu } from "../support/teu.ts";
import { readDocument, type Section } from "./read-document.ts";

/** By command: its flags, with the letter and docker's word for the value, `-e list`. */
type DockerFlags = Readonly<Record<string, Readonly<Record<string, string>>>>;

const DOCKER = JSON.parse(readFileSync(join(REPOSITORY, "test/fixtures/docker-flags.json"), "utf8")) as DockerFlags; // ours, a fixture

const SECTIONS = readDocument();

/** A value that docker takes for its word for a value. */
const SAMPLES: Readonly<Record<string, string>> = {
  int: "1",
  uint: "1",
  uint16: "10",
  bytes: "1m",
  decimal: "1",
  map: "a=b",
  duration: "1s",
};

function sectionOf(name: string): Section {
  const found = SECTIONS.filter(({ commands }) => commands.includes(name));
  expect(found, `sections on ${name}`).toHaveLength(1);
  const [section] = found;
  if (section === undefined) throw new Error(`no section on ${name}`);
  return section;
}

async function commandOf(name: string): Promise<Command> {
  const found = await findCommand(COMMANDS, name.split(" "));
  if (!("entry" in found)) throw new Error(`${name} is a group`);
  return found.entry.load();
}

const letterOf = (docker: string) => /^-(\w)/.exec(docker)?.[1];
const kindOf = (docker: string) => docker.replace(/^-\w ?/, "");

describe.each(Object.entries(DOCKER))("docker %s", (name, docker) => {
  test("has each flag of docker's in the document", () => {
    const section = sectionOf(name);
    if (!section.refused) expect(Object.keys(docker).filter((flag) => !section.flags.has(flag))).toEqual([]);
  });

  test("has what is said to be built, under docker's letters", async () => {
    const section = sectionOf(name);
    if (section.refused) return expect(commandOf(name)).rejects.toThrow("unknown command");
    const { flags } = await commandOf(name);
    for (const [flag, text] of Object.entries(docker)) {
      const status = section.flags.get(flag);
      if (status !== "built" && status !== "different") continue;
      const ours = flags[flag];
      expect(ours, `--${flag}`).toBeDefined();
      expect(ours?.short, `letter of --${flag}`).toBe(letterOf(text));
      const takesValue = ours?.type !== "boolean";
      expect(takesValue, `--${flag} takes a value`).toBe(kindOf(text) !== "");
    }
  });

  test("names what teu adds", async () => {
    const section = sectionOf(name);
    if (section.refused) return;
    const { flags } = await commandOf(name);
    const added = Object.keys(flags).filter((flag) => !Object.hasOwn(docker, flag));
    expect(added.filter((flag) => section.flags.get(flag) !== "added")).toEqual([]);
  });

  const refused = SECTIONS.find(({ commands }) => commands.includes(name))?.flags ?? new Map();
  for (const [flag, text] of Object.entries(docker)) {
    if (refused.get(flag) !== "refused") continue;
    test(`refuses --${flag}`, () =>
      withRoots(async (roots) => {
        const kind = kindOf(text);
        const { args } = await commandOf(name);
        const given = kind === "" ? [`--${flag}`] : [`--${flag}`, SAMPLES[kind] ?? "x"];
        const outcome = await teu(
          [...name.split(" "), ...given, ...Array.from({ length: Math.min(Math.max(1, args.min), args.max) }, () => "nothing")],
          { roots },
        );
        expect(outcome.stderr).toContain(`--${flag}`);
        expect([1, 125]).toContain(outcome.status);
      }));
  }
});

test("says nothing of flags that are not there", async () => {
  for (const { commands, flags } of SECTIONS)
    for (const [flag, status] of flags) {
      if (status === "added") {
        const ours = await Promise.all(commands.map(commandOf));
        expect(
          ours.some((one) => Object.hasOwn(one.flags, flag)),
          `${commands.join(", ")}: --${flag} is teu's`,
        ).toBe(true);
      } else
        expect(
          commands.some((name) => Object.hasOwn(DOCKER[name] ?? {}, flag)),
          `${commands.join(", ")}: --${flag} is docker's`,
        ).toBe(true);
    }
});
