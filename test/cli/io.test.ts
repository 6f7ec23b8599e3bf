// `teu run` without a terminal: standard input and output, exit statuses, and what people are told when it goes wrong.
import { expect } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { cliTests } from "./callers.ts";

const STATUSES: readonly { readonly name: string; readonly program: readonly string[]; readonly status: number; readonly says: RegExp }[] =
  [
    { name: "a program's own status", program: ["sh", "-c", "exit 3"], status: 3, says: /^$/ },
    { name: "a program that a signal ends", program: ["sh", "-c", "sh -c 'kill -9 $$'; exit $?"], status: 137, says: /^Killed\n$/ },
    {
      name: "a program that is not found by PATH",
      program: ["nosuchprogram"],
      status: 127,
      says: /^teu: execute "nosuchprogram": no such file or directory \(ENOENT\); no directory of the container's \$PATH has .*\n$/,
    },
    {
      name: "a program that is not found by its path",
      program: ["/nowhere/program"],
      status: 127,
      says: /^teu: execute "\/nowhere\/program": no such file or directory \(ENOENT\)\n$/,
    },
    { name: "a file without the x bit", program: ["/etc/passwd"], status: 126, says: /^teu: execute "\/etc\/passwd": .*\(EACCES\)\n$/ },
    { name: "a directory", program: ["/etc"], status: 126, says: /^teu: execute "\/etc": .*\(EACCES\)\n$/ },
  ];

for (const { name, program, status, says } of STATUSES) {
  cliTests(`${name} gives status ${status}`, async (cli) => {
    const outcome = await cli.teu([...cli.container("c"), ...program]);
    expect(outcome.stderr).toMatch(says);
    expect(outcome).toMatchObject({ status, stdout: "" });
    expect(readdirSync(join(cli.roots.runRoot, "containers"))).toEqual([]);
  });
}

cliTests("with -i a pipe is the program's input, to its end", async (cli) => {
  const outcome = await cli.teu([...cli.container("c", "-i"), "cat"], { stdin: "one\ntwo\n" });
  expect(outcome).toEqual({ status: 0, stdout: "one\ntwo\n", stderr: "" });
});

cliTests("without -i the program has no input", async (cli) => {
  const outcome = await cli.teu([...cli.container("c"), "cat"], { stdin: "not for it" });
  expect(outcome).toEqual({ status: 0, stdout: "", stderr: "" });
});

cliTests("output and errors stay apart", async (cli) => {
  const outcome = await cli.teu([...cli.container("c"), "sh", "-c", "echo out; echo err >&2"]);
  expect(outcome).toEqual({ status: 0, stdout: "out\n", stderr: "err\n" });
});

cliTests("10 MB go through a pipe whole, in both directions", async (cli) => {
  const script = `head -c 10000000 /dev/urandom >"$1"; sha256sum <"$1"; "$2" ${cli.container("c", "-i").join(" ")} cat <"$1" | sha256sum`;
  const { stdout, stderr } = await cli.run(["sh", "-c", script, "sh", cli.roots.path("data"), cli.program]);
  expect(stderr).toBe("");
  const [sent, got] = stdout.trim().split("\n");
  expect(sent).toMatch(/^[0-9a-f]{64} /);
  expect(got).toBe(sent as string);
});

cliTests("a reader that closes early ends the program, not the cleaning up", async (cli) => {
  const script = `{ "$1" ${cli.container("c").join(" ")} yes; echo "status $?" >&2; } | head -n 1`;
  const outcome = await cli.run(["sh", "-c", script, "sh", cli.program]);
  expect(outcome).toMatchObject({ stdout: "y\n", stderr: expect.stringMatching(/^(yes: .*\n)?status (1|141)\n$/) });
  expect(readdirSync(join(cli.roots.runRoot, "containers"))).toEqual([]);
});

cliTests("closed standard descriptors are none of the container's", async (cli) => {
  const script = `"$1" ${cli.container("c", "-i").join(" ")} sh -c 'ls -l /proc/self/fd | grep -c /; cat' <&- >"$2" 2>&-; echo "status $?"`;
  const outcome = await cli.run(["sh", "-c", script, "sh", cli.program, cli.roots.path("out")]);
  expect(outcome).toEqual({ status: 0, stdout: "status 0\n", stderr: "" });
});

interface Refused {
  readonly name: string;
  readonly args: readonly string[];
  readonly says: string;
  /** docker's, of what is wrong before a flag is looked at; else 125. */
  readonly status?: 1;
}

const REFUSED: readonly Refused[] = [
  { name: "no command at all that is known", args: ["frobnicate"], says: "teu: unknown command frobnicate; see teu --help\n", status: 1 },
  { name: "an unknown flag", args: ["run", "--frobnicate", "hello"], says: "teu: unknown flag --frobnicate; see teu run --help\n" },
  { name: "a flag without its value", args: ["run", "--rootfs"], says: "teu: --rootfs needs a value; see teu run --help\n" },
  { name: "nothing to run", args: ["run"], says: "teu: run needs an image, or --rootfs DIR; see teu run --help\n", status: 1 },
  {
    name: "a wrong number of arguments",
    args: ["rename", "one"],
    says: "teu: rename takes 2 arguments, not 1; usage: teu rename CONTAINER NEW-NAME\n",
    status: 1,
  },
  {
    name: "an image that is not there and may not be pulled",
    args: ["run", "--pull", "never", "debian"],
    says: "teu: Unable to find image 'debian:latest' locally\n",
  },
  { name: "--json without --explain", args: ["run", "--json", "hello"], says: "teu: --json goes with --explain\n" },
  {
    name: "a root file system that is not there",
    args: ["run", "--rootfs", "/no/such/place", "sh"],
    says: "teu: the command line is not valid: --rootfs: /no/such/place does not exist\n",
  },
  {
    name: "a root file system without a name",
    args: ["run", "--rootfs", "", "sh"],
    says: "teu: the command line is not valid: --rootfs: must not be empty\n",
  },
  {
    name: "less memory than a container needs",
    args: ["run", "-m", "1m", "hello"],
    says: "teu: the command line is not valid: --memory: 1m is less than a container needs, 6m\n",
  },
  {
    name: "a root file system that is a file",
    args: ["run", "--rootfs", "/etc/passwd", "sh"],
    says: "teu: the command line is not valid: --rootfs: /etc/passwd is not a directory\n",
  },
  {
    name: "a name that is a path",
    args: ["run", "--name", "../../etc", "hello"],
    says: "teu: the command line is not valid: --name: invalid container name (../../etc), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed, at most 200\n",
  },
  {
    name: "input that is no terminal, with -it",
    args: ["run", "-it", "hello"],
    says: "teu: the input device is not a TTY: with -t, standard input must be a terminal\n",
    status: 1,
  },
];

for (const { name, args, says, status = 125 } of REFUSED) {
  cliTests(`${name} is refused with status ${status} in one sentence`, async (cli) => {
    expect(await cli.teu(args)).toEqual({ status, stdout: "", stderr: says });
    expect(existsSync(join(cli.roots.runRoot, "containers"))).toBe(false);
  });
}

cliTests("everything wrong with a command line is said at once", async (cli) => {
  const bad = [
    "-m",
    "much",
    "--cpus",
    "x",
    "--pids-limit",
    "-7",
    "-u",
    "root:a:b",
    "-v",
    "nowhere",
    "--cap-add",
    "fly",
    "--network",
    "ns:nowhere",
  ];
  const more = ["-e", "=x", "-w", "tmp", "--ulimit", "files=3", "--detach-keys", "ctrl-", "--security-opt", "label=x", "-h", "a b"];
  const { status, stderr } = await cli.teu(["run", ...bad, ...more, "--rootfs", "/no/such/place", "sh"]);
  expect(status).toBe(125);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  const fields = [...stderr.matchAll(/(--[a-z-]+): /g)].map(([, field]) => field);
  expect(new Set(fields)).toEqual(
    new Set([
      ...["--memory", "--cpus", "--pids-limit", "--user", "--volume", "--cap-add", "--network", "--env", "--workdir"],
      ...["--ulimit", "--detach-keys", "--security-opt", "--hostname", "--rootfs"],
    ]),
  );
});

cliTests("a name that is taken is a conflict", async (cli) => {
  const name = cli.roots.id("c");
  const keep = ["run", "--name", name, "--rootfs", cli.rootfs, "true"];
  expect((await cli.teu(keep)).status).toBe(0);
  expect(await cli.teu(keep)).toEqual({
    status: 125,
    stdout: "",
    stderr: `teu: the container name "/${name}" is already in use by container "${await cli.idOf("c")}": remove or rename that container to be able to reuse that name\n`,
  });
  expect((await cli.teu(["rm", name])).status).toBe(0);
});

cliTests("a failing step undoes what came before and names the flag", async (cli) => {
  const volume = `${cli.roots.directory}:/etc/passwd`;
  const outcome = await cli.teu([...cli.container("c", "-v", volume), "true"]);
  expect(outcome.status).toBe(125);
  expect(outcome.stderr).toMatch(new RegExp(`^teu: .*: --volume ${volume}: .*\\(E[A-Z]+\\).*\\n$`));
  expect(readdirSync(join(cli.roots.runRoot, "containers"))).toEqual([]);
});
