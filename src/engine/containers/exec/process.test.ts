import { describe, expect, test } from "bun:test";
import type { Process } from "../../../spec/runtime/config.ts";
import { type ExecAsk, type ExecFacts, execProcess } from "./process.ts";

const OWN: Process = {
  terminal: true,
  consoleSize: { height: 1, width: 2 },
  user: { uid: 5, gid: 6, additionalGids: [6, 7] },
  args: ["sleep"],
  env: ["PATH=/bin", "HOSTNAME=box", "TERM=xterm", "HOME=/home/five", "A=1"],
  cwd: "/srv",
  capabilities: { bounding: ["CAP_KILL"] },
  apparmorProfile: "box",
  noNewPrivileges: true,
};
const ASK: ExecAsk = { args: ["id"], env: [], privileged: false, terminal: false, interactive: false };
const FACTS: ExecFacts = { user: undefined, env: ["A=1"], capabilities: ["CAP_KILL", "CAP_CHOWN"], oneGroup: false };
const NOBODY = { uid: 9, gid: 8, additionalGids: [4], home: "/nowhere" };

const make = (ask: Partial<ExecAsk> = {}, facts: Partial<ExecFacts> = {}) => execProcess(OWN, { ...ASK, ...ask }, { ...FACTS, ...facts });

describe("what is not asked for is the container's own", () => {
  const process = make();
  test("the user, its groups, the directory, the limits of privileges", () => {
    expect(process).toMatchObject({
      user: OWN.user,
      cwd: "/srv",
      capabilities: { bounding: ["CAP_KILL"] },
      apparmorProfile: "box",
      noNewPrivileges: true,
    });
  });
  test("but no terminal, nor the size of one", () => {
    expect(process.terminal).toBe(false);
    expect(process).not.toHaveProperty("consoleSize");
    expect(make({ consoleSize: { height: 3, width: 4 } })).not.toHaveProperty("consoleSize");
  });
  test("a container without a process lends nothing", () => {
    expect(execProcess(undefined, ASK, FACTS)).toEqual({ args: ["id"], cwd: "/", env: [], terminal: false });
  });
});

describe("the environment", () => {
  const rows: readonly {
    readonly name: string;
    readonly ask?: Partial<ExecAsk>;
    readonly facts?: Partial<ExecFacts>;
    readonly want: readonly string[];
  }[] = [
    { name: "has no TERM without a terminal", want: ["PATH=/bin", "HOSTNAME=box", "HOME=/home/five", "A=1"] },
    { name: "keeps a TERM that the container was asked for", facts: { env: ["TERM=xterm"] }, want: [...(OWN.env ?? [])] },
    {
      name: "has docker's TERM with a terminal",
      ask: { terminal: true },
      want: ["PATH=/bin", "HOSTNAME=box", "HOME=/home/five", "A=1", "TERM=xterm"],
    },
    {
      name: "has what was asked for last, and once",
      ask: { env: ["A=2", "B=3"] },
      want: ["PATH=/bin", "HOSTNAME=box", "HOME=/home/five", "A=2", "B=3"],
    },
    { name: "loses what a name alone takes away", ask: { env: ["A", "C"] }, want: ["PATH=/bin", "HOSTNAME=box", "HOME=/home/five"] },
    { name: "has the home of another user", facts: { user: NOBODY }, want: ["PATH=/bin", "HOSTNAME=box", "A=1", "HOME=/nowhere"] },
    {
      name: "has the root directory for a user without a home",
      facts: { user: { uid: 9, gid: 0, additionalGids: [] } },
      want: ["PATH=/bin", "HOSTNAME=box", "A=1", "HOME=/"],
    },
    {
      name: "keeps a HOME that the container was asked for",
      facts: { user: NOBODY, env: ["HOME=/home/five"] },
      want: ["PATH=/bin", "HOSTNAME=box", "HOME=/home/five", "A=1"],
    },
  ];
  for (const { name, ask, facts, want } of rows) test(name, () => expect(make(ask, facts).env).toEqual([...want]));
});

describe("another user", () => {
  test("has its first group among the others", () => {
    expect(make({}, { user: NOBODY }).user).toEqual({ uid: 9, gid: 8, additionalGids: [8, 4] });
  });
  test("has no others where only one group is mapped", () => {
    expect(make({}, { user: NOBODY, oneGroup: true }).user).toEqual({ uid: 9, gid: 8 });
  });
});

describe("--privileged", () => {
  const all = ["CAP_KILL", "CAP_CHOWN"];
  test("gives root all capabilities, none inheritable, and no profile", () => {
    const process = make({ privileged: true }, { user: { uid: 0, gid: 0, additionalGids: [] } });
    expect(process.capabilities).toEqual({ bounding: all, effective: all, permitted: all });
    expect(process).not.toHaveProperty("apparmorProfile");
  });
  test("gives others what programs may raise to", () => {
    expect(make({ privileged: true }).capabilities).toEqual({ bounding: all });
  });
});
