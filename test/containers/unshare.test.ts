// `teu unshare`: a program of the host as root of the user's own user namespace.
import { expect } from "bun:test";
import { cliTest, ROOT, USER } from "../cli/callers.ts";

cliTest(USER, "unshare shows files with the owners that containers see, and lets them be given away", async (cli) => {
  const file = cli.roots.path("file");
  const script = `id -u; touch ${file}; chown 5:6 ${file}; stat -c %u:%g ${file}; mount -t tmpfs tmpfs /mnt && echo mounted`;
  const { stdout, stderr, status } = await cli.teu(["unshare", "sh", "-c", script]);
  expect({ stdout, stderr, status }).toEqual({ stdout: "0\n5:6\nmounted\n", stderr: "", status: 0 });
  const { stdout: outside } = await cli.run(["stat", "-c", "%u", file]);
  expect(Number(outside)).toBeGreaterThan(65_535);
  expect((await cli.teu(["unshare", "rm", file])).status).toBe(0);
});

cliTest(USER, "unshare ends as its program does", async (cli) => {
  expect((await cli.teu(["unshare", "sh", "-c", "exit 7"])).status).toBe(7);
  expect((await cli.teu(["unshare", "sh", "-c", "kill -9 $$"])).status).toBe(137);
  expect(await cli.teu(["unshare", "no-such-program"])).toMatchObject({ status: 127, stdout: "" });
});

cliTest(USER, "unshare without words is the user's shell, on the user's terminal", async (cli) => {
  const pty = cli.pty(["unshare"], { env: { SHELL: "/bin/sh", PS1: "inside> " } });
  await pty.expect("inside> ");
  pty.send("id -u; tty | grep -c pts\n");
  await pty.expect("0\r\n1\r\n");
  pty.send("exit 3\n");
  expect(await pty.exited).toBe(3);
});

cliTest(ROOT, "unshare is for those who have a user namespace", async (cli) => {
  const { status, stderr } = await cli.teu(["unshare", "true"]);
  expect(status).toBe(125);
  expect(stderr).toBe("teu: unshare: root's containers have no user namespace to enter; run it as an ordinary user\n");
});
