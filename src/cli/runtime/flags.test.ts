// What the runtime's verbs make of their flags' values.
import { describe, expect, test } from "bun:test";
import type { Process } from "../../spec/runtime/config.ts";
import { activated, listenFds } from "./activation.ts";
import { parseDuration } from "./events.ts";
import { execProcess } from "./exec-process.ts";
import { linesOf } from "./ps.ts";
import { resourcesOf } from "./update-flags.ts";

describe("update", () => {
  // biome-ignore format: table
  const rows = [
    { flags: { memory: "64m" },                        result: { memory: { limit: 64 << 20 } } },
    { flags: { memory: "1.5G", "memory-swap": "-1" },  result: { memory: { limit: 1.5 * 2 ** 30, swap: -1 } } },
    { flags: { memory: "4096" },                       result: { memory: { limit: 4096 } } },
    { flags: { memory: "16MiB" },                      result: { memory: { limit: 16 << 20 } } },
    { flags: { "cpu-quota": "-1", "cpuset-cpus": "0" }, result: { cpu: { quota: -1, cpus: "0" } } },
    { flags: { "pids-limit": "10", "blkio-weight": "20" }, result: { pids: { limit: 10 }, blockIO: { weight: 20 } } },
    { flags: {},                                       result: {} },
  ];
  for (const { flags, result } of rows) test(`takes ${JSON.stringify(flags)}`, () => expect(resourcesOf(flags)).toEqual(result));

  const refused = [{ memory: "64 apples" }, { memory: "-2" }, { "pids-limit": "1k" }, { "cpu-share": "" }, { "l3-cache-schema": "L3:0=f" }];
  for (const flags of refused) test(`refuses ${JSON.stringify(flags)}`, () => expect(() => resourcesOf(flags)).toThrow("--"));
});

describe("events --interval", () => {
  for (const [text, ms] of [
    ["5s", 5000],
    ["500ms", 500],
    ["1m30s", 90_000],
    ["0.5s", 500],
    ["1h", 3_600_000],
  ] as const)
    test(`takes ${text}`, () => expect(parseDuration(text)).toBe(ms));
  for (const text of ["", "5", "0s", "s", "-1s", "1s;", "1d"])
    test(`refuses ${JSON.stringify(text)}`, () => expect(() => parseDuration(text)).toThrow("--interval"));
});

describe("the process of exec", () => {
  const own: Process = {
    cwd: "/",
    args: ["sh"],
    terminal: true,
    consoleSize: { height: 1, width: 2 },
    env: ["A=1", "B=2"],
    user: { uid: 1, gid: 2, umask: 0o77 },
  };
  const wish = { own, args: ["ls"], text: undefined, listen: 0, warn: () => {} };

  test("is the container's own with another command, and without its terminal", () => {
    expect(execProcess({ ...wish, flags: {} })).toEqual({
      cwd: "/",
      args: ["ls"],
      env: ["A=1", "B=2"],
      user: { uid: 1, gid: 2, umask: 0o77 },
    });
  });

  // biome-ignore format: table
  const rows = [
    { flags: { env: ["A=3", "C="] },             result: { env: ["A=3", "B=2", "C="] } },
    { flags: { user: "7" },                      result: { user: { uid: 7, gid: 2, umask: 0o77 } } },
    { flags: { user: "7:8", "additional-gids": ["9,10", "11"] }, result: { user: { uid: 7, gid: 8, umask: 0o77, additionalGids: [9, 10, 11] } } },
    { flags: { tty: true, cwd: "/tmp" },         result: { terminal: true, cwd: "/tmp" } },
    { flags: { cap: ["cap_kill"] },              result: { capabilities: { bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"] } } },
    { flags: { apparmor: "p", "process-label": "l", "no-new-privs": true }, result: { apparmorProfile: "p", selinuxLabel: "l", noNewPrivileges: true } },
  ];
  for (const { flags, result } of rows)
    test(`takes ${JSON.stringify(flags)}`, () => expect(execProcess({ ...wish, flags })).toMatchObject(result));

  for (const flags of [{ user: "root" }, { user: "1:2:3" }, { user: "4294967295" }, { "additional-gids": ["-1"] }, { cap: ["KILL"] }])
    test(`refuses ${JSON.stringify(flags)}`, () => expect(() => execProcess({ ...wish, flags })).toThrow("--"));

  test("of a file has the container's OOM score unless it says another", () => {
    const text = (more: object) => new TextEncoder().encode(JSON.stringify({ cwd: "/", args: ["x"], ...more }));
    const scored = { ...wish, own: { ...own, oomScoreAdj: 5 }, flags: {} };
    expect(execProcess({ ...scored, text: text({}) }).oomScoreAdj).toBe(5);
    expect(execProcess({ ...scored, text: text({ oomScoreAdj: 6 }) }).oomScoreAdj).toBe(6);
  });
});

describe("socket activation", () => {
  const context = { home: "", self: "", out: () => {}, err: () => {} };
  // biome-ignore format: table
  const rows = [
    { env: {},                                                       count: 0 },
    { env: { LISTEN_FDS: "2" },                                      count: 2 },
    { env: { LISTEN_FDS: "2", LISTEN_PID: String(process.pid) },     count: 2 },
    { env: { LISTEN_FDS: "2", LISTEN_PID: "1" },                     count: 0 },
    { env: { LISTEN_FDS: "many" },                                   count: 0 },
  ];
  for (const { env, count } of rows)
    test(`${JSON.stringify(Object.keys(env))} gives ${count}`, () => expect(listenFds({ ...context, env })).toBe(count));

  test("tells the program", () => {
    expect(activated({ cwd: "/", env: ["LISTEN_FDS=9"] }, 2).env).toEqual(["LISTEN_FDS=2", "LISTEN_PID=1"]);
  });
});

test("ps keeps the heading and the lines of the container's processes", () => {
  const output = "UID   PID  CMD\nroot    1  init 22\nroot   22  sh\n";
  expect(linesOf(output, [22])).toBe("UID   PID  CMD\nroot   22  sh\n");
  expect(() => linesOf("CMD\ninit\n", [1])).toThrow("no column PID");
});
