// `teu ps` under the flags that every list has, with containers that run and that have ended.
import { expect } from "bun:test";
import { type Cli, cliTests } from "./callers.ts";

/** One that has ended with status 6; its name. */
async function ended(cli: Cli): Promise<string> {
  const name = cli.roots.id("ended");
  await cli.teu(["run", "--name", name, "--rootfs", cli.rootfs, "sh", "-c", "exit 6"]);
  return name;
}

cliTests("ps prints by template, as JSON and as a table of a template", async (cli) => {
  const name = await ended(cli);
  const ps = async (...flags: readonly string[]) => (await cli.teu(["ps", "-a", ...flags])).stdout;
  expect(await ps("--format", "{{.Names}} {{.State}} {{upper .Status}}")).toStartWith(`${name} exited EXITED (6) `);
  expect(JSON.parse(await ps("--format", "json"))).toMatchObject({
    State: "exited",
    Names: name,
    Status: expect.stringMatching(/^Exited \(6\) .* ago$/),
  });
  expect(await ps("--format", "table {{.Names}}\\t{{.State}}")).toMatch(new RegExp(`^NAMES +STATE\n${name} +exited\n$`));
  const short = (await cli.idOf("ended")).slice(0, 12);
  expect(await cli.teu(["container", "ls", "-a", "-q"])).toEqual({ status: 0, stdout: `${short}\n`, stderr: "" });
  await cli.teu(["rm", name]);
});

cliTests("ps keeps what the filters let pass, and shows the ended when they are asked for", async (cli) => {
  const name = await ended(cli);
  const ps = async (...flags: readonly string[]) => (await cli.teu(["ps", "-q", ...flags])).stdout;
  expect(await ps()).toBe("");
  const short = (await cli.idOf("ended")).slice(0, 12);
  expect(await ps("--filter", "status=exited")).toBe(`${short}\n`);
  expect(await ps("--filter", "status=exited", "--filter", `name=${name}`)).toBe(`${short}\n`);
  expect(await ps("--filter", "status=running")).toBe("");
  expect(await ps("-a", "--filter", "name=another")).toBe("");
  await cli.teu(["rm", name]);
});

cliTests("ps refuses filters and templates that are wrong", async (cli) => {
  for (const [flag, text, says] of [
    ["--filter", "colour=red", "teu: invalid filter 'colour': there is id, name, status\n"],
    ["--filter", "status=lost", 'teu: --filter: "lost" is none of created, running, paused, restarting, removing, exited, dead\n'],
    ["--format", "{{.ID", "teu: template parsing error: template: :1: unclosed action\n"],
  ] as const)
    expect(await cli.teu(["ps", flag, text])).toEqual({ status: 1, stdout: "", stderr: says });
});
