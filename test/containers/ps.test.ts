// `teu ps`: containers in each state, under the flags and filters that docker has.
import { expect } from "bun:test";
import { cliTests } from "../cli/callers.ts";
import { type ImageCli, imageTests } from "../cli/image-cli.ts";

async function ok(cli: ImageCli, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await cli.teu(args);
  if (status !== 0) throw new Error(`teu ${args.join(" ")}: exit status ${status}\n${stdout}${stderr}`);
  return stdout.trimEnd();
}

/** Names, in the order in which they are listed. */
async function names(cli: ImageCli, ...flags: readonly string[]): Promise<string[]> {
  const text = await ok(cli, "ps", "--format", "{{.Names}}", ...flags);
  return text === "" ? [] : text.split("\n");
}

/** One that has ended with status 6, one that was only made, and one that runs, whose id is given. */
async function three(cli: ImageCli): Promise<string> {
  await cli.teu(["run", "--name", "ended", "--label", "team=blue", "box", "sh", "-c", "exit 6"]);
  await ok(cli, "create", "--name", "made", "-v", "data:/data", "box", "true");
  return ok(cli, "run", "-d", "--name", "up", "--network", "none", "--expose", "80", "--expose", "81", "box", "sleep", "1000");
}

imageTests("ps tells the states apart", async (cli) => {
  const id = await three(cli);
  expect(await names(cli)).toEqual(["up"]);
  expect(await names(cli, "-a")).toEqual(["up", "made", "ended"]);
  expect(await names(cli, "-l")).toEqual(["up"]);
  expect(await names(cli, "-n", "2")).toEqual(["up", "made"]);
  expect(await ok(cli, "ps", "-q")).toBe(id.slice(0, 12));
  expect(await ok(cli, "ps", "-q", "--no-trunc")).toBe(id);
  expect(await ok(cli, "container", "ls", "-aq", "--filter", "name=^up$")).toBe(id.slice(0, 12));

  const shown = async (name: string) => ok(cli, "ps", "-a", "--filter", `name=${name}`, "--format", "{{.State}} {{.Status}} {{.Ports}}");
  expect(await shown("ended")).toMatch(/^exited Exited \(6\) .* ago *$/);
  expect(await shown("made")).toBe("created Created");
  expect(await shown("up")).toMatch(/^running Up [^/]+$/); // as docker's: nothing leads to the ports of one without a network
  // Without root there is no cgroup on v1 that could be frozen.
  if ((await cli.teu(["pause", "up"])).status === 0) {
    expect(await shown("up")).toMatch(/^paused Up .* \(Paused\)$/);
    await ok(cli, "unpause", "up");
  } else expect(cli.account).toBeDefined();

  expect(JSON.parse(await ok(cli, "ps", "--format", "json"))).toMatchObject({
    ID: id.slice(0, 12),
    Image: "box",
    Command: '"sleep 1000"',
    Names: "up",
    State: "running",
    Networks: "none",
  });
  expect(await ok(cli, "ps")).toMatch(
    /^CONTAINER ID {3}IMAGE {5}COMMAND +CREATED +STATUS +PORTS +NAMES\n[0-9a-f]{12} {3}box {7}"sleep 1000"/,
  );
  await ok(cli, "rm", "-f", "up", "made", "ended");
  expect(await names(cli, "-a")).toEqual([]);
});

imageTests("ps finds containers by all that they are", async (cli) => {
  const id = await three(cli);
  for (const [filter, want] of [
    ["status=exited", ["ended"]],
    ["status=created", ["made"]],
    ["exited=6", ["ended"]],
    ["label=team=blue", ["ended"]],
    ["before=up", ["made", "ended"]],
    ["since=ended", ["up", "made"]],
    ["ancestor=box", ["up", "made", "ended"]],
    ["ancestor=another", []],
    ["network=none", ["up", "made", "ended"]],
    ["expose=80", ["up"]],
    ["volume=data", ["made"]],
    ["volume=/data", ["made"]],
    [`id=${id.slice(0, 20)}`, ["up"]],
  ] as const)
    expect([filter, await names(cli, "-a", "--filter", filter)]).toEqual([filter, [...want]]);
  expect(await names(cli, "--filter", "status=exited")).toEqual(["ended"]);
  await ok(cli, "rm", "-f", "up", "made", "ended");
});

imageTests("ps -s counts what a container has written, and what its image has", async (cli) => {
  await cli.teu(["run", "--name", "writer", "box", "sh", "-c", "head -c 1500000 /dev/zero > /big"]);
  expect(await ok(cli, "ps", "-as", "--format", "{{.Size}}")).toMatch(/^1\.5MB \(virtual [\d.]+MB\)$/);
  expect(await ok(cli, "ps", "-as")).toContain("SIZE\n");
  expect(await ok(cli, "inspect", "-s", "-f", "{{.SizeRw}}", "writer")).toBe("1500000");
  await ok(cli, "rm", "writer");
});

imageTests("a container comes of the image that its own was made of", async (cli) => {
  await cli.teu(["run", "--name", "base", "box", "touch", "/new"]);
  const { status } = await cli.teu(["commit", "base", "child"]);
  if (status !== 0) return void (await ok(cli, "rm", "base")); // where layers are copied nothing can be committed
  await cli.teu(["run", "--name", "grandchild", "child", "true"]);
  expect(await names(cli, "-a", "--filter", "ancestor=child")).toEqual(["grandchild"]);
  expect(await names(cli, "-a", "--filter", "ancestor=box")).toEqual(["grandchild", "base"]);
  await ok(cli, "rm", "base", "grandchild");
});

cliTests("ps refuses filters and templates that are wrong", async (cli) => {
  for (const [flag, text, says] of [
    ["--filter", "colour=red", "teu: invalid filter 'colour': there is ancestor, before, "],
    ["--filter", "status=lost", 'teu: --filter: "lost" is none of created, restarting, running, '],
    ["--filter", "since=nobody", "teu: --filter: No such container: nobody\n"],
    ["--format", "{{.ID", "teu: template parsing error: template: :1: unclosed action\n"],
  ] as const) {
    const { status, stdout, stderr } = await cli.teu(["ps", flag, text]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toStartWith(says);
  }
});
