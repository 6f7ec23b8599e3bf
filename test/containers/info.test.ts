// `teu info`: what the engine has, counted.
import { expect } from "bun:test";
import { imageTests } from "../cli/image-cli.ts";

imageTests("info counts containers by what they do, and names the machine", async (cli) => {
  await cli.teu(["create", "--name", "made", "box", "true"]);
  await cli.teu(["run", "-d", "--name", "up", "box", "sleep", "1000"]);
  const counts = "{{.Containers}} {{.ContainersRunning}} {{.ContainersPaused}} {{.ContainersStopped}} {{.Images}} {{.DockerRootDir}}";
  expect(await cli.teu(["info", "-f", counts])).toEqual({ status: 0, stdout: `2 1 0 1 1 ${cli.roots.root}\n`, stderr: "" });
  const { stdout } = await cli.teu(["system", "info"]);
  expect(stdout).toStartWith("Containers: 2\n Running: 1\n Paused: 0\n Stopped: 1\nImages: 1\nServer Version: ");
  expect(stdout.includes(" rootless\n")).toBe(cli.account !== undefined);
  await cli.teu(["rm", "-f", "up", "made"]);
});
