// `run --init`: the launcher's own process 1.
import { expect } from "bun:test";
import { cliTests } from "./callers.ts";

cliTests("--init reaps, hands on signals, lets others in, and ends with the program's status", async (cli) => {
  const name = cli.roots.id("c");
  const script = "trap 'exit 7' TERM; (sleep 0.1 &); while :; do sleep 0.05; done";
  const { stderr, status } = await cli.teu(["run", "-d", "--init", "--name", name, "--rootfs", cli.rootfs, "sh", "-c", script]);
  expect([status, stderr]).toEqual([0, ""]);
  const { stdout } = await cli.teu([
    "exec",
    name,
    "sh",
    "-c",
    // A zombie may be seen that is about to be reaped, by its shell or by init: one that stays is not.
    `cat /proc/1/comm; tr '\\0' ' ' </proc/1/cmdline; echo
     zombies() { grep -c '^State:.Z' /proc/[0-9]*/status 2>/dev/null | grep -c ':1$'; }
     for i in $(seq 50); do zombies | grep -qx 0 && break; sleep 0.05; done; zombies`,
  ]);
  expect(stdout.replaceAll(/ +\n/g, "\n")).toBe("teu-init\nteu-init\n0\n");
  await cli.teu(["stop", name]);
  expect((await cli.teu(["wait", name])).stdout).toBe("7\n");
  await cli.teu(["rm", name]);
});

cliTests("--init of a terminal: keys reach the program in the foreground, and a user of its own", async (cli) => {
  await using pty = cli.pty(["run", "-it", "--rm", "--init", "--name", cli.roots.id("c"), "-u", "1000", "--rootfs", cli.rootfs, "sh"]);
  await pty.expect("$ ");
  pty.send("echo pid $$; id -u; sh -c 'echo begun; exec sleep 100'\r");
  await pty.expect(/pid 2\r\n1000\r\nbegun\r\n/);
  pty.send("\u0003");
  pty.send("echo status $?; exit 4\r");
  await pty.expect("status 130");
  expect(await pty.exited).toBe(4);
});
