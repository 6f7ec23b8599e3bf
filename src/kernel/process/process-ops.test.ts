import { describe, expect, test } from "bun:test";
import type { Process } from "../../spec/runtime/config.ts";
import type { Register } from "../plan/plan.ts";
import { chdirOp, execCandidates, execOp, rlimitOps, umaskOp, userOps } from "./process-ops.ts";

const process = (over: Partial<Process>): Process => ({ cwd: "/", ...over });

describe("a program is looked for", () => {
  // biome-ignore format: table
  const rows: readonly { readonly name: string; readonly program: string; readonly env: readonly string[]; readonly want: readonly string[] }[] = [
    { name: "nowhere else where its name has a slash", program: "./a", env: ["PATH=/bin"], want: ["./a"] },
    { name: "nowhere else by an absolute path", program: "/x/a", env: ["PATH=/bin"], want: ["/x/a"] },
    { name: "in the container's PATH, in order", program: "a", env: ["PATH=/one:/two"], want: ["/one/a", "/two/a"] },
    { name: "in the last PATH, as getenv(3) does not, but execve's caller means", program: "a", env: ["PATH=/one", "PATH=/two"], want: ["/two/a"] },
    { name: "in the working directory for an empty part, as execvp(3) does", program: "a", env: ["PATH=:/one:"], want: ["./a", "/one/a", "./a"] },
    { name: "where glibc looks when there is no PATH", program: "a", env: ["XPATH=/no", "PATHS=/no"], want: ["/bin/a", "/usr/bin/a"] },
    { name: "in the working directory when PATH is empty", program: "a", env: ["PATH="], want: ["./a"] },
  ];
  for (const { name, program, env, want } of rows) test(name, () => expect(execCandidates(program, env)).toEqual([...want]));
});

test("execve gets the arguments and the environment of the configuration, and nothing else", () => {
  expect(execOp(process({ args: ["sh", "-c", ""], env: ["PATH=/bin", "A=ö"] }))).toMatchObject({
    name: "exec",
    args: { candidates: ["/bin/sh"], argv: ["sh", "-c", ""], env: ["PATH=/bin", "A=ö"] },
    from: "process.args",
  });
  expect(execOp(process({ args: ["/a"] })).args.env).toEqual([]);
});

describe("the user", () => {
  const names = (over: Partial<Process>, setgroupsDenied = false) => userOps(process(over), { setgroupsDenied }).map(({ name }) => name);

  test("is root with no groups where nothing is said", () => {
    const [groups, gid, uid] = userOps(process({}), { setgroupsDenied: false });
    expect([groups?.args.gids, gid?.args.gid, uid?.args.uid]).toEqual([new Uint8Array(), 0, 0]);
  });

  test("gives up its groups, its gid and its uid in this order", () => {
    expect(names({ user: { uid: 5, gid: 6, additionalGids: [7] } })).toEqual(["setgroups", "setgid", "setuid"]);
  });

  test("has its groups as 32-bit little-endian numbers, in order", () => {
    const [groups] = userOps(process({ user: { uid: 5, gid: 6, additionalGids: [1, 0x01020304] } }), { setgroupsDenied: false });
    expect(groups?.args.gids).toEqual(Uint8Array.of(1, 0, 0, 0, 4, 3, 2, 1));
  });

  test("keeps the groups that it cannot give up only where setgroups is denied and none are asked for", () => {
    expect(names({}, true)).toEqual(["setgid", "setuid"]);
    expect(names({ user: { uid: 0, gid: 0, additionalGids: [7] } }, true)).toEqual(["setgroups", "setgid", "setuid"]);
  });
});

test("limits are set from outside, by the number of their kind, unlimited ones whole", () => {
  const pid = 9 as Register;
  const rlimits = [
    { type: "RLIMIT_NOFILE", soft: 10, hard: 20 },
    { type: "RLIMIT_CORE", soft: 0, hard: 2n ** 64n - 1n },
  ] as const;
  expect(rlimitOps(process({ rlimits }), pid)).toMatchObject([
    { name: "rlimit", args: { pid, resource: 7, soft: 10, hard: 20 }, from: "process.rlimits[0]", subject: "RLIMIT_NOFILE" },
    { name: "rlimit", args: { pid, resource: 4, soft: 0, hard: 2n ** 64n - 1n }, from: "process.rlimits[1]", subject: "RLIMIT_CORE" },
  ]);
  expect(rlimitOps(process({}), pid)).toEqual([]);
});

test("the umask is the usual one unless the configuration says otherwise, 0 included", () => {
  expect(
    [undefined, 0, 0o77].map((umask) => umaskOp(process(umask === undefined ? {} : { user: { uid: 0, gid: 0, umask } })).args.mask),
  ).toEqual([0o22, 0, 0o77]);
});

test("the working directory is made where it is missing", () => {
  expect(chdirOp(process({ cwd: "/a/b" }), { create: true })).toMatchObject({ args: { path: "/a/b", create: 1 }, from: "process.cwd" });
});
