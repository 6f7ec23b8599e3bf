// `teu diff`, `teu export` and `teu commit` of containers, running and ended.
import { expect } from "bun:test";
import { imageTests } from "../cli/image-cli.ts";
import { onceEnded, whileRunning } from "./copy-cli.ts";

const CHANGES = "mkdir -p /new/deep; echo x >/new/deep/f; rm /etc/passwd; echo y >>/etc/group; mkdir /data/x; ln -s f /new/link";

imageTests("diff tells what was added, changed and deleted, and nothing of mounts", async (cli) => {
  const flags = ["-v", "/data", "--tmpfs", "/memory"];
  const expected = ["C /etc", "C /etc/group", "D /etc/passwd", "A /new", "A /new/deep", "A /new/deep/f", "A /new/link"];
  await whileRunning(cli, { flags, script: CHANGES }, async ({ name, teu }) => {
    expect(await teu(["diff", name])).toEqual({ status: 0, stdout: `${expected.join("\n")}\n`, stderr: "" });
  });
  await onceEnded(cli, { flags }, async ({ name, teu }) => {
    expect(await teu(["diff", name])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(await teu(["container", "diff", "nobody"])).toMatchObject({ status: 1, stderr: expect.stringContaining("nobody") });
  });
});

imageTests("export writes the files of a container as a tar", async (cli) => {
  await whileRunning(cli, { flags: ["-v", "/data"], script: CHANGES }, async ({ name, script, program }) => {
    const listed = await script(`${program} export ${name} | tar -t`);
    expect(listed.split("\n")).toEqual(expect.arrayContaining(["new/deep/f", "new/link", "data/", "bin/busybox"]));
    expect(listed).not.toContain("data/x");
    expect(listed).not.toContain("etc/passwd");
    await script(`${program} export --output out.tar ${name} && tar -xOf out.tar new/deep/f`);
  });
});

imageTests("commit keeps what the container was told otherwise than its image", async (cli) => {
  const flags = ["-e", "A=1", "-w", "/tmp", "-u", "0:0", "--label", "a=b", "--stop-signal", "SIGINT"];
  await whileRunning(cli, { flags, script: "echo x >/written" }, async ({ name, teu, roots }) => {
    const tag = `${roots.mark.toLowerCase().replaceAll(/[^a-z0-9]/g, "")}:2`;
    const made = await teu(["commit", "-a", "me", "-m", "why", "-c", 'CMD ["cat", "/written"]', "-c", "ENV B=2", "--no-pause", name, tag]);
    expect(made).toMatchObject({ status: 0, stderr: "" });
    const [image] = JSON.parse((await teu(["image", "inspect", tag])).stdout) as [
      { Author: string; Comment: string; Config: Record<string, unknown> },
    ];
    expect(image).toMatchObject({ Author: "me", Comment: "why" });
    expect(image.Config).toMatchObject({
      Cmd: ["cat", "/written"],
      WorkingDir: "/tmp",
      User: "0:0",
      Labels: { a: "b" },
      StopSignal: "SIGINT",
    });
    expect(image.Config.Env).toEqual(expect.arrayContaining(["A=1", "B=2"]));
    expect(await teu(["run", "--rm", tag])).toMatchObject({ status: 0, stdout: "x\n" });
  });
});
