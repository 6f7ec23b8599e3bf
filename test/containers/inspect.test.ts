// `teu inspect` of containers, and of whatever has the name.
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { imageTests } from "../cli/image-cli.ts";

imageTests("inspect tells of a container what docker tells", async (cli) => {
  // Without root there are no limits on cgroup v1.
  const limits = cli.account === undefined ? ["--memory", "64m", "--cpus", "0.5"] : [];
  const flags = [...limits, "--label", "a=b", "-e", "X=1", "-w", "/tmp", "-v", "data:/data:ro", "--restart", "on-failure:3"];
  const { stdout } = await cli.teu(["run", "-d", "--name", "web", ...flags, "--entrypoint", "sleep", "box", "1000"]);
  const id = stdout.trim();
  const [web] = JSON.parse((await cli.teu(["inspect", "web"])).stdout);
  expect(web).toMatchObject({
    Id: id,
    Name: "/web",
    Path: "sleep",
    Args: ["1000"],
    Image: cli.image.id,
    State: { Status: "running", Running: true, Paused: false, ExitCode: 0, FinishedAt: "0001-01-01T00:00:00Z" },
    RestartCount: 0,
    Mounts: [{ Type: "volume", Name: "data", Destination: "/data", Driver: "local", RW: false }],
    Config: { Image: "box", Entrypoint: ["sleep"], Cmd: ["1000"], WorkingDir: "/tmp", Labels: { a: "b" }, Tty: false },
    HostConfig: {
      Memory: limits.length > 0 ? 64 * 1024 ** 2 : 0,
      NanoCpus: limits.length > 0 ? 500_000_000 : 0,
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
      Binds: ["data:/data:ro"],
      AutoRemove: false,
    },
  });
  expect(web.Config.Env).toContain("X=1");
  expect(readFileSync(`/proc/${web.State.Pid}/comm`, "utf8")).toBe("sleep\n");
  expect(web.Config.Hostname).toBe(id.slice(0, 12));
  const template = "{{.State.Status}} {{.ID}} {{json .Config.Labels}} {{if .State.Health}}well{{end}}";
  expect(await cli.teu(["container", "inspect", "-f", template, id.slice(0, 8)])).toEqual({
    status: 0,
    stdout: `running ${id} {"a":"b"} \n`,
    stderr: "",
  });

  // What docker's JSON leaves out, a template may ask for, and `json` leaves out again.
  expect(Object.keys(JSON.parse((await cli.teu(["inspect", "-f", "{{json .State}}", "web"])).stdout))).toEqual(Object.keys(web.State));

  await cli.teu(["exec", "-d", "web", "sleep", "1000"]);
  expect(JSON.parse((await cli.teu(["inspect", "-f", "{{json .ExecIDs}}", "web"])).stdout)).toEqual([
    expect.stringMatching(/^[0-9a-f]{64}$/),
  ]);

  await cli.teu(["kill", "web"]);
  await cli.teu(["wait", "web"]);
  const ended = JSON.parse((await cli.teu(["inspect", "web"])).stdout)[0].State;
  expect(ended).toMatchObject({ Status: "exited", Running: false, Pid: 0, ExitCode: 137, OOMKilled: false });
  expect(Date.parse(ended.FinishedAt)).toBeGreaterThanOrEqual(Date.parse(ended.StartedAt));
  await cli.teu(["rm", "web"]);
});

imageTests("inspect finds containers, images and volumes, and tells of what is not there", async (cli) => {
  await cli.teu(["volume", "create", "data"]);
  await cli.teu(["create", "--name", "box", "box", "true"]);
  const inspect = async (...args: readonly string[]) => cli.teu(["inspect", ...args]);
  expect((await inspect("-f", "{{.Name}}", "box", "data")).stdout).toBe("/box\ndata\n");
  expect((await inspect("--type", "image", "-f", "{{.Id}}", "box")).stdout).toBe(`${cli.image.id}\n`);
  expect((await inspect("--type", "volume", "-f", "{{.Driver}}", "data")).stdout).toBe("local\n");
  expect(await inspect("nobody", "-f", "{{.Id}}")).toEqual({ status: 1, stdout: "", stderr: "teu: No such object: nobody\n" });
  expect(await inspect("--type", "container", "data")).toEqual({ status: 1, stdout: "[]\n", stderr: "teu: No such container: data\n" });
  expect(await inspect("--type", "image", "data")).toEqual({ status: 1, stdout: "[]\n", stderr: "teu: No such image: data\n" });
  await cli.teu(["rm", "box"]);
});
