// `teu events`: a record that outlives commands, in docker's lines, and whoever follows it.
import { expect } from "bun:test";
import { type ImageCli, imageTests } from "../cli/image-cli.ts";
import { eventually } from "../support/run.ts";

/** What has happened so far, a line each. */
async function recorded(cli: ImageCli, format: string, ...filters: readonly string[]): Promise<string[]> {
  const flags = filters.flatMap((filter) => ["--filter", filter]);
  const { stdout } = await cli.teu(["events", "--since", "0", "--until", "0s", "--format", format, ...flags]);
  return stdout.split("\n").slice(0, -1);
}

/** The first of a container's events that are told of every run. */
const inOrder = (actions: readonly string[]) => actions.filter((action) => ["create", "start", "die", "destroy"].includes(action));

imageTests("events are told as they happen", async (cli) => {
  const following = cli.start(["events", "--filter", "container=short"]);
  try {
    // It follows from its first look on: until then there is nothing that it could have seen.
    await eventually("it follows", async () => {
      await cli.teu(["run", "--rm", "--name", "short", "box", "sh", "-c", "exit 3"]);
      return following.stdout().includes("container destroy ");
    });
    const lines = following.stdout().trimEnd().split("\n");
    const died = lines.find((line) => line.includes(" container die "));
    expect(died).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\S+ container die [0-9a-f]{64} \(.*exitCode=3, .*image=box, name=short\)$/);
  } finally {
    following.kill("SIGTERM");
    await following.exited;
    following.dispose();
  }
});

imageTests("events keep what has happened, in order, and filter it as docker does", async (cli) => {
  await cli.teu(["run", "--name", "one", "--label", "team=blue", "box", "true"]);
  await cli.teu(["run", "--name", "two", "box", "sh", "-c", "exit 4"]);
  await cli.teu(["rm", "one", "two"]);
  expect(inOrder(await recorded(cli, "{{.Action}}", "container=one"))).toEqual(["create", "start", "die", "destroy"]);
  expect(await recorded(cli, "{{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}", "event=die")).toEqual(["one 0", "two 4"]);
  expect(await recorded(cli, "{{.Actor.Attributes.name}}", "event=start", "label=team=blue")).toEqual(["one"]);
  expect(await recorded(cli, "{{.Actor.Attributes.name}}", "event=create", "type=container", "image=box")).toEqual(["one", "two"]);
  const [text = ""] = await recorded(cli, "json", "event=start", "container=two");
  expect(JSON.parse(text)).toMatchObject({ status: "start", from: "box", Type: "container", Action: "start", scope: "local" });
  expect(await cli.teu(["events", "--filter", "colour=red"])).toMatchObject({ status: 1, stdout: "" });
});

imageTests("events and stats end with who reads them", async (cli) => {
  await cli.teu(["run", "-d", "--name", "shown", "box", "sleep", "1000"]);
  for (let count = 0; count < 3; count++) await cli.teu(["tag", "box", `box:${count}`]);
  for (const words of [["events", "--since", "1h"], ["stats"]]) {
    const { status, stderr } = await cli.run(["bash", "-o", "pipefail", "-c", '"$@" | head -n 1', "bash", cli.program, ...words]);
    expect({ words, status, stderr }).toEqual({ words, status: 0, stderr: "" });
  }
  await cli.teu(["rm", "-f", "shown"]);
});

imageTests("what happens to images and volumes is recorded, too", async (cli) => {
  await cli.teu(["tag", "box", "box:2"]);
  await cli.teu(["rmi", "box:2"]);
  await cli.teu(["save", "-o", cli.roots.path("box.tar"), "box"]);
  await cli.teu(["volume", "create", "data"]);
  await cli.teu(["volume", "rm", "data"]);
  await cli.teu(["rmi", "box"]);
  expect(await recorded(cli, "{{.Action}} {{.Actor.Attributes.name}}", "type=image")).toEqual([
    "load box:latest",
    "tag box:2",
    "untag box:2",
    `save ${cli.image.id}`,
    "untag box:latest",
    `delete ${cli.image.id}`,
  ]);
  expect(await recorded(cli, "{{.Action}} {{.Actor.ID}}", "type=volume", "volume=data")).toEqual(["create data", "destroy data"]);
});
