// `teu exec -t` on a real terminal, as a person uses it.
import { describe, expect } from "bun:test";
import { cliTests } from "../cli/callers.ts";
import { KEY } from "../support/pty.ts";
import { eventually } from "../support/run.ts";
import { startBox } from "./box.ts";

describe("a shell on a terminal", () => {
  cliTests("is one: with a name, a size and job control; its status is the command's", async (cli) => {
    await using box = await startBox(cli);
    await using pty = cli.pty(["exec", "-it", box.name, "sh"], { rows: 31, columns: 97 });
    await pty.expect("# ");
    pty.send("tty; stty size; echo $TERM\r");
    await pty.expect(/\/dev\/pts\/\d+\r\n31 97\r\nxterm\r\n/);
    pty.resize(20, 60);
    await eventually("the size is known inside", async () => {
      pty.send("stty size\r");
      return (await pty.expect(/\n(\d+ \d+)\r/))[1] === "20 60";
    });
    pty.send("sh -c 'echo begun; exec sleep 100'\r"); // in the foreground before it says so
    await pty.expect("begun\r\n");
    pty.send(KEY.interrupt);
    pty.send("echo status $?\r");
    await pty.expect("status 130\r");
    pty.send("exit 3\r");
    expect(await pty.exited).toBe(3);
    expect(box.execs()).toEqual([]);
  });

  cliTests("is left by keys, and goes on; its end is recorded", async (cli) => {
    await using box = await startBox(cli);
    await using pty = cli.pty(["exec", "-it", "--detach-keys", "ctrl-a,x", box.name, "sh"]);
    await pty.expect("# ");
    pty.send("\x01x");
    expect(await pty.exited).toBe(0);
    expect(pty.output()).toContain("read escape sequence");
    expect(box.execs()).toHaveLength(1);
    expect((await box.exec([], "sh", "-c", "killall -9 sh 2>/dev/null || kill -9 $(pgrep -x sh | head -1)")).status).not.toBe(1);
    await eventually("its end is taken", () => box.execs().length === 0);
  });

  cliTests("shows without -i, and takes nothing that is typed", async (cli) => {
    await using box = await startBox(cli);
    await using pty = cli.pty(["exec", "-t", box.name, "sh", "-c", "tty; stty size"], { rows: 31, columns: 97 });
    await pty.expect(/\/dev\/pts\/\d+\r+\n31 97\r+\n/);
    expect(await pty.exited).toBe(0);
  });

  cliTests("wants a terminal for its input", async (cli) => {
    await using box = await startBox(cli);
    const { status, stderr } = await box.exec(["-it"], "sh");
    expect(status).toBe(1);
    expect(stderr).toContain("the input device is not a TTY");
  });

  cliTests("has an end when its terminal has gone: the shell is hung up", async (cli) => {
    await using box = await startBox(cli);
    const pty = cli.pty(["exec", "-it", box.name, "sh"]);
    await pty.expect("# ");
    await pty[Symbol.asyncDispose]();
    await box.exec([], "sh", "-c", "true");
    expect(box.execs().length).toBeLessThanOrEqual(1);
  });
});
